/* SPDX-License-Identifier: ISC */
/* Whose fault it is that a session is slow: what a frame says, and words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	newlyStalled, readWays, worstOf
} from '../../../share/novnc/js/light.js';
import { wayWords } from '../../../share/novnc/js/words.js';

const NOW = 100000;
const GOOD = { state: 'good', ms: 12 };
const SLOW = { state: 'slow', ms: 240 };
const STALLED = { state: 'stalled', ms: 3, time: 12 };

const read = (you, desktop) =>
	readWays({ type: 'ways', you, desktop }, NOW);

test('a frame is read, and its time becomes a beginning', () => {
	assert.deepEqual(read(GOOD, STALLED), {
		you: { state: 'good', ms: 12, sinceMs: NOW },
		desktop: { state: 'stalled', ms: 3, sinceMs: NOW - 12000 }
	});
	assert.equal(read({ state: 'good' }, GOOD).you.ms, 0);
});

test('what is not known here changes nothing', () => {
	for (const way of [undefined, null, 7, 'good', {}, [],
		{ state: 'better' }, { state: 'toString' }, { ms: 1 }]) {
		assert.equal(read(way, GOOD), null);
		assert.equal(read(GOOD, way), null);
	}
	for (const ms of ['1', -1, NaN, null, {}, Infinity])
		assert.equal(read({ ...GOOD, ms }, GOOD).you.ms, 0);
});

test('the worse way is what is shown', () => {
	for (const [you, desktop, worst] of [[GOOD, GOOD, 'good'],
		[GOOD, SLOW, 'slow'], [SLOW, GOOD, 'slow'],
		[SLOW, STALLED, 'stalled'], [STALLED, GOOD, 'stalled']])
		assert.equal(worstOf(read(you, desktop)), worst);
});

test('only what did not stall before is told', () => {
	const stalled = read(GOOD, STALLED);
	assert.deepEqual(newlyStalled(stalled, null), ['desktop']);
	assert.deepEqual(newlyStalled(stalled, read(GOOD, SLOW)), ['desktop']);
	assert.deepEqual(newlyStalled(stalled, stalled), []);
	assert.deepEqual(newlyStalled(read(SLOW, SLOW), stalled), []);
	assert.deepEqual(newlyStalled(read(STALLED, STALLED), stalled), ['you']);
});

test('the words say whose way it is, and how', () => {
	assert.equal(wayWords('you', 'slow', 240, 0),
	    'Your connection to the bridge is slow: 240\u00a0ms.');
	assert.equal(wayWords('desktop', 'good', 0, 0),
	    'The bridge’s connection to the desktop is good.');
	assert.equal(wayWords('desktop', 'slow', 1240, 0),
	    'The bridge’s connection to the desktop is slow: 1.2\u00a0s.');
	assert.equal(wayWords('desktop', 'stalled', 3, 12),
	    'The desktop has taken nothing of what you send for 12\u00a0s.');
	assert.match(wayWords('you', 'stalled', 3, 12), /^Your browser .* 12\u00a0s/);
});
