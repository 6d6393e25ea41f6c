/* SPDX-License-Identifier: ISC */
/*
 * The board's model: what the bridge says of its targets becomes cards, in
 * groups, which can be searched. It knows no page. Whatever is not as BOARD
 * events are is left out: one bad target costs its card, not the board.
 */

import { targetPath } from './target.js';
import { tidy } from './words.js';

const NAME_MAX = 300;
export const BY_MAX = 8;
const TIME_MAX = 1e11; /* s; what a Date can tell ends later */
const COUNT_MAX = 1e7;
const MODES = ['share', 'exclusive', 'ask', 'queue'];

const textOf = (value) => typeof value === 'string' ? value : '';

const countUpTo = (value, most) =>
	Number.isFinite(value) && value > 0 && value <= most ?
	    Math.floor(value) : 0;

const listOf = (value) => Array.isArray(value) ? value : [];

/* Text as it is searched: without case and accents. */
export function fold(text) {
	return text.normalize('NFKD').replace(/\p{M}+/gu, '').toLowerCase();
}

function readState(raw) {
	return {
		sessions: countUpTo(raw.sessions, COUNT_MAX),
		opening: countUpTo(raw.opening, COUNT_MAX),
		waiting: countUpTo(raw.waiting, COUNT_MAX),
		kept: countUpTo(raw.kept, COUNT_MAX),
		by: listOf(raw.by).slice(0, BY_MAX)
		    .filter((name) => textOf(name) !== ''),
		since: countUpTo(raw.since, TIME_MAX),
		idle: countUpTo(raw.idle, TIME_MAX),
		locked: typeof raw.locked === 'string' ? raw.locked : null,
		down: countUpTo(raw.down, TIME_MAX),
		starting: raw.starting === true
	};
}

export const FREE = Object.freeze(readState({}));

/* Where its page is; '' if there can be none. */
function hrefOf(name) {
	if (name === '' || name.length > NAME_MAX || /^\.{1,2}$/.test(name))
		return '';
	try {
		return targetPath(name);
	} catch {
		return ''; /* half a character */
	}
}

function readTarget(raw) {
	const name = textOf(raw.name);
	const href = hrefOf(name);
	const label = tidy(name);
	const about = tidy(textOf(raw.description));
	const group = tidy(textOf(raw.group));

	return href === '' || !Number.isSafeInteger(raw.id) ? null : {
		id: raw.id, name, href, label, about, group,
		mode: MODES.includes(raw.mode) ? raw.mode : 'share',
		places: countUpTo(raw.places, COUNT_MAX),
		mayTake: textOf(raw.may).includes('t'),
		mayWatch: textOf(raw.may).includes('w'),
		text: fold(`${label} ${about} ${group}`),
		users: '',
		state: FREE
	};
}

/* What is an object, with its fields. */
const objectsIn = (value) => listOf(value)
    .filter((one) => typeof one === 'object' && one !== null);

/* Whether user, by name, has it; where nobody logs in nothing is mine. */
export const isMine = ({ by }, user) =>
	typeof user === 'string' && by.includes(user);

const placesTaken = ({ sessions, opening, kept }) => sessions + opening + kept;

export const isUsed = (state) => placesTaken(state) > 0;

/* No place for one more; kept ones are somebody's, opening ones soon. */
export const isFull = ({ places, state }) =>
	places > 0 && placesTaken(state) >= places;

const isFree = (state) => !isUsed(state) && state.locked === null &&
    state.down === 0 && !state.starting;

/*
 * What this person may do besides opening it, in the order of the buttons.
 * Where there is room nobody has to give way, and who loses a place can't be
 * asked while it is one's own. Nothing while it is not known who that is.
 */
export function actionsOf(card, user) {
	const { mode, mayTake, mayWatch, state } = card;
	const own = isMine(state, user);
	const isOthers = user !== undefined && !own && state.locked === null;
	const isThere = state.sessions > 0; /* kept places have nobody to ask */
	const lacksRoom = isOthers && isFull(card);

	return [
		['queue', mode === 'queue' && lacksRoom],
		['ask', mode === 'ask' && lacksRoom && isThere &&
		    user !== null],
		['take', mayTake && lacksRoom && isThere],
		['watch', mayWatch && isOthers && isThere],
		['end', own && isThere]
	].filter(([, is]) => is).map(([kind]) => kind);
}

const FILTERS = {
	free: ({ state }) => isFree(state),
	used: ({ state }) => isUsed(state),
	mine: ({ state }, user) => isMine(state, user)
};

/* One answer to "what is there": filled by a stream, then shown. */
class Listing {
	cards = [];
	byId = new Map();
	byName = new Map();
	groups = new Map([['', []]]); /* those without one come first */

	add(raw) {
		const card = readTarget(raw);

		if (card === null || this.byId.has(card.id) ||
		    this.byName.has(card.name))
			return;
		this.cards.push(card);
		this.byId.set(card.id, card);
		this.byName.set(card.name, card);
		if (!this.groups.has(card.group))
			this.groups.set(card.group, []);
		this.groups.get(card.group).push(card);
	}

	/* Gives the change, or null. */
	change(raw) {
		const card = this.byId.get(raw.id);

		if (card === undefined)
			return null;
		const before = card.state;
		card.state = readState(raw);
		card.users = fold(card.state.by.join(' '));
		return { card, before };
	}
}

/* What of a group there is room for; null: nothing. */
function cut(name, cards, room, closed, keep) {
	const most = room - (name === '' ? 0 : 1);
	const isOpen = name === '' || !closed.has(name);
	const hasRoom = isOpen ? most > 0 : room > 0;

	if (!hasRoom && !cards.some((card) => card.name === keep))
		return null;
	return {
		name, isOpen, count: cards.length,
		used: cards.filter(({ state }) => isUsed(state)).length,
		cards: isOpen ? cards.filter((card, i) =>
			i < most || card.name === keep) : []
	};
}

export class Board {
	#shown = new Listing();
	#next = null;
	#aheadMs = 0; /* the bridge's clock, against this one's */

	get size() {
		return this.#shown.cards.length;
	}

	/* A new stream: what it says is shown when it is ready. */
	begin() {
		this.#next = new Listing();
	}

	addTargets(list) {
		for (const raw of objectsIn(list))
			this.#next?.add(raw);
	}

	/* Gives the changes of what is shown: [{ card, before }]. */
	addStates(list) {
		const into = this.#next ?? this.#shown;
		const changes = objectsIn(list).map((raw) => into.change(raw))
		    .filter((change) => change !== null);

		return this.#next === null ? changes : [];
	}

	/* All was said; gives what differs from before, as addStates() does. */
	ready(said, nowMs) {
		const old = this.#shown;
		const now = countUpTo(said?.now, TIME_MAX);

		this.#aheadMs = now === 0 ? 0 : now * 1000 - nowMs;
		if (this.#next === null)
			return [];
		this.#shown = this.#next;
		this.#next = null;
		return this.#shown.cards
		    .filter(({ name }) => old.byName.has(name))
		    .map((card) => ({ card,
			before: old.byName.get(card.name).state }))
		    .filter(({ card, before }) => card.state !== before);
	}

	/* The bridge's time, s. */
	nowSec(nowMs) {
		return (nowMs + this.#aheadMs) / 1000;
	}

	card(name) {
		return this.#shown.byName.get(name);
	}

	/*
	 * What is to be seen: { groups, found, total, rest }, a group being
	 * { name, cards, count, used, isOpen }. Of all cards and headings
	 * there are no more than limit; rest says how many cards come after
	 * them. keep names a card that stays, as it has the focus.
	 */
	view({ query = '', filter = '', user = null, closed = new Set(),
		limit = Infinity, keep = null }) {
		const words = fold(query).split(/\s+/).filter(Boolean);
		const passes = FILTERS[filter] ?? (() => true);
		const isIn = (card) => passes(card, user) && words.every(
		    (word) => card.text.includes(word) ||
			card.users.includes(word));
		const groups = [];
		let room = limit, found = 0, rest = 0;

		for (const [name, all] of this.#shown.groups) {
			const cards = all.filter((card) =>
				isIn(card) || card.name === keep);
			if (cards.length === 0)
				continue;
			found += cards.length;
			const group = cut(name, cards, room, closed, keep);
			if (group === null) {
				rest += cards.length;
				continue;
			}
			groups.push(group);
			room -= group.cards.length + (name === '' ? 0 : 1);
			if (group.isOpen)
				rest += cards.length - group.cards.length;
		}
		return { groups, found, total: this.size, rest };
	}
}
