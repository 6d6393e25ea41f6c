/* SPDX-License-Identifier: ISC */
/* What is read off the server's first bytes (RFC 6143, 7.1). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Greeting } from '../../../share/novnc/js/greeting.js';

const read = (version, rest, step = 1000) => {
	const all = Buffer.concat([Buffer.from(version), Buffer.from(rest)]);
	const greeting = new Greeting();
	for (let at = 0; at < all.length; at += step)
		greeting.add(new Uint8Array(
		    all.subarray(at, at + step)).buffer);
	return greeting;
};

test('finds the security types, however they are cut', () => {
	for (const step of [1, 5, 12, 13, 1000])
		assert.deepEqual(
		    read('RFB 003.008\n', [2, 1, 2, 0, 0], step).securityTypes,
		    [1, 2]);
});

test('has no types until all are there', () => {
	assert.equal(read('RFB 003.00', []).hasVersion, false);
	const greeting = read('RFB 003.008\n', [2, 1]);
	assert.ok(greeting.hasVersion);
	assert.deepEqual(greeting.securityTypes, []);
	assert.equal(greeting.isRefusal, false);
});

test('knows a refusal, in both forms', () => {
	assert.ok(read('RFB 003.008\n', [0, 0, 0, 0, 2]).isRefusal);
	assert.ok(read('RFB 003.003\n', [0, 0, 0, 0]).isRefusal);
	assert.equal(read('RFB 003.003\n', [0, 0, 0]).isRefusal, false);
	assert.equal(read('RFB 003.003\n', [0, 0, 0, 2]).isRefusal, false);
	assert.equal(read('RFB 003.008\n', []).isRefusal, false);
});

test('reads the old form for old servers only', () => {
	assert.deepEqual(read('RFB 003.006\n', [0, 0, 0, 2]).securityTypes,
	    [2]);
	for (const version of ['003.007', '003.889', '004.000', '005.000'])
		assert.deepEqual(read(`RFB ${version}\n`, [1, 30])
		    .securityTypes, [30]);
});

test('keeps no more than it needs', () => {
	const greeting = read('RFB 003.008\n', [1, 2]);
	for (let i = 0; i < 100; i++)
		greeting.add(new ArrayBuffer(65536));
	assert.deepEqual(greeting.securityTypes, [2]);
});
