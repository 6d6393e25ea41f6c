/* SPDX-License-Identifier: ISC */
/* The viewer page's own behaviour: its address, its bar, touch. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import {
	cardText, clickDesktop, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { Stack } from './lib/process.mjs';
import { startServer, startTestcard } from './lib/servers.mjs';

const stack = new Stack();
let bridge, browser, card;

before(async () => {
	card = stack.add(await startTestcard('-n', 'Bench\u202e \u0007one',
	    '-r', '0'));
	bridge = stack.add(await startBridge());
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

async function openCard(suffix = '', from = browser) {
	const page = await from.open(
	    `${bridge.url}127.0.0.1:${card.port}${suffix}`);
	await phase(page, 'connected');
	return page;
}

/* The keys that the testcard saw go down and not up again. */
function keysHeld(report) {
	const held = new Set();
	for (const [, key, down] of
	    report.matchAll(/keysym=(\S+) down=(\d)/g))
		if (down === '1')
			held.add(key);
		else
			held.delete(key);
	return [...held];
}

describe('the viewer', { timeout: 60000 }, () => {
	test('obeys no parameter of its own address', async () => {
		const evil = stack.add(await startServer(() => {}));
		const sockets = [];
		browser.context.once('page', (page) =>
			page.on('websocket', (socket) => sockets.push(socket.url())));
		const query = `?host=127.0.0.1&port=${evil.port}&path=evil` +
		    `&target=127.0.0.1:${evil.port}&password=x&autoconnect=0`;
		const page = await openCard(`${query}#${query.slice(1)}`);
		const url = new URL(sockets[0]);
		assert.equal(sockets.length, 1);
		assert.equal(url.port, String(bridge.port));
		assert.equal(url.pathname, '/proxy');
		assert.deepEqual([...url.searchParams],
		    [['target', `127.0.0.1:${card.port}`]]);
		assert.equal(evil.received.length, 0);
		await browser.close(page);
	});

	test('tidies the desktop\'s name for the title', async () => {
		const page = await openCard();
		assert.equal(await page.title(), 'Bench one');
		await browser.close(page);
	});

	test('brings its bar up by keyboard and gives keys back', async () => {
		const page = await openCard();
		card.program.output = '';
		const bar = page.locator('#bar');
		assert.ok(await bar.isHidden());
		await page.keyboard.down('Control');
		await page.keyboard.down('Alt');
		await page.keyboard.down('Shift');
		await bar.waitFor();
		for (const key of ['Shift', 'Alt', 'Control'])
			await page.keyboard.up(key);
		await screenshot(page, 'bar');
		assert.equal(await page.evaluate(
		    () => document.activeElement.id), 'clipboard');
		await page.keyboard.press('Tab');
		assert.equal(await page.evaluate(
		    () => document.activeElement.id), 'ctrl-alt-del');
		await page.keyboard.press('Escape');
		assert.ok(await bar.isHidden());
		/* No modifier is stuck, and keys go to the desktop again. */
		await page.keyboard.press('q');
		await card.program.said(/keysym=0x71 down=0/);
		assert.deepEqual(keysHeld(card.program.output), []);
		await card.program.said(/keysym=0xffe3 down=1/);
		await browser.close(page);
	});

	test('sends Ctrl+Alt+Del', async () => {
		const page = await openCard();
		card.program.output = '';
		await page.locator('#handle').click();
		await page.getByRole('button', { name: 'Ctrl+Alt+Del' }).click();
		await card.program.said(new RegExp(
		    ['ffe3 down=1', 'ffe9 down=1', 'ffff down=1', 'ffff down=0',
			    'ffe9 down=0', 'ffe3 down=0']
		    .map((key) => `keysym=0x${key}`).join('[^]*')));
		await browser.close(page);
	});

	test('goes to full screen and back', async () => {
		const page = await openCard();
		const isFull = () => document.fullscreenElement !== null;
		for (const wanted of [true, false]) {
			await page.locator('#handle').click();
			await page.getByRole('button', { name: 'Full screen' })
			    .click();
			await page.waitForFunction(
			    (w) => (document.fullscreenElement !== null) === w,
			    wanted);
		}
		assert.equal(await page.evaluate(isFull), false);
		await browser.close(page);
	});

	test('closes its bar when the desktop is clicked', async () => {
		const page = await openCard();
		await page.locator('#handle').click();
		await clickDesktop(page, 320, 400);
		assert.ok(await page.locator('#bar').isHidden());
		await browser.close(page);
	});

	test('says so when a part of it cannot be loaded', async () => {
		await browser.context.route('**/viewer.js',
		    (route) => route.abort());
		const page = await browser.open(
		    `${bridge.url}127.0.0.1:${card.port}`);
		await cardText(page, 'The viewer could not be loaded');
		await screenshot(page, 'not-loaded');
		await browser.context.unroute('**/viewer.js');
		await page.getByRole('button', { name: 'Reload' }).click();
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('ends the session when a fault stops it', async () => {
		const page = await openCard();
		const report = (error) => page.evaluate((text) => {
			dispatchEvent(new ErrorEvent('error', { message: 'a test',
				error: text && new Error(text) }));
		}, error);
		await report(null); /* a notice, as of a ResizeObserver */
		assert.equal(await page.locator('body')
		    .getAttribute('data-phase'), 'connected');
		await report('a test');
		await page.getByText('The viewer could not go on').waitFor();
		await browser.close(page);
	});
});

describe('the viewer on a phone', { timeout: 60000 }, () => {
	let phone;

	before(async () => {
		phone = stack.add(await startBrowser({
			viewport: { width: 390, height: 780 },
			hasTouch: true,
			isMobile: true,
			colorScheme: 'dark'
		}));
	});

	test('types what its keyboard writes, and taps', async () => {
		const page = await openCard('', phone);
		card.program.output = '';
		await page.locator('#handle').tap();
		await page.locator('#keyboard').tap();
		assert.equal(await page.evaluate(
		    () => document.activeElement.id), 'keyboard-field');
		await screenshot(page, 'phone-bar');
		await page.keyboard.insertText('aé€');
		for (const keysym of ['61', 'e9', '20ac'])
			await card.program.said(
			    new RegExp(`keysym=0x${keysym} down=1`));
		await page.keyboard.press('Backspace');
		await card.program.said(/keysym=0xff08 down=1/);

		await page.locator('#key-control').tap();
		await card.program.said(/keysym=0xffe3 down=1/);
		await page.locator('#handle').tap();
		await card.program.said(/keysym=0xffe3 down=0/);

		const box = await page.locator('#screen canvas').boundingBox();
		await page.touchscreen.tap(box.x + box.width / 2,
		    box.y + box.height / 2);
		await card.program.said(
		    /pointer x=3[12]\d y=2[34]\d buttons=1/);
		await screenshot(page, 'phone');
		await phone.close(page);
	});

	test('fits its cards on the screen', async () => {
		const page = await phone.open(`${bridge.url}192.0.2.1`);
		await cardText(page, 'Not allowed');
		await screenshot(page, 'phone-forbidden');
		const box = await page.locator('#status').boundingBox();
		assert.ok(box.x >= 0 && box.x + box.width <= 390);
		await phone.close(page);
	});
});
