/* SPDX-License-Identifier: ISC */
/*
 * The start page: the board of the configured targets, live, and a field for
 * any other host. Choosing one opens its viewer page.
 */

import { goToLogin, initAccount } from './accountbar.js';
import { actFrom } from './actions.js';
import { Board, isMine } from './board.js';
import { Cards } from './cards.js';
import { Events } from './events.js';
import { forgetWish } from './fragment.js';
import { Finder } from './finder.js';
import { initHostField } from './hostfield.js';
import { describeCard, describeFound, describeLost, describeRest } from
	'./boardwords.js';

const MINUTE_MS = 60000;
const ASLEEP_MS = 150000; /* a timer this late: the computer has slept */
const SAY_MS = 700; /* a pause in typing */
const SAID_MAX = 3; /* changes that are told at a time */

const find = (id) => document.getElementById(id);

const state = {
	user: undefined, /* who is logged in; null: nobody logs in here */
	ended: new Set(), /* what was ended from here, and told */
	hasBegun: false, /* it was seen what there is, or that nothing comes */
	frame: null, /* of the next render */
	sayTimer: null,
	tickedAt: Date.now()
};

const board = new Board();
const finder = new Finder((isNew) => isNew ? onSearch() : onMore());
const cards = new Cards({
	act: onAct,
	toggled: (group, isOpen) => finder.toggle(group, isOpen)
});

const account = initAccount({
	over: () => goToLogin(),
	focus: () => find('log-out').focus(),
	known: onKnown
});

const events = new Events({
	begin: () => board.begin(),
	targets: (list) => board.addTargets(list),
	state: (list) => show(board.addStates(list)),
	ready: onReady,
	lost: onLost,
	refused: () => account.check()
});

/* What is shown was told to who was logged in before. */
function onKnown({ user }) {
	const before = state.user;

	if (user === before)
		return;
	state.user = user;
	renderSoon();
	if (before !== undefined)
		events.renew();
}

/* A text that is read out is only set when it changes. */
function showProblem(text) {
	if (find('problem').textContent !== text)
		find('problem').textContent = text;
	find('problem').hidden = text === '';
}

function say(text) {
	find('spoken').textContent = text;
}

function onReady(said) {
	show(board.ready(said, Date.now()));
	showProblem('');
	render();
	focusFirst();
	account.start(); /* if it had no answer yet */
}

/* The first thing to type in, unless the person has already gone somewhere. */
function focusFirst() {
	if (!state.hasBegun && document.activeElement === document.body)
		find(finder.isOn ? 'search' : 'host')
		    .focus({ preventScroll: true });
	state.hasBegun = true;
}

/* The field for another host works without the board. */
function onLost(reason) {
	showProblem(describeLost(reason));
	focusFirst();
}

/* Whether it is the end of what one has ended here; that was told. */
const isEndTold = ({ name, state: now }) => state.ended.has(name) &&
    !isMine(now, state.user) && state.ended.delete(name);

/* Of all that changes, a reader is told of what is hers or has the focus. */
function show(changes) {
	const nowSec = board.nowSec(Date.now());
	const said = (card) => describeCard(card, state.user, nowSec).said;
	const told = changes
	    .filter(({ card }) => !isEndTold(card))
	    .filter(({ card, before }) => card.name === cards.focused ||
		isMine(before, state.user) || isMine(card.state, state.user))
	    .filter(({ card, before }) =>
		said(card) !== said({ ...card, state: before }))
	    .map(({ card }) => `${card.label}: ${said(card)}.`);

	if (told.length > 0)
		say(told.slice(0, SAID_MAX).join(' '));
	if (changes.length > 0)
		renderSoon();
}

/* Once for all that comes within a picture of the screen. */
function renderSoon() {
	state.frame ??= requestAnimationFrame(render);
}

function view() {
	return board.view({ ...finder.wanted, user: state.user,
		keep: cards.focused });
}

function render() {
	cancelAnimationFrame(state.frame);
	state.frame = null;
	finder.show(board.size, state.user);
	const seen = view();
	const hasTargets = board.size > 0;

	cards.render(seen, state.user, board.nowSec(Date.now()));
	find('configured').hidden = !hasTargets;
	find('other-title').textContent = hasTargets ? 'Another desktop' :
	    'Open a desktop';
	find('found').hidden = !finder.isOn;
	find('found').textContent = describeFound(seen.found, seen.total);
	find('more').hidden = seen.rest === 0;
	find('more').textContent = describeRest(seen.rest);
	return seen;
}

/* Of what is found the reader is told when the typing pauses. */
function onSearch() {
	renderSoon();
	clearTimeout(state.sayTimer);
	state.sayTimer = setTimeout(() => {
		const { found, total } = view();
		say(describeFound(found, total));
	}, SAY_MS);
}

/* The first card that was not there takes the focus from the button. */
function onMore() {
	const isOnButton = document.activeElement === find('more');
	const before = new Set(cards.names);

	const { groups } = render();
	if (!isOnButton)
		return;
	const first = groups.flatMap((group) => group.cards)
	    .find(({ name }) => !before.has(name));
	if (first !== undefined)
		cards.focus(first.name);
}

/* It is told once, not again as the change that follows. */
function onEnded({ name, label }) {
	const now = board.card(name);

	if (now !== undefined && isMine(now.state, state.user))
		state.ended.add(name);
	say(`${label}: ended.`);
}

function onAct(kind, card, button) {
	actFrom(button, kind, card, {
		card: (name) => board.card(name),
		needsLogin: () => goToLogin(),
		done: onEnded,
		stayed: ({ name }) => cards.focus(name)
	});
}

/* Each minute, and when somebody looks again: times stay right by it. */
function onTick() {
	const now = Date.now();
	const wasAsleep = now - state.tickedAt > ASLEEP_MS;

	state.tickedAt = now;
	if (wasAsleep)
		events.renew();
	if (document.hidden)
		return;
	account.start(); /* if it had no answer yet */
	renderSoon();
}

function start() {
	initHostField();
	find('to-host').addEventListener('click', () => find('host').focus());
	document.addEventListener('visibilitychange', onTick);
	/* whoever is here again has not got to where they wanted to */
	window.addEventListener('pageshow', ({ persisted }) =>
		persisted && forgetWish());
	forgetWish();
	setInterval(onTick, MINUTE_MS);
	account.start();
	events.start();
}

start();
