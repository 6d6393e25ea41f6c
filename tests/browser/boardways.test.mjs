/* SPDX-License-Identifier: ISC */
/*
 * From the board to a desktop, and back: two people who have logged in, a real
 * bridge, and a real TigerVNC.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { assertAccessible } from './lib/axe.mjs';
import { makeAuthority } from './lib/authority.mjs';
import { startBridge } from './lib/bridge.mjs';
import {
	OUTER_HOST, cardText, phase, screenshot, startBrowser
} from './lib/browser.mjs';
import { startDesktop } from './lib/desktop.mjs';
import { PASSWORD, enter } from './lib/people.mjs';
import { Stack } from './lib/process.mjs';
import { makeUsers } from './lib/users.mjs';

const stack = new Stack();
const browsers = {};
let bridge;

before(async () => {
	const authority = stack.add(await makeAuthority());
	const users = stack.add(await makeUsers(['alice', 'bob']
	    .map((name) => ({ name, password: PASSWORD }))));
	const desktop = stack.add(await startDesktop());
	const target = (name, ...more) => ({ name, description: name,
		address: `127.0.0.1:${desktop.port}`, more });

	await authority.trustOwn();
	const { home } = authority;
	bridge = stack.add(await startBridge({
		tls: await authority.issue('bridge', [`DNS:${OUTER_HOST}`]),
		host: OUTER_HOST,
		targets: [
			target('asked', 'mode = "ask"', 'ask-timeout = 60',
			    'group = "Lab"'),
			target('taken', 'mode = "exclusive"',
			    'takeover = { "bob" }', 'watch = { "bob" }')
		],
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

const board = (name) => browsers[name].open(bridge.url);

async function open(name, target) {
	const page = await browsers[name].open(bridge.url + target);
	await phase(page, 'connected');
	return page;
}

async function closeAll(pages) {
	for (const [name, page] of pages)
		await browsers[name].close(page);
}

const press = (page, label) => page.getByRole('button',
    { name: label, exact: true }).click();
const act = (page, kind, name) => page.locator(
    `button[data-kind="${kind}"][aria-label$=" ${name}"]`).click();
const shows = (page, text) => page.locator('.target-state, .target-notes')
    .getByText(text).first().waitFor();

describe('the board', { timeout: 120000 }, () => {
	test('shows at once who has what, and what is free again', async () => {
		const bob = await board('bob');
		await shows(bob, 'Free');
		const alice = await open('alice', 'taken');
		await shows(bob, /alice since/);
		await screenshot(bob, 'board-in-use');
		await assertAccessible(bob);
		await browsers.alice.close(alice);
		await bob.getByText(/alice since/).waitFor({ state: 'detached' });
		await browsers.bob.close(bob);
	});

	test('asks for a desktop', async () => {
		const alice = await open('alice', 'asked');
		const bob = await board('bob');
		await act(bob, 'ask', 'asked');
		await alice.getByText('bob asks for this desktop.').waitFor();
		await press(alice, 'Share');
		await phase(bob, 'connected');
		await closeAll([['alice', alice], ['bob', bob]]);
	});

	test('takes one over', async () => {
		const alice = await open('alice', 'taken');
		const bob = await board('bob');
		await act(bob, 'take', 'taken');
		await bob.locator('#confirm').getByText('alice').waitFor();
		await bob.locator('#confirm').getByRole('button',
		    { name: 'Take over', exact: true }).click();
		await phase(bob, 'connected');
		assert.match(
		    await cardText(alice, 'Someone took this desktop over'),
		    /taken over by bob/);
		assert.equal(new URL(bob.url()).hash, '');
		await closeAll([['alice', alice], ['bob', bob]]);
	});

	test('watches, and touches nothing', async () => {
		const alice = await open('alice', 'taken');
		const bob = await board('bob');
		await act(bob, 'watch', 'taken');
		await phase(bob, 'connected');
		await bob.locator('#watch-note').waitFor();
		await phase(alice, 'connected');
		await closeAll([['bob', bob], ['alice', alice]]);
	});

	test('ends what one has open elsewhere', async () => {
		const desktop = await open('alice', 'taken');
		const page = await board('alice');
		await shows(page, 'You are connected');
		await act(page, 'end', 'taken');
		await page.locator('#confirm').getByRole('button',
		    { name: 'End', exact: true }).click();
		await cardText(desktop, 'You ended this session');
		await shows(page, 'Free');
		await closeAll([['alice', desktop], ['alice', page]]);
	});
});
