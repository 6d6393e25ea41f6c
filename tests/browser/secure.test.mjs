/* SPDX-License-Identifier: ISC */
/*
 * The bridge over https, in a browser that was told what to trust, by a name
 * that is not loopback: only TLS makes its pages a secure context.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { makeAuthority } from './lib/authority.mjs';
import { ctl, startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { XTERM_GROUND, startDesktop } from './lib/desktop.mjs';
import { Stack } from './lib/process.mjs';
import { until } from './lib/wait.mjs';

const HSTS_SEC = 3600;
const INSIDE_XTERM = [300, 250];

const stack = new Stack();
let authority, bridge, browser, desktop, targets;

before(async () => {
	authority = stack.add(await makeAuthority());
	await authority.trustOwn();
	desktop = stack.add(await startDesktop());
	targets = [{ name: 'lab1', address: `127.0.0.1:${desktop.port}`,
		description: 'Lab, left bench' }];
	bridge = stack.add(await startBridge({
		tls: await authority.issue('first', [`DNS:${OUTER_HOST}`]),
		host: OUTER_HOST, targets
	}));
	browser = stack.add(await startBrowser({ home: authority.home }));
}, { timeout: 60000 });

after(() => stack.stop());

async function openDesktop(from = browser, url = `${bridge.url}lab1`) {
	const page = await from.open(url);
	await phase(page, 'connected');
	await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
	return page;
}

/* What the xterm on the desktop gets when this is typed in the page. */
async function assertTypes(page, text) {
	await page.keyboard.type(text);
	await page.keyboard.press('Enter');
	await until(`the line "${text}" is in the xterm`,
	    async () => (await desktop.typed()).includes(`${text}\n`));
}

/* The name in the certificate that a new browser is shown. */
async function newcomerSees() {
	const newcomer = await startBrowser({ home: authority.home });
	try {
		const page = await newcomer.context.newPage();
		const response = await page.goto(`${bridge.url}lab1`);
		await phase(page, 'connected');
		const { subjectName } = await response.securityDetails();
		await newcomer.close(page);
		return subjectName;
	} finally {
		await newcomer.stop();
	}
}

/* A connected page, and what its console said by then. */
async function consoleOf(url) {
	const said = [];
	const page = await browser.context.newPage();
	page.on('console', (message) => said.push(message.text()));
	await page.goto(url);
	await phase(page, 'connected');
	return { page, said: said.join('\n') };
}

describe('over https', { timeout: 120000 }, () => {
	test('a page is a secure context, and warns of nothing', async () => {
		const insecure = /secure context/i;
		const plain = stack.add(
		    await startBridge({ host: OUTER_HOST, targets }));
		const without = await consoleOf(`${plain.url}lab1`);
		assert.equal(await without.page.evaluate(
		    () => window.isSecureContext), false);
		assert.match(without.said, insecure);
		await browser.close(without.page);
		await plain.stop();

		const { page, said } = await consoleOf(`${bridge.url}lab1`);
		assert.equal(await page.evaluate(
		    () => window.isSecureContext), true);
		assert.doesNotMatch(said, insecure);
		await browser.close(page);
	});

	test('the desktop is there, by wss alone', async () => {
		const sockets = [];
		const requests = [];
		browser.context.once('page', (page) => {
			page.on('websocket', (socket) => sockets.push(socket.url()));
			page.on('request', (request) => requests.push(request.url()));
		});
		const page = await openDesktop();
		const wss = bridge.url.replace('https:', 'wss:');
		assert.deepEqual(sockets, [`${wss}proxy?target=lab1`]);
		assert.deepEqual(requests.filter(
		    (url) => !url.startsWith(bridge.url)), []);
		await assertTypes(page, 'typed over https');
		await screenshot(page, 'https-desktop');
		await browser.close(page);
	});

	test('plain http on the same port ends on https', async () => {
		const page = await browser.context.newPage();
		const response = await page.goto(
		    `http://${OUTER_HOST}:${bridge.port}/lab1`);
		assert.equal(page.url(), `${bridge.url}lab1`);
		const sent = response.request().redirectedFrom();
		assert.equal((await sent.response()).status(), 308);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('a browser that heard of HSTS asks for nothing else', async () => {
		const strict = stack.add(await startBridge({
			tls: await authority.issue('strict', [`DNS:${OUTER_HOST}`]),
			host: OUTER_HOST, targets, settings: [`hsts = ${HSTS_SEC}`]
		}));
		const own = stack.add(
		    await startBrowser({ home: authority.home }));
		const page = await own.context.newPage();
		const first = await page.goto(`${strict.url}lab1`);
		assert.match(first.headers()['strict-transport-security'],
		    new RegExp(`max-age=${HSTS_SEC}`));

		/* Its own answer, so that the request never left it. */
		const again = await page.goto(
		    strict.url.replace('https:', 'http:'));
		assert.equal(page.url(), strict.url);
		const sent = await again.request().redirectedFrom().response();
		assert.equal(sent.status(), 307);
		assert.equal(sent.headers()['non-authoritative-reason'], 'HSTS');
		await own.close(page);
		await own.stop();
		await strict.stop();
	});

	test('HSTS is not said unless it is configured', async () => {
		const page = await browser.context.newPage();
		const response = await page.goto(bridge.url);
		assert.equal(
		    response.headers()['strict-transport-security'], undefined);
		await browser.close(page);
	});

	test('a new certificate leaves the open desktop alone', async () => {
		const page = await openDesktop();
		let dropped = 0;
		page.on('websocket', () => dropped++);
		assert.equal(await newcomerSees(), 'first');

		await bridge.reload({ tls: await authority.issue('second',
		    [`DNS:${OUTER_HOST}`]) });
		assert.equal(await newcomerSees(), 'second');
		await assertTypes(page, 'typed after the reload');
		assert.equal(dropped, 0);
		assert.equal(await page.locator('body')
		    .getAttribute('data-phase'), 'connected');
		await browser.close(page);
	});
});

describe('a self-signed certificate', { timeout: 60000 }, () => {
	let dir, own, ownAuthority;

	before(async () => {
		dir = await mkdtemp(path.join(os.tmpdir(), 'vb-selfcert-'));
		await ctl('selfcert', '-d', dir, OUTER_HOST);
		ownAuthority = stack.add(await makeAuthority());
		own = stack.add(await startBridge({
			tls: {
				certificate: path.join(dir, `${OUTER_HOST}.pem`),
				key: path.join(dir, `${OUTER_HOST}.key`)
			},
			host: OUTER_HOST, targets
		}));
	});

	after(() => rm(dir, { recursive: true, force: true }));

	test('is the browser\'s to refuse, in its own words', async () => {
		const wary = stack.add(
		    await startBrowser({ home: ownAuthority.home }));
		const page = await wary.context.newPage();
		await assert.rejects(page.goto(`${own.url}lab1`),
		    /ERR_CERT_AUTHORITY_INVALID/);
		await page.getByText('Your connection is not private').waitFor();
		assert.equal(await page.locator('#status, #screen').count(), 0);
		await screenshot(page, 'https-untrusted');
		assert.doesNotMatch(own.program.output, /session opened/);
		await page.close();
		await wary.stop();
	});

	test('is taken once the browser is told to trust it', async () => {
		await ownAuthority.trustServer(
		    path.join(dir, `${OUTER_HOST}.pem`));
		const told = stack.add(
		    await startBrowser({ home: ownAuthority.home }));
		const page = await openDesktop(told, `${own.url}lab1`);
		assert.equal(await page.evaluate(
		    () => window.isSecureContext), true);
		assert.match(own.program.output, /session opened/);
		await screenshot(page, 'https-selfcert');
		await told.close(page);
		await told.stop();
	});
});
