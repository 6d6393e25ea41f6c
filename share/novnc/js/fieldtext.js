/* SPDX-License-Identifier: ISC */
/*
 * What a person wrote into the field of the on-screen keyboard, as keys. The
 * field is never empty, or nothing could be erased in it: it begins with
 * padding, which no one wrote. Wherever the caret was, what is new is
 * what was typed; and no key erases what was not typed here, but for the one
 * that the person has pressed for it.
 */

import { KeyTable, keysymsOf } from './keysyms.js';

const { XK_BackSpace } = KeyTable;

export const PADDING = '_'.repeat(64);

/* How many characters two lists begin with in common. */
function sharedLength(a, b) {
	let shared = 0;
	while (shared < a.length && shared < b.length &&
	    a[shared] === b[shared])
		shared++;
	return shared;
}

/*
 * Reads a value of the field: { text, lost }, the text that was written into
 * the padding, and how much of the padding has gone.
 */
export function readField(value) {
	const kept = sharedLength(PADDING, value);
	const after = sharedLength([...PADDING.slice(kept)].reverse(),
	    value.slice(kept).split('').reverse());
	return {
		text: value.slice(kept, value.length - after),
		lost: PADDING.length - kept - after
	};
}

/*
 * The keysyms that turn what was sent into text: both are the same person's,
 * so that what differs at the end may be erased.
 */
export function keysymsToRetype(sent, text) {
	const old = [...sent];
	const now = [...text];
	const shared = sharedLength(old, now);
	return [
		...Array(old.length - shared).fill(XK_BackSpace),
		...keysymsOf(now.slice(shared).join(''))
	];
}

/* The keysyms for the way from one value of the field to another. */
export function keysymsBetween(before, after) {
	const old = readField(before);
	const now = readField(after);
	if (old.text === '' && now.text === '' && now.lost > old.lost)
		return [XK_BackSpace]; /* one key was pressed, not more */
	return keysymsToRetype(old.text, now.text);
}
