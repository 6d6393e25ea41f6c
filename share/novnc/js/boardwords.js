/* SPDX-License-Identifier: ISC */
/* What the board says of a target, to whom, and what it asks. */

import { BY_MAX, isFull, isMine } from './board.js';
import { formatFor, sentence, tidy, timeOf } from './words.js';

const NAME_MAX = 40;
const NAMES_MAX = 3; /* of more than four */
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60]];

/* 320 as "5 min"; '' for less than a minute. */
export function spanOf(seconds) {
	const found = UNITS.find(([, size]) => seconds >= size);

	return found === undefined ? '' : formatFor(Intl.NumberFormat, {
		style: 'unit', unit: found[0], unitDisplay: 'short'
	}).format(Math.floor(seconds / found[1])).replace(' ', '\u00a0');
}

const numberOf = (n) => formatFor(Intl.NumberFormat, {}).format(n);

const countOf = (n, one, many) => `${numberOf(n)} ${n === 1 ? one : many}`;

/* "alice, bob, eve and 5 more", but for user. */
function listOf({ by, sessions, kept }, user) {
	const names = by.filter((name) => name !== user);
	/* of so many names there may be more */
	const total = by.length < BY_MAX ? names.length :
	    Math.max(by.length, sessions || kept) - by.length + names.length;
	const shown = total > NAMES_MAX + 1 ? NAMES_MAX : total;

	return names.slice(0, shown).map((name) => tidy(name, NAME_MAX))
	    .join(', ') +
	    (total > shown ? ` and ${numberOf(total - shown)} more` : '');
}

function usedLabel(card) {
	const { mode, places, state: { sessions } } = card;

	if (mode !== 'share' && places === 1 && sessions === 1)
		return ['busy', 'In use'];
	const viewers = countOf(sessions, 'viewer', 'viewers');
	if (isFull(card))
		return ['busy', `${viewers}: full`];
	return ['shared', places > 0 ?
	    `${viewers} of ${numberOf(places)}` : viewers];
}

/* A card's [kind, label]: the one thing that matters most. */
function labelOf(card, own) {
	const { sessions, opening, kept, locked, down, starting } = card.state;

	if (locked !== null)
		return ['busy', 'Locked'];
	if (sessions > 0)
		return own ? ['mine', 'You are connected'] : usedLabel(card);
	if (kept > 0 && (own || isFull(card)))
		return [own ? 'mine' : 'busy', 'Kept'];
	if (starting)
		return ['shared', 'Is being started'];
	if (opening > 0)
		return [isFull(card) ? 'busy' : 'shared', 'Is being opened'];
	return down > 0 ? ['bad', 'Did not answer'] : ['free', 'Free'];
}

/* Who has it, and since when. */
function holderNote(state, label, own, user) {
	const names = listOf(state, user);
	const since = state.since > 0 ? `since ${timeOf(state.since)}` : '';

	if (own)
		return [since, names && `with ${names}`].filter(Boolean)
		    .join(', ');
	const isList = /viewer/.test(label);
	const anybody = label === 'Locked' && state.sessions > 0 ?
	    countOf(state.sessions, 'viewer', 'viewers') : '';
	return [names && !isList ? `by ${names}` : names || anybody, since]
	    .filter(Boolean).join(' ');
}

/* For whom places are kept is known where nobody has one. */
function keptNote(state, label, own, user) {
	const { sessions, kept } = state;
	const names = sessions > 0 ? [] :
	    [own ? 'you' : '', listOf(state, user)].filter(Boolean);
	const whom = names.length > 0 ? `for ${names.join(', ')}` : '';

	return label === 'Kept' ? whom :
	    [countOf(kept, 'place is', 'places are'), 'kept', whom]
		.filter(Boolean).join(' ');
}

/* What is said besides; without how long nobody has moved anything. */
function notesOf({ state }, label, own, user) {
	const { sessions, kept, waiting, locked, down, starting } = state;

	return [
		tidy(locked ?? ''),
		sessions === 0 && kept > 0 ? '' :
		    holderNote(state, label, own, user),
		kept > 0 ? keptNote(state, label, own, user) : '',
		starting && label !== 'Is being started' ?
		    'is being started' : '',
		down > 0 && sessions === 0 ?
		    `${label === 'Did not answer' ? '' : 'did not answer '}` +
		    `at ${timeOf(down)}` : '',
		waiting > 0 ? countOf(waiting, 'person waits', 'people wait') : ''
	];
}

const asSentence = (text) =>
	text.replace(/^(by|for|since|with|at|did|is|idle) /,
	    (word) => word[0].toUpperCase() + word.slice(1));

/*
 * What a card of board.js says, to user (null: nobody logs in; undefined: that
 * is not known), at the bridge's time: { kind, label, notes, said }. said is
 * for being told of a change: it stays the same while only time goes by.
 */
export function describeCard(card, user, nowSec) {
	const own = isMine(card.state, user);
	const [kind, label] = labelOf(card, own);
	const { idle, sessions } = card.state;
	const notes = notesOf(card, label, own, user);
	const said = [label, ...notes].filter(Boolean).join(', ');
	const span = idle > 0 && sessions > 0 ? spanOf(nowSec - idle) : '';

	if (span !== '')
		notes[1] = [notes[1], `idle for ${span}`].filter(Boolean)
		    .join(', ');
	return { kind, label, said,
		notes: notes.filter(Boolean).map(asSentence) };
}

/* What can be done from a card: the button, and what is asked before it. */
export const ACTION_LABELS = { queue: 'Queue up', ask: 'Ask',
	take: 'Take over', watch: 'Watch', end: 'End' };

/* One only loses it by a takeover: who has been there longest, the first. */
function describeLoser({ by, sessions }) {
	const isOne = sessions <= 1;
	const name = by.length > 0 ? tidy(by[0], NAME_MAX) : '';

	if (name === '')
		return isOne ? 'Whoever uses it now loses it at once.' :
		    'Whoever has been there longest loses it at once.';
	return isOne ? `${name} loses it at once.` :
	    `${name}, the longest there, loses it at once.`;
}

export function describeConfirm(kind, { label, state }) {
	return kind === 'end' ? { title: `End your session at ${label}?`,
		text: 'Your connection to it ends, on whichever device ' +
		    'it is open.' } :
	    { title: `Take over ${label}?`, text: describeLoser(state) };
}

/* How many of the board's targets a search has found. */
export const describeFound = (found, total) => found === total ?
	countOf(total, 'desktop', 'desktops') :
	`${numberOf(found)} of ${countOf(total, 'desktop', 'desktops')}`;

/* How many targets a group has, and how many of them are in use. */
export const describeGroup = (count, used) =>
	countOf(count, 'desktop', 'desktops') +
	    (used === 0 ? '' : `, ${numberOf(used)} in use`);

/* Of so many there is no card on the page. */
export const describeRest = (rest) => `Show more (${numberOf(rest)} left)`;

/* There is no stream for the board; the bridge may have said why. */
export const describeLost = (reason) => sentence(reason).trim() ||
	'The list of desktops can’t be kept up to date at the moment.';
