/* SPDX-License-Identifier: ISC */
/* The target grammar, as common/target.h has it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	describeTarget, parseTarget, repeaterIdOf, targetOfPath, targetPath
} from '../../../share/novnc/js/target.js';

const LABEL = 'a'.repeat(63);

const GOOD = [
	['10.0.0.7', 'v4', '10.0.0.7', null],
	['  10.0.0.7 ', 'v4', '10.0.0.7', null],
	['0.0.0.0:5900', 'v4', '0.0.0.0:5900', 5900],
	['255.255.255.255', 'v4', '255.255.255.255', null],
	['host', 'name', 'host', null],
	['HOST.Example', 'name', 'host.example', null],
	['host.example.', 'name', 'host.example', null],
	['my_host-2', 'name', 'my_host-2', null],
	['7up.example', 'name', '7up.example', null],
	['host:0', 'name', 'host:5900', 5900],
	['host:2', 'name', 'host:5902', 5902],
	['host:99', 'name', 'host:5999', 5999],
	['host:100', 'name', 'host:100', 100],
	['host:5901', 'name', 'host:5901', 5901],
	['host:65535', 'name', 'host:65535', 65535],
	['::1', 'v6', '[::1]', null],
	['[::1]', 'v6', '[::1]', null],
	['[::1]:1', 'v6', '[::1]:5901', 5901],
	['[2001:DB8:0:0::7]:5901', 'v6', '[2001:db8::7]:5901', 5901],
	['bücher.example', 'name', 'xn--bcher-kva.example', null],
	['BÜCHER.example:1', 'name', 'xn--bcher-kva.example:5901', 5901],
	[`${LABEL}.example`, 'name', `${LABEL}.example`, null],
	[`${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(61)}`, 'name',
		`${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(61)}`, null]
];

const BAD = [
	['', /Type a host/], ['my host', /space/], ['a/b', /Only the host/],
	['vnc://host', /Only the host/], ['127.1', /four numbers/],
	['0x7f.1', /four numbers/], ['0', /four numbers/],
	['host.0x1f', /four numbers/], ['1.2.3.256', /four numbers/],
	['01.2.3.4', /four numbers/], ['1.2.3.4.5', /four numbers/],
	['a..b', /Two dots/], ['.a', /Two dots/], ['-a', /hyphen/],
	['a-.example', /hyphen/], ['a$b', /no “\$”/], ['a%b', /no “%”/],
	[`${LABEL}a`, /too long/],
	[`${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(62)}`, /too long/],
	['host:', /port is missing/], ['host:65536', /65535/],
	['host:x', /is a number/], ['host:-1', /is a number/],
	['host:01', /zero/], [':5901', /host is missing/],
	['[::1', /bracket \]/], ['[::1]x', /follow the bracket/],
	['[]', /host is missing/], ['[::g]', /IPv6/], ['1:2:3', /IPv6/],
	['[fe80::1%eth0]', /Zone/], ['fe80::1%eth0', /Zone/],
	['[host]', /IPv6/], ['host:1:2', /IPv6/]
];

test('accepts what the bridge accepts', () => {
	for (const [input, kind, text, port] of GOOD) {
		const target = parseTarget(input);
		assert.deepEqual({ input, ok: target.ok, kind: target.kind,
			text: target.text, port: target.port },
		{ input, ok: true, kind, text, port });
	}
});

test('its own text is accepted again, unchanged', () => {
	for (const [input] of GOOD) {
		const { text } = parseTarget(input);
		assert.equal(parseTarget(text).text, text);
	}
});

test('refuses the rest, and says why', () => {
	for (const [input, error] of BAD) {
		const target = parseTarget(input);
		assert.equal(target.ok, false, input);
		assert.match(target.error, error, input);
	}
});

test('what can still become right is called partial', () => {
	for (const text of ['10.0.0', '[2001:db8', '2001:db8', 'host:', 'lab-',
		'lab.', 'lab..'])
		assert.ok(parseTarget(text).ok || parseTarget(text).isPartial,
		    text);
	for (const text of ['my host', 'a$', 'host:x', 'host:70000'])
		assert.equal(parseTarget(text).isPartial, false, text);
});

test('describes the port, and the display where there is one', () => {
	const describe = (text) => describeTarget(parseTarget(text));
	assert.match(describe('host'), /usual port/);
	assert.match(describe('host:2'), /display 2 \(port 5902\)/);
	assert.match(describe('host:6001'), /port 6001/);
	assert.doesNotMatch(describe('host:6001'), /display/);
	assert.doesNotMatch(describe('host:5899'), /display/);
});

test('the path of a target leads back to it', () => {
	for (const text of ['lab1', 'host:5902', '[::1]:5901', '10.0.0.7',
		'a_b', 'odd name/?#%']) {
		const base = 'http://bridge.example/below/x';
		const url = new URL(targetPath(text), base);
		assert.equal(url.origin, 'http://bridge.example');
		assert.equal(targetOfPath(url.pathname), text);
		assert.equal(url.search + url.hash, '');
	}
	assert.equal(targetPath('host:5902'), './host:5902');
});

test('a path that cannot be decoded names no target', () => {
	assert.equal(targetOfPath('/%ff'), null);
	assert.equal(targetOfPath('/below/'), '');
});

test('an address may say which server behind a repeater is meant', () => {
	assert.equal(repeaterIdOf('#ID:1234'), '1234');
	assert.equal(repeaterIdOf('#ID:lab.pc-7_a'), 'lab.pc-7_a');
	for (const hash of ['', '#', '#1234', '#ID:', '#id:1234', '#ID:1 2',
		'#ID:1%00', '#ID:1\n', '#xID:1', `#ID:${'1'.repeat(33)}`])
		assert.equal(repeaterIdOf(hash), '', hash);
});
