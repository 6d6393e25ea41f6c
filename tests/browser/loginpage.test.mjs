/* SPDX-License-Identifier: ISC */
/*
 * The login page as a page: with a password manager, a keyboard, a phone,
 * without JavaScript, and before a checker of accessibility.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { assertAccessible, assertAllAccessible } from './lib/axe.mjs';
import { screenshot, startBrowser } from './lib/browser.mjs';
import {
	PASSWORD, PHONE, WRONG, assertFits, enter, problem, startPeople
} from './lib/people.mjs';
import { Stack } from './lib/process.mjs';

const stack = new Stack();
let bridge, browser, home;

before(async () => {
	({ bridge, browser, home } = await startPeople(stack));
}, { timeout: 60000 });

after(() => stack.stop());

beforeEach(() => browser.context.clearCookies());

describe('the login page', { timeout: 60000 }, () => {
	test('is one that password managers know', async () => {
		const page = await browser.open(`${bridge.url}login`);
		const fields = await page.locator('input:visible').evaluateAll(
		    (all) => all.map(({ name, type, autocomplete }) =>
			[name, type, autocomplete]));
		assert.deepEqual(fields, [['name', 'text', 'username'],
			['password', 'password', 'current-password']]);
		await browser.close(page);
	});

	test('shows the password, and sends it once', async () => {
		const page = await browser.open(`${bridge.url}login`);
		const field = page.locator('#password');
		const sent = [];
		page.on('request', (request) => request.method() === 'POST' &&
		    sent.push(request.url()));
		await page.getByLabel('User name').fill('bob');
		await field.fill(PASSWORD);
		await page.getByRole('button', { name: 'Show password' }).click();
		assert.equal(await field.getAttribute('type'), 'text');
		await page.getByRole('button', { name: 'Show password' }).click();
		assert.equal(await field.getAttribute('type'), 'password');
		await page.evaluate(() => {
			const form = document.querySelector('form');
			form.requestSubmit();
			form.requestSubmit();
		});
		await page.waitForURL(bridge.url);
		assert.deepEqual(sent, [`${bridge.url}login`]);
		await browser.close(page);
	});

	test('works with the keyboard alone', async () => {
		const page = await browser.open(bridge.url);
		await page.locator('#name:focus').waitFor();
		await page.keyboard.type('alice');
		await page.keyboard.press('Tab');
		await page.keyboard.type(PASSWORD);
		await page.keyboard.press('Tab');
		await page.locator('#show:focus').waitFor();
		await page.keyboard.press('Tab');
		await page.locator('button.main:focus').waitFor();
		await page.keyboard.press('Enter');
		await page.waitForURL(bridge.url);
		await page.getByText('Logged in as alice').waitFor();
		await page.locator('#host:focus').waitFor();
		for (let i = 0; i < 2; i++)
			await page.keyboard.press('Shift+Tab');
		await page.locator('#log-out:focus').waitFor();
		await page.keyboard.press('Enter');
		await page.waitForURL(`${bridge.url}login`);
		await browser.close(page);
	});

	test('works without JavaScript', async () => {
		const bare = stack.add(await startBrowser(
		    { home, javaScriptEnabled: false }));
		const page = await bare.open(`${bridge.url}lab1`);
		await enter(page, 'frank', 'wrong');
		await problem(page, WRONG);
		await screenshot(page, 'login-bare');
		await enter(page, 'frank');
		await page.getByText('Use a recovery code').click();
		await page.getByRole('button', { name: 'Log in as somebody else' })
		    .click();
		await enter(page, 'alice');
		await page.waitForURL(bridge.url);
		await page.locator('noscript .notice').waitFor();
		await page.close();
		await bare.stop();
	});

	test('has no fault that a checker knows', async () => {
		const page = await browser.open(`${bridge.url}login`);
		await assertAllAccessible(page);
		await enter(page, 'grace', 'wrong');
		await problem(page, WRONG);
		await assertAccessible(page);
		await enter(page, 'grace');
		await page.getByText('Use a recovery code').click();
		await assertAllAccessible(page);
		await page.getByRole('button', { name: 'Log in as somebody else' })
		    .click();
		await enter(page, 'alice');
		await page.getByText('Logged in as alice').waitFor();
		await assertAccessible(page);
		await browser.close(page);
	});

	test('fits a phone, and a window at 400 %', async () => {
		const page = await browser.open(`${bridge.url}login`);
		await page.setViewportSize(PHONE);
		await enter(page, 'alice', 'wrong');
		await problem(page, WRONG);
		await assertFits(page);
		await screenshot(page, 'login-phone');
		await page.emulateMedia({ colorScheme: 'dark' });
		await screenshot(page, 'login-phone-dark');
		await page.setViewportSize({ width: 320, height: 200 });
		await assertFits(page);
		await browser.close(page);
	});
});
