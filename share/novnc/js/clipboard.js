/* SPDX-License-Identifier: ISC */
/*
 * The clipboard both ways. The panel's text field works everywhere; where
 * the browser lets us (a secure page, and its permission), text crosses by
 * itself.
 *
 * Ctrl+V: noVNC stops the browser's own pasting, so the keys are taken
 * before it sees them. The browser then gives the text in a paste event,
 * with no permission needed; it is sent to the desktop, and the key after.
 */

const XK_INSERT = 0xff63;

/* The paste event follows the key at once, if it comes at all, ms. */
const PASTE_WAIT_MS = 50;
const TYPING_WAIT_MS = 250;

const find = (id) => document.getElementById(id);

/* The keysym of a key that pastes, or 0. */
function pasteKeysym(event) {
	const isCommand = event.ctrlKey || event.metaKey;
	if (event.code === 'Insert' && event.shiftKey && !isCommand)
		return XK_INSERT;
	if (!isCommand || event.altKey || event.key.toLowerCase() !== 'v')
		return 0;
	return event.key.codePointAt(0);
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
		document.addEventListener('keydown', (event) => {
			const keysym = pasteKeysym(event);
			if (keysym === 0 || event.repeat ||
			    !this.#isOnScreen(event))
				return;
			event.stopImmediatePropagation();
			this.#pending = { keysym, code: event.code };
			setTimeout(() => this.#releaseKey(), PASTE_WAIT_MS);
		}, { capture: true });

		document.addEventListener('paste', (event) => {
			if (this.#pending === null)
				return;
			event.preventDefault();
			this.#share(event.clipboardData.getData('text/plain'));
			this.#releaseKey();
		}, { capture: true });

		window.addEventListener('focus', () => this.syncQuietly());
	}

	#isOnScreen(event) {
		return this.#isActive() &&
		    find('screen').contains(event.target);
	}

	#releaseKey() {
		if (this.#pending === null)
			return;
		const { keysym, code } = this.#pending;
		this.#pending = null;
		this.#sendKey(keysym, code);
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
