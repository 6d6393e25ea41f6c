/* SPDX-License-Identifier: ISC */
/*
 * What can be done at the end of a session; and that by nothing of it, nor by a
 * reload, who looked on has the desktop unasked.
 */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { isLookingOn, setLookingOn } from
	'../../../share/novnc/js/watch.js';
import { isToOpen, waysOn, waysOnRefused } from
	'../../../share/novnc/js/ways.js';

let done;

const to = { open: () => done.push('open'), again: () => done.push('again'),
	want: (kind) => done.push(kind), logIn: () => done.push('login') };

/* As [label, what it does] each. */
const followed = (ways) => ways.map(([label, act]) => {
	done = [];
	act();
	return [label, ...done];
});

const end = (more) => ({ code: 1006, reason: '', watching: null,
	wasConnected: true, inUse: null, ...more });
const ways = (more) => followed(waysOn(end(more), to));

beforeEach(() => {
	globalThis.history = { state: null,
		replaceState(state) { this.state = state; } };
});

afterEach(() => delete globalThis.history);

test('a session is had again as it was', () => {
	assert.deepEqual(ways({}), [['Reconnect', 'again']]);
	assert.deepEqual(ways({ wasConnected: false }),
	    [['Try again', 'again']]);
	assert.deepEqual(ways({ needsLogin: true }), [['Log in', 'login']]);
});

test('who looked on looks on again', () => {
	for (const code of [1000, 1006, 4513, 4516, 4522, 4580, 4581])
		for (const watching of ['', 'alice'])
			assert.deepEqual(ways({ code, watching }),
			    [['Watch again', 'watch']]);
	assert.deepEqual(ways({ code: 4521, watching: '', needsLogin: true }),
	    [['Log in', 'login']]);
});

test('who looked on has the desktop by what says so only', () => {
	const left = { code: 4513, reason: 'who you watched has left' };
	for (const more of [left, { code: 4520 }])
		assert.deepEqual(ways({ ...more, watching: 'alice' }),
		    [['Connect', 'open']]);
	const inUse = { ask: true, take: true, watch: true, user: 'alice' };
	assert.deepEqual(ways({ code: 4510, watching: '', inUse }),
	    [['Ask alice', 'ask'], ['Take over', 'take'],
		    ['Watch', 'watch'], ['Connect', 'open']]);
	for (const code of [1000, 1006, 4500, 4510, 4513, 4520, 4521, 4581])
		for (const [label, did] of ways({ code, watching: 'alice' }))
			assert.ok(did === 'watch' || label === 'Connect');
});

test('of a desktop in use what is told is offered', () => {
	const offered = (inUse) => ways({ code: 4510, inUse })
	    .map(([label]) => label);
	assert.deepEqual(offered(null), ['Try again']);
	assert.deepEqual(offered({ ask: true, user: 'alice' }),
	    ['Ask alice', 'Try again']);
	assert.deepEqual(offered({ take: true, watch: true }),
	    ['Take over', 'Watch', 'Try again']);
});

test('what was refused is wanted again, as it was', () => {
	const refused = (kind, code) => followed(waysOnRefused(kind, code, to));
	assert.deepEqual(refused('ask', 4520), [['Try again', 'again']]);
	assert.deepEqual(refused('watch', 4520),
	    [['Try again', 'again'], ['Connect', 'open']]);
	assert.deepEqual(refused('watch', 4502), [['Connect', 'open']]);
	for (const [kind, code] of [['ask', 0], ['watch', 0], ['watch', 4502]])
		assert.equal(waysOnRefused(kind, code, to).filter(
		    ([, , isMain]) => isMain).length, 1);
});

test('what is free by now is opened for who wanted to have it', () => {
	for (const kind of ['ask', 'take', 'watch', 'end', 'move'])
		assert.equal(isToOpen(kind, 4502), ['ask', 'take']
		    .includes(kind), kind);
	assert.equal(isToOpen('take', 4520), false);
	assert.equal(isToOpen('take', undefined), false);
});

test('a page that looks on is still one after a reload', () => {
	assert.equal(isLookingOn(), false);
	globalThis.history.state = { other: 7 };
	setLookingOn(true);
	assert.equal(isLookingOn(), true);
	assert.equal(globalThis.history.state.other, 7);
	setLookingOn(false);
	assert.equal(isLookingOn(), false);
});
