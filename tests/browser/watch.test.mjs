/* SPDX-License-Identifier: ISC */
/*
 * Who looks on at a real TigerVNC that somebody else uses: sees what they do,
 * and does nothing there, with the page or with a client of their own.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { assertAccessible } from './lib/axe.mjs';
import { makeAuthority } from './lib/authority.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, cardText, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { XTERM_GROUND, startDesktop } from './lib/desktop.mjs';
import { PASSWORD, PHONE, enter } from './lib/people.mjs';
import { Stack } from './lib/process.mjs';
import { makeUsers } from './lib/users.mjs';
import { until } from './lib/wait.mjs';

const INSIDE_XTERM = [300, 250];
const stack = new Stack();
const browsers = {};
let bridge, desktop;

before(async () => {
	const authority = stack.add(await makeAuthority());
	const users = stack.add(await makeUsers(['alice', 'bob']
	    .map((name) => ({ name, password: PASSWORD }))));

	/* nobody could be watched who took the first of the two */
	desktop = stack.add(await startDesktop({ types: 'TLSNone,None' }));
	const hidden = stack.add(await startDesktop({ types: 'TLSNone' }));
	const locked = stack.add(await startDesktop({ password: PASSWORD }));
	const target = (name, { port }) => ({ name, description: name,
		address: `127.0.0.1:${port}`,
		more: ['mode = "exclusive"', 'watch = { "bob" }'] });

	await authority.trustOwn();
	const { home } = authority;
	bridge = stack.add(await startBridge({
		tls: await authority.issue('bridge', [`DNS:${OUTER_HOST}`]),
		host: OUTER_HOST,
		targets: [target('till', desktop), target('secret', hidden),
			target('locked', locked)],
		settings: [
			`auth "password" { file = ${JSON.stringify(users.file)} }`]
	}));
	for (const name of ['alice', 'bob']) {
		browsers[name] = stack.add(await startBrowser({ home }));
		const page = await browsers[name].context.newPage();
		await page.goto(bridge.url);
		await enter(page, name);
		await page.locator('#account-name').waitFor();
		await page.close();
	}
}, { timeout: 120000 });

after(() => stack.stop());

async function open(name, target, state = 'connected') {
	const page = await browsers[name].open(bridge.url + target);
	await phase(page, state);
	return page;
}

const press = (page, label) => page.getByRole('button',
    { name: label, exact: true }).click();

async function watch(target = 'till', state = 'connected') {
	const page = await open('bob', target, 'ended');
	await cardText(page, 'The desktop is in use');
	await press(page, 'Watch');
	await phase(page, state);
	return page;
}

const note = (page, text) => page.locator('#watch-note',
    { hasText: text }).waitFor();

const noNote = (page) => page.locator('#watch-note')
    .waitFor({ state: 'hidden' });

async function type(page, line) {
	await page.locator('#screen canvas').focus();
	await page.keyboard.type(line);
	await page.keyboard.press('Enter');
}

const typed = (text) => until(`“${text}” was typed, and nothing else`,
    async () => await desktop.typed() === text);

/*
 * As a page could that somebody has written: a client that wants the desktop
 * for itself, types and clicks, and waits for a picture that comes after.
 */
async function doWhatOneCan() {
	const said = await (await fetch('api/intent', { method: 'POST',
		body: new URLSearchParams({ target: 'till', kind: 'watch' })
	})).json();
	const url = new URL('proxy?target=till', document.baseURI);

	url.protocol = 'wss:';
	const socket = new WebSocket(url,
	    ['vncbridge.v1', 'binary', `vncbridge.intent.${said.intent}`]);
	let got = [];
	let hear = () => {};

	socket.binaryType = 'arraybuffer';
	socket.onmessage = ({ data }) => {
		if (typeof data === 'string')
			return;
		got = [...got, ...new Uint8Array(data)];
		hear();
	};
	const ended = new Promise((resolve, reject) => {
		socket.onclose = ({ code, reason }) =>
			reject(new Error(`${code} ${reason}`));
	});
	const read = (count) => Promise.race([ended, new Promise((done) => {
		hear = () => got.length >= count && done(got.splice(0, count));
		hear();
	})]);
	const say = (...bytes) => socket.send(Uint8Array.from(bytes.flat()));
	const bytesOf = (text) => [...text].map((c) => c.charCodeAt(0));

	await read(12);
	say(bytesOf('RFB 003.008\n'));
	await read((await read(1))[0]);
	say(1);
	await read(4);
	say(0); /* nobody else, please */
	const init = await read(24);
	await read(init[22] * 256 + init[23]);
	for (const key of [...bytesOf('raw'), 0xff0d])
		for (const isDown of [1, 0])
			say(4, isDown, 0, 0, 0, 0, key >> 8, key & 255);
	say(5, 1, 0, 9, 0, 9, 5, 0, 0, 9, 0, 9);
	say(6, 0, 0, 0, 0, 0, 0, 4, bytesOf('text'));
	say(2, 0, 0, 1, 0, 0, 0, 0); /* Raw */
	say(3, 0, 0, 0, 0, 0, 0, 8, 0, 8);
	const update = await read(4 + 12 + 8 * 8 * 4);
	socket.onclose = null;
	socket.close();
	return update[0];
}

async function closeBoth(bob, alice) {
	await browsers.bob.close(bob);
	await browsers.alice.close(alice);
}

describe('who looks on', { timeout: 120000 }, () => {
	test('sees the desktop, and does nothing there', async () => {
		const alice = await open('alice', 'till');
		await type(alice, 'mine');
		await typed('mine\n');

		const bob = await watch();
		await note(bob, 'You are watching alice’s desktop');
		await note(alice, 'bob is watching');
		await untilPixel(bob, ...INSIDE_XTERM, XTERM_GROUND);
		await screenshot(bob, 'watching');
		await screenshot(alice, 'watched');
		await assertAccessible(alice);

		const pointer = await desktop.pointer();
		await type(bob, 'not mine');
		await bob.mouse.click(400, 300);
		await bob.mouse.move(500, 400);
		await bob.evaluate(() => navigator.clipboard.writeText('a text')
		    .catch(() => {}));
		await bob.keyboard.press('Control+V');
		assert.equal(await bob.evaluate(doWhatOneCan), 0);
		assert.deepEqual(await desktop.pointer(), pointer);
		assert.notEqual(await desktop.clipboard(), 'text');
		await type(alice, 'mine too');
		await typed('mine\nmine too\n');

		await bob.locator('#handle').click();
		for (const id of ['clipboard', 'ctrl-alt-del', 'move', 'keyboard'])
			assert.equal(await bob.locator(`#${id}`).isVisible(), false);
		await assertAccessible(bob);
		await screenshot(bob, 'watching-bar');
		await bob.setViewportSize(PHONE);
		await screenshot(bob, 'watching-phone');
		assert.ok(await bob.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth));

		await bob.locator('#disconnect').click();
		await cardText(bob, 'Disconnected');
		await noNote(alice);
		await closeBoth(bob, alice);
	});

	test('goes with whom they watched, and is no one else then', async () => {
		const alice = await open('alice', 'till');
		const bob = await watch();
		await note(alice, 'bob is watching');
		await browsers.alice.close(alice);
		assert.match(
		    await cardText(bob, 'There is nothing to watch any more'),
		    /alice has left it/);
		await screenshot(bob, 'watched-left');
		await assertAccessible(bob);
		/* one who came back by itself would be who has it now */
		const again = await open('alice', 'till');
		await phase(bob, 'ended');
		await browsers.alice.close(again);
		await press(bob, 'Connect');
		await phase(bob, 'connected');
		await noNote(bob);
		await bob.locator('#handle').click();
		assert.ok(await bob.locator('#clipboard').isVisible());
		await browsers.bob.close(bob);
	});

	test('is refused, and does not get in by trying again', async () => {
		const alice = await open('alice', 'till');
		const bob = await open('bob', 'till', 'ended');
		await bridge.order('lock', 'till');
		await press(bob, 'Watch');
		await cardText(bob, 'An administrator has locked this desktop');
		await bridge.order('unlock', 'till');
		await press(bob, 'Watch again');
		await phase(bob, 'connected');
		await note(bob, 'You are watching alice’s desktop');
		await closeBoth(bob, alice);
	});

	test('logs in to the desktop, at the second try too', async () => {
		const say = async (page, password) => {
			await phase(page, 'asking');
			await page.locator('#login-password').fill(password);
			await press(page, 'Connect');
		};
		const alice = await open('alice', 'locked', 'asking');
		await say(alice, PASSWORD);
		await phase(alice, 'connected');
		const bob = await watch('locked', 'asking');
		await say(bob, 'wrong');
		await bob.locator('#login-problem:visible').waitFor();
		await say(bob, PASSWORD);
		await phase(bob, 'connected');
		await note(bob, 'You are watching alice’s desktop');
		await note(alice, 'bob is watching');
		await closeBoth(bob, alice);
	});

	test('is told what a desktop lacks that can’t be watched', async () => {
		/* her page is not let in either, but has the desktop so long */
		const alice = await browsers.alice.context.newPage();
		await alice.goto(bridge.url);
		await alice.evaluate(() => {
			const url = new URL('proxy?target=secret',
			    document.baseURI);
			url.protocol = 'wss:';
			window.held = new WebSocket(url, ['binary']);
			return new Promise((done) => {
				window.held.onmessage = done;
			});
		});
		const bob = await watch('secret', 'ended');
		assert.match(
		    await cardText(bob, 'This desktop can’t be watched'),
		    /VncAuth/);
		await browsers.bob.close(bob);
		await alice.close();
	});
});
