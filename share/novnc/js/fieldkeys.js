/* SPDX-License-Identifier: ISC */
/*
 * The keys of a field that are not text: Escape, Tab, arrows, function keys,
 * and all that is pressed with Ctrl. A phone's keyboard has some of them, a
 * hardware keyboard on a phone has them all. They go to the desktop, and do
 * nothing in the field. Text is left to the field, which knows of accents,
 * input methods and corrections.
 */

import { KeyTable, keysymOfKey } from './keysyms.js';
import { isApple } from './platform.js';

/* What browsers say of a key whose text comes by another way. */
const NO_KEY = ['Unidentified', 'Process', 'Dead', 'Compose'];
const KEYCODE_COMPOSING = 229; /* UI Events, 7.3.1 */

/* Text comes in the right case already: the desktop need not know. */
const LOCKS = ['CapsLock', 'NumLock', 'ScrollLock'];

/* As noVNC does: Cmd is Alt, Option is what AltGr is elsewhere. */
const APPLE = {
	[KeyTable.XK_Super_L]: KeyTable.XK_Alt_L,
	[KeyTable.XK_Super_R]: KeyTable.XK_Super_L,
	[KeyTable.XK_Alt_L]: KeyTable.XK_Mode_switch,
	[KeyTable.XK_Alt_R]: KeyTable.XK_ISO_Level3_Shift
};

function isText(event) {
	if ([...event.key].length !== 1)
		return false;
	return !event.ctrlKey && !event.metaKey &&
	    (!event.altKey || isApple());
}

/* Whether the event is about a key of the desktop's. */
function isKey(event) {
	return !event.isComposing && event.keyCode !== KEYCODE_COMPOSING &&
	    typeof event.key === 'string' && !NO_KEY.includes(event.key) &&
	    !LOCKS.includes(event.key);
}

function desktopKeysym(event) {
	const keysym = keysymOfKey(event);
	return isApple() ? APPLE[keysym] ?? keysym : keysym;
}

/* The keys of one field; sendKey(keysym, code, isDown) gets them. */
export class FieldKeys {
	#sendKey;
	#held = new Map(); /* what is down: its name to [keysym, code] */

	constructor(sendKey) {
		this.#sendKey = sendKey;
	}

	/* Takes a keydown; whether the field is to get it. */
	press(event) {
		if (event.key === 'AltGraph') {
			/* Windows puts a Ctrl before it that no one pressed. */
			this.#release('ControlLeft');
			return true;
		}
		if (!isKey(event) || isText(event))
			return true;
		const name = event.code || event.key;
		const [keysym] = this.#held.get(name) ?? [desktopKeysym(event)];
		if (keysym === 0)
			return true;
		event.preventDefault();
		this.#sendKey(keysym, event.code, true);
		this.#held.set(name, [keysym, event.code]);
		/* macOS reports no release while Cmd is held. */
		if (isApple() && event.metaKey && event.key !== 'Meta')
			this.#release(name);
		return false;
	}

	/* Takes a keyup. */
	release(event) {
		this.#release(event.code || event.key);
	}

	releaseAll() {
		[...this.#held.keys()].forEach((name) => this.#release(name));
	}

	#release(name) {
		const held = this.#held.get(name);
		if (held === undefined)
			return;
		this.#held.delete(name);
		this.#sendKey(...held, false);
	}
}
