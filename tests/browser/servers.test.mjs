/* SPDX-License-Identifier: ISC */
/*
 * VNC servers as they are: odd versions, logins of all kinds, slow ones, and
 * those that count failures.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { makeAuthority } from './lib/authority.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, cardText, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { startDesktop } from './lib/desktop.mjs';
import { Stack } from './lib/process.mjs';
import { COLOUR, startRecorder } from './lib/recorder.mjs';
import { startOffering, startVnc, u32 } from './lib/servers.mjs';
import { until } from './lib/wait.mjs';

const PASSWORD = 'bench-7!';

const stack = new Stack();
let authority, bridge, browser;

before(async () => {
	authority = stack.add(await makeAuthority());
	bridge = stack.add(await startBridge());
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

const open = (port, host = '127.0.0.1') => browser.open(
    `http://${host}:${bridge.port}/127.0.0.1:${port}`);

describe('a server that greets oddly', { timeout: 60000 }, () => {
	const ANSWERS = {
		'003.003': '003.003', '003.004': '003.003',
		'003.005': '003.003', '003.006': '003.003',
		'003.016': '003.003', '003.007': '003.007',
		'003.008': '003.008', '003.010': '003.008',
		'003.889': '003.008', '004.000': '003.008',
		'004.001': '003.008', '005.000': '003.008',
		'055.008': '003.008'
	};

	for (const [version, answer] of Object.entries(ANSWERS))
		test(`${version} is shown, as ${answer}`, async () => {
			const server = stack.add(
			    await startRecorder({ version }));
			const page = await open(server.port);
			await phase(page, 'connected');
			await untilPixel(page, 20, 20, COLOUR);
			assert.deepEqual(server.answers, [`RFB ${answer}`]);
			await page.keyboard.press('q');
			await until('the key is there', () => server.events
			    .some(({ keysym, isDown }) =>
				    keysym === 0x71 && !isDown));
			await browser.close(page);
			await server.stop();
		});
});

test('a repeater is told the ID that the address has', async () => {
	const server = stack.add(await startRecorder({ version: '000.000' }));
	const page = await browser.open(`http://127.0.0.1:${bridge.port}/` +
	    `127.0.0.1:${server.port}#ID:1234`);
	await phase(page, 'connected');
	await untilPixel(page, 20, 20, COLOUR);
	assert.deepEqual(server.answers, ['ID:1234', 'RFB 003.008']);
	await browser.close(page);
	await server.stop();
});

/* Asks for a password, and opens when it is given. */
async function logIn(port, host) {
	const page = await open(port, host);
	await phase(page, 'asking');
	assert.ok(await page.locator('#login-username').isHidden());
	await page.locator('#login-password').fill(PASSWORD);
	await page.keyboard.press('Enter');
	await phase(page, 'connected');
	await browser.close(page);
}

describe('TigerVNC that offers', { timeout: 120000 }, () => {
	async function withDesktop(types, act) {
		const { certificate, key } = await authority.issue('desk',
		    ['DNS:desk.test']);
		const desktop = stack.add(await startDesktop({
			password: PASSWORD, types,
			options: ['-X509Cert', certificate, '-X509Key', key]
		}));
		await act(desktop);
		await desktop.stop();
	}

	for (const types of ['TLSVnc', 'X509Vnc', 'TLSNone,X509Vnc'])
		test(`only ${types} is named, with what to set`, () =>
			withDesktop(types, async ({ port }) => {
				const page = await open(port);
				const text = await cardText(page,
				    'No common way to log in');
				assert.match(text, new RegExp('VeNCrypt with TLS ' +
				    `\\(type 19: ${types.replace(',', ', ')}\\)`));
				assert.match(text, /-SecurityTypes VncAuth/);
				await screenshot(page, `only-${types}`);
				await phase(page, 'ended');
				await browser.close(page);
			}));

	for (const types of ['VncAuth', 'TLSVnc,VncAuth', 'VncAuth,X509Vnc'])
		test(`${types} works`, () => withDesktop(types,
		    ({ port }) => logIn(port)));

	test('what counts failures as it does says so', async () => {
		const desktop = stack.add(await startDesktop({
			password: PASSWORD, options: ['-BlacklistThreshold', '1']
		}));
		const page = await open(desktop.port);
		await phase(page, 'asking');
		await page.keyboard.type('wrong');
		await page.keyboard.press('Enter');
		await page.locator('#login-problem').waitFor();
		await page.keyboard.type('wrong again');
		await page.keyboard.press('Enter');
		const text = await cardText(page,
		    'The desktop lets nobody in for a while');
		assert.match(text, /Too many security failures/);
		assert.match(text, /-UseBlacklist=0/);
		await screenshot(page, 'blacklist');
		await browser.close(page);
		await desktop.stop();
	});
});

/* The rest of RFB 3.8 once a type was chosen that asks for no more. */
const VENCRYPT_TLS = [0, 2]; /* its version */

/* Offers these types; VeNCrypt leads only to TLS, VncAuth is refused. */
function startMixed(types) {
	return startVnc([12, [types.length, ...types]], (choice) =>
		choice === 19 ? [[1, VENCRYPT_TLS],
			[2, [0, 2, ...u32(258), ...u32(261)]]] :
		    [[1, Buffer.alloc(16)]]);
}

describe('a server with a choice', { timeout: 60000 }, () => {
	test('is opened without TLS where it allows that', async () => {
		const server = stack.add(await startMixed([19, 2]));
		const page = await open(server.port);
		await phase(page, 'asking');
		assert.ok(await page.locator('#login-password').isVisible());
		await browser.close(page);
	});

	test('is not asked for what needs https on a page without',
	    async () => {
		    for (const types of [[30, 2], [6, 30, 2]]) {
			    const server = stack.add(await startMixed(types));
			    const page = await open(server.port, OUTER_HOST);
			    assert.equal(await page.evaluate(
			        () => window.isSecureContext), false);
			    await phase(page, 'asking');
			    assert.ok(await page.locator('#login-username')
			        .isHidden());
			    await browser.close(page);
		    }
		    const server = stack.add(await startOffering(30));
		    const page = await open(server.port, OUTER_HOST);
		    const text = await cardText(page, 'That login needs https');
		    assert.match(text, /Apple \(type 30\)/);
		    await browser.close(page);
	    });

	for (const [types, names] of [
		[[18], /TLS \(type 18\).*TigerVNC/s],
		[[20], /SASL \(type 20\).*vnc_sasl/s],
		[[5, 129], /RSA-AES \(type 5\), RSA-AES-256 \(type 129\)/],
		[[77], /type 77.*VncAuth/s]])
		test(`${types} is named`, async () => {
			const server = stack.add(await startOffering(...types));
			const page = await open(server.port);
			assert.match(await cardText(page,
			    'No common way to log in'), names);
			await phase(page, 'ended');
			await browser.close(page);
		});
});

/* The bridge is played, and the page's clock moved: nothing is waited for. */
describe('a server that takes its time', { timeout: 60000 }, () => {
	const sockets = [];
	let page;

	async function openPlayed() {
		sockets.length = 0;
		page = await browser.context.newPage();
		await page.clock.install();
		await page.routeWebSocket(/\/proxy\?/,
		    (socket) => sockets.push(socket));
		await page.goto(`${bridge.url}slow.example`);
		await until('the page connects', () => sockets.length === 1);
	}
	const close = (code, reason) => sockets.at(-1).close({ code, reason });

	test('is waited for in words, and left alone', async () => {
		await openPlayed();
		await page.clock.runFor(5000);
		await page.getByText('waits for its greeting').waitFor();
		await page.clock.runFor(10000);
		await page.getByText('accepted the connection and has not greeted')
		    .waitFor();
		await screenshot(page, 'slow-greeting');
		await page.clock.runFor(45000);
		assert.equal(sockets.length, 1);

		await close(4501, 'slow.example sent no greeting within 60 s');
		const text = await cardText(page, 'The desktop does not answer');
		const [, seconds] = /Trying again in (\d+) s/.exec(text);
		assert.ok(Number(seconds) >= 60, text);
		await page.clock.runFor(59000);
		assert.equal(sockets.length, 1);
		await page.clock.runFor(5000);
		await until('it is tried again', () => sockets.length === 2);
		await browser.close(page);
	});

	test('is reached by the first try, once it greets', async () => {
		const server = stack.add(await startRecorder({ isSlow: true }));
		page = await open(server.port);
		await page.getByText('waits for its greeting').waitFor();
		server.greet();
		await phase(page, 'connected');
		assert.equal(server.clients, 1);
		await browser.close(page);
	});

	test('is told from one that is none: that is for good', async () => {
		await openPlayed();
		await close(4503, 'slow.example is not a VNC server: it says SSH');
		await cardText(page, 'That is not a VNC server');
		await phase(page, 'ended');
		await page.clock.runFor(120000);
		assert.equal(sockets.length, 1);
		await browser.close(page);
	});

	test('and one that only closes may be starting', async () => {
		await openPlayed();
		await close(4503,
		    'slow.example closed the connection before a VNC greeting');
		await cardText(page, 'The desktop closed the connection');
		await phase(page, 'waiting');
		await browser.close(page);
	});

	test('is not blamed for the bridge', async () => {
		await openPlayed();
		await close(4581, 'the bridge cannot open sessions at the moment');
		const text = await cardText(page,
		    'The bridge cannot open sessions now');
		assert.match(text, /your desktop is not the cause/);
		await phase(page, 'waiting');
		await screenshot(page, 'bridge-cannot');
		await page.clock.runFor(3000);
		await until('it is tried again', () => sockets.length === 2);
		await browser.close(page);
	});

	for (const [status, title] of [
		[503, 'The bridge cannot open sessions now'],
		[421, 'The bridge does not know this address'],
		[403, 'The bridge does not let you in'],
		[502, 'The bridge cannot be reached']])
		test(`nor for its status ${status}`, async () => {
			page = await browser.context.newPage();
			await page.route('**/healthz', (route) => route.fulfill({
				status, contentType: 'text/plain', body: 'why not\n'
			}));
			await page.addInitScript(() => {
				/* What opens no WebSocket is refused there. */
				const { host } = document.location;
				const Native = window.WebSocket;
				window.WebSocket = class extends Native {
					constructor() {
						super(`ws://${host}/healthz`);
					}
				};
			});
			await page.goto(`${bridge.url}slow.example`);
			const text = await cardText(page, title);
			assert.equal(text.includes('why not'), status === 503);
			await browser.close(page);
		});
});
