/* SPDX-License-Identifier: ISC */
/* What the buttons of a card do: ask, take over, watch, end. */

import { ACTION_LABELS, describeConfirm } from './boardwords.js';
import { ask } from './dialogs.js';
import { keepWish } from './fragment.js';
import { intend } from './lease.js';
import { isToOpen } from './ways.js';
import { tidy } from './words.js';

/* The bridge forgets an intent after a minute. */
const CONFIRM_MS = 55000;
const REASON_MAX = 300;

const UNKEPT = 'This browser keeps nothing for the page, so that the desktop ' +
    'would not know what you want. Open it: it asks you then.';

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

const askWhether = (kind, card) =>
	show(describeConfirm(kind, card), ACTION_LABELS[kind]);

const refuse = (text) => show({ title: 'That is not possible', text }, '');

/* Who would lose it by a takeover, in the card of that name as it is now. */
function loserOf({ card }, name) {
	const { by, since } = card(name)?.state ?? {};

	return JSON.stringify([by?.[0], since]);
}

/*
 * The intent is of the one who has it when it is given: it comes before the
 * question, so that nobody loses it for whom it was not confirmed. Gives what
 * the bridge said, or null if it is not to be.
 */
async function wishToTake(name, context) {
	for (;;) {
		const said = await intend(name, 'take');
		const card = context.card(name);
		if (said.intent === undefined)
			return said;
		if (card === undefined)
			return { reason: 'It is not there any more.' };
		const loser = loserOf(context, name);
		const askedMs = Date.now();
		if (!await askWhether('take', card))
			return null;
		if (Date.now() - askedMs < CONFIRM_MS &&
		    loserOf(context, name) === loser)
			return said;
	}
}

async function wishFor(kind, card, context) {
	if (kind === 'take')
		return wishToTake(card.name, context);
	if (kind === 'end' && !await askWhether(kind, card))
		return null;
	return intend(card.name, kind);
}

async function act(kind, card, context) {
	const said = await wishFor(kind, card, context);

	if (said === null)
		return;
	if (said.needsLogin)
		context.needsLogin();
	else if (kind === 'end' && said.ended !== undefined)
		context.done(card);
	else if (said.intent === undefined && !isToOpen(kind, said.code))
		await refuse(tidy(String(said.reason ?? ''), REASON_MAX));
	else if (said.intent !== undefined &&
	    !keepWish(card.name, kind, said.intent))
		await refuse(UNKEPT);
	else
		location.assign(card.href);
}

/* In a closed dialog nothing has it, which shows in the next picture only. */
const hasLostFocus = (active) => active === null ||
    active === document.body || active.closest('dialog') !== null;

/* Of what is being done. */
let busy = null;

/*
 * Does it from a button, one thing at a time. context has card(name), as it is
 * by now, and is told:
 *   needsLogin()     that is what lacks
 *   done(card)       one's own sessions have ended
 *   stayed(card)     it is over, and nothing has the focus any more
 */
export async function actFrom(button, kind, card, context) {
	if (busy !== null)
		return;
	busy = button;
	button.setAttribute('aria-disabled', 'true');
	try {
		await act(kind, card, context);
	} finally {
		busy = null;
		button.removeAttribute('aria-disabled');
	}
	if (hasLostFocus(document.activeElement))
		context.stayed(card);
}
