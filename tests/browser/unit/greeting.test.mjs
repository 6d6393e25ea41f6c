/* SPDX-License-Identifier: ISC */
/* What is read off the server's first bytes (RFC 6143, 7.1). */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Greeting, versionOf } from '../../../share/novnc/js/greeting.js';

/* Also gives, in shown, all that the viewer gets to see. */
const read = (version, rest, step = 1000, hidden = []) => {
	const all = Buffer.concat([Buffer.from(version), Buffer.from(rest)]);
	const greeting = new Greeting(hidden);
	const shown = [];
	for (let at = 0; at < all.length; at += step)
		shown.push(...greeting.add(new Uint8Array(
		    all.subarray(at, at + step)).buffer).map(
		    (data) => Buffer.from(data)));
	return Object.assign(greeting, { shown: Buffer.concat(shown),
		messages: shown });
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

const VERSIONS = {
	'3.3': ['003.003', '003.002', '003.004', '003.005', '003.006',
		'003.014', '003.016', '002.009', '000.001'],
	'3.7': ['003.007'],
	'3.8': ['003.008', '003.009', '003.010', '003.018', '003.889', '003.999',
		'004.000', '004.001', '005.000', '055.008', '999.999']
};

test('odd versions are shown as what they stand for', () => {
	for (const [known, versions] of Object.entries(VERSIONS))
		for (const version of versions) {
			assert.equal(versionOf(`RFB ${version}\n`), known);
			for (const step of [1, 7, 12, 1000])
				assert.equal(read(`RFB ${version}\n`, [1, 2, 9, 9],
				    step).shown.toString('latin1'),
				`RFB 003.00${known.at(-1)}\n\x01\x02\x09\x09`);
		}
});

test('the version is a message of its own', () => {
	for (const step of [5, 12, 1000]) {
		const { messages } = read('RFB 003.003\n', [0, 0, 0, 0, 1], step);
		assert.equal(messages[0].toString(), 'RFB 003.003\n');
		assert.equal(messages[1][0], 0);
	}
});

test('what is no greeting is left as it is', () => {
	for (const text of ['HTTP/1.1 200', 'RFB 003.00x\n'])
		for (const step of [1, 12])
			assert.equal(read(text, [7], step).shown.toString('latin1'),
			    `${text}\x07`);
});

test('the security types follow from the version', () => {
	assert.deepEqual(read('RFB 003.005\n', [0, 0, 0, 2]).securityTypes, [2]);
	assert.deepEqual(read('RFB 003.010\n', [2, 2, 1]).securityTypes, [2, 1]);
});

const VENCRYPT = [0, 2, 0, 2, 0, 0, 1, 2, 0, 0, 1, 5];

test('reads what VeNCrypt offers, where it is taken', () => {
	for (const step of [1, 16, 1000]) {
		const { subtypes } = read('RFB 003.008\n',
		    [2, 19, 2, ...VENCRYPT], step);
		assert.deepEqual(subtypes, [258, 261]);
	}
	assert.deepEqual(read('RFB 003.008\n', [1, 19, 0, 2, 0, 2, 0, 0, 1])
	    .subtypes, []);
	assert.deepEqual(read('RFB 003.008\n', [2, 2, 19, ...VENCRYPT])
	    .subtypes, []);
	assert.deepEqual(read('RFB 003.008\n', [2, 19, 2, ...VENCRYPT], 99,
	    [19]).subtypes, []);
});

test('hides the types that are not to be used, and nothing else', () => {
	for (const step of [1, 5, 13, 14, 1000]) {
		const greeting = read('RFB 003.008\n', [3, 19, 2, 30, 19, 30],
		    step, [19, 30]);
		assert.deepEqual([...greeting.shown.subarray(12)],
		    [3, 255, 2, 255, 19, 30]);
		assert.deepEqual(greeting.securityTypes, [19, 2, 30]);
	}
	assert.deepEqual([...read('RFB 003.003\n', [0, 0, 0, 19, 19], 1, [19])
	    .shown.subarray(12)], [0, 0, 0, 19, 19]);
});

test('begins anew behind a repeater, however it is cut', () => {
	for (const step of [1, 5, 12, 13, 24, 1000]) {
		const greeting = read('RFB 000.000\nRFB 003.008\n', [1, 2], step);
		assert.equal(greeting.shown.toString('latin1'),
		    'RFB 000.000\nRFB 003.008\n\x01\x02');
		assert.equal(String(greeting.messages[0]), 'RFB 000.000\n');
		assert.deepEqual(greeting.securityTypes, [2]);
	}
});
