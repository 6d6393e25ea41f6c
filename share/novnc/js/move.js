/* SPDX-License-Identifier: ISC */
/* "Move to another device": a link that works once, and its QR code. */

import { intend, moveLink } from './lease.js';

const find = (id) => document.getElementById(id);

/* The picture is of a file of its own: few need it. */
async function showCode(link) {
	const place = find('move-code');

	place.replaceChildren();
	try {
		const { drawCode } = await import('./qr.js');
		place.append(drawCode(link));
	} catch {
		/* The link is there all the same. */
	}
}

async function copy() {
	const field = find('move-link');

	field.select();
	try {
		await navigator.clipboard.writeText(field.value);
		find('move-note').textContent = 'Copied.';
	} catch {
		find('move-note').textContent =
		    'Copy it by hand: this browser does not let the page do it.';
	}
}

/* Shows the dialog; needsLogin() is called if that is what lacks. */
export async function showMove(target, held, needsLogin) {
	const said = await intend(target, 'move', held);

	if (said.needsLogin) {
		needsLogin();
		return;
	}
	const link = said.intent === undefined ? '' : moveLink(said.intent);
	find('move-link').value = link;
	find('move-link').hidden = find('move-copy').hidden = link === '';
	find('move-note').textContent = link === '' ? said.reason : '';
	find('move-copy').onclick = copy;
	find('move-dialog').showModal();
	if (link !== '')
		await showCode(link);
	else
		find('move-code').replaceChildren();
}
