/* SPDX-License-Identifier: ISC */
/*
 * Whose a desktop is, in two and three browsers of people who have logged in,
 * against a real TigerVNC: in use, asked for, given, shared, kept, taken over,
 * queued for, moved to a phone.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { assertAccessible } from './lib/axe.mjs';
import { makeAuthority } from './lib/authority.mjs';
import { pagesDir, startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, cardText, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { startDesktop } from './lib/desktop.mjs';
import { PASSWORD, PHONE, enter } from './lib/people.mjs';
import { Stack } from './lib/process.mjs';
import { makeUsers } from './lib/users.mjs';

const run = promisify(execFile);
const stack = new Stack();
const browsers = {};
let bridge, home;

before(async () => {
	const authority = stack.add(await makeAuthority());
	const users = stack.add(await makeUsers(['alice', 'bob', 'carol']
	    .map((name) => ({ name, password: PASSWORD }))));
	const desktop = stack.add(await startDesktop());
	const target = (name, ...more) => ({ name, description: name,
		address: `127.0.0.1:${desktop.port}`, more });

	await authority.trustOwn();
	home = authority.home;
	bridge = stack.add(await startBridge({
		tls: await authority.issue('bridge', [`DNS:${OUTER_HOST}`]),
		host: OUTER_HOST,
		targets: [
			target('asked', 'mode = "ask"', 'ask-timeout = 60'),
			target('late', 'mode = "ask"', 'ask-timeout = 1'),
			target('taken', 'mode = "exclusive"',
			    'takeover = { "bob" }'),
			target('queue', 'mode = "queue"')
		],
		settings: [
			`auth "password" { file = ${JSON.stringify(users.file)} }`]
	}));
	for (const name of ['alice', 'bob', 'carol'])
		browsers[name] = stack.add(await startBrowser({ home }));
	for (const [name, { context }] of Object.entries(browsers)) {
		const page = await context.newPage();
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

async function closeAll(pages) {
	for (const [name, page] of Object.entries(pages))
		await browsers[name].close(page);
}

const press = (page, label) => page.getByRole('button',
    { name: label, exact: true }).click();

/* alice has it, bob asks for it. */
async function ask(target) {
	const alice = await open('alice', target);
	const bob = await open('bob', target, 'ended');
	const text = await cardText(bob, 'The desktop is in use');

	assert.match(text, /alice has had it since \d/);
	await press(bob, 'Ask alice');
	return { alice, bob };
}

describe('a desktop in use', { timeout: 120000 }, () => {
	test('is asked for, and kept', async () => {
		const { alice, bob } = await ask('asked');
		await alice.getByText('bob asks for this desktop.').waitFor();
		await cardText(bob, 'Asking alice');
		await screenshot(alice, 'asked');
		await screenshot(bob, 'asking');
		await assertAccessible(alice);
		await press(alice, 'Keep');
		await phase(bob, 'ended');
		assert.match(await cardText(bob, 'The desktop is in use'),
		    /alice keeps it/);
		await phase(alice, 'connected');
		await closeAll({ alice, bob });
	});

	test('is asked for, and shared', async () => {
		const { alice, bob } = await ask('asked');
		await press(alice, 'Share');
		await phase(bob, 'connected');
		await phase(alice, 'connected');
		await closeAll({ alice, bob });
	});

	test('is asked for, and given', async () => {
		const { alice, bob } = await ask('asked');
		await press(alice, 'Give');
		await phase(bob, 'connected');
		assert.match(
		    await cardText(alice, 'Someone took this desktop over'),
		    /given to bob/);
		await closeAll({ alice, bob });
	});

	test('stays with one who does not answer', async () => {
		const { alice, bob } = await ask('late');
		assert.match(await cardText(bob, 'The desktop is in use'),
		    /alice did not answer/);
		await alice.locator('#ask-notice').waitFor({ state: 'hidden' });
		await closeAll({ alice, bob });
	});

	test('is taken over by who may, and does not come back', async () => {
		const alice = await open('alice', 'taken');
		const carol = await open('carol', 'taken', 'ended');
		await cardText(carol, 'The desktop is in use');
		assert.equal(await carol.getByRole('button',
		    { name: 'Take over' }).count(), 0);
		const bob = await open('bob', 'taken', 'ended');
		await screenshot(bob, 'in-use');
		await press(bob, 'Take over');
		await phase(bob, 'connected');
		assert.match(
		    await cardText(alice, 'Someone took this desktop over'),
		    /taken over by bob/);
		await screenshot(alice, 'taken-over');
		/* a page that came back by itself would have by now, and bob's
		   would say so */
		await alice.waitForTimeout(3000);
		await phase(alice, 'ended');
		await phase(bob, 'connected');
		await closeAll({ alice, bob, carol });
	});

	test('has a queue', async () => {
		const alice = await open('alice', 'queue');
		const bob = await open('bob', 'queue', 'connecting');
		await cardText(bob, 'You are next');
		const carol = await open('carol', 'queue', 'connecting');
		await cardText(carol, 'You are number 2');
		await screenshot(carol, 'queue');
		await assertAccessible(carol);
		await browsers.alice.close(alice);
		await phase(bob, 'connected');
		await cardText(carol, 'You are next');
		await browsers.bob.close(bob);
		await phase(carol, 'connected');
		await browsers.carol.close(carol);
	});
});

describe('a session', { timeout: 120000 }, () => {
	async function showMove(page) {
		await page.locator('#handle').click();
		await page.locator('#move').click();
		await page.locator('#move-code svg').waitFor();
		return page.locator('#move-link').inputValue();
	}

	test('moves to another device by a link, once', async () => {
		const alice = await open('alice', 'taken');
		const link = await showMove(alice);
		await assertAccessible(alice);
		await screenshot(alice, 'move');
		assert.match(link, /\/taken#move=[0-9a-f]{32}$/);

		const phone = stack.add(await startBrowser(
		    { home, viewport: PHONE, hasTouch: true, isMobile: true }));
		const page = await phone.open(link);
		await enter(page, 'alice');
		await phase(page, 'connected');
		assert.equal(new URL(page.url()).hash, '');
		await cardText(alice, 'Continued on another device');
		await browsers.alice.close(alice);

		/* it was good for one */
		const again = await browsers.alice.context.newPage();
		await again.goto(link);
		await cardText(again, 'The desktop is in use');
		await browsers.alice.close(again);
		await phone.close(page);
	});

	test('moves by a link also when the login ends just then', async () => {
		const alice = await open('alice', 'taken');
		const link = await showMove(alice);
		const other = stack.add(await startBrowser({ home }));
		const page = await other.context.newPage();
		await page.goto(bridge.url);
		await enter(page, 'alice');
		await page.locator('#account-name').waitFor();

		/* the page has come, and its WebSocket will not be let in */
		await page.route('**/assets/viewer.js', async (route) => {
			await other.context.clearCookies();
			await route.fulfill({ contentType: 'text/javascript',
				path: path.join(pagesDir(), 'assets/viewer.js') });
		}, { times: 1 });
		await page.goto(link);
		await page.waitForURL(/\/login\?next=taken#move=[0-9a-f]{32}$/);
		await enter(page, 'alice');
		await phase(page, 'connected');
		assert.equal(new URL(page.url()).hash, '');
		await cardText(alice, 'Continued on another device');
		await browsers.alice.close(alice);
		await other.close(page);
	});

	test('does not move to somebody else', async () => {
		const alice = await open('alice', 'taken');
		const link = await showMove(alice);
		const bob = await browsers.bob.context.newPage();
		await bob.goto(link);
		await cardText(bob, 'The desktop is in use');
		await phase(alice, 'connected');
		await closeAll({ alice, bob });
	});

	test('has a code that leads where the link does', async () => {
		const alice = await open('alice', 'taken');
		await alice.setViewportSize(PHONE);
		const link = await showMove(alice);
		await screenshot(alice, 'move-phone');
		assert.ok(await alice.evaluate(() =>
			document.documentElement.scrollWidth <= innerWidth));
		await alice.setViewportSize({ width: 1280, height: 800 });
		const file = path.join(await mkdtemp(
		    path.join(os.tmpdir(), 'vb-code-')), 'code.png');
		await alice.locator('#move-code svg').screenshot({ path: file });
		const { stdout } = await run('zbarimg', ['-q', '--raw', file]);
		assert.equal(stdout.trim(), link);
		await rm(path.dirname(file), { recursive: true });
		await browsers.alice.close(alice);
	});
});
