/* SPDX-License-Identifier: ISC */
/*
 * The light "you - bridge - desktop", with a real bridge and a target that is
 * near, one that is 200 ms away (e2e/slowway.py), and that one when it is gone.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';

import { assertAllAccessible } from './lib/axe.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { Program, Stack } from './lib/process.mjs';
import { BARS, startTestcard, startTestcardAt } from './lib/servers.mjs';

const SLOW_WAY = fileURLToPath(
    new URL('../e2e/slowway.py', import.meta.url));
const NO_WAY = process.getuid() === 0 && existsSync('/dev/net/tun') ? false :
    'needs root and TUN';
const ONE_WAY_MS = '100';

const stack = new Stack();
let bridge, browser, way;

before(async () => {
	const card = stack.add(await startTestcard());
	const targets = [{ name: 'near', address: `127.0.0.1:${card.port}`,
		description: 'on this host' }];

	if (!NO_WAY) {
		way = stack.add(new Program('/usr/bin/python3',
		    ['-B', SLOW_WAY, ONE_WAY_MS], {}, 'pipe'));
		const [, near, far] = await way.said(/near=(\S+) far=(\S+)/);
		const there = stack.add(await startTestcardAt(near));
		targets.push({ name: 'far', address: `${far}:${there.port}`,
			description: 'far away' });
	}
	bridge = stack.add(await startBridge({ targets }));
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

async function open(name) {
	const page = await browser.open(bridge.url + name);
	await phase(page, 'connected');
	return page;
}

const openBar = (page) => page.getByRole('button', { name: 'Menu' }).click();

/* What the light says, when it has come to this. */
async function lightOf(page, state) {
	const light = page.getByRole('button', { name: `Connection: ${state}` });
	await light.waitFor();
	return light;
}

const wordsOf = (page) => page.locator('#ways-words').innerText();

async function hasFocus(page, selector) {
	return page.locator(selector).evaluate((element) =>
		element.contains(document.activeElement));
}

describe('the light', { timeout: 60000 }, () => {
	test('says good of what is near, and takes no focus', async () => {
		const page = await open('near');
		await page.locator('#toolbar[data-way="good"]').waitFor();
		assert.ok(await hasFocus(page, '#screen'));
		await openBar(page);
		assert.ok(!await hasFocus(page, '#ways'));
		const light = await lightOf(page, 'good');
		await light.press('Enter');
		const words = (await wordsOf(page)).split(/\n+/);
		assert.match(words[0],
		    /^Your connection to the bridge is good: \d+\sms\.$/);
		assert.match(words[1],
		    /^The bridge’s connection .* is good: \d+\sms\.$/);
		await screenshot(page, 'light-good');
		await light.press(' ');
		assert.equal(await page.locator('#ways-words').isVisible(), false);
		await browser.close(page);
	});

	test('is not there before anything is known, nor after', async () => {
		const page = await open('near');
		await page.locator('#toolbar[data-way="good"]').waitFor();
		await openBar(page);
		await page.getByRole('button', { name: 'Disconnect' }).click();
		await phase(page, 'ended');
		assert.ok(await page.locator('#ways').evaluate(
		    (element) => element.hidden));
		assert.equal(await page.locator('#toolbar[data-way]').count(), 0);
		await browser.close(page);
	});

	test('says slow, of the right side', { skip: NO_WAY }, async () => {
		const page = await open('far');
		await openBar(page);
		const light = await lightOf(page, 'slow');
		await light.click();
		const words = await wordsOf(page);
		assert.match(words, /^Your connection to the bridge is good/);
		const [, ms] = /to the desktop is slow: (\d+)\sms/.exec(words);
		assert.ok(Number(ms) >= 200, words);
		const states = ['you', 'desktop'].map((leg) =>
			page.locator(`#way-${leg}`).getAttribute('data-state'));
		assert.deepEqual(await Promise.all(states), ['good', 'slow']);
		await assertAllAccessible(page);
		await screenshot(page, 'light-slow');
		await page.setViewportSize({ width: 360, height: 740 });
		await screenshot(page, 'light-slow-phone');
		await browser.close(page);
	});

	test('tells at once that the desktop takes nothing, and when it does',
	    { skip: NO_WAY }, async () => {
		    const page = await open('far');
		    await page.locator('#toolbar[data-way="slow"]').waitFor();
		    await untilPixel(page, 5, 5, BARS[0]);
		    way.child.kill('SIGSTOP');
		    await page.keyboard.press('a');
		    await page.getByRole('status').filter({
			    hasText: 'The desktop has taken nothing of what you send for'
		    }).waitFor();
		    assert.ok(await hasFocus(page, '#screen'));
		    await screenshot(page, 'light-stalled-toast');
		    await openBar(page);
		    const light = await lightOf(page, 'stalled');
		    await light.click();
		    await page.locator('#way-words-desktop', { hasText: /\s([5-9]|\d\d)\ss/ })
			.waitFor();
		    await assertAllAccessible(page);
		    await screenshot(page, 'light-stalled');
		    way.child.kill('SIGCONT');
		    await lightOf(page, 'slow');
		    await browser.close(page);
	    });
});
