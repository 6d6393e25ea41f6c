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
	user: null, /* who is logged in, where people log in */
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
	known({ user }) {
		if (user === state.user)
			return;
		state.user = user;
		renderSoon();
	}
});

const events = new Events({
	begin: () => board.begin(),
	targets: (list) => board.addTargets(list),
	state: (list) => show(board.addStates(list)),
	ready: onReady,
	lost: onLost,
	refused: () => account.check()
});

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

/* Of all that changes, a reader is told of what is hers or has the focus. */
function show(changes) {
	const nowSec = board.nowSec(Date.now());
	const said = (card) => describeCard(card, state.user, nowSec).said;
	const told = changes
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

function onAct(kind, card, button) {
	actFrom(button, kind, card, {
		card: (name) => board.card(name),
		needsLogin: () => goToLogin(),
		done: ({ label }) => say(`${label}: ended.`),
		stayed: ({ name }) => cards.focus(name)
	});
}

/* What is said of times stays right by itself. */
function onMinute() {
	const now = Date.now();
	const wasAsleep = now - state.tickedAt > ASLEEP_MS;

	state.tickedAt = now;
	if (document.hidden)
		return;
	if (wasAsleep)
		events.renew();
	renderSoon();
}

function start() {
	initHostField();
	find('to-host').addEventListener('click', () => find('host').focus());
	document.addEventListener('visibilitychange', renderSoon);
	/* whoever is here again has not got to where they wanted to */
	window.addEventListener('pageshow', ({ persisted }) =>
		persisted && forgetWish());
	forgetWish();
	setInterval(onMinute, MINUTE_MS);
	account.start();
	events.start();
}

start();
