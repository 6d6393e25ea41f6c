/* SPDX-License-Identifier: ISC */
/*
 * A real TigerVNC desktop in the browser, through the real bridge: what is
 * typed, clicked and copied arrives at the other side.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeAuthority } from './lib/authority.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, clickDesktop, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import {
	DESKTOP_HEIGHT, DESKTOP_WIDTH, XTERM_GROUND, startDesktop
} from './lib/desktop.mjs';
import { Stack } from './lib/process.mjs';
import { BARS, startTestcard } from './lib/servers.mjs';
import { until } from './lib/wait.mjs';

const PASSWORD = 'bench-7!';
const INSIDE_XTERM = [300, 250];

const stack = new Stack();
const bridges = {};
let browser, desktop, locked, served;

before(async () => {
	const authority = stack.add(await makeAuthority());
	await authority.trustOwn();
	const tls = await authority.issue('bench', [`DNS:${OUTER_HOST}`]);
	bridges.http = stack.add(await startBridge());
	bridges.https = stack.add(
	    await startBridge({ tls, host: OUTER_HOST }));
	served = bridges.http;
	browser = stack.add(await startBrowser({ home: authority.home }));
	desktop = stack.add(await startDesktop());
	locked = stack.add(await startDesktop({ password: PASSWORD }));
}, { timeout: 60000 });

after(() => stack.stop());

async function openDesktop({ port } = desktop) {
	const page = await browser.open(`${served.url}127.0.0.1:${port}`);
	await phase(page, 'connected');
	return page;
}

/* Declares the same tests for each way to the bridge; plain http stays. */
function overBoth(what, timeout, declareTests) {
	for (const scheme of ['https', 'http'])
		describe(`${what} over ${scheme}`, { timeout }, () => {
			before(() => { served = bridges[scheme]; });
			declareTests();
		});
}

overBoth('a TigerVNC desktop', 120000, () => {
	test('is shown, scaled to the window', async () => {
		const page = await openDesktop();
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);

		const canvas = page.locator('#screen canvas');
		const size = await canvas.evaluate((c) => [c.width, c.height]);
		assert.deepEqual(size, [DESKTOP_WIDTH, DESKTOP_HEIGHT]);
		const box = await canvas.boundingBox();
		const scale = Math.min(
		    1280 / DESKTOP_WIDTH, 800 / DESKTOP_HEIGHT);
		assert.ok(Math.abs(box.width - DESKTOP_WIDTH * scale) < 2);
		assert.ok(Math.abs(box.height - DESKTOP_HEIGHT * scale) < 2);
		assert.match(await page.title(), /Left bench/);
		await screenshot(page, 'desktop');

		await page.setViewportSize({ width: 640, height: 700 });
		await until('it follows the window', async () => {
			const { width } = await canvas.boundingBox();
			return Math.abs(width - 640) < 2;
		});
		await screenshot(page, 'desktop-narrow');
		await browser.close(page);
	});

	test('gets the keys that are typed in the page', async () => {
		const page = await openDesktop();
		const text = `Hello, bench #1: ~/a|b & "x" ${served.url}`;
		await page.keyboard.type(text);
		await page.keyboard.press('Enter');
		await until('the line is in the xterm', async () =>
			(await desktop.typed()).includes(`${text}\n`));
		await browser.close(page);
	});

	test('follows the pointer, its buttons and its wheel', async () => {
		const page = await openDesktop();
		for (const [x, y] of [[900, 40], [17, 700], INSIDE_XTERM]) {
			await clickDesktop(page, x, y);
			await until(`the pointer is at ${x},${y}`, async () => {
				const at = await desktop.pointer();
				return Math.abs(at.x - x) <= 1 &&
				    Math.abs(at.y - y) <= 1;
			});
		}
		const events = desktop.start('xev',
		    ['-geometry', '200x200+0+0', '-event', 'button']);
		await until('xev is under the pointer', async () => {
			await clickDesktop(page, 100, 120, 'right');
			return /button 3/.test(events.output);
		});
		await page.mouse.wheel(0, 120);
		await events.said(/button 5/);
		await page.mouse.wheel(0, -120);
		await events.said(/button 4/);
		await events.stop();
		await browser.close(page);
	});

	test('gets text from the clipboard panel', async () => {
		const page = await openDesktop();
		const text = 'from the panel: ½ Grüße 你好';
		await page.locator('#handle').click();
		await page.locator('#clipboard').click();
		await page.locator('#clipboard-text').fill(text);
		await until('the X clipboard has it',
		    async () => await desktop.clipboard() === text);
		await page.getByText('Sent to the desktop.').waitFor();
		await screenshot(page, 'clipboard-panel');
		await browser.close(page);
	});

	test('gives what is copied there to the panel', async () => {
		const page = await openDesktop();
		const text = 'copied on the desktop: æøå €';
		/* By then, both sides know the other's kind of clipboard. */
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		const owner = await desktop.copy(text);
		await page.locator('#handle').click();
		await page.locator('#clipboard').click();
		await until('the panel has it', async () =>
			await page.locator('#clipboard-text').inputValue() === text);
		await owner.stop();
		await browser.close(page);
	});

	test('shares the clipboard on Ctrl+V, and gets the key', async () => {
		const page = await openDesktop();
		const text = 'pasted with Ctrl+V';
		await page.locator('#handle').click();
		await page.locator('#clipboard').click();
		/* Fills the browser's clipboard without any permission. */
		const field = page.locator('#clipboard-text');
		await field.evaluate((f, t) => { f.value = t; }, text);
		await field.focus();
		await page.keyboard.press('Control+A');
		await page.keyboard.press('Control+C');
		await page.keyboard.press('Escape');

		const events = desktop.start('xev',
		    ['-geometry', '200x200+0+0', '-event', 'keyboard']);
		await until('xev has the focus', async () => {
			await clickDesktop(page, 100, 120);
			return await desktop.activeName() === 'Event Tester';
		});
		await page.keyboard.press('Control+V');
		await until('the X clipboard has it',
		    async () => await desktop.clipboard() === text);
		await events.said(/KeyPress[^]*keysym 0x76, v\)/);
		await events.said(/KeyRelease[^]*keysym 0x76, v\)/);
		await events.stop();
		await browser.close(page);
	});
});

overBoth('with the browser\'s permission', 30000, () => {
	const read = (page) => page.evaluate(
	    () => navigator.clipboard.readText());
	const write = (page, text) => page.evaluate(
	    (t) => navigator.clipboard.writeText(t), text);

	before(() => browser.context.grantPermissions(
	    ['clipboard-read', 'clipboard-write']));
	after(() => browser.context.clearPermissions());

	test('the clipboard crosses by itself, both ways', async () => {
		const page = await openDesktop();
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		const owner = await desktop.copy('from there by itself');
		await until('the browser has it',
		    async () => await read(page) === 'from there by itself');
		await owner.stop();

		await write(page, 'from here by itself');
		await page.evaluate(() => dispatchEvent(new Event('focus')));
		await until('the desktop has it', async () =>
			await desktop.clipboard() === 'from here by itself');
		await browser.close(page);
	});

	test('the panel\'s buttons paste and copy', async () => {
		const page = await openDesktop();
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await write(page, 'by the button');
		await page.locator('#handle').click();
		await page.locator('#clipboard').click();
		await page.locator('#clipboard-read').click();
		await until('the desktop has it', async () =>
			await desktop.clipboard() === 'by the button');
		await page.locator('#clipboard-text').fill('edited');
		await page.locator('#clipboard-copy').click();
		await until('the browser has it',
		    async () => await read(page) === 'edited');
		await browser.close(page);
	});
});

describe('a desktop with a password', { timeout: 60000 }, () => {
	const openLocked = (host = '127.0.0.1') => browser.open(
	    `http://${host}:${bridges.http.port}/127.0.0.1:${locked.port}`);

	test('asks for it, says when it is wrong, and opens', async () => {
		const page = await openLocked();
		await phase(page, 'asking');
		assert.ok(await page.locator('#login').isVisible());
		assert.ok(await page.locator('#login-username').isHidden());
		await screenshot(page, 'password');

		await page.keyboard.type('not this');
		await page.keyboard.press('Enter');
		const problem = page.locator('#login-problem');
		await problem.waitFor();
		assert.match(await problem.innerText(), /Wrong password/);
		assert.equal(await page.locator('#login-password').inputValue(), '');
		await screenshot(page, 'password-wrong');

		await page.keyboard.type(PASSWORD);
		await page.keyboard.press('Enter');
		await phase(page, 'connected');
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await browser.close(page);
	});

	test('asks for a user name where one is needed', async () => {
		const named = stack.add(
		    await startDesktop({ wantsUser: true }));
		const page = await browser.open(
		    `${bridges.http.url}127.0.0.1:${named.port}`);
		await phase(page, 'asking');
		await page.getByLabel('User name').fill('nobody-here');
		await page.keyboard.press('Tab');
		await page.keyboard.type('wrong');
		await page.keyboard.press('Enter');
		await page.getByText('Wrong user name or password').waitFor();
		assert.ok(await page.getByLabel('User name').isVisible());
		await screenshot(page, 'user-name');
		await browser.close(page);
		await named.stop();
	});

	test('can be left without a password', async () => {
		const page = await openLocked();
		await phase(page, 'asking');
		await page.keyboard.press('Escape');
		await page.getByText('You ended the session.').waitFor();
		await browser.close(page);
	});

	test('opens on a page without https, too', async () => {
		const page = await openLocked(OUTER_HOST);
		assert.equal(await page.evaluate(() => window.isSecureContext),
		    false);
		await page.locator('#login-password').fill(PASSWORD);
		await page.keyboard.press('Enter');
		await phase(page, 'connected');

		const text = 'no secure context, same clipboard';
		await page.locator('#handle').click();
		await page.locator('#clipboard').click();
		assert.ok(await page.locator('#clipboard-read').isHidden());
		await page.locator('#clipboard-text').fill(text);
		await until('the X clipboard has it',
		    async () => await locked.clipboard() === text);
		await browser.close(page);
	});
});

describe('the testcard', { timeout: 30000 }, () => {
	test('is shown in its true colours', async () => {
		const card = stack.add(await startTestcard('-g', '640x480'));
		const page = await openDesktop(card);
		for (const [i, colour] of BARS.entries())
			await untilPixel(page, i * 80 + 40, 60, colour);
		await screenshot(page, 'testcard');
		await browser.close(page);
		await card.stop();
	});
});
