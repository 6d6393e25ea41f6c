/* SPDX-License-Identifier: ISC */
/* What the board leaves in the tab for the viewer: for whom, how long. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import { keepIntent, takeIntent } from
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

test('an intent is for its target, once', () => {
	keepIntent('web1', INTENT);
	assert.equal(takeIntent('web1'), INTENT);
	assert.equal(takeIntent('web1'), null);
	assert.equal(stored.size, 0);
});

test('another target’s page gets none, and leaves none', () => {
	keepIntent('web1', INTENT);
	assert.equal(takeIntent('web2'), null);
	assert.equal(takeIntent('web1'), null);
});

test('it is good for a minute', () => {
	for (const [passed, wanted] of [[0, INTENT], [59999, INTENT],
		[60000, null], [1e9, null], [-1, null]]) {
		keepIntent('web1', INTENT);
		now += passed;
		assert.equal(takeIntent('web1'), wanted, `${passed} ms`);
	}
});

test('what is none is none, and goes all the same', () => {
	const at = now;
	for (const bad of ['', 'null', '7', '"x"', '[]', '{', '{}',
		...[{ intent: INTENT, at }, { target: 'web1', at },
			{ target: 'web1', intent: INTENT },
			{ target: 'web1', intent: INTENT, at: 'now' },
			{ target: 'web1', intent: INTENT.toUpperCase(), at },
			{ target: 'web1', intent: `${INTENT}0`, at },
			{ target: 'web1', intent: [INTENT, INTENT], at },
			{ target: 'web1', intent: `${INTENT}\n`, at },
			{ target: ['web1'], intent: INTENT, at }]
		    .map((one) => JSON.stringify(one))]) {
		stored.set(KEY, bad);
		assert.equal(takeIntent('web1'), null, bad);
		assert.equal(stored.size, 0);
	}
});

test('without a storage there is none', () => {
	globalThis.sessionStorage = {
		getItem() { throw new Error('no'); },
		setItem() { throw new Error('no'); },
		removeItem() { throw new Error('no'); }
	};
	keepIntent('web1', INTENT);
	assert.equal(takeIntent('web1'), null);
});
