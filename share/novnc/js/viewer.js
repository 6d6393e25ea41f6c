/* SPDX-License-Identifier: ISC */
/*
 * The viewer page: opens the target that the page's path names, at once,
 * and tells how it is going. What can be seen of the session's state is in
 * one object; connection.js does the protocol, words.js finds the words.
 */

import { goToLogin, initAccount } from './accountbar.js';
import { askBridge } from './bridge.js';
import { Clipboard } from './clipboard.js';
import { Connection } from './connection.js';
import { askCredentials, askServer, closeDialogs } from './dialogs.js';
import { EndNotice, Questions, intend, moveIntentOf } from './lease.js';
import { keepWish, restoreFragment, takeWish } from './fragment.js';
import { Light } from './light.js';
import { showMove } from './move.js';
import { Retry, waitSec } from './retry.js';
import { VENCRYPT, hasMoreThanVencrypt } from './security.js';
import { initSoftKeyboard } from './softkeyboard.js';
import { StatusCard, Toast } from './status.js';
import { repeaterIdOf, targetOfPath } from './target.js';
import { Toolbar } from './toolbar.js';
import { Watch, isLookingOn, isToWatch, setLookingOn } from './watch.js';
import { isToOpen, kindOf, waysOn, waysOnRefused } from './ways.js';
import { describeWait, explain, tidy, watchBeginsWords } from './words.js';

/* A session this long counts as one that works: start over at 1 s. */
const STEADY_MS = 30000;
const PICTURE_WAIT_MS = 4000;
const UNAUTHORIZED = 401;
const NOTICE_MS = 60000;

/* What a person can do at the end. */
const to = { again, want, logIn, open: reopen };
const HOME_ACTION = ['Other desktops', () => location.assign('./'), false];

const find = (id) => document.getElementById(id);

const state = {
	target: targetOfPath(location.pathname),
	phase: 'idle', /* connecting, asking, connected, waiting, ended */
	connection: null,
	credentials: null, /* what was entered, for connecting again */
	credentialTypes: ['password'], /* what was asked for last */
	hidden: [], /* security types that led to nothing */
	intent: null, /* what the person wants of a desktop in use, once */
	wish: 0, /* counts what was wanted: a late answer is another's */
	resume: null, /* the place that this page has, if the network fails */
	attempt: 0, /* retries in a row */
	openedAt: 0,
	pictureTimer: null
};

const card = new StatusCard();
const toast = new Toast();
const retry = new Retry();
const watch = new Watch((text) => toast.show(text));

/* Of an open session the bridge itself says that the login is over. */
const account = initAccount({
	over: () => state.phase === 'waiting' && logIn(),
	focus: focusDesktop
});

const clipboard = new Clipboard({
	send: (text) => state.connection.rfb.clipboardPasteFrom(text),
	sendKey,
	isActive: () => watch.whom === null &&
	    (state.connection?.isReady ?? false)
});

const questions = new Questions((text) => {
	state.connection?.say(text);
	focusDesktop();
});

const endNotice = new EndNotice(() => {
	state.connection?.say('stay');
	focusDesktop();
});

const light = new Light((text) => toast.show(text));

const toolbar = new Toolbar({
	focusDesktop,
	sendKey,
	actions: {
		'ctrl-alt-del': () => {
			state.connection?.rfb.sendCtrlAltDel();
			focusDesktop();
		},
		'move': () => showMove(state.target, state.resume, logIn),
		'disconnect': () => state.connection?.close()
	}
});

function setPhase(phase) {
	state.phase = phase;
	document.body.dataset.phase = phase;
	toolbar.enable(phase === 'connected');
}

function focusDesktop() {
	state.connection?.rfb.focus({ preventScroll: true });
}

function sendKey(keysym, code, isDown) {
	if (state.connection?.isReady)
		state.connection.rfb.sendKey(keysym, code, isDown);
}

function setTitle(name) {
	const label = tidy(name) || state.target;
	document.title = label;
	find('desktop-name').textContent = label;
}

function open() {
	retry.stop();
	toast.hide();
	clipboard.reset();
	watch.clear();
	setTitle(state.target);
	setPhase('connecting');
	const intent = state.intent ?? state.resume ??
	    moveIntentOf(location.hash);
	state.intent = state.resume = null; /* each is good for once */
	setLookingOn(isToWatch(intent));
	try {
		state.connection = new Connection(
		    find('screen'), { ...state, intent }, {
			    stage: onStage,
			    credentials: onCredentials,
			    verify: onVerify,
			    ready: onReady,
			    picture: () => clearTimeout(state.pictureTimer),
			    name: setTitle,
			    clipboard: (text) => clipboard.receive(text),
			    told: onTold,
			    end: onEnd
		    });
	} catch (error) {
		console.error(error);
		showFailedStart();
		return;
	}
	if (isToWatch(intent)) /* it can only be that, or a refusal */
		lookOn({});
}

function lookOn(said) {
	setLookingOn(true);
	watch.begin(said);
	state.connection.lookOn();
}

function onStage(name) {
	card.showStage(name, cancel);
	if (name === 'socket')
		return;
	forgetMove();
	account.start(); /* it does not delay the desktop */
}

/* It works once, not again on reload; a login that lacks may come first. */
function forgetMove() {
	if (moveIntentOf(location.hash) !== null)
		history.replaceState(history.state, '', location.pathname);
}

/* What the bridge says besides the desktop's bytes. */
function onTold(said) {
	switch (said.type) {
	case 'queued':
	case 'asking':
	case 'starting':
		card.showWaiting(describeWait(said), cancel);
		break;
	case 'held':
		state.resume = said.text;
		break;
	case 'asked':
		questions.add(said);
		break;
	case 'ask-over':
		questions.remove(said.number);
		break;
	case 'ending':
		endNotice.show(said);
		break;
	case 'ways':
		light.show(said);
		break;
	case 'watching':
		lookOn(said);
		break;
	case 'watched':
		watch.add(said);
		break;
	case 'watch-over':
		watch.remove(said);
		break;
	case 'notice':
		toast.show(tidy(said.text ?? '', 300), NOTICE_MS);
		break;
	}
}

function giveUp() {
	state.wish += 1;
	setPhase('ended');
	card.showEnd(explain({ wasAsked: true }), 'calm',
	    [['Try again', again, true], HOME_ACTION]);
}

/* From the login it comes back to what it was; or to the start page. */
function logIn() {
	const isKept = !isLookingOn() || keepWish(state.target, 'watch');

	goToLogin(isKept ? state.target : '');
}

/* A person's wish, by a button; what the bridge gives is good for one try. */
async function want(kind) {
	const wish = ++state.wish;
	setLookingOn(kind === 'watch');
	setPhase('connecting');
	card.showWaiting({ title: 'Asking the bridge' }, giveUp);
	const said = await intend(state.target, kind);
	if (wish !== state.wish)
		return; /* it was not to be, after all */
	if (said.needsLogin) {
		logIn();
		return;
	}
	if (said.intent === undefined && !isToOpen(kind, said.code)) {
		showRefused(kind, said);
		return;
	}
	state.intent = said.intent ?? null; /* null: it is free now */
	reopen();
}

function showRefused(kind, { code, reason }) {
	setPhase('ended');
	card.showEnd({ title: 'That is not possible',
		text: tidy(reason ?? '') }, 'bad',
	[...waysOnRefused(kind, code, to), HOME_ACTION]);
}

function cancel() {
	state.connection.close();
}

async function enterCredentials(types, problem) {
	setPhase('asking');
	card.hide();
	const answer = await askCredentials(types, state.target, problem,
	    account.isNeedless);
	if (answer !== null) {
		state.credentials = answer;
		setPhase('connecting');
	}
	return answer;
}

async function onCredentials(types) {
	const connection = state.connection;
	state.credentialTypes = types;
	const answer = await enterCredentials(types, '');
	if (connection !== state.connection || state.phase === 'ended')
		return;
	if (answer === null)
		connection.close();
	else
		connection.sendCredentials(answer);
}

async function onVerify(key) {
	const connection = state.connection;
	setPhase('asking');
	const isRight = await askServer(key, state.target);
	if (connection !== state.connection || state.phase === 'ended')
		return;
	setPhase('connecting');
	if (isRight)
		connection.approveServer();
	else
		connection.close();
}

function onReady() {
	state.openedAt = performance.now();
	setPhase('connected');
	card.hide();
	closeDialogs();
	focusDesktop();
	toast.show(watch.whom !== null ? watchBeginsWords(watch.whom) :
	    toolbar.isTouch ? 'The tab at the top opens the menu' :
	    'Ctrl + Alt + Shift opens the menu');
	clipboard.syncQuietly();
	state.pictureTimer = setTimeout(
	    () => toast.show('The desktop has not sent a picture yet.', 60000),
	    PICTURE_WAIT_MS);
}

async function onEnd(end) {
	const connection = state.connection;
	clearTimeout(state.pictureTimer);
	toast.hide();
	setPhase('ended');
	closeDialogs();
	questions.clear();
	endNotice.clear();
	light.clear();
	end.watching = watch.whom;
	watch.clear();

	if (end.wasConnected &&
	    performance.now() - state.openedAt > STEADY_MS)
		state.attempt = 0;
	if (end.hasSecurityFailure && end.usedCredentials && !end.wasRefused) {
		askAgain(end);
		return;
	}
	if (end.isViewerFault && !end.wasConnected && end.watching === null &&
	    hasMoreThanVencrypt(end.offer)) {
		state.hidden = [VENCRYPT];
		open();
		return;
	}
	end.isRetry = state.attempt > 0;
	const isTurnedAway = await learnMore(end);
	/* The person may have been quicker than the bridge. */
	if (connection !== state.connection)
		return;
	if (isTurnedAway)
		logIn();
	else
		showEnd(end);
}

/* What a close code can't tell. Gives whether a login is all that lacks. */
async function learnMore(end) {
	if (end.code === 4521)
		end.needsLogin = await account.hasLogins();
	if (end.code !== 1006 || end.wasOpen || end.wasAsked)
		return false;
	end.bridge = await askBridge();
	return end.bridge.status === UNAUTHORIZED && account.check();
}

function showEnd(end) {
	const words = explain(end);
	if (words.retry) {
		waitAndRetry(words, end.waitedMs);
		return;
	}
	state.resume = null; /* it was ended, not lost */
	card.showEnd(words, kindOf(end), [...waysOn(end, to), HOME_ACTION]);
}

/* A fresh start by hand: the back-off begins again. */
function reopen() {
	state.attempt = 0;
	open();
}

/* The same as before: whoever looked on does not get the desktop by it. */
function again() {
	if (isLookingOn())
		want('watch');
	else
		reopen();
}

function waitAndRetry(words, waitedMs) {
	const seconds = waitSec(state.attempt++, waitedMs);
	setPhase('waiting');
	card.showEnd(words, 'bad', [
		['Try now', open, true],
		['Stop trying', () => stopRetry(words), false],
		HOME_ACTION
	]);
	retry.start(seconds,
	    (left) => card.showCount(`Trying again in ${left} s`), open);
}

function stopRetry(words) {
	retry.stop();
	setPhase('ended');
	card.showEnd(words, 'bad',
	    [['Reconnect', again, true], HOME_ACTION]);
}

/* Wrong password: ask first, then connect again with the answer. */
async function askAgain(end) {
	const { title, detail } = explain(end);
	const problem = [title, tidy(detail)].filter(Boolean).join(': ');
	const types = state.credentialTypes;
	state.credentials = null;
	if (await enterCredentials(types, problem) !== null) {
		if (end.watching === null)
			open();
		else
			want('watch');
		return;
	}
	setPhase('ended');
	showEnd(end);
}

function showFailedStart() {
	setPhase('ended');
	card.showEnd({
		title: 'The viewer could not start',
		text: 'This browser lacks something that it needs. Use a ' +
		    'current version of Chrome, Edge, Firefox or Safari.'
	}, 'bad', [['Try again', again, true], HOME_ACTION]);
}

/*
 * A fault while data is read must not leave a frozen picture behind. Some
 * browsers also report mere notices as errors, with no error in them.
 */
function onError({ error }) {
	if (error && ['connecting', 'connected'].includes(state.phase))
		state.connection.fail();
}

/* Logging in is partly asynchronous: a fault there would wait forever. */
function onRejection() {
	if (state.phase === 'connecting')
		state.connection.fail();
}

/*
 * noVNC lets go of held keys when the window loses the focus, but not when
 * the bar takes it; the keys' release would then never reach the desktop.
 */
function releaseHeldKeys() {
	window.dispatchEvent(new Event('blur'));
}

function start() {
	initSoftKeyboard(find('keyboard-field'), find('keyboard'), sendKey);
	find('screen').addEventListener('focusout', releaseHeldKeys);
	window.addEventListener('error', onError);
	window.addEventListener('unhandledrejection', onRejection);
	if (state.target === null || state.target === '') {
		location.replace('./');
		return;
	}
	restoreFragment(state.target);
	/* a link has one "#": it can't name a repeater's server as well */
	find('move').hidden = repeaterIdOf(location.hash) !== '';
	begin(takeWish(state.target));
}

/* wish: of the start page, or of this page before a login; or null. */
function begin(wish) {
	const isMove = moveIntentOf(location.hash) !== null;
	const intent = isMove ? null : wish?.intent ?? null;

	setTitle(state.target);
	if (!isMove && intent === null &&
	    (wish?.kind === 'watch' || isLookingOn())) {
		want('watch');
		return;
	}
	state.intent = intent;
	open();
}

start();
