/* SPDX-License-Identifier: ISC */
/*
 * noVNC's own page (Debian's package novnc), served by somebody else, with the
 * bridge behind it: it shows why there is no session.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import { startBrowser } from './lib/browser.mjs';
import { Stack } from './lib/process.mjs';
import { freePort, freeVncPort } from './lib/ports.mjs';
import { startServer, startTestcard } from './lib/servers.mjs';

const NOVNC = '/usr/share/novnc';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript',
	'.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };

const isThere = await access(NOVNC).then(() => true, () => false);
const stack = new Stack();
let site, bridge, browser, held, card;

/* A static server of the package's files. */
async function startSite(port) {
	const server = http.createServer(async (request, response) => {
		const { pathname } = new URL(request.url, 'http://site/');
		const file = path.join(NOVNC, path.normalize(pathname));
		try {
			const body = await readFile(file);
			response.setHeader('Content-Type',
			    TYPES[path.extname(file)] ?? 'application/octet-stream');
			response.end(body);
		} catch {
			response.writeHead(404).end();
		}
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${port}/`,
		async stop() {
			server.closeAllConnections();
			server.close();
		}
	};
}

before(async () => {
	if (!isThere)
		return;
	site = stack.add(await startSite(await freePort()));
	card = stack.add(await startTestcard());
	held = stack.add(await startTestcard());
	bridge = stack.add(await startBridge({
		settings: [`origins = { "${site.url.slice(0, -1)}" }`,
			'greeting-timeout = 1'],
		targets: [{ name: 'held', address: `127.0.0.1:${held.port}`,
			description: 'one at a time', isExclusive: true },
		{ name: 'few', address: `127.0.0.1:${card.port}`,
			description: 'one viewer', most: 1 }]
	}));
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

function open(target) {
	const query = new URLSearchParams({ autoconnect: 'true',
		host: '127.0.0.1', port: bridge.port,
		path: `proxy?target=${encodeURIComponent(target)}` });
	return browser.open(`${site.url}vnc.html?${query}`);
}

const connected = (page) =>
	page.locator('html.noVNC_connected').waitFor();

/* What the bar at the page's top says. */
async function said(target) {
	const page = await open(target);
	const bar = page.locator('#noVNC_status.noVNC_status_error');
	await bar.waitFor();
	const text = await bar.innerText();
	await page.close();
	return text;
}

describe('stock noVNC', { timeout: 60000,
	skip: isThere ? false : 'novnc is not installed' }, () => {
	test('shows a desktop by the bridge', async () => {
		const page = await open(`127.0.0.1:${card.port}`);
		await connected(page);
		await page.close();
	});

	test('shows who uses a desktop: 4510', async () => {
		const holder = await open('held');
		await connected(holder);
		assert.match(await said('held'), /in use by 127\.0\.0\.1/);
		await holder.close();
	});

	test('shows that there are too many: 4522', async () => {
		const holder = await open('few');
		await connected(holder);
		assert.match(await said('few'), /as many viewers as it may have/);
		await holder.close();
	});

	test('shows that it is not allowed: 4520', async () => {
		assert.match(await said('192.0.2.1:5901'), /not allowed/);
	});

	test('shows that nobody listens: 4500', async () => {
		assert.match(await said(`127.0.0.1:${await freeVncPort()}`),
		    /connection refused/);
	});

	test('shows that nobody greets: 4501', async () => {
		const silent = stack.add(await startServer(() => {}));
		assert.match(await said(`127.0.0.1:${silent.port}`),
		    /said nothing for 1 s/);
	});

	test('shows that it is no VNC server: 4503', async () => {
		const web = stack.add(await startServer((socket, say) =>
			say('HTTP/1.1 400 Bad Request\r\n\r\n')));
		assert.match(await said(`127.0.0.1:${web.port}`),
		    /is not a VNC server: it says HTTP/);
	});
});
