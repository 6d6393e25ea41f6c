/* SPDX-License-Identifier: ISC */
/* Who is logged in, until when, and when the bridge is asked for it. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';

import {
	Account, formatLeft, loginPath, nextAskMs, noticeOf, readAccount
} from '../../../share/novnc/js/account.js';

const NOW = 5000;
const MINUTE = 60000;

const alice = (ends, max = null) =>
	readAccount({ user: 'alice', ends, max }, NOW);

test('the login page is told where to lead back to', () => {
	assert.equal(loginPath(), 'login');
	assert.equal(loginPath(''), 'login');
	assert.equal(loginPath('lab1'), 'login?next=lab1');
	assert.equal(loginPath('a&b=c#d'), 'login?next=a%26b%3Dc%23d');
	const url = new URL(loginPath('[::1]:5901'), 'https://b.example/x/');
	assert.equal(url.searchParams.get('next'), '[::1]:5901');
});

test('a login ends with whatever ends it first', () => {
	for (const [ends, max, endsAt, isLast] of [
		[10, 20, NOW + 10000, false], [20, 10, NOW + 10000, true],
		[10, 10, NOW + 10000, true], [10, null, NOW + 10000, false],
		[null, 10, NOW + 10000, true], [0, null, NOW, false]])
		assert.deepEqual(alice(ends, max),
		    { user: 'alice', endsAt, isLast });
	assert.equal(alice(null).endsAt, Infinity);
});

test('what is no user and no number is none', () => {
	for (const user of [null, undefined, 7, {}])
		assert.equal(readAccount({ user }, NOW).user, null);
	for (const ends of ['10', NaN, {}, undefined])
		assert.equal(alice(ends, ends).endsAt, Infinity);
	assert.deepEqual(noticeOf(readAccount({}, NOW), NOW), null);
});

test('the end is told from two minutes before it', () => {
	assert.equal(noticeOf(alice(121), NOW), null);
	assert.equal(noticeOf(alice(null), NOW), null);
	assert.deepEqual(noticeOf(alice(120), NOW),
	    { left: 120, isLast: false });
	assert.deepEqual(noticeOf(alice(900, 30), NOW),
	    { left: 30, isLast: true });
	assert.equal(noticeOf(alice(1), NOW + 1).left, 1);
	assert.equal(noticeOf(alice(1), NOW + 9000).left, 0);
	assert.equal(noticeOf(readAccount({ user: null, ends: 1 }, NOW), NOW),
	    null);
});

test('the time that is left is minutes and seconds', () => {
	assert.deepEqual([120, 105, 60, 59, 9, 0].map(formatLeft),
	    ['2:00', '1:45', '1:00', '0:59', '0:09', '0:00']);
});

test('it is asked again in a minute, or when something is due', () => {
	const inMs = (account, askedMs = NOW) =>
		nextAskMs(account, askedMs) - askedMs;
	assert.equal(inMs(readAccount({ user: null }, NOW)), Infinity);
	assert.equal(inMs(alice(null)), MINUTE);
	assert.equal(inMs(alice(3600)), MINUTE);
	assert.equal(inMs(alice(130)), 10000, 'before it warns');
	assert.equal(inMs(alice(130), NOW + 10000), MINUTE);
	assert.equal(inMs(alice(20)), 21000, 'when it has ended');
	for (const ends of [0, 1, 119, 120, 121, 122])
		assert.ok(inMs(alice(ends)) >= 1000, 'never in haste');
});

/* ---- with a bridge and a clock that are played ---- */

let now, answers, asked, told, account, listen;

const json = (body) => new Response(JSON.stringify(body));
const status = (code) => new Response('', { status: code });

/* Lets what has been asked be answered. */
async function settle() {
	for (let i = 0; i < 10; i++)
		await new Promise((done) => setImmediate(done));
}

/* The clock goes on, a second at a time. */
async function pass(seconds) {
	for (let i = 0; i < seconds; i++) {
		now += 1000;
		mock.timers.tick(1000);
		await settle();
	}
}

beforeEach(() => {
	now = NOW;
	answers = [];
	asked = [];
	told = { accounts: [], notice: null, over: 0 };
	mock.timers.enable({ apis: ['setTimeout'] });
	mock.method(performance, 'now', () => now);
	mock.method(globalThis, 'fetch', async (path, { method }) => {
		asked.push(`${method} ${path}`);
		const answer = answers.length > 1 ?
		    answers.shift() : answers[0];
		if (answer === undefined)
			throw new TypeError('no network');
		return answer.clone?.() ?? answer;
	});
	globalThis.document = {
		hidden: false,
		addEventListener: (name, act) => { listen = act; }
	};
	account = new Account({
		account: (one) => told.accounts.push(one.user),
		notice: (notice) => { told.notice = notice; },
		over: () => { told.over += 1; }
	});
});

afterEach(() => {
	mock.timers.reset();
	mock.restoreAll();
	delete globalThis.document;
});

test('an account is asked for once where nobody logs in', async () => {
	answers = [json({ user: null, ends: null, max: null })];
	await Promise.all([account.start(), account.start()]);
	await account.start();
	await pass(300);
	listen();
	await settle();
	assert.deepEqual(asked, ['GET api/login']);
	assert.equal(account.isNeedless, true);
	assert.equal(await account.hasLogins(), false);
	assert.equal(await account.check(), false);
	assert.deepEqual(asked, ['GET api/login']);
});

test('an account is asked for each minute, while someone looks', async () => {
	answers = [json({ user: 'alice', ends: 3600, max: null })];
	await account.start();
	await pass(60);
	assert.equal(asked.length, 2);
	await pass(120);
	assert.equal(asked.length, 4);
	globalThis.document.hidden = true;
	listen();
	await pass(600);
	assert.equal(asked.length, 4);
	globalThis.document.hidden = false;
	listen();
	await settle();
	assert.equal(asked.length, 5);
	assert.equal(account.isNeedless, false);
	assert.equal(await account.hasLogins(), true);
	assert.equal(told.notice, null);
});

test('an account is warned of its end, and stays', async () => {
	answers = [json({ user: 'alice', ends: 150, max: 9000 }),
		json({ user: 'alice', ends: 120, max: 8970 })];
	await account.start();
	await pass(29);
	assert.equal(told.notice, null);
	await pass(1);
	assert.equal(asked.length, 2, 'another page may have used it');
	assert.deepEqual(told.notice, { left: 120, isLast: false });
	await pass(7);
	assert.equal(told.notice.left, 113);
	answers = [json({ user: 'alice', ends: 600, max: 8900 })];
	await account.stay();
	assert.equal(asked.at(-1), 'POST api/login');
	assert.equal(told.notice, null);
});

test('an account has not to be warned if it was used elsewhere', async () => {
	const notices = [];
	answers = [json({ user: 'alice', ends: 150, max: null }),
		json({ user: 'alice', ends: 3600, max: null })];
	await account.start();
	await pass(29);
	for (let i = 0; i < 10; i++) {
		await pass(1);
		notices.push(told.notice);
	}
	assert.deepEqual(notices, Array(10).fill(null));
});

test('an account is over when the bridge says so, and then at rest', async () => {
	answers = [json({ user: 'alice', ends: 5, max: null }),
		status(401)];
	await account.start();
	assert.deepEqual(told.notice, { left: 5, isLast: false });
	await pass(5);
	assert.equal(told.notice.left, 0);
	assert.equal(told.over, 0);
	await pass(1);
	assert.equal(told.over, 1);
	assert.equal(told.notice, null);
	await pass(300);
	listen();
	await account.start();
	assert.equal(asked.length, 2);
	assert.equal(told.over, 1);
	assert.equal(await account.hasLogins(), true);
});

test('an account outlives a bridge that is away', async () => {
	answers = [json({ user: 'alice', ends: 3600, max: null }),
		status(503), new Response('no JSON'), undefined,
		json({ user: 'alice', ends: 3400, max: null })];
	await account.start();
	await pass(240);
	assert.equal(asked.length, 5);
	assert.equal(told.over, 0);
	assert.deepEqual(told.accounts, ['alice', 'alice']);
});

test('an account is asked for again after an answer that was none', async () => {
	await account.start();
	assert.equal(account.isNeedless, false);
	await pass(300);
	assert.equal(asked.length, 1);
	answers = [json({ user: 'alice', ends: 3600, max: null })];
	await account.start();
	assert.deepEqual(told.accounts, ['alice']);
});

test('an account tells a 401 of its own from a proxy\'s', async () => {
	answers = [json({ user: 'alice', ends: 3600, max: null }),
		json({ user: 'alice', ends: 3600, max: null }),
		status(401)];
	await account.start();
	assert.equal(await account.check(), false);
	assert.equal(await account.check(), true);
});

test('an account is logged out, or still logged in', async () => {
	answers = [json({ user: 'alice', ends: 100, max: null })];
	await account.start();
	answers = [];
	assert.equal(await account.logOut(), null);
	answers = [status(503)];
	assert.equal(await account.logOut(), null);
	assert.equal(told.notice.left, 100);
	for (const answer of [{ type: 'opaqueredirect', status: 0 },
		status(401), status(200)]) {
		answers = [answer];
		assert.equal(await account.logOut(), 'login');
	}
	answers = [json({ location: 'login?said=left&left=1' })];
	assert.equal(await account.logOut(), 'login?said=left&left=1');
	assert.equal(asked.at(-1), 'POST logout');
	assert.equal(told.notice, null);
	await pass(300);
	assert.equal(asked.length, 7);
});
