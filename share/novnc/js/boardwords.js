/* SPDX-License-Identifier: ISC */
/* What the board says of a target, to whom, and what it asks. */

import { formatFor, sentence, tidy, timeOf } from './words.js';

const NAME_MAX = 40;
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

/* Up to four names of total: "alice, bob …". */
const listOf = (names, total) =>
	names.map((name) => tidy(name, NAME_MAX)).join(', ') +
	    (names.length > 0 && total > names.length ? ' …' : '');

function usedLabel({ mode, places, state: { sessions } }) {
	if (mode !== 'share' && sessions === 1)
		return ['busy', 'In use'];
	const viewers = countOf(sessions, 'viewer', 'viewers');
	return places > 0 && sessions >= places ?
	    ['busy', `${viewers}: full`] :
	    [mode === 'share' ? 'shared' : 'busy', viewers];
}

/* A card's [kind, label]: the one thing that matters most. */
function labelOf(card, isMine) {
	const { sessions, opening, kept, locked, down, starting } = card.state;

	if (locked !== null)
		return ['busy', 'Locked'];
	if (sessions > 0)
		return isMine ? ['mine', 'You are connected'] :
		    usedLabel(card);
	if (kept > 0)
		return ['busy', 'Kept'];
	if (starting)
		return ['shared', 'Is being started'];
	if (opening > 0)
		return ['shared', 'Is being opened'];
	return down > 0 ? ['bad', 'Did not answer'] : ['free', 'Free'];
}

/* Who has it besides user: how many, and the names of some. */
function othersOf({ by, sessions }, user) {
	const others = by.filter((name) => name !== user);
	const own = others.length < by.length ? 1 : 0;
	const count = Math.max(sessions - own, others.length);

	return { count, names: listOf(others, count) };
}

/* Who has it, and since when. */
function holderNote(state, label, isMine, user) {
	const { names } = othersOf(state, user);
	const since = state.since > 0 ? `since ${timeOf(state.since)}` : '';

	if (isMine)
		return [since, names && `with ${names}`].filter(Boolean)
		    .join(', ');
	const isList = /viewer/.test(label);
	const anybody = label === 'Locked' && state.sessions > 0 ?
	    countOf(state.sessions, 'viewer', 'viewers') : '';
	return [names && !isList ? `by ${names}` : names || anybody, since]
	    .filter(Boolean).join(' ');
}

/* What is said besides; without how long nobody has moved anything. */
function notesOf({ state }, label, isMine, user) {
	const { sessions, kept, waiting, locked, down, starting, by } = state;
	const isKeptOnly = sessions === 0 && kept > 0;
	const keptFor = isMine ? 'you' : listOf(by, by.length);

	return [
		tidy(locked ?? ''),
		isKeptOnly ? keptFor && `for ${keptFor}` :
		    holderNote(state, label, isMine, user),
		!isKeptOnly && kept > 0 ?
		    `${countOf(kept, 'place is', 'places are')} kept` : '',
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
 * What a card of board.js says, to user (null: nobody logs in), at the
 * bridge's time: { kind, label, notes, said }. said is for being told of a
 * change: it stays the same while only time goes by.
 */
export function describeCard(card, user, nowSec) {
	const isMine = user !== null && card.state.by.includes(user);
	const [kind, label] = labelOf(card, isMine);
	const { idle, sessions } = card.state;
	const notes = notesOf(card, label, isMine, user);
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

export function describeConfirm(kind, { label, state }, user) {
	if (kind === 'end')
		return { title: `End your session at ${label}?`,
			text: 'Your connection to it ends, on whichever device ' +
			    'it is open.' };
	const { count, names } = othersOf(state, user);
	return { title: `Take over ${label}?`,
		text: names === '' ? 'Whoever uses it now loses it at once.' :
		    `${names} ${count === 1 ? 'loses' : 'lose'} it at once.` };
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

/* The board's stream is lost; the bridge may have said why. */
export const describeLost = (reason) => `${sentence(reason)}` +
	'The bridge does not answer; what you see may be out of date.';
