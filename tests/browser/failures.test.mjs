/* SPDX-License-Identifier: ISC */
/* What goes wrong is told in words, with the bridge's close code. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import {
	cardText, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { startDns } from './lib/dns.mjs';
import { Stack } from './lib/process.mjs';
import { freePort, freeVncPort } from './lib/ports.mjs';
import {
	startHttpOnly, startOffering, startRefusing, startRsaServer,
	startServer, startTestcard
} from './lib/servers.mjs';
import { until } from './lib/wait.mjs';

const stack = new Stack();
let bridge, browser, dns;

before(async () => {
	dns = stack.add(await startDns());
	bridge = stack.add(await startBridge({ dnsPort: dns.port }));
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

const open = (target) => browser.open(bridge.url + target);
const openPort = (port) => open(`127.0.0.1:${port}`);

/* Opens a target; gives what the card with this title says. */
async function failure(target, title, picture) {
	const page = await open(target);
	const text = await cardText(page, title);
	await screenshot(page, picture);
	return { page, text };
}

describe('a target that cannot be opened', { timeout: 60000 }, () => {
	test('dead port: 4500, and it is tried again', async () => {
		const port = await freeVncPort();
		const { page, text } = await failure(`127.0.0.1:${port}`,
		    'The desktop cannot be reached', 'dead-port');
		assert.match(text, /connection refused · code 4500/);
		assert.match(text, /Trying again in \d+ s/);

		/* Something is there at last: the page finds it by itself. */
		const card = stack.add(
		    await startTestcard('-l', `127.0.0.1:${port}`));
		await phase(page, 'connected');
		await browser.close(page);
		await card.stop();
	});

	test('retrying can be stopped', async () => {
		const page = await openPort(await freeVncPort());
		await phase(page, 'waiting');
		await page.getByRole('button', { name: 'Stop trying' }).click();
		await phase(page, 'ended');
		assert.equal(await page.locator('#status-count').innerText(), '');
		await page.getByRole('button', { name: 'Reconnect' }).waitFor();
		await browser.close(page);
	});

	test('the wait doubles', async () => {
		const page = await openPort(await freeVncPort());
		for (const seconds of [1, 2, 4])
			await page.getByText(`Trying again in ${seconds} s`,
			    { exact: true }).waitFor();
		await browser.close(page);
	});

	test('forbidden: 4520, and it is not tried again', async () => {
		const { page, text } = await failure('192.0.2.1:5901',
		    'Not allowed', 'forbidden');
		assert.match(text, /192\.0\.2\.1.* · code 4520/);
		assert.doesNotMatch(text, /Trying again/);
		await phase(page, 'ended');
		await browser.close(page);
	});

	test('no such name: 4502', async () => {
		const { page, text } = await failure('nowhere.example:5901',
		    'No such host', 'no-such-name');
		assert.match(text, /code 4502/);
		assert.ok(dns.names.asked > 0);
		await browser.close(page);
	});

	test('no VNC server: 4503, and it receives nothing', async () => {
		const web = stack.add(await startServer((socket, say) =>
			say('HTTP/1.1 400 Bad Request\r\n\r\n')));
		const { page, text } = await failure(`127.0.0.1:${web.port}`,
		    'That is not a VNC server', 'not-vnc');
		assert.match(text, /code 4503/);
		await browser.close(page);
		assert.equal(web.received.length, 0);
	});

	test('a server that refuses gives its reason', async () => {
		const server = stack.add(
		    await startRefusing('Too many security failures'));
		const { page, text } = await failure(`127.0.0.1:${server.port}`,
		    'The desktop lets nobody in for a while', 'refused');
		assert.match(text, /Too many security failures/);
		await browser.close(page);
	});

	test('a login that nobody supports is named', async () => {
		const server = stack.add(await startOffering(18, 20));
		const { page, text } = await failure(`127.0.0.1:${server.port}`,
		    'No common way to log in', 'no-common-login');
		assert.match(text, /TLS \(type 18\), SASL \(type 20\)/);
		await browser.close(page);
	});

	test('a slow one says what it waits for', async () => {
		const silent = stack.add(await startServer(() => {}));
		const page = await openPort(silent.port);
		await page.getByText('The bridge is still trying to reach')
		    .waitFor();
		await screenshot(page, 'slow');
		await page.getByRole('button', { name: 'Cancel' }).click();
		await page.getByText('You ended the session.').waitFor();
		await browser.close(page);
	});
});

describe('a session', { timeout: 60000 }, () => {
	test('whose target closes: 1000', async () => {
		const card = stack.add(await startTestcard('-x',
		    'cut-after=1300000'));
		const page = await openPort(card.port);
		await phase(page, 'connected');
		const text = await cardText(page, 'The desktop ended the session');
		await screenshot(page, 'target-closed');
		assert.match(text, /code 1000/);
		await page.getByRole('button', { name: 'Reconnect' }).waitFor();
		await browser.close(page);
	});

	test('whose target dies: 4500, and it comes back', async () => {
		const card = stack.add(await startTestcard('-x',
		    'cut-rst=1300000'));
		const page = await openPort(card.port);
		await phase(page, 'connected');
		const text = await cardText(page,
		    'The connection to the desktop was lost');
		assert.match(text, /code 4500/);
		await screenshot(page, 'target-died');
		await phase(page, 'connected');
		await browser.close(page);
		await card.stop();
	});

	test('outlives the bridge: 4580, and it comes back', async () => {
		const card = stack.add(await startTestcard());
		const port = await freePort();
		const first = stack.add(await startBridge({ port }));
		const page = await browser.open(
		    `${first.url}127.0.0.1:${card.port}`);
		await phase(page, 'connected');
		const stopped = first.stop();
		const text = await cardText(page, 'The bridge is restarting');
		assert.match(text, /code 4580/);
		await screenshot(page, 'restarting');
		await stopped;
		await cardText(page, 'The bridge cannot be reached');

		const second = stack.add(await startBridge({ port }));
		await phase(page, 'connected');
		await browser.close(page);
		await second.stop();
		await card.stop();
	});

	test('without a bridge says so', async () => {
		const port = await freePort();
		const own = stack.add(await startBridge({ port }));
		const card = stack.add(await startTestcard());
		const page = await browser.open(
		    `${own.url}127.0.0.1:${card.port}`);
		await phase(page, 'connected');
		await page.locator('#handle').click();
		await page.locator('#disconnect').click();
		await page.getByText('You ended the session.').waitFor();
		await screenshot(page, 'disconnected');
		await own.stop();
		await page.getByRole('button', { name: 'Reconnect' }).click();
		await cardText(page, 'The bridge cannot be reached');
		await screenshot(page, 'no-bridge');
		await browser.close(page);
		await card.stop();
	});

	test('without WebSockets says so', async () => {
		const deaf = stack.add(await startHttpOnly());
		const page = await browser.open(
		    `http://127.0.0.1:${deaf.port}/lab1`);
		await cardText(page, 'The bridge refused the connection');
		await screenshot(page, 'no-websocket');
		await browser.close(page);
	});
});

describe('a server that names itself', { timeout: 30000 }, () => {
	test('is shown with its fingerprint, and can be denied', async () => {
		const server = stack.add(await startRsaServer());
		const page = await openPort(server.port);
		await phase(page, 'asking');
		const shown = await page.locator('#verify-key').innerText();
		const digest = createHash('sha1').update(server.key).digest('hex');
		assert.equal(shown,
		    digest.slice(0, 16).match(/../g).join('-'));
		await screenshot(page, 'verify');
		const had = server.received.length;
		await page.locator('#verify button', { hasText: 'Disconnect' })
		    .click();
		await page.getByText('You ended the session.').waitFor();
		assert.equal(server.received.length, had);
		await browser.close(page);
	});

	test('is told the client\'s key when it is approved', async () => {
		const server = stack.add(await startRsaServer());
		const page = await openPort(server.port);
		await phase(page, 'asking');
		const had = server.received.length;
		await page.getByRole('button', { name: 'It is right' }).click();
		await until('the page goes on',
		    () => server.received.length > had);
		await browser.close(page);
	});
});
