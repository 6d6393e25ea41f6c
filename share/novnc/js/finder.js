/* SPDX-License-Identifier: ISC */
/*
 * What a person wants to see of the board: the search, the filter, which groups
 * are closed (kept in this browser), and how many cards.
 */

const KEY = 'vncbridge-closed-groups';
const KEPT_MAX = 200; /* groups */
const STEP = 200; /* cards */
const SEARCH_FROM = 13; /* targets: fewer can be seen at a glance */

const find = (id) => document.getElementById(id);

/* Without a storage all groups are open. */
function readClosed() {
	try {
		const kept = JSON.parse(localStorage.getItem(KEY));
		return new Set(kept.filter((name) =>
			typeof name === 'string'));
	} catch {
		return new Set();
	}
}

function keepClosed(closed) {
	try {
		localStorage.setItem(KEY,
		    JSON.stringify([...closed].slice(-KEPT_MAX)));
	} catch {
		/* as above */
	}
}

export class Finder {
	#changed;
	#closed = readClosed();
	#closedFound = new Set(); /* while one searches: not kept */
	#limit = STEP;

	/* changed(isNew) is called when more or else is to be seen. */
	constructor(changed) {
		this.#changed = changed;
		for (const id of ['search', 'filter'])
			find(id).addEventListener('input', () => this.#begin());
		find('finder').addEventListener('submit', (event) =>
			event.preventDefault());
		find('more').addEventListener('click', () => {
			this.#limit += STEP;
			changed(false);
		});
	}

	/* With few targets there is nothing to search for. */
	show(total, user) {
		const isOn = total >= SEARCH_FROM;
		const mine = find('filter').querySelector('[value=mine]');

		find('finder').hidden = !isOn;
		mine.hidden = mine.disabled = typeof user !== 'string';
		if (!isOn || mine.disabled && mine.selected)
			find('filter').value = '';
		if (!isOn)
			find('search').value = '';
	}

	get isOn() {
		return !find('finder').hidden;
	}

	get #isSearch() {
		return find('search').value.trim() !== '' ||
		    find('filter').value !== '';
	}

	/* As Board.view() takes it. */
	get wanted() {
		return {
			query: find('search').value,
			filter: find('filter').value,
			closed: this.#isSearch ? this.#closedFound :
			    this.#closed,
			limit: this.#limit
		};
	}

	toggle(group, isOpen) {
		const closed = this.wanted.closed;

		if (isOpen)
			closed.delete(group);
		else
			closed.add(group);
		if (!this.#isSearch)
			keepClosed(closed);
		this.#changed(false);
	}

	#begin() {
		this.#limit = STEP;
		this.#closedFound.clear();
		this.#changed(true);
	}
}
