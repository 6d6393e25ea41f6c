/* SPDX-License-Identifier: ISC */
/* The board's stream: what it passes on, and when it comes back. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { Events } from '../../../share/novnc/js/events.js';

const BEAT_MS = 15000;

let sources, told, isRefused, now, listeners, events;

class PlayedSource {
	isOpen = true;
	isBeating = false; /* as a bridge does when all is told */
	#listeners = new Map();

	constructor(url) {
		this.url = url;
		sources.push(this);
	}

	addEventListener(name, act) {
		this.#listeners.set(name, act);
	}

	close() {
		this.isOpen = false;
	}

	/* As text, which may be none that a bridge sends. */
	sayText(name, data) {
		this.#listeners.get(name)?.({ data });
	}

	say(name, data) {
		this.isBeating ||= name === 'ready';
		this.sayText(name, JSON.stringify(data));
	}

	fail() {
		this.#listeners.get('error')({});
	}
}

const last = () => sources.at(-1);
const open = () => sources.filter((one) => one.isOpen).length;

async function settle() {
	for (let i = 0; i < 5; i++)
		await new Promise((done) => setImmediate(done));
}

async function pass(seconds) {
	for (let i = 0; i < seconds * 2; i++) {
		now += 500;
		mock.timers.tick(500);
		if (last().isOpen && last().isBeating && now % BEAT_MS === 0)
			last().say('beat', 0);
		await settle();
	}
}

/* After how many seconds there is a new stream; 0: at once. */
async function secondsToNext(most = 60) {
	const before = sources.length;
	await settle();
	for (let sec = 0; sec <= most; sec += .5) {
		if (sources.length > before)
			return sec;
		await pass(.5);
	}
	return Infinity;
}

function setHidden(isHidden) {
	globalThis.document.hidden = isHidden;
	listeners.visibilitychange();
}

beforeEach(() => {
	sources = [];
	told = [];
	listeners = {};
	isRefused = false;
	now = 5000;
	mock.timers.enable({ apis: ['setTimeout'] });
	mock.method(performance, 'now', () => now);
	mock.method(Math, 'random', () => 0);
	globalThis.EventSource = PlayedSource;
	const target = { hidden: false,
		addEventListener: (name, act) => { listeners[name] = act; } };
	globalThis.document = globalThis.window = target;
	const note = (name) => (...said) => { told.push([name, ...said]); };
	events = new Events({ begin: note('begin'), targets: note('targets'),
		state: note('state'), ready: note('ready'), lost: note('lost'),
		refused: async () => isRefused });
	events.start();
});

afterEach(() => {
	mock.timers.reset();
	mock.restoreAll();
	delete globalThis.EventSource;
	delete globalThis.document;
	delete globalThis.window;
});

test('it passes on what the bridge says, in order', () => {
	assert.equal(last().url, 'events', 'relative: below any prefix');
	last().say('targets', [1]);
	last().say('state', [2]);
	last().say('ready', { now: 3 });
	last().say('state', [4]);
	last().say('unknown', 5);
	assert.deepEqual(told, [['begin'], ['targets', [1]], ['state', [2]],
		['ready', { now: 3 }], ['state', [4]]]);
});

test('what is no JSON is left out', () => {
	for (const text of ['', '{', '[1', 'undefined', '\u0000', '[]]'])
		for (const name of ['targets', 'state', 'ready'])
			last().sayText(name, text);
	assert.deepEqual(told, [['begin']]);
});

test('it comes back, later each time, up to 15 s', async () => {
	const waits = [];
	for (let i = 0; i < 7; i++) {
		last().fail();
		waits.push(await secondsToNext());
	}
	assert.deepEqual(waits, [1, 2, 4, 8, 15, 15, 15]);
	assert.equal(open(), 1);
});

const losses = () => told.filter(([name]) => name === 'lost');

test('it is told after 3 s without one, not before', async () => {
	last().say('ready', {});
	await pass(6);
	last().fail();
	await pass(1);
	last().fail(); /* once more: it goes on counting */
	await pass(1.5);
	assert.deepEqual(losses(), []);
	await pass(1);
	assert.deepEqual(losses(), [['lost', '']]);
	last().fail(); /* all that follow are told at once */
	await settle();
	assert.equal(losses().length, 2);
	await secondsToNext();
	last().say('ready', {});
	await pass(6);
	last().fail();
	await secondsToNext();
	last().say('targets', []);
	await pass(5);
	assert.equal(losses().length, 2, 'it is back');
});

test('one that is dead is not taken for one in which all is well', async () => {
	last().say('ready', {});
	await pass(100);
	assert.equal(sources.length, 1, 'it beats');
	last().isBeating = false;
	last().say('beat', 0);
	await pass(44);
	assert.equal(sources.length, 1);
	await pass(2);
	assert.equal(sources.length, 2);
	assert.equal(open(), 1);
	assert.deepEqual(losses(), []);
	await pass(3);
	assert.deepEqual(losses(), [['lost', '']], 'nor does this one speak');
	await pass(44);
	assert.equal(sources.length, 3, 'before it is ready, too');
});

test('after a good one it begins at 1 s again', async () => {
	for (let i = 0; i < 4; i++) {
		last().fail();
		await secondsToNext();
	}
	last().say('ready', {});
	await pass(6);
	last().fail();
	assert.equal(await secondsToNext(), 1);
});

test('nobody logged in any more ends it', async () => {
	isRefused = true;
	last().fail();
	assert.equal(await secondsToNext(), Infinity);
	setHidden(true);
	await pass(61);
	setHidden(false);
	listeners.online();
	events.renew();
	assert.equal(open(), 0);
});

test('an end with code 0 is a new one at once', async () => {
	last().say('ready', {});
	await pass(6);
	last().say('over', { code: 0 });
	assert.equal(open(), 0);
	assert.ok(await secondsToNext() <= .5);
	assert.deepEqual(losses(), []);
});

test('many ends with code 0 are not answered in haste', async () => {
	const waits = [];
	for (let i = 0; i < 5; i++) {
		last().say('over', { code: 0 });
		waits.push(await secondsToNext());
	}
	assert.ok(waits[0] <= .5);
	assert.deepEqual(waits.slice(1), [1, 2, 4, 8]);
});

test('an end with another code tells why, and asks for the login', async () => {
	last().say('over', { code: 4521, reason: 'you have logged out' });
	assert.equal(await secondsToNext(), 1, 'it was no login');
	last().fail();
	await pass(3);
	assert.deepEqual(losses(), [['lost', 'you have logged out']]);
	await pass(15);
	assert.equal(losses().length, 2, 'the next one is silent');
	assert.deepEqual(losses()[1], losses()[0]);
	last().say('ready', {});
	isRefused = true;
	last().say('over', { code: 4513, reason: 7 });
	assert.equal(await secondsToNext(), Infinity);
	assert.deepEqual(told.at(-1), ['lost', '']);
});

test('an end that is none is a fault', async () => {
	for (const bad of [null, 7, 'x', [], { code: '0' }, {}]) {
		last().say('ready', {});
		await pass(6);
		last().say('over', bad);
		assert.equal(await secondsToNext(), 1);
	}
});

test('an old stream has nothing to say', async () => {
	const [old] = sources;
	old.fail();
	await secondsToNext();
	told = [];
	old.say('state', [1]);
	old.say('over', { code: 0 });
	old.fail();
	assert.deepEqual(told, []);
	assert.equal(open(), 1);
});

test('one that is not ready in 10 s is told of, and waited for', async () => {
	await pass(9);
	assert.deepEqual(told, [['begin']]);
	await pass(2);
	assert.deepEqual(told, [['begin'], ['lost', '']]);
	assert.equal(open(), 1);
	last().say('ready', {});
	await pass(30);
	assert.equal(told.length, 3);
});

test('one that takes long, but goes on, is not told of', async () => {
	for (let i = 0; i < 5; i++) {
		await pass(8);
		last().say(i < 3 ? 'targets' : 'state', []);
	}
	last().say('ready', {});
	await pass(60);
	assert.deepEqual(losses(), []);
});

test('hidden for a minute it is closed, and opened when shown', async () => {
	last().say('ready', {});
	setHidden(true);
	await pass(59);
	assert.equal(open(), 1);
	await pass(2);
	assert.equal(open(), 0);
	await pass(600);
	assert.equal(sources.length, 1);
	setHidden(false);
	assert.equal(open(), 1);
	assert.deepEqual(losses(), []);
});

test('hidden, none is opened; shown, it is', async () => {
	for (const act of [() => last().fail(), () => events.renew(),
		() => last().say('over', { code: 0 })]) {
		last().say('ready', {});
		await pass(6);
		setHidden(true);
		const before = sources.length;
		act();
		await pass(20);
		assert.equal(sources.length, before);
		assert.deepEqual(losses(), [], 'who would read it?');
		setHidden(false);
		assert.equal(sources.length, before + 1);
		assert.equal(open(), 1);
	}
});

test('a page that begins hidden waits until it is shown', async () => {
	const before = sources.length;
	globalThis.document.hidden = true;
	new Events({ lost() {}, begin() {} }).start();
	await pass(100);
	assert.equal(sources.length, before);
	setHidden(false);
	assert.equal(sources.length, before + 1);
});

test('a short look elsewhere changes nothing', async () => {
	last().say('ready', {});
	setHidden(true);
	await pass(50);
	setHidden(false);
	await pass(50);
	setHidden(true);
	await pass(50);
	assert.equal(sources.length, 1);
	assert.equal(open(), 1);
});

test('hidden, it does not come back from sleep by a failure', async () => {
	setHidden(true);
	last().fail();
	await pass(61);
	assert.equal(open(), 0);
	const tries = sources.length;
	await pass(600);
	assert.equal(sources.length, tries);
	events.renew();
	listeners.online();
	assert.equal(open(), 0);
});

test('shown again, or with a network again, it tries at once', async () => {
	for (const wake of [() => setHidden(false), () => listeners.online()]) {
		for (let i = 0; i < 5; i++) {
			last().fail();
			await secondsToNext();
		}
		last().fail();
		await settle();
		assert.equal(open(), 0);
		wake();
		assert.equal(open(), 1);
	}
});

test('woken while the login is asked for, it is one stream', async () => {
	last().fail();
	setHidden(true);
	listeners.pagehide();
	setHidden(false);
	await pass(30);
	assert.equal(open(), 1);
	assert.equal(sources.length, 2);
});

test('a page that is kept has no stream until it is back', async () => {
	listeners.pagehide();
	assert.equal(open(), 0);
	await pass(100);
	assert.equal(sources.length, 1);
	listeners.pageshow();
	assert.equal(open(), 1);
});

test('a new one can be had', () => {
	events.renew();
	assert.equal(sources.length, 2);
	assert.equal(open(), 1);
});
