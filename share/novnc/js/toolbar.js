/* SPDX-License-Identifier: ISC */
/*
 * The bar at the top: a small handle that opens to the buttons. All keys go to
 * the desktop, so a chord that no desktop uses brings the bar up: Ctrl, Alt
 * and Shift together, with nothing else.
 */

import { KeyTable } from './keysyms.js';

const CHORD = ['Control', 'Alt', 'Shift'];

const find = (id) => document.getElementById(id);

/* Codes are "ControlLeft" and so on; keysyms vary with the order. */
const modifierOf = (code) => CHORD.find((name) => code.startsWith(name));

async function toggleFullScreen() {
	try {
		if (document.fullscreenElement) {
			await document.exitFullscreen();
			return;
		}
		await document.documentElement.requestFullscreen();
		await navigator.keyboard?.lock?.(); /* Alt+Tab and the like */
	} catch {
		/* The browser refused; all goes on as it was. */
	}
}

export class Toolbar {
	#focusDesktop;
	#held = new Set();

	constructor({ focusDesktop, sendKey, actions }) {
		this.#focusDesktop = focusDesktop;
		for (const [id, act] of Object.entries(actions))
			find(id).addEventListener('click', act);
		find('handle').addEventListener('click', () => this.toggle());
		this.#listenToChord();
		this.#initClosing();
		this.#initFullScreen();
		this.#initTouchKeys(sendKey);
		this.#initPanel();
	}

	get isTouch() {
		return matchMedia('(any-pointer: coarse)').matches ||
		    navigator.maxTouchPoints > 0;
	}

	get isOpen() {
		return !find('bar').hidden;
	}

	enable(isEnabled) {
		find('toolbar').hidden = !isEnabled;
		if (!isEnabled)
			this.close();
	}

	toggle() {
		if (this.isOpen)
			this.close();
		else
			this.open();
	}

	open() {
		find('bar').hidden = false;
		find('handle').setAttribute('aria-expanded', 'true');
		/* the first that is shown */
		[...find('bar').querySelectorAll('button')].find(
		    (button) => button.getClientRects().length > 0)?.focus();
	}

	close() {
		find('bar').hidden = true;
		this.#showPanel(false);
		this.releaseKeys();
		find('handle').setAttribute('aria-expanded', 'false');
	}

	/* Lets go of the modifiers that were latched on a touch screen. */
	releaseKeys() {
		for (const button of document.querySelectorAll('[data-latch]'))
			if (button.getAttribute('aria-pressed') === 'true')
				button.click();
	}

	#listenToChord() {
		const capture = { capture: true };

		document.addEventListener('keydown', (event) => {
			const name = modifierOf(event.code);
			if (name === undefined) {
				this.#held.clear();
				return;
			}
			this.#held.add(name);
			if (this.#held.size < CHORD.length ||
			    find('toolbar').hidden)
				return;
			/* The desktop must not get this key: it would never see
			   its release. */
			event.preventDefault();
			event.stopImmediatePropagation();
			this.#held.clear();
			this.open();
		}, capture);
		document.addEventListener('keyup',
		    ({ code }) => this.#held.delete(modifierOf(code)), capture);
		window.addEventListener('blur', () => this.#held.clear());
	}

	#initClosing() {
		find('toolbar').addEventListener('keydown', (event) => {
			if (event.key !== 'Escape')
				return;
			event.stopPropagation();
			this.close();
			this.#focusDesktop();
		});
		find('screen').addEventListener('pointerdown',
		    () => this.isOpen && this.close(), { capture: true });
	}

	#initFullScreen() {
		const button = find('full-screen');

		button.hidden = !document.fullscreenEnabled;
		button.addEventListener('click', async () => {
			this.close();
			await toggleFullScreen();
			this.#focusDesktop();
		});
		document.addEventListener('fullscreenchange', () => {
			const isFull = document.fullscreenElement !== null;
			button.setAttribute('aria-pressed', String(isFull));
		});
	}

	/* Keys that on-screen keyboards lack. */
	#initTouchKeys(sendKey) {
		const tap = (id, keysym, code) => find(id).addEventListener(
		    'click', () => sendKey(keysym, code));
		const latch = (id, keysym, code) => {
			const button = find(id);
			button.addEventListener('click', () => {
				const isDown =
				    button.getAttribute('aria-pressed') !== 'true';
				button.setAttribute('aria-pressed', String(isDown));
				sendKey(keysym, code, isDown);
			});
		};

		tap('key-escape', KeyTable.XK_Escape, 'Escape');
		tap('key-tab', KeyTable.XK_Tab, 'Tab');
		latch('key-control', KeyTable.XK_Control_L, 'ControlLeft');
		latch('key-alt', KeyTable.XK_Alt_L, 'AltLeft');
		document.body.classList.toggle('touch', this.isTouch);
	}

	#initPanel() {
		find('clipboard').addEventListener('click', () => {
			const isShown = find('clipboard-panel').hidden;
			this.#showPanel(isShown);
			if (isShown)
				find('clipboard-text').focus();
		});
	}

	#showPanel(isShown) {
		find('clipboard-panel').hidden = !isShown;
		find('clipboard').setAttribute('aria-expanded', String(isShown));
	}
}
