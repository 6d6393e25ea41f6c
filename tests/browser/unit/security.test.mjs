/* SPDX-License-Identifier: ISC */
/* The ways of logging in, as in the pinned noVNC and doc/OPERATING.md. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import {
	NEEDS_HTTPS, adviceFor, chosenType, hasMoreThanVencrypt, needsHttps
} from '../../../share/novnc/js/security.js';

const TOP = new URL('../../../', import.meta.url);
const read = (name) => readFile(new URL(name, TOP), 'utf8');
const rfb = await read('share/novnc/node_modules/@novnc/novnc/core/rfb.js');

/* The numbers that rfb.js says it supports. */
function noVncTypes() {
	const list = /_isSupportedSecurityType\(type\) \{[^]*?\[([^\]]*)\]/
	    .exec(rfb)[1];
	return list.match(/securityType\w+/g).map((name) =>
		Number(new RegExp(`const ${name} += (\\d+);`).exec(rfb)[1]));
}

test('the page takes what noVNC takes', () => {
	const numbers = noVncTypes();
	assert.ok(numbers.length >= 9);
	for (let type = 0; type <= 300; type++)
		assert.equal(chosenType([type], []) === type,
		    numbers.includes(type), `type ${type}`);
	/* The first, in the server's order. */
	assert.equal(chosenType([20, 2, 1], []), 2);
	assert.equal(chosenType([6, 2, 1], [6]), 2);
	assert.match(rfb, /for \(let type of types\) \{\s+if \(this\._isSupp/);
});

/* The rows of its table: [numbers, whether it works]. */
async function documentedRows() {
	const [, table] = /## Which VNC servers[^]*?\|---[^\n]*\n([^]*?)\n\n/
	    .exec(await read('doc/OPERATING.md'));
	return table.split('\n').map((row) => {
		const [, , numbers, works] = row.split('|');
		return [numbers.match(/\d+/g).map(Number), works.trim()];
	});
}

test('doc/OPERATING.md says what the page takes', async () => {
	const rows = await documentedRows();
	const said = rows.flatMap(([numbers, works]) =>
		works.startsWith('yes') ? numbers : []);
	assert.deepEqual(said.toSorted((a, b) => a - b),
	    noVncTypes().toSorted((a, b) => a - b));
	for (const [numbers, works] of rows)
		assert.equal(numbers.every((n) => NEEDS_HTTPS.includes(n)),
		    works.includes('https'), `${numbers}`);
});

test('VeNCrypt is given up for another way, not for none', () => {
	const offer = (securityTypes, subtypes, hidden = []) =>
		({ securityTypes, subtypes, hidden });
	assert.ok(hasMoreThanVencrypt(offer([19, 2], [258, 261])));
	assert.ok(hasMoreThanVencrypt(offer([20, 19, 30], [261])));
	for (const args of [[[19, 2], [258, 256]], [[19, 20], [258]],
		[[19], [258]], [[2, 19], []], [[19, 2], [258], [19]],
		[[19, 30], [258], [30]]])
		assert.equal(hasMoreThanVencrypt(offer(...args)), false);
});

test('advice is for servers that offer nothing', () => {
	const offer = (securityTypes, subtypes = [], hidden = []) =>
		({ securityTypes, subtypes, hidden });
	for (const type of noVncTypes().filter((t) => t !== 19))
		assert.equal(adviceFor(offer([type])), '');
	assert.equal(adviceFor(offer([19], [258, 256])), '');
	for (const args of [[[19], [258]], [[18]], [[20]], [[5]], [[33]]])
		assert.notEqual(adviceFor(offer(...args)), '');
	assert.ok(needsHttps(offer([30, 20], [], [6, 30])));
	assert.equal(needsHttps(offer([30, 2], [], [6, 30])), false);
});
