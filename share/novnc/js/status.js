/* SPDX-License-Identifier: ISC */
/*
 * The card over the screen: what is awaited, or why it ended and what can
 * be done. Text goes in as text.
 */

import { describeStage } from './words.js';

/* After this long, say what is taking so long, ms. */
const SLOW_MS = 4000;

/* By then the bridge has connected (connect-timeout is 10 s if not set), ms. */
const SLOWER_MS = 12000;

const find = (id) => document.getElementById(id);

export class StatusCard {
	#slowTimers = [];
	#card = find('status');
	#actions = find('status-actions');

	/* actions: [label, function, is it the main one] each */
	#show(kind, { title, text = '', detail = '' }, actions) {
		this.#slowTimers.forEach(clearTimeout);
		this.#card.dataset.kind = kind;
		find('status-title').textContent = title;
		find('status-text').textContent = text;
		find('status-detail').textContent = detail;
		find('status-count').textContent = '';
		this.#actions.replaceChildren(
		    ...actions.map((action) => this.#button(action)));
		this.#card.hidden = false;
	}

	#button([label, act, isMain]) {
		const button = document.createElement('button');
		button.type = 'button';
		button.className = isMain ? 'button main' : 'button';
		button.textContent = label;
		button.addEventListener('click', act);
		return button;
	}

	/* A stage of connecting; more words when it takes long. */
	showStage(stage, cancel) {
		const { title, slow, slower } = describeStage(stage);
		const sayAfter = (ms, text) => setTimeout(() => {
			find('status-text').textContent = text;
		}, ms);

		this.#show('busy', { title }, [['Cancel', cancel, false]]);
		this.#slowTimers = [sayAfter(SLOW_MS, slow),
			sayAfter(SLOWER_MS, slower)];
	}

	/* It waits for somebody, not for a network. */
	showWaiting(words, cancel) {
		this.#show('busy', words, [['Cancel', cancel, false]]);
	}

	/* The end: words of words.js; the main action takes the focus. */
	showEnd(words, kind, actions) {
		this.#show(kind, words, actions);
		this.#actions.querySelector('.main')?.focus();
	}

	showCount(text) {
		find('status-count').textContent = text;
	}

	hide() {
		this.#slowTimers.forEach(clearTimeout);
		this.#card.hidden = true;
	}
}

/* A line that appears for some seconds and is read out. */
export class Toast {
	#timer = null;

	show(text, forMs = 6000) {
		const toast = find('toast');
		clearTimeout(this.#timer);
		toast.textContent = text;
		toast.classList.add('shown');
		this.#timer = setTimeout(
		    () => toast.classList.remove('shown'), forMs);
	}

	hide() {
		clearTimeout(this.#timer);
		find('toast').classList.remove('shown');
	}
}
