/* SPDX-License-Identifier: ISC */
/* What the buttons of a card do: what is asked, of whom, and where it leads. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { actFrom } from '../../../share/novnc/js/actions.js';

const INTENT = '0123456789abcdef'.repeat(2);
const FREE = { code: 4502, reason: 'it is free now' };

let answers, asked, shown, replies, led, stored, told, now, states, nodes;

/* The page's dialog, and whoever answers it: a function for each time. */
class PlayedDialog {
	returnValue = '';
	#close;

	addEventListener(name, act) {
		this.#close = act;
	}

	showModal() {
		shown.push(nodes['confirm-text'].textContent);
		this.returnValue = replies.shift()() ? 'ok' : '';
		this.#close();
	}
}

const node = (id) => nodes[id] ??= id === 'confirm' ? new PlayedDialog() : {};

const yes = () => true;
const no = () => false;

beforeEach(() => {
	asked = [];
	answers = [{ intent: INTENT }];
	shown = [];
	replies = [];
	led = [];
	told = [];
	nodes = {};
	stored = new Map();
	now = 1700000000000;
	states = { web1: { by: ['alice'], sessions: 1, since: 5 } };
	mock.method(Date, 'now', () => now);
	const body = {};
	Object.assign(globalThis, {
		document: { getElementById: node, body, activeElement: body },
		location: { assign: (href) => led.push(href) },
		sessionStorage: {
			setItem: (key, text) => stored.set(key, text),
			getItem: (key) => stored.get(key) ?? null
		},
		fetch: async (url, { body: wish }) => {
			asked.push(wish.get('kind'));
			const answer = answers.length > 1 ?
			    answers.shift() : answers[0];
			return { ok: answer !== null,
				status: answer === null ? 401 : 200,
				json: async () => answer };
		}
	});
});

afterEach(() => {
	mock.restoreAll();
	for (const name of ['document', 'location', 'sessionStorage', 'fetch'])
		delete globalThis[name];
});

const button = () => {
	const attributes = new Map();
	return { attributes,
		setAttribute: (name, value) => attributes.set(name, value),
		removeAttribute: (name) => attributes.delete(name) };
};

const cardOf = (name) => states[name] === undefined ? undefined :
    { name, label: name, href: `./${name}`, state: states[name] };

const act = (kind, one = button()) => actFrom(one, kind, cardOf('web1'), {
	card: cardOf,
	needsLogin: () => told.push('login'),
	done: ({ name }) => told.push(`done ${name}`),
	stayed: ({ name }) => told.push(`stayed ${name}`)
});

const kept = () => [...stored.values()].map((text) => JSON.parse(text))
    .map(({ target, kind, intent }) => [target, kind, intent]);

test('asking and watching lead there, with what the bridge gave', async () => {
	for (const kind of ['ask', 'watch']) {
		await act(kind);
		assert.deepEqual(kept(), [['web1', kind, INTENT]]);
	}
	assert.deepEqual(led, ['./web1', './web1']);
	assert.deepEqual(shown, []);
});

test('what is free by now is opened, but not for who looks on', async () => {
	answers = [FREE];
	for (const kind of ['ask', 'take'])
		await act(kind);
	assert.deepEqual(led, ['./web1', './web1']);
	assert.deepEqual(shown, [], 'nobody loses it');
	replies = [yes];
	await act('watch');
	assert.deepEqual(led.length, 2);
	assert.deepEqual(shown, ['it is free now']);
	assert.deepEqual(kept(), []);
});

test('without a storage it leads nowhere, and says so', async () => {
	globalThis.sessionStorage.setItem = () => { throw new Error('full'); };
	for (const kind of ['watch', 'ask']) {
		replies = [yes];
		await act(kind);
	}
	assert.deepEqual(led, []);
	assert.match(shown[0], /keeps nothing/);
});

test('a takeover is wished for before it is confirmed', async () => {
	replies = [() => {
		assert.deepEqual(asked, ['take'], 'of who has it now');
		return true;
	}];
	await act('take');
	assert.deepEqual(asked, ['take']);
	assert.deepEqual(shown, ['alice loses it at once.']);
	assert.deepEqual(led, ['./web1']);
	assert.deepEqual(kept(), [['web1', 'take', INTENT]]);
});

test('and is dropped when it is not', async () => {
	replies = [no];
	await act('take');
	assert.deepEqual(led, []);
	assert.deepEqual(kept(), []);
	assert.deepEqual(told, ['stayed web1']);
	/* a dialog that has closed keeps it until the next picture */
	globalThis.document.activeElement = { closest: () => ({}) };
	replies = [no];
	await act('take');
	assert.equal(told.length, 2);
	globalThis.document.activeElement = { closest: () => null };
	replies = [no];
	await act('take');
	assert.equal(told.length, 2, 'something has it');
});

test('what was confirmed for one is not done to another', async () => {
	const second = 'f'.repeat(32);
	answers = [{ intent: INTENT }, { intent: second }];
	replies = [() => {
		states = { web1: { by: ['bob'], sessions: 1, since: 9 } };
		return true;
	}, yes];
	await act('take');
	assert.deepEqual(shown, ['alice loses it at once.',
		'bob loses it at once.']);
	assert.deepEqual(kept(), [['web1', 'take', second]]);
});

test('nor long after, nor to another session of the same', async () => {
	for (const change of [() => { now += 55000; },
		() => { states.web1 = { ...states.web1, since: 99 }; }]) {
		shown = [];
		asked = [];
		replies = [() => change() ?? true, no];
		await act('take');
		assert.deepEqual([asked.length, shown.length], [2, 2]);
	}
	assert.deepEqual(led, []);
});

test('a target that has gone is not taken over', async () => {
	replies = [yes];
	answers = [{ intent: INTENT }];
	const before = cardOf('web1');
	states = {};
	await actFrom(button(), 'take', before, { card: cardOf,
		stayed: () => told.push('stayed') });
	assert.deepEqual(led, []);
	assert.match(shown[0], /not there/);
});

test('one’s own is ended after it was confirmed', async () => {
	answers = [{ ended: 1 }];
	replies = [() => asked.length === 0];
	await act('end');
	assert.deepEqual(asked, ['end']);
	assert.deepEqual(told, ['done web1', 'stayed web1']);
	assert.deepEqual(led, []);
});

test('a login that lacks is had first', async () => {
	answers = [null];
	await act('take');
	assert.deepEqual(shown, []);
	assert.equal(told[0], 'login');
});

test('one thing is done at a time', async () => {
	const one = button();
	const first = act('ask', one);
	assert.equal(one.attributes.get('aria-disabled'), 'true');
	await act('watch');
	await first;
	assert.deepEqual(asked, ['ask']);
	assert.equal(one.attributes.size, 0);
});
