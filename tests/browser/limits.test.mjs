/* SPDX-License-Identifier: ISC */
/*
 * A session without a person ends, however much its screen moves and its
 * viewer asks for updates; one with a person goes on.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import {
	cardText, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { Stack } from './lib/process.mjs';
import { startTestcard } from './lib/servers.mjs';

const IDLE_SEC = 4;

const stack = new Stack();
let bridge, browser, card;

before(async () => {
	card = stack.add(await startTestcard());
	bridge = stack.add(await startBridge({
		settings: ['idle-timeout = 3600'],
		targets: [{ name: 'moving', address: `127.0.0.1:${card.port}`,
			description: 'a pattern that moves', more: [`idle-timeout = ${IDLE_SEC}`] }]
	}));
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

async function open() {
	const page = await browser.open(`${bridge.url}moving`);
	await phase(page, 'connected');
	return page;
}

/* Does something every half second, for twice as long as it may be idle. */
async function isKeptBy(page, deed) {
	const end = Date.now() + 2000 * IDLE_SEC;
	for (let i = 0; Date.now() < end; i++) {
		await deed(i);
		await page.waitForTimeout(500);
	}
	await phase(page, 'connected', 1000);
}

describe('a session whose screen moves', { timeout: 60000 }, () => {
	test('ends without a person: 4515', async () => {
		const page = await open();
		const text = await cardText(page, 'Ended after a long pause');
		assert.match(text, /idle for 4 s · code 4515/);
		await browser.close(page);
	});

	test('goes on while somebody types', async () => {
		const page = await open();
		await isKeptBy(page, () => page.keyboard.press('a'));
		await browser.close(page);
	});

	test('is warned of its end, which Stay puts off', async () => {
		const page = await open();
		const stay = page.locator('#end-stay');
		let times = 0;
		await isKeptBy(page, async () => {
			if (!await stay.isVisible())
				return;
			if (times === 0)
				await screenshot(page, 'ending');
			await page.getByText('ends soon').waitFor();
			await stay.click();
			times += 1;
		});
		assert.ok(times > 0);
		await browser.close(page);
	});

	test('goes on while the pointer moves', async () => {
		const page = await open();
		await isKeptBy(page, (i) =>
			page.mouse.move(600 + i, 400 + i));
		await browser.close(page);
	});
});
