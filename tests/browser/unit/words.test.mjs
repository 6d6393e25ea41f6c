/* SPDX-License-Identifier: ISC */
/* The words for every way a session can end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
	describeStage, explain, tidy, watchOverWords, watchedWords,
	watchingWords
} from '../../../share/novnc/js/words.js';

/* DESIGN, "What a client sees". */
const CODES = [1000, 1002, 1003, 1009, 4500, 4501, 4502, 4503, 4505, 4510,
	4511, 4512, 4513, 4514, 4515, 4517, 4520, 4521, 4522, 4530, 4580, 4581];
/* What is wrong stays so (4503); what is late may come (4501). */
const RETRIED = [4500, 4501, 4502, 4530, 4580, 4581];

const end = (more) => ({
	code: 1006, reason: '', wasAsked: false, wasOpen: true,
	wasConnected: false, isViewerFault: false, hasSecurityFailure: false,
	securityReason: '', usedCredentials: false, isSecure: true,
	offer: { securityTypes: [], subtypes: [], hidden: [] },
	wasRefused: false, isRetry: false, ...more
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

test('who has looked on does not again by itself', () => {
	for (const code of CODES)
		assert.equal(explain(end({ code, wasConnected: true,
			watching: 'alice' })).retry, false);
	const left = explain(end({ code: 4513, watching: 'ali\u202ece',
		reason: 'who you watched has left' }));
	assert.match(left.title, /nothing to watch/);
	assert.match(left.text, /^ali ce has left/);
	assert.match(explain(end({ code: 4513, watching: '',
		reason: 'who you watched has left' })).text, /^Who used/);
	/* too late, before it began */
	assert.match(explain(end({ code: 4513, watching: null,
		reason: 'who you watched has left' })).title, /nothing to watch/);
	/* an operator's words are theirs */
	assert.match(explain(end({ code: 4513, watching: 'alice',
		reason: 'an administrator ended the session' })).title,
	/administrator/);
	for (const more of [{ isViewerFault: true },
		{ code: 4520, reason: 'this desktop can\'t be watched: …' }])
		assert.match(explain(end({ watching: '', ...more })).text,
		    /VncAuth/);
	assert.equal(explain(end({ wasAsked: true, watching: '' })).title,
	    'Disconnected');
});

test('who looks on is named, whatever the name', () => {
	assert.equal(watchingWords('alice'),
	    'You are watching alice’s desktop');
	assert.equal(watchingWords(''), 'You are watching this desktop');
	assert.equal(watchedWords(['bob']), 'bob is watching');
	assert.equal(watchedWords(['bob', 'eve', '']),
	    'bob and 2 more are watching');
	assert.equal(watchedWords(['\u202e']), 'Somebody is watching');
	assert.equal(watchOverWords(undefined),
	    'Somebody is not watching any more');
});

test('the end of a login is told from that of a certificate', () => {
	const over = (reason) => explain(end({ code: 4521, needsLogin: true,
		wasConnected: true, reason }));
	const words = over('you have logged out');
	assert.match(words.title, /not logged in/);
	assert.match(words.text, /^You have logged out\. Log in to the bridge/);
	assert.equal(words.detail, 'code 4521');
	assert.equal(words.retry, false);
	assert.match(over('').text, /^Log in to the bridge/);
	assert.match(over('it\u202eended.').text, /^It ended\. Log in/);
	const other = explain(end({ code: 4521, needsLogin: false,
		reason: 'the certificate was revoked' }));
	assert.match(other.text, /certificate/);
	assert.equal(other.detail, 'the certificate was revoked · code 4521');
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
	const gone = explain(end({ wasOpen: false, bridge: { status: 0 } }));
	assert.match(gone.title, /cannot be reached/);
	assert.equal(gone.retry, false);
	const refused = explain(end({ wasOpen: false,
		bridge: { status: 200, text: '' } }));
	assert.match(refused.title, /refused/);
	assert.equal(refused.retry, false);
	assert.equal(explain(end({})).retry, false);
	for (const more of [{ wasOpen: true },
		...[0, 200, 502].map((status) =>
			({ bridge: { status, text: '' } }))])
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

const offer = (securityTypes, more = {}) => ({ isViewerFault: true,
	offer: { securityTypes, subtypes: [], hidden: [], ...more } });

test('ways of logging in that the viewer lacks are named', () => {
	const words = (...args) => explain(end(offer(...args)));
	assert.match(words([250]).text, /offers only type 250/);
	const tls = words([19], { subtypes: [258, 261] });
	assert.equal(tls.title, 'No common way to log in');
	assert.match(tls.text,
	    /only VeNCrypt with TLS \(type 19: TLSVnc, X509Vnc\)/);
	assert.match(tls.text, /-SecurityTypes VncAuth/);
	assert.match(tls.text, /vnc_tls = 0/);
	assert.match(words([20]).text, /SASL \(type 20\).*vnc_sasl = 0/);
	assert.match(words([5, 129]).text,
	    /RSA-AES \(type 5\), RSA-AES-256 \(type 129\).*PreferOff/);
	assert.match(words([]).text, /version/);
	assert.match(explain(end({ ...offer([19]), wasConnected: true }))
	    .title, /could not go on/);
});

test('what only https can do is told as that', () => {
	const hidden = [6, 30];
	const words = explain(end(offer([30], { hidden })));
	assert.match(words.title, /https/);
	assert.match(words.text, /Apple \(type 30\)/);
	for (const types of [[250], [30, 2], [2]])
		assert.doesNotMatch(
		    explain(end(offer(types, { hidden }))).title,
		    /https/);
});

test('a login that fails on the way is not blamed on the offer', () => {
	for (const more of [[[2]], [[16]], [[19], { subtypes: [256] }]])
		assert.match(explain(end(offer(...more))).title,
		    /could not be finished/);
});

test('a blacklist is told from a wrong password', () => {
	const failure = { hasSecurityFailure: true,
		securityReason: 'Too many security failures' };
	for (const more of [{ wasRefused: true }, {},
		{ usedCredentials: true, wasRefused: true }]) {
		const words = explain(end({ ...failure, ...more }));
		assert.match(words.title, /nobody in for a while/);
		assert.match(words.text, /-UseBlacklist=0/);
		assert.match(words.text, /-BlacklistThreshold/);
		assert.equal(words.retry, false);
	}
});

test('late is told from wrong, and both from closed', () => {
	const wrong = explain(end({ code: 4503, reason: 'it says HTTP' }));
	const late = explain(end({ code: 4501 }));
	const closed = explain(end({ code: 4503,
		reason: 'x:1 closed the connection before a VNC greeting' }));
	assert.match(wrong.title, /not a VNC server/);
	assert.match(late.text, /did not greet in time/);
	assert.match(closed.title, /closed the connection/);
	assert.deepEqual([wrong, late, closed].map(({ retry }) => retry),
	    [false, true, true]);
});

test('what ails the bridge is not blamed on the desktop', () => {
	const words = explain(end({ code: 4581, reason: 'no broker' }));
	assert.match(words.title, /^The bridge/);
	assert.match(words.text, /your desktop is not the cause/);
	assert.equal(words.detail, 'no broker · code 4581');
	const refused = (status, text = '') => explain(end({ wasOpen: false,
		bridge: { status, text } }));
	assert.equal(refused(503, 'no broker\n').detail,
	    'no broker · status 503 · code 1006');
	assert.equal(refused(503).title, words.title);
	assert.equal(refused(503).retry, true);
	assert.match(refused(502).title, /cannot be reached/);
	assert.match(refused(401).text, /login/);
	assert.equal(refused(403).retry, false);
	assert.match(refused(421).text, /name to hosts/);
	assert.equal(refused(421).retry, false);
});

test('what the person did is no fault', () => {
	const words = explain(end({ wasAsked: true, code: 4500 }));
	assert.equal(words.title, 'Disconnected');
	assert.equal(words.retry, false);
	assert.equal(words.detail, '');
});

test('every stage has words, also for when it is slow', () => {
	for (const stage of ['socket', 'target', 'greeting', 'checking']) {
		const { title, slow, slower } = describeStage(stage);
		assert.ok(title.length > 5 && slow.length > 20 &&
		    slower.length > 20);
	}
});

test('a server that has not greeted is waited for in words', () => {
	const { slow, slower } = describeStage('target');
	assert.match(slow, /greeting/);
	assert.match(slower, /accepted the connection and has not greeted yet/);
});

test('foreign text becomes one short line', () => {
	assert.equal(tidy(' a\u0007b\nc\u202ed\u2028e '), 'a b c d e');
	assert.equal(tidy('x'.repeat(200)).length, 120);
	assert.ok(tidy('x'.repeat(200)).endsWith('…'));
	assert.equal(tidy('Grüße 你好'), 'Grüße 你好');
});
