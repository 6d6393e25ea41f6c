/* SPDX-License-Identifier: ISC */
/* The words for every way a session can end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	describeStage, explain, tidy
} from '../../../share/novnc/js/words.js';

/* DESIGN, "What a client sees". */
const CODES = [1000, 1002, 1003, 1009, 4500, 4501, 4502, 4503, 4510, 4511,
	4512, 4513, 4514, 4515, 4520, 4521, 4522, 4530, 4580];
const RETRIED = [4500, 4501, 4502, 4503, 4530, 4580];

const end = (more) => ({
	code: 1006, reason: '', wasAsked: false, wasOpen: true,
	wasConnected: false, isViewerFault: false, hasSecurityFailure: false,
	securityReason: '', usedCredentials: false, isSecure: true,
	securityTypes: [], wasRefused: false, isRetry: false, ...more
});

test('every code has words of its own, before and in a session', () => {
	for (const wasConnected of [false, true]) {
		const seen = new Set();
		for (const code of CODES) {
			const { title, text, detail } = explain(
			    end({ code, wasConnected }));
			assert.doesNotMatch(text, /does not know/, `${code}`);
			assert.ok(title.length > 5 && text.length > 20);
			assert.ok(detail.includes(String(code)));
			seen.add(title);
		}
		assert.equal(seen.size, CODES.length);
	}
});

test('only what helps is tried again', () => {
	for (const wasConnected of [false, true])
		assert.deepEqual(CODES.filter(
		    (code) => explain(end({ code, wasConnected })).retry),
		RETRIED);
});

test('an unknown code is told as such', () => {
	const words = explain(end({ code: 4999, reason: 'because' }));
	assert.match(words.text, /does not know/);
	assert.equal(words.detail, 'because · code 4999');
	assert.equal(words.retry, false);
});

test('the bridge\'s reason is passed on', () => {
	assert.equal(explain(end({ code: 4510,
		reason: 'in use by 10.0.0.9 since 10:02' })).detail,
	'in use by 10.0.0.9 since 10:02 · code 4510');
});

test('1006 tells a lost connection from a bridge that is not there', () => {
	const lost = explain(end({ wasConnected: true }));
	assert.match(lost.title, /lost/);
	assert.equal(lost.retry, true);
	const gone = explain(end({ wasOpen: false, isBridgeUp: false }));
	assert.match(gone.title, /cannot be reached/);
	assert.equal(gone.retry, false);
	const refused = explain(end({ wasOpen: false, isBridgeUp: true }));
	assert.match(refused.title, /refused/);
	assert.equal(refused.retry, false);
	assert.equal(explain(end({})).retry, false);
	for (const more of [{ wasOpen: true }, { isBridgeUp: false },
		{ isBridgeUp: true }])
		assert.equal(explain(end({ wasOpen: false, isRetry: true,
			...more })).retry, true);
});

test('a wrong password is told from a refusal', () => {
	const failure = { hasSecurityFailure: true, securityReason: 'no' };
	assert.equal(explain(end({ ...failure, usedCredentials: true })).title,
	    'Wrong password');
	assert.equal(explain(end({ ...failure, usedCredentials: true,
		usedName: true })).title, 'Wrong user name or password');
	for (const more of [{}, { usedCredentials: true, wasRefused: true }]) {
		const words = explain(end({ ...failure, ...more }));
		assert.match(words.title, /refused/);
		assert.equal(words.detail, 'no');
		assert.equal(words.retry, false);
	}
});

test('a close after the login hints at the password', () => {
	const words = explain(end({ code: 1000, usedCredentials: true }));
	assert.match(words.text, /after the login/);
});

test('ways of logging in that the viewer lacks are named', () => {
	const fault = { isViewerFault: true, securityTypes: [19, 250] };
	assert.match(explain(end(fault)).text, /VeNCrypt, type 250/);
	assert.doesNotMatch(explain(end(fault)).text, /https/);
	assert.match(explain(end({ ...fault, isSecure: false })).text, /https/);
	assert.match(explain(end({ isViewerFault: true })).text, /version/);
	assert.match(explain(end({ ...fault, wasConnected: true })).title,
	    /could not go on/);
});

test('what the person did is no fault', () => {
	const words = explain(end({ wasAsked: true, code: 4500 }));
	assert.equal(words.title, 'Disconnected');
	assert.equal(words.retry, false);
	assert.equal(words.detail, '');
});

test('every stage has words, also for when it is slow', () => {
	for (const stage of ['socket', 'target', 'greeting', 'checking']) {
		const { title, slow } = describeStage(stage);
		assert.ok(title.length > 5 && slow.length > 20);
	}
});

test('foreign text becomes one short line', () => {
	assert.equal(tidy(' a\u0007b\nc\u202ed\u2028e '), 'a b c d e');
	assert.equal(tidy('x'.repeat(200)).length, 120);
	assert.ok(tidy('x'.repeat(200)).endsWith('…'));
	assert.equal(tidy('Grüße 你好'), 'Grüße 你好');
});
