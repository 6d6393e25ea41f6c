/* SPDX-License-Identifier: ISC */
/* The on-screen keyboard's text as keys, and the waits between retries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import characters from
	'../../../share/novnc/node_modules/@novnc/novnc/core/input/keysymdef.js';
import { backoffSec, waitSec } from '../../../share/novnc/js/retry.js';
import {
	keysymOf, keysymsBetween
} from '../../../share/novnc/js/softkeyboard.js';

const BACKSPACE = 0xff08;

test('characters become X keysyms', () => {
	assert.equal(keysymOf('a'), 0x61);
	assert.equal(keysymOf('é'), 0xe9);
	assert.equal(keysymOf('€'), 0x20ac);
	assert.equal(keysymOf('ж'), 0x6d6);
	assert.equal(keysymOf('한'), 0x0100d55c);
	assert.equal(keysymOf('😀'), 0x0101f600);
	assert.equal(keysymOf('\n'), 0xff0d);
	assert.equal(keysymOf('\t'), 0xff09);
	for (const character of ['\0', '\b', '\x1b'])
		assert.equal(keysymOf(character), 0);
});

test('they are those that noVNC has for a hardware keyboard', () => {
	for (let point = 0x20; point < 0x10000; point++) {
		if (point >= 0xd800 && point < 0xe000)
			continue; /* halves of other characters */
		const character = String.fromCodePoint(point);
		assert.equal(keysymOf(character), characters.lookup(point));
	}
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

test('it is longer than the server was waited for', () => {
	assert.deepEqual([0, 1, 2, 5].map((n) => waitSec(n, 3)),
	    [0, 1, 2, 5].map(backoffSec));
	for (const waitedMs of [1000, 9999, 15000, 60001, 600000])
		for (const attempt of [0, 3, 9])
			assert.ok(waitSec(attempt, waitedMs) * 1000 > waitedMs);
});
