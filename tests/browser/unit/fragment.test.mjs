/* SPDX-License-Identifier: ISC */
/* What the board leaves in the tab for the viewer: for whom, how long. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { forgetWish, keepWish, takeWish } from
	'../../../share/novnc/js/fragment.js';

const INTENT = '0123456789abcdef'.repeat(2);
const KEY = 'vncbridge-intent';

let stored, now;

beforeEach(() => {
	stored = new Map();
	now = 1700000000000;
	mock.method(Date, 'now', () => now);
	globalThis.sessionStorage = {
		getItem: (key) => stored.get(key) ?? null,
		setItem: (key, text) => stored.set(key, String(text)),
		removeItem: (key) => stored.delete(key)
	};
});

afterEach(() => {
	mock.restoreAll();
	delete globalThis.sessionStorage;
});

test('a wish is for its target, once', () => {
	assert.equal(keepWish('web1', 'ask', INTENT), true);
	assert.deepEqual(takeWish('web1'), { kind: 'ask', intent: INTENT });
	assert.equal(takeWish('web1'), null);
	assert.equal(stored.size, 0);
});

test('another target’s page gets none, and leaves none', () => {
	keepWish('web1', 'watch', INTENT);
	assert.equal(takeWish('web2'), null);
	assert.equal(takeWish('web1'), null);
});

test('on the start page none is left', () => {
	keepWish('web1', 'watch', INTENT);
	forgetWish();
	assert.equal(takeWish('web1'), null);
});

test('its intent is good for a minute; to look on is all that stays', () => {
	for (const [passed, intent] of [[0, INTENT], [59999, INTENT],
		[60000, null], [1e9, null], [-1, null]]) {
		keepWish('web1', 'watch', INTENT);
		now += passed;
		assert.deepEqual(takeWish('web1'), { kind: 'watch', intent },
		    `${passed} ms`);
	}
});

test('it may have no intent yet', () => {
	keepWish('web1', 'watch');
	assert.deepEqual(takeWish('web1'), { kind: 'watch', intent: null });
});

test('what is none is none, and goes all the same', () => {
	for (const bad of ['', 'null', '7', '"x"', '[]', '{', '{}',
		...[{ kind: 'ask' }, { target: 'web1' },
			{ target: 'web1', kind: 'end' },
			{ target: 'web1', kind: 'constructor' },
			{ target: 'web1', kind: ['ask'] },
			{ target: ['web1'], kind: 'ask' }]
		    .map((one) => JSON.stringify({ intent: INTENT, at: now,
			...one }))]) {
		stored.set(KEY, bad);
		assert.equal(takeWish('web1'), null, bad);
		assert.equal(stored.size, 0);
	}
});

test('an intent that is none does not make a wish to look on another', () => {
	const at = now;
	for (const bad of [{ at }, { intent: INTENT }, { intent: INTENT,
		at: 'now' }, { intent: INTENT.toUpperCase(), at },
	{ intent: `${INTENT}0`, at }, { intent: [INTENT, INTENT], at },
	{ intent: `${INTENT}\n`, at }]) {
		stored.set(KEY, JSON.stringify({ target: 'web1',
			kind: 'watch', ...bad }));
		assert.deepEqual(takeWish('web1'), { kind: 'watch',
			intent: null });
	}
});

test('without a storage it is known that there is none', () => {
	const fail = () => { throw new Error('no'); };

	globalThis.sessionStorage = { getItem: fail, setItem: fail,
		removeItem: fail };
	assert.equal(keepWish('web1', 'watch', INTENT), false);
	assert.equal(takeWish('web1'), null);
});
