/* SPDX-License-Identifier: ISC */
/* The on-screen keyboard's text as keys, and the waits between retries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { backoffSec } from '../../../share/novnc/js/retry.js';
import {
	keysymOf, keysymsBetween
} from '../../../share/novnc/js/softkeyboard.js';

const BACKSPACE = 0xff08;

test('characters become X keysyms', () => {
	assert.equal(keysymOf('a'), 0x61);
	assert.equal(keysymOf('é'), 0xe9);
	assert.equal(keysymOf('€'), 0x010020ac);
	assert.equal(keysymOf('😀'), 0x0101f600);
	assert.equal(keysymOf('\n'), 0xff0d);
});

test('only the difference is typed', () => {
	assert.deepEqual(keysymsBetween('__', '__a'), [0x61]);
	assert.deepEqual(keysymsBetween('__', '_'), [BACKSPACE]);
	assert.deepEqual(keysymsBetween('_teh', '_the'),
	    [BACKSPACE, BACKSPACE, 0x68, 0x65]);
	assert.deepEqual(keysymsBetween('_', '_'), []);
	assert.deepEqual(keysymsBetween('_😀', '_😁'),
	    [BACKSPACE, 0x0101f601]);
});

test('the wait doubles from 1 s to 30 s', () => {
	assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 100].map(backoffSec),
	    [1, 2, 4, 8, 16, 30, 30, 30]);
});
