/* SPDX-License-Identifier: ISC */
/*
 * Looking on: at what somebody else does, where the bridge lets through nothing
 * that is done here; and who looks on at what is done here. Either is shown for
 * as long as it is so.
 */

import { watchOverWords, watchedWords, watchingWords } from './words.js';

/* By the mark that PROTOCOL.md gives its number: whoever has forgotten it. */
export const isToWatch = (intent) => /6c6f6f6b$/.test(intent ?? '');

/*
 * Whether this page is one to look on: its history knows, so that a reload, or
 * a way back to it, does not find the desktop its own.
 */
export const isLookingOn = () => history.state?.watch === true;

export function setLookingOn(is) {
	if (is !== isLookingOn())
		history.replaceState({ ...history.state, watch: is }, '');
}

const find = (id) => document.getElementById(id);

export class Watch {
	#toast;
	#watchers = new Map(); /* name of each, by number */
	#whom = null;

	/* toast(text) is read out. */
	constructor(toast) {
		this.#toast = toast;
	}

	/* At whom this page looks on, '' if nobody said; null: at nobody. */
	get whom() {
		return this.#whom;
	}

	/* The session that begins now is one to look on. */
	begin({ user }) {
		this.#whom = user ?? this.#whom ?? '';
		document.body.dataset.watching = '';
		this.#show();
	}

	/* A new broker says it once more, of who is known. */
	add({ number, user }) {
		const isNew = !this.#watchers.has(number);

		this.#watchers.set(number, user ?? '');
		if (isNew)
			this.#toast(watchedWords([user ?? '']));
		this.#show();
	}

	remove({ number }) {
		const user = this.#watchers.get(number);

		if (!this.#watchers.delete(number))
			return;
		this.#toast(watchOverWords(user));
		this.#show();
	}

	/* Another session, of which nothing of that is known. */
	clear() {
		this.#whom = null;
		this.#watchers.clear();
		delete document.body.dataset.watching;
		this.#show();
	}

	#show() {
		const names = [...this.#watchers.values()];

		find('watch-note').hidden = this.#whom === null &&
		    names.length === 0;
		find('watch-words').textContent = this.#whom === null ?
		    watchedWords(names) : watchingWords(this.#whom);
	}
}
