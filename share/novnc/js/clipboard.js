/* SPDX-License-Identifier: ISC */
/*
 * The clipboard both ways. The panel's text field works everywhere; where
 * the browser lets us (a secure page, and its permission), text crosses by
 * itself.
 *
 * Ctrl+V: noVNC stops the browser's own pasting, so the keys are taken
 * before it sees them. The browser then gives the text in a paste event,
 * with no permission needed; it is sent to the desktop, and the key after.
 * The desktop pastes on Ctrl+V whatever the layout and the computer here:
 * so it gets a Latin V for the key that pastes, and Ctrl for a Mac's Cmd.
 */

import { KeyTable } from './keysyms.js';
import { isApple } from './platform.js';

const { XK_Alt_L, XK_Control_L, XK_Insert, XK_Super_L, XK_V, XK_v } =
    KeyTable;

/* The paste event follows the key at once, if it comes at all, ms. */
const PASTE_WAIT_MS = 50;
const TYPING_WAIT_MS = 250;

const find = (id) => document.getElementById(id);

const MODIFIERS = ['Control', 'Shift', 'Alt', 'AltGraph', 'Meta'];

/* Scripts that have no V: its key is then known by its place. */
const LATIN = /\p{Script=Latin}/u;
const LETTER = /^[\p{L}\p{M}]+$/u;

function isV({ key, code }) {
	return key.toLowerCase() === 'v' || code === 'KeyV' &&
	    LETTER.test(key) && !LATIN.test(key);
}

/*
 * The key that a paste is for the desktop, { keysym, code, isCommand }, or null
 * if the event is not a paste. Shift+Insert pastes, Ctrl+Insert copies.
 */
export function pasteKey(event) {
	const { key, code, shiftKey } = event;
	const isCommand = event.ctrlKey || isApple() && event.metaKey;

	if (event.altKey || typeof key !== 'string' ||
	    event.metaKey && !isApple())
		return null;
	if (key === 'Insert' && shiftKey && !isCommand)
		return { keysym: XK_Insert, code, isCommand: false };
	if (!isCommand || !isV(event))
		return null;
	/* The code is that of the key which the desktop takes for V. */
	return { keysym: shiftKey ? XK_V : XK_v, code: 'KeyV',
		isCommand: true };
}

async function mayReadClipboard() {
	try {
		const status = await navigator.permissions.query(
		    { name: 'clipboard-read' });
		return status.state;
	} catch {
		return 'unknown'; /* Firefox and Safari ask each time */
	}
}

export class Clipboard {
	#send; /* gives text to the desktop */
	#sendKey; /* (keysym, code) */
	#isActive;
	#last = null; /* what both sides have */
	#pending = null; /* the key that waits for its paste event */
	#typing = null;
	#isCtrlHeld = false;
	#heldMeta = new Set(); /* of MetaLeft, MetaRight: Cmd of a Mac */

	constructor({ send, sendKey, isActive }) {
		this.#send = send;
		this.#sendKey = sendKey;
		this.#isActive = isActive;
		this.#listenToPage();
		this.#listenToPanel();
	}

	/* Text that was copied on the desktop. */
	async receive(text) {
		this.#last = text;
		find('clipboard-text').value = text;
		this.#say('Copied on the desktop.');
		if (!document.hasFocus())
			return;
		try {
			await navigator.clipboard.writeText(text);
			this.#say('Copied to this computer too.');
		} catch {
			/* No permission or no secure page: the panel has it. */
		}
	}

	/* A new session knows nothing of what the last one had. */
	reset() {
		this.#last = null;
		find('clipboard-text').value = '';
		this.#say('');
	}

	/* Takes this computer's clipboard along, if that needs no question. */
	async syncQuietly() {
		if (!this.#isActive() || !navigator.clipboard?.readText ||
		    await mayReadClipboard() !== 'granted')
			return;
		await this.#readLocal();
	}

	#say(text) {
		find('clipboard-note').textContent = text;
	}

	#share(text) {
		if (text === '' || text === this.#last || !this.#isActive())
			return;
		this.#last = text;
		find('clipboard-text').value = text;
		this.#send(text);
		this.#say('Sent to the desktop.');
	}

	async #readLocal() {
		try {
			this.#share(await navigator.clipboard.readText());
			return true;
		} catch {
			return false; /* not focused, or refused */
		}
	}

	#listenToPage() {
		const capture = { capture: true };

		document.addEventListener('keydown', (event) => {
			this.#noteModifiers(event);
			const pasted = pasteKey(event);
			if (!MODIFIERS.includes(event.key))
				this.#releaseKey(); /* keys stay in order */
			if (pasted === null || !this.#isOnScreen(event))
				return;
			event.stopImmediatePropagation();
			this.#pending = pasted;
			setTimeout(() => this.#pasteWithoutEvent(pasted),
			    PASTE_WAIT_MS);
		}, capture);

		document.addEventListener('keyup', (event) => {
			if (this.#pending?.isCommand === false)
				this.#releaseKey(); /* before its Shift */
			this.#noteModifiers(event);
		}, capture);

		document.addEventListener('paste', (event) => {
			if (this.#pending === null)
				return;
			event.preventDefault();
			this.#share(event.clipboardData.getData('text/plain'));
			this.#releaseKey();
		}, capture);

		window.addEventListener('focus', () => this.syncQuietly());
	}

	#isOnScreen({ target }) {
		return this.#isActive() && (find('screen').contains(target) ||
		    target === find('keyboard-field'));
	}

	#noteModifiers({ type, key, code, ctrlKey, metaKey }) {
		this.#isCtrlHeld = ctrlKey;
		if (!metaKey)
			this.#heldMeta.clear();
		else if (key === 'Meta' && type === 'keydown')
			this.#heldMeta.add(code);
		else if (key === 'Meta')
			this.#heldMeta.delete(code);
	}

	/* Ctrl+V on a Mac, for one, pastes nothing there. */
	async #pasteWithoutEvent(pasted) {
		if (this.#pending !== pasted)
			return;
		await this.syncQuietly();
		if (this.#pending === pasted)
			this.#releaseKey();
	}

	#releaseKey() {
		if (this.#pending === null)
			return;
		const { keysym, code, isCommand } = this.#pending;
		this.#pending = null;
		if (isCommand && !this.#isCtrlHeld)
			this.#sendWithControl(keysym, code);
		else
			this.#sendKey(keysym, code);
	}

	/*
	 * Ctrl was let go already, or it is a Mac's Cmd. That one is down for
	 * the desktop, as noVNC says it (MetaLeft is Alt, MetaRight Super), and
	 * let go for the while inside of Ctrl: alone, it would open a menu.
	 */
	#sendWithControl(keysym, code) {
		const held = [...this.#heldMeta].map((meta) =>
			[meta === 'MetaRight' ? XK_Super_L : XK_Alt_L, meta]);

		this.#sendKey(XK_Control_L, 'ControlLeft', true);
		held.forEach((key) => this.#sendKey(...key, false));
		this.#sendKey(keysym, code);
		held.forEach((key) => this.#sendKey(...key, true));
		this.#sendKey(XK_Control_L, 'ControlLeft', false);
	}

	#listenToPanel() {
		const field = find('clipboard-text');

		field.addEventListener('input', () => {
			clearTimeout(this.#typing);
			this.#typing = setTimeout(
			    () => this.#share(field.value), TYPING_WAIT_MS);
		});
		find('clipboard-copy').addEventListener('click', async () => {
			const { value } = field;
			field.select();
			try {
				await navigator.clipboard.writeText(value);
				this.#say('Copied to this computer.');
			} catch {
				this.#say('Selected: press Ctrl+C to copy it.');
				field.focus();
			}
		});

		const read = find('clipboard-read');
		read.hidden = !navigator.clipboard?.readText;
		read.addEventListener('click', async () => {
			this.#last = null;
			if (!await this.#readLocal())
				this.#say('The browser did not allow it. Paste into ' +
				    'the field instead.');
		});
	}
}
