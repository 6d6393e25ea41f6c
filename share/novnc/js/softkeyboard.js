/* SPDX-License-Identifier: ISC */
/*
 * The on-screen keyboard of phones and tablets. It writes into a hidden
 * field; what changed there is sent as keys. Such keyboards report no
 * usable key events, correct whole words, and erase only where something
 * is: so the field always holds some padding.
 */

const PADDING = '_'.repeat(64);
const XK_BACKSPACE = 0xff08;
const XK_RETURN = 0xff0d;
const UNICODE_KEYSYM = 0x01000000; /* X protocol, appendix A */

/* The X keysym that makes a character. */
export function keysymOf(character) {
	const point = character.codePointAt(0);
	if (character === '\n')
		return XK_RETURN;
	return point < 0x100 ? point : UNICODE_KEYSYM | point;
}

/* The keysyms that turn one text into the other at its end. */
export function keysymsBetween(before, after) {
	const old = [...before];
	const now = [...after];
	let same = 0;
	while (same < old.length && same < now.length &&
	    old[same] === now[same])
		same++;
	return [
		...Array(old.length - same).fill(XK_BACKSPACE),
		...now.slice(same).map(keysymOf)
	];
}

/* Joins the field to the button that shows the keyboard. */
export function initSoftKeyboard(field, button, sendKey) {
	let last = PADDING;

	const refill = () => {
		last = PADDING;
		field.value = PADDING;
		field.setSelectionRange(PADDING.length, PADDING.length);
	};

	field.addEventListener('focus', () => {
		refill();
		button.setAttribute('aria-pressed', 'true');
	});
	field.addEventListener('blur',
	    () => button.setAttribute('aria-pressed', 'false'));
	field.addEventListener('input', (event) => {
		keysymsBetween(last, field.value).forEach((k) => sendKey(k));
		last = field.value;
		if (!event.isComposing && last.length !== PADDING.length)
			refill();
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
