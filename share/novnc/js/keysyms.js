/* SPDX-License-Identifier: ISC */
/*
 * Keys as X keysyms. There is one table of them, noVNC's own, for the keys
 * of a hardware keyboard and for what an on-screen one writes: servers that
 * look keysyms up in a layout (QEMU, x11vnc) know only those. These modules
 * need no browser.
 */

import DomKeys from '../node_modules/@novnc/novnc/core/input/domkeytable.js';
import KeyTable from '../node_modules/@novnc/novnc/core/input/keysym.js';
import characters from '../node_modules/@novnc/novnc/core/input/keysymdef.js';

export { KeyTable };

const CONTROLS = {
	'\n': KeyTable.XK_Return,
	'\r': KeyTable.XK_Return,
	'\t': KeyTable.XK_Tab
};

const FIRST_PRINTED = 0x20;

/* The keysym that makes a character, 0 where no key does. */
export function keysymOf(character) {
	const point = character.codePointAt(0);
	return point < FIRST_PRINTED ? CONTROLS[character] ?? 0 :
	    characters.lookup(point);
}

/* The keysyms that write a text. A line's end is one key, CR LF too. */
export function keysymsOf(text) {
	return [...text.replaceAll('\r\n', '\n')].map(keysymOf)
	    .filter((keysym) => keysym !== 0);
}

/* The keysym of a key event, by its key and location; 0 for none. */
export function keysymOfKey({ key, location = 0 }) {
	if (Object.hasOwn(DomKeys, key))
		return DomKeys[key][location] ?? DomKeys[key][0];
	return [...key].length === 1 ? keysymOf(key) : 0;
}
