/* SPDX-License-Identifier: ISC */
/*
 * People whose browser has a certificate, which logs them in: without a page,
 * and what the page says to those who have none.
 */

import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { assertAccessible } from './lib/axe.mjs';
import { makeAuthority } from './lib/authority.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, cardText, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { XTERM_GROUND, startDesktop } from './lib/desktop.mjs';
import { Stack } from './lib/process.mjs';

const INSIDE_XTERM = [300, 250];

/* Only by a policy does a browser without a window choose one. */
const POLICIES = '/etc/chromium/policies/managed';
const isRoot = process.getuid() === 0;
const options = { timeout: 120000,
	skip: isRoot ? false : 'only root may write a policy of Chromium' };

const stack = new Stack();
let bridge, browser;

async function choosePolicy(url) {
	const file = `${POLICIES}/vncbridge-test-${process.pid}.json`;
	await mkdir(POLICIES, { recursive: true });
	await writeFile(file, JSON.stringify({
		AutoSelectCertificateForUrls: [
			JSON.stringify({ pattern: url, filter: {} })]
	}));
	stack.add({ stop: () => rm(file, { force: true }) });
}

before(async () => {
	if (!isRoot)
		return;
	const authority = stack.add(await makeAuthority());
	await authority.trustOwn();
	await authority.issueToBrowser('alice');
	const desktop = stack.add(await startDesktop());
	bridge = stack.add(await startBridge({
		tls: { ...await authority.issue('bridge', [`DNS:${OUTER_HOST}`]),
			clientCa: authority.certificate },
		host: OUTER_HOST,
		targets: [{ name: 'lab1', address: `127.0.0.1:${desktop.port}`,
			description: 'Lab, left bench' },
		{ name: 'lab2', address: '127.0.0.1:6000', description: '' }],
		settings: ['auth "certificate" { }',
			'access "a" { users = { "alice" } targets = { "lab1" } }']
	}));
	await choosePolicy(bridge.url.replace(/\/$/, ''));
	browser = stack.add(await startBrowser({ home: authority.home }));
}, { timeout: 60000 });

after(() => stack.stop());

describe('a person whose browser has a certificate', options, () => {
	test('is at the desktops that are this person\'s', async () => {
		const page = await browser.open(bridge.url);
		await page.getByText('Logged in as alice').waitFor();
		await page.locator('a.target').first().waitFor();
		assert.deepEqual(
		    await page.locator('.target-name').allInnerTexts(), ['lab1']);
		await screenshot(page, 'certificate-start');
		await browser.close(page);
	});

	test('gets the desktop, and not another one', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await page.goto(`${bridge.url}lab2`);
		assert.match(await cardText(page, 'Not allowed'), /code 4520/);
		await browser.close(page);
	});

	test('logs out, is told what that is worth, and goes on', async () => {
		const desktop = await browser.open(`${bridge.url}lab1`);
		await phase(desktop, 'connected');
		const page = await browser.open(bridge.url);
		await page.getByRole('button', { name: 'Log out' }).click();
		await page.waitForURL(/\/(login)?$/);
		assert.match(await cardText(desktop, 'You are not logged in'), /code 4521/);
		await screenshot(page, 'certificate-out');
		await page.goto(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(desktop);
		await browser.close(page);
	});
});

describe('a person whose browser has none', options, () => {
	test('is told so', async () => {
		const other = await startBrowser({ ignoreHTTPSErrors: true });
		try {
			const page = await other.open(`${bridge.url}lab1`);
			assert.equal(page.url(), `${bridge.url}login?next=lab1`);
			await page.getByText('Your browser has shown no certificate').waitFor();
			await assertAccessible(page);
			await screenshot(page, 'certificate-none');
			await other.close(page);
		} finally {
			await other.stop();
		}
	});
});
