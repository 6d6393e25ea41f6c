/* SPDX-License-Identifier: ISC */
/*
 * The on-screen keyboard of phones and tablets. It writes into a hidden
 * field; what was written there is sent as keys (fieldtext.js), and the
 * field is as before: its caret, moved by whatever, means nothing. Such
 * keyboards report few usable key events (fieldkeys.js takes those), compose
 * and correct whole words, and erase only if there is something.
 */

import { FieldKeys } from './fieldkeys.js';
import { PADDING, keysymsToRetype, readField } from './fieldtext.js';
import { KeyTable, keysymsOf } from './keysyms.js';
import { isAndroid } from './platform.js';

export { keysymsBetween } from './fieldtext.js';
export { keysymOf } from './keysyms.js';

const { XK_BackSpace, XK_Control_L, XK_Delete } = KeyTable;

/* Text that an input method makes out of other text, as of kana. */
const CONVERTED = new RegExp('[\\p{Script=Han}\\p{Script=Hiragana}' +
    '\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Bopomofo}' +
    '\\uff00-\\uffef]', 'u');

class SoftKeyboard {
	#field;
	#sendKey;
	#keys;
	#isComposing = false;
	#sent = ''; /* what was sent of the text that is in the field */
	#hasSelection = false; /* before the input that comes */
	#refilling = null;

	constructor(field, sendKey) {
		this.#field = field;
		this.#sendKey = sendKey;
		this.#keys = new FieldKeys(sendKey);
		this.#listenToKeys();
		this.#listenToText();
	}

	/* Empty but for the padding, the caret at the end. */
	refill() {
		clearTimeout(this.#refilling);
		this.#sent = '';
		this.#field.value = PADDING;
		this.#resetCaret();
	}

	/* Nothing stays half done when the focus goes elsewhere. */
	leave() {
		this.#isComposing = false;
		this.#sendText();
		this.#keys.releaseAll();
		this.refill();
	}

	#resetCaret() {
		const end = this.#field.value.length;
		this.#field.setSelectionRange(end, end);
	}

	/* Not while an input method works there: it would be confused. */
	#resetMovedCaret() {
		const { selectionStart, value } = this.#field;
		if (!this.#isComposing && selectionStart !== value.length)
			this.#resetCaret();
	}

	#listenToKeys() {
		this.#field.addEventListener('keydown', (event) => {
			this.#resetMovedCaret();
			this.#keys.press(event);
		});
		this.#field.addEventListener('keyup',
		    (event) => this.#keys.release(event));
		this.#field.addEventListener('selectionchange',
		    () => this.#resetMovedCaret());
	}

	#listenToText() {
		const field = this.#field;

		field.addEventListener('beforeinput', (event) => {
			/* There is nothing here to undo: it was sent. */
			if (event.inputType.startsWith('history'))
				event.preventDefault();
			this.#hasSelection =
			    field.selectionStart !== field.selectionEnd;
		});
		field.addEventListener('input', (event) => this.#take(event));
		field.addEventListener('compositionstart', () => {
			this.#isComposing = true;
			clearTimeout(this.#refilling);
		});
		/* Input methods look at the field for a moment more. */
		field.addEventListener('compositionend', () => {
			this.#isComposing = false;
			this.#sendText();
			this.#refilling = setTimeout(() => this.refill());
		});
	}

	#take({ inputType = '', data = null, isComposing }) {
		if (this.#isComposing || isComposing) {
			if (this.#isFinal())
				this.#sendText();
			return;
		}
		if (!inputType.startsWith('history'))
			this.#sendInput(inputType, data);
		this.refill();
	}

	/* Whether what is composed is what will be typed, so far. */
	#isFinal() {
		return isAndroid() &&
		    !CONVERTED.test(readField(this.#field.value).text);
	}

	#sendInput(inputType, data) {
		const { text, lost } = readField(this.#field.value);

		if (text === '' && this.#sent === '' && lost > 0) {
			if (inputType.startsWith('insert'))
				this.#sendAll(keysymsOf(data ?? ''));
			else
				this.#sendErasure(inputType, lost);
			return;
		}
		this.#sendText();
	}

	#sendText() {
		const { text } = readField(this.#field.value);
		this.#sendAll(keysymsToRetype(this.#sent, text));
		this.#sent = text;
	}

	/*
	 * A word's erasure is the desktop's to do: only it knows its words.
	 * Several characters at once are erased only where the keyboard named
	 * them itself, not where a selection happened to be.
	 */
	#sendErasure(inputType, lost) {
		const key = inputType.endsWith('Forward') ?
		    XK_Delete : XK_BackSpace;

		if (/^deleteWord/.test(inputType)) {
			this.#sendKey(XK_Control_L, 'ControlLeft', true);
			this.#sendKey(key);
			this.#sendKey(XK_Control_L, 'ControlLeft', false);
			return;
		}
		const isCounted = inputType === 'deleteContentBackward' &&
		    !this.#hasSelection && lost < PADDING.length;
		this.#sendAll(Array(isCounted ? lost : 1).fill(key));
	}

	#sendAll(keysyms) {
		keysyms.forEach((keysym) => this.#sendKey(keysym));
	}
}

/* Joins the field to the button that shows the keyboard. */
export function initSoftKeyboard(field, button, sendKey) {
	const keyboard = new SoftKeyboard(field, sendKey);

	field.addEventListener('focus', () => {
		keyboard.refill();
		button.setAttribute('aria-pressed', 'true');
	});
	field.addEventListener('blur', () => {
		keyboard.leave();
		button.setAttribute('aria-pressed', 'false');
	});

	/* The button must not take the focus, or the keyboard flickers. */
	button.addEventListener('pointerdown', (e) => e.preventDefault());
	button.addEventListener('click', () => {
		if (document.activeElement === field)
			field.blur();
		else
			field.focus({ preventScroll: true });
	});
}
