/* SPDX-License-Identifier: ISC */
/* The start page: targets and their state, the field, what it opens. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import {
	cardText, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { Stack } from './lib/process.mjs';
import { startTestcard } from './lib/servers.mjs';

const stack = new Stack();
let bridge, bare, browser, card;

before(async () => {
	card = stack.add(await startTestcard('-n', 'Testcard'));
	const address = `127.0.0.1:${card.port}`;
	bridge = stack.add(await startBridge({ targets: [
		{ name: 'lab1', address, description: 'Lab, left bench' },
		{ name: 'lab2', address, description: 'Lab, right bench <b>',
			isExclusive: true },
		{ name: 'build.example', address: '127.0.0.1:5999',
			description: '' }
	] }));
	bare = stack.add(await startBridge());
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

describe('the start page', { timeout: 60000 }, () => {
	test('comes with a strict policy, as the viewer does', async () => {
		for (const path of ['', 'lab1']) {
			const { headers } = await fetch(bridge.url + path);
			const policy = headers.get('content-security-policy');
			assert.match(policy, /default-src 'none'/);
			assert.match(policy, /script-src 'self'(;|$)/);
			assert.match(policy, /style-src 'self'(;|$)/);
			assert.doesNotMatch(policy, /unsafe|\*/);
		}
	});

	test('lists the targets in order, with their state', async () => {
		const viewer = await browser.open(bridge.url + 'lab2');
		await phase(viewer, 'connected');
		const page = await browser.open(bridge.url);
		const cards = page.locator('a.target');
		await cards.first().waitFor();
		const texts = await cards.evaluateAll((all) => all.map(
		    (one) => [...one.children].map((p) => p.textContent)));
		const notes = texts.map((one) => one.pop());
		assert.deepEqual(texts, [
			['lab1', 'Lab, left bench', 'Free'],
			['lab2', 'Lab, right bench <b>', 'In use'],
			['build.example', '', 'Free']
		]);
		/* Where nobody logs in, an address is all there is to say. */
		assert.deepEqual([notes[0], notes[2]], ['', '']);
		assert.match(notes[1], /^By 127\.0\.0\.1 since \d/);
		assert.equal(await page.locator('.card-actions button').count(),
		    0);
		await screenshot(page, 'start');

		/* Who comes second to an exclusive target is told so. */
		const second = await browser.open(bridge.url + 'lab2');
		const text = await cardText(second, 'The desktop is in use');
		assert.match(text, /code 4510/);
		await screenshot(second, 'in-use');
		await phase(second, 'ended');
		await browser.close(second);

		await page.emulateMedia({ colorScheme: 'dark' });
		await screenshot(page, 'start-dark');
		await page.setViewportSize({ width: 360, height: 740 });
		await screenshot(page, 'start-narrow-dark');
		await page.emulateMedia({ colorScheme: 'light' });
		await screenshot(page, 'start-narrow');
		assert.ok(await page.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth));

		await browser.close(viewer);
		await cards.nth(1).getByText('Free').waitFor();
		await browser.close(page);
	});

	test('says how many look at a desktop, and when it is full', async () => {
		const address = `127.0.0.1:${card.port}`;
		const own = stack.add(await startBridge({ targets: [
			{ name: 'two', address, description: '', most: 2 },
			{ name: 'any', address: '127.0.0.1:5999', description: '' }
		] }));
		const page = await browser.open(own.url);
		const label = page.locator('[data-name=two] .target-state');
		const says = async (words, kind) => {
			await label.getByText(words, { exact: true }).waitFor();
			assert.equal(await label.getAttribute('data-kind'), kind);
		};
		await says('Free', 'free');
		const first = await browser.open(own.url + 'two');
		await phase(first, 'connected');
		await says('1 viewer of 2', 'shared');
		const second = await browser.open(own.url + 'two');
		await phase(second, 'connected');
		await says('2 viewers: full', 'busy');
		await screenshot(page, 'start-full');

		/* It can be opened still: a place may have become free. */
		await page.getByRole('link', { name: /two/ }).click();
		const text = await cardText(page, 'Too many sessions');
		assert.match(text, /code 4522/);
		await page.goto(own.url);
		await says('2 viewers: full', 'busy');
		await browser.close(second);
		await says('1 viewer of 2', 'shared');
		await browser.close(first);
		await says('Free', 'free');
		await browser.close(page);
	});

	test('shows what is reloaded, at once and in groups', async () => {
		const address = `127.0.0.1:${card.port}`;
		const own = stack.add(await startBridge({ targets: [
			{ name: 'old', address, description: '' },
			{ name: 'stays', address, description: '' }
		] }));
		const page = await browser.open(own.url);
		await page.locator('[data-name=stays] a.target').focus();
		await own.reload({ targets: [
			{ name: 'new', address, description: '' },
			{ name: 'stays', address, description: 'As ever',
				more: ['group = "Lab 2"'] }
		] });
		await page.locator('[data-name=new]').first().waitFor();
		assert.deepEqual(await page.locator('a.target .target-name')
		    .allTextContents(), ['new', 'stays']);
		await page.getByRole('heading', { name: 'Lab 2' }).waitFor();
		assert.ok(await page.locator('[data-name=stays] a.target')
		    .evaluate((link) => link === document.activeElement));
		await page.locator('summary').click();
		assert.ok(await page.getByText('As ever').isHidden());
		await browser.close(page);
	});

	test('opens a target by its card', async () => {
		const page = await browser.open(bridge.url);
		await page.getByRole('link', { name: /lab1/ }).click();
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		assert.equal(await page.title(), 'Testcard');
		await browser.close(page);
	});

	test('has only the field without targets', async () => {
		const page = await browser.open(bare.url);
		await page.getByRole('heading', { name: 'Open a desktop' })
		    .waitFor();
		assert.ok(await page.locator('#configured').isHidden());
		await page.locator('#host:focus').waitFor();
		await screenshot(page, 'start-bare');
		await browser.close(page);
	});

	test('checks while one types, and on Enter', async () => {
		const page = await browser.open(bare.url);
		const field = page.getByLabel('Host name or address');
		const hint = page.locator('#host-hint');

		await field.fill('10.0.0.');
		assert.equal(await field.getAttribute('aria-invalid'), 'false');
		await field.press('Enter');
		assert.match(await hint.innerText(), /four numbers/);
		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		await field.fill('my host');
		assert.match(await hint.innerText(), /space/);
		await screenshot(page, 'start-invalid');
		await field.fill('Bench:2');
		assert.match(await hint.innerText(),
		    /bench, display 2 \(port 5902\)/);
		assert.equal(page.url(), bare.url);
		await browser.close(page);
	});

	test('opens what was typed, on Enter', async () => {
		const page = await browser.open(bare.url);
		await page.locator('#host:focus').waitFor();
		await page.keyboard.type(`127.0.0.1:${card.port}`);
		await page.keyboard.press('Enter');
		await page.waitForURL(`${bare.url}127.0.0.1:${card.port}`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('works below a prefix, and so does the viewer', async () => {
		const own = stack.add(await startBridge({
			targets: [{ name: 'lab1', description: 'Below',
				address: `127.0.0.1:${card.port}` }],
			settings: ['base-path = "/vnc"']
		}));
		const page = await browser.open(own.url + 'vnc/');
		await page.getByRole('link', { name: /lab1/ }).click();
		await page.waitForURL(own.url + 'vnc/lab1');
		await phase(page, 'connected');
		await browser.close(page);
		await own.stop();
	});

	test('puts a bare IPv6 address into brackets', async () => {
		const page = await browser.open(bare.url);
		await page.locator('#host:focus').waitFor();
		await page.keyboard.type('2001:DB8::1');
		await page.keyboard.press('Enter');
		await page.waitForURL(`${bare.url}[2001:db8::1]`);
		await page.locator('#status-title', { hasText: 'Not allowed' })
		    .waitFor();
		await browser.close(page);
	});

	test('says when what it shows may be old', async () => {
		const own = stack.add(await startBridge());
		const page = await browser.open(own.url);
		await own.stop();
		await page.getByText('can’t be kept up to date').waitFor();
		await screenshot(page, 'start-no-bridge');
		await browser.close(page);
	});
});
