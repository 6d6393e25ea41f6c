/* SPDX-License-Identifier: ISC */
/*
 * People log in: whose desktops they get, the second factor, and what is told
 * when a login ends.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import {
	cardText, phase, screenshot, untilPixel
} from './lib/browser.mjs';
import { XTERM_GROUND } from './lib/desktop.mjs';
import {
	LOCKED, PASSWORD, PHONE, WRONG, assertFits, enter, problem, recovery,
	seed, startPeople
} from './lib/people.mjs';
import { Stack } from './lib/process.mjs';
import { totpCode, wrongCode } from './lib/users.mjs';

const INSIDE_XTERM = [300, 250];

const stack = new Stack();
let bridge, browser, start, users;

before(async () => {
	({ bridge, browser, start, users } = await startPeople(stack));
}, { timeout: 60000 });

after(() => stack.stop());

beforeEach(() => browser.context.clearCookies());

async function enterCode(page, code) {
	await page.getByLabel('Code from your authenticator app').fill(code);
	await page.getByRole('button', { name: 'Continue', exact: true })
	    .click();
}

/* A page of the bridge, by way of the login page. */
async function logIn(name, path = '', at = bridge) {
	const page = await browser.open(at.url + path);
	await enter(page, name);
	await page.waitForURL(at.url + path);
	return page;
}

const cardNames = (page) =>
	page.locator('.target-name').allInnerTexts();

describe('a person who logs in', { timeout: 120000 }, () => {
	test('gets the desktop that was asked for', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		assert.equal(page.url(), `${bridge.url}login?next=lab1`);
		await screenshot(page, 'login');
		await enter(page, 'alice');
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await page.locator('#handle').click();
		await page.getByText('Logged in as alice').waitFor();
		await screenshot(page, 'login-viewer');
		await browser.close(page);
	});

	test('gets the server behind a repeater that was asked for', async () => {
		const there = `${bridge.url}lab1#ID:1234`;
		const page = await browser.open(there);
		assert.equal(page.url(), `${bridge.url}login?next=lab1#ID:1234`);
		await enter(page, 'alice', 'wrong');
		await problem(page, WRONG);
		await enter(page, 'alice');
		await page.waitForURL(there);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('finds the desktops that are this person\'s', async () => {
		for (const [name, names] of [['alice', ['lab1']],
			['bob', ['lab2', 'asks']]]) {
			const page = await logIn(name);
			await page.locator('a.target').first().waitFor();
			assert.deepEqual(await cardNames(page), names);
			await page.getByText(`Logged in as ${name}`).waitFor();
			await screenshot(page, `login-start-${name}`);
			await page.getByRole('button', { name: 'Log out' }).click();
			await page.waitForURL(`${bridge.url}login`);
			/* from the browser's cache, without a desktop's name */
			await page.goBack();
			await page.waitForURL(`${bridge.url}login`);
			await browser.close(page);
		}
	});

	test('is refused the desktop of somebody else', async () => {
		const page = await logIn('alice', 'lab2');
		const text = await cardText(page, 'Not allowed');
		assert.match(text, /code 4520/);
		await browser.close(page);
	});

	test('is told of a wrong password, and tries again', async () => {
		const page = await browser.open(`${bridge.url}login?next=lab1`);
		await enter(page, 'alice', 'wrong');
		await problem(page, WRONG);
		assert.equal(await page.getByLabel('User name').inputValue(),
		    'alice');
		const password = page.getByLabel('Password', { exact: true });
		assert.equal(await password.inputValue(), '');
		await page.locator('#password:focus').waitFor();
		await screenshot(page, 'login-wrong');
		await page.keyboard.type(PASSWORD);
		await page.keyboard.press('Enter');
		await page.waitForURL(`${bridge.url}lab1`);
		await browser.close(page);
	});

	test('is told no more of a name that is nobody\'s', async () => {
		const page = await browser.open(`${bridge.url}login`);
		await enter(page, 'nobody-of-that-name');
		await problem(page, WRONG);
		await enter(page, '<b>"&amp;\'', 'wrong');
		await problem(page, WRONG);
		assert.equal(await page.getByLabel('User name').inputValue(),
		    '<b>"&amp;\'');
		await browser.close(page);
	});

	test('is told of a lock, by who knows the password', async () => {
		const page = await browser.open(`${bridge.url}login`);
		await enter(page, LOCKED, 'wrong');
		await problem(page, WRONG);
		await enter(page, LOCKED);
		await problem(page, /locked/);
		await browser.close(page);
	});

	test('waits after many wrong passwords, and sees how long', async () => {
		const page = await browser.open(`${bridge.url}login`);
		for (let i = 0; !/Too many/.test(
		    await page.locator('body').innerText()); i++) {
			assert.ok(i < 10);
			const answer = page.waitForResponse(`${bridge.url}login`);
			await enter(page, 'dave', 'wrong');
			await (await answer).finished();
			await page.locator('#problem').waitFor();
		}
		assert.ok(await page.locator('#problem').isVisible());
		await page.getByText('You can try again now.').waitFor(
		    { timeout: 70000 });
		await enter(page, 'dave');
		await page.waitForURL(bridge.url);
		await browser.close(page);
	});
});

describe('a second factor', { timeout: 120000 }, () => {
	let used;

	async function untilCode(path = '') {
		const page = await browser.open(bridge.url + path);
		await enter(page, 'carol');
		await page.getByRole('heading', { name: 'Enter your code' })
		    .waitFor();
		return page;
	}

	test('is asked for after the password', async () => {
		const page = await untilCode('lab1');
		await page.locator('#code:focus').waitFor();
		await screenshot(page, 'login-code');
		await enterCode(page, wrongCode(seed));
		await problem(page, WRONG);
		used = totpCode(seed);
		await enterCode(page, used);
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('is nothing that half a login could do without', async () => {
		const page = await untilCode();
		for (const path of ['api/targets', 'api/login', 'assets/start.js'])
			assert.equal(await page.evaluate(async (one) =>
				(await fetch(one)).status, path), 401);
		await page.goto(`${bridge.url}lab1`);
		await page.getByRole('heading', { name: 'Enter your code' })
		    .waitFor();
		await browser.close(page);
	});

	test('is not taken twice, but a recovery code is once', async () => {
		const page = await untilCode();
		await enterCode(page, used);
		await problem(page, /before|not right/);
		await page.getByText('Use a recovery code').click();
		/* as it is shown, and as a phone may write it */
		await page.getByLabel('Recovery code', { exact: true })
		    .fill(recovery.match(/.{4}/g).join('-').toLowerCase());
		await page.setViewportSize(PHONE);
		await screenshot(page, 'login-code-phone');
		await assertFits(page);
		await page.setViewportSize({ width: 1280, height: 800 });
		await page.getByRole('button', { name: 'Continue with this code' })
		    .click();
		await page.waitForURL(bridge.url);
		await page.getByText('Logged in as carol').waitFor();
		await browser.close(page);

		await browser.context.clearCookies();
		const again = await untilCode();
		await enterCode(again, recovery);
		await problem(again, /before/);
		await browser.close(again);
	});

	test('can be left for another name', async () => {
		const page = await untilCode();
		await page.getByRole('button', { name: 'Log in as somebody else' })
		    .click();
		await page.waitForURL(`${bridge.url}login`);
		await enter(page, 'alice');
		await page.waitForURL(bridge.url);
		await browser.close(page);
	});
});

describe('the end of a login', { timeout: 120000 }, () => {
	test('ends the desktop of another tab, with words', async () => {
		const page = await logIn('alice', 'lab1');
		await phase(page, 'connected');
		const sockets = [];
		page.on('websocket', (socket) => sockets.push(socket.url()));
		const other = await browser.open(bridge.url);
		await other.getByRole('button', { name: 'Log out' }).click();
		await other.waitForURL(`${bridge.url}login`);
		await browser.close(other);

		const text = await cardText(page, 'You are not logged in any more');
		assert.match(text, /You have logged out\./);
		assert.match(text, /code 4521/);
		await phase(page, 'ended');
		await screenshot(page, 'login-over');
		assert.deepEqual(sockets, []);
		await page.locator('#status-actions')
		    .getByRole('button', { name: 'Log in' }).click();
		await page.waitForURL(`${bridge.url}login?next=lab1`);
		await enter(page, 'alice');
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('by a lock ends the desktop, and nobody else\'s', async () => {
		const page = await logIn('heidi', 'lab2');
		await phase(page, 'connected');
		await browser.context.clearCookies();
		const other = await logIn('bob', 'lab2');
		await phase(other, 'connected');
		await users.lock('heidi');
		await bridge.reload({});
		const text = await cardText(page, 'You are not logged in any more');
		assert.match(text, /Your account was locked\./);
		await browser.close(page);
		assert.equal(await other.locator('body')
		    .getAttribute('data-phase'), 'connected');
		await browser.close(other);
	});

	test('leads to the login page from what is left open', async () => {
		const page = await logIn('alice');
		const viewer = await browser.open(`${bridge.url}lab1`);
		await phase(viewer, 'connected');
		await viewer.locator('#handle').click();
		await viewer.locator('#disconnect').click();
		await cardText(viewer, 'Disconnected');
		/* as in another tab */
		await viewer.evaluate(() => fetch('logout', { method: 'POST' }));
		await page.waitForURL(`${bridge.url}login`, { timeout: 15000 });
		await browser.close(page);

		await viewer.getByRole('button', { name: 'Reconnect' })
		    .or(viewer.getByRole('button', { name: 'Try again' })).click();
		await viewer.waitForURL(`${bridge.url}login?next=lab1`);
		await browser.close(viewer);
	});

	test('is put off by "Stay"', async () => {
		const own = await start('login-idle = 100');
		const page = await logIn('alice', '', own);
		await page.getByText('Your login ends soon.').waitFor();
		assert.match(await page.locator('#login-left').innerText(),
		    /^1:[0-4]\d$/);
		await screenshot(page, 'login-stay');
		const answer = page.waitForResponse((one) =>
			one.request().method() === 'POST');
		await page.getByRole('button', { name: 'Stay' }).click();
		assert.equal((await answer).status(), 200);
		await browser.close(page);
		await own.stop();
	});

	test('is told in the viewer where it can\'t be put off', async () => {
		const own = await start('login-max = 100');
		const page = await logIn('alice', 'lab1', own);
		await phase(page, 'connected');
		await page.getByText('You will have to log in again.').waitFor();
		assert.ok(await page.getByRole('button', { name: 'Stay' })
		    .isHidden());
		await page.setViewportSize(PHONE);
		await page.locator('#handle').click();
		await screenshot(page, 'login-last-phone');
		await page.getByRole('button', { name: 'Log out' }).click();
		await page.waitForURL(`${own.url}login`);
		await browser.close(page);
		await own.stop();
	});
});

describe('elsewhere', { timeout: 60000 }, () => {
	test('below a path it leads there, and back', async () => {
		const own = await start('base-path = "/vnc"');
		const page = await browser.open(`${own.url}vnc/lab1`);
		await page.waitForURL(`${own.url}vnc/login?next=lab1`);
		await enter(page, 'alice');
		await page.waitForURL(`${own.url}vnc/lab1`);
		await phase(page, 'connected');
		const [cookie] = await browser.context.cookies();
		assert.equal(cookie.name, '__Secure-vncbridge');
		assert.equal(cookie.path, '/vnc/');
		assert.ok(cookie.httpOnly && cookie.secure);
		await page.locator('#handle').click();
		await page.getByRole('button', { name: 'Log out' }).click();
		await page.waitForURL(`${own.url}vnc/login`);
		assert.deepEqual(await browser.context.cookies(), []);
		await browser.close(page);
		await own.stop();
	});

	test('a desktop that asks gets nothing of the bridge\'s', async () => {
		const page = await logIn('bob', 'asks');
		await page.getByRole('heading', { name: 'Log in to the desktop' })
		    .waitFor();
		assert.equal(await page.locator('#login-password')
		    .getAttribute('autocomplete'), 'off');
		await browser.close(page);
	});
});
