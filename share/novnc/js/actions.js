/* SPDX-License-Identifier: ISC */
/* What the buttons of a card do: ask, take over, watch, end. */

import { ACTION_LABELS, describeConfirm } from './boardwords.js';
import { ask } from './dialogs.js';
import { keepIntent } from './fragment.js';
import { intend } from './lease.js';
import { tidy } from './words.js';

const FREE_NOW = 4502; /* nobody has it any more */

const find = (id) => document.getElementById(id);

/* A question with the action's name, or with none a thing to be told. */
function show({ title, text }, action) {
	find('confirm-title').textContent = title;
	find('confirm-text').textContent = text;
	find('confirm-do').textContent = action;
	find('confirm-do').hidden = action === '';
	find('confirm-not').textContent = action === '' ? 'Close' : 'Cancel';
	return ask(find('confirm'));
}

/*
 * Does it; user is who is logged in, or null. needsLogin() is called if that
 * is what lacks, done(card) when one's own sessions have ended.
 */
async function act(kind, card, { user, needsLogin, done }) {
	if (kind === 'take' || kind === 'end') {
		const words = describeConfirm(kind, card, user);
		if (!await show(words, ACTION_LABELS[kind]))
			return;
	}
	const said = await intend(card.name, kind);
	if (said.needsLogin) {
		needsLogin();
		return;
	}
	if (kind === 'end' && said.ended !== undefined) {
		done(card);
		return;
	}
	if (said.intent === undefined && (kind === 'end' ||
	    said.code !== FREE_NOW)) {
		await show({ title: 'That is not possible',
			text: tidy(String(said.reason ?? ''), 300) }, '');
		return;
	}
	if (said.intent !== undefined)
		keepIntent(card.name, said.intent);
	location.assign(card.href);
}

/* The same from a button, which does it once at a time. */
export async function actFrom(button, kind, card, context) {
	if (button.getAttribute('aria-disabled') === 'true')
		return;
	button.setAttribute('aria-disabled', 'true');
	try {
		await act(kind, card, context);
	} finally {
		button.removeAttribute('aria-disabled');
	}
}
