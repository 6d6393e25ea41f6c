/* SPDX-License-Identifier: ISC */
/*
 * A bridge over TLS that people log in to, with real desktops behind it, and
 * what they do on its login page.
 */

import assert from 'node:assert/strict';

import { makeAuthority } from './authority.mjs';
import { startBridge } from './bridge.mjs';
import { OUTER_HOST, startBrowser } from './browser.mjs';
import { startDesktop } from './desktop.mjs';
import { startTestcard } from './servers.mjs';
import { makeUsers, newRecovery, newSeed } from './users.mjs';

export const PASSWORD = 'correct horse';
export const LOCKED = 'erin';
export const WRONG = /not right/;
export const PHONE = { width: 320, height: 568 };

/* Of carol's second factor. */
export const seed = newSeed();
export const recovery = newRecovery();

/* As many that no test has to wait for what was wrong in another. */
const people = [
	{ name: 'alice', password: PASSWORD, groups: ['students'] },
	{ name: 'bob', password: PASSWORD },
	{ name: 'carol', password: PASSWORD, seed, recovery: [recovery] },
	{ name: 'dave', password: PASSWORD },
	{ name: LOCKED, password: PASSWORD },
	{ name: 'frank', password: PASSWORD, seed: newSeed() },
	{ name: 'grace', password: PASSWORD, seed: newSeed() },
	{ name: 'heidi', password: PASSWORD }
];

const rights = [
	'access "students" { users = { "@students", "carol" } ' +
	    'targets = { "lab1" } }',
	'access "others" { users = { "bob", "dave", "heidi" } ' +
	    'targets = { "lab2", "asks" } }'
];

async function makeTargets(stack) {
	const desktop = stack.add(await startDesktop());
	const card = stack.add(await startTestcard('-n', 'Testcard'));
	const asking = stack.add(await startTestcard('-p', 'secret'));
	return [['lab1', 'Lab, left bench', desktop],
		['lab2', 'Lab, right bench', card],
		['asks', 'It asks for a password', asking]]
	    .map(([name, description, { port }]) =>
		({ name, description, address: `127.0.0.1:${port}` }));
}

/*
 * Starts it all. Gives { users, home, bridge, browser, start }: start() gives
 * another bridge with these settings besides, home is for other browsers.
 */
export async function startPeople(stack) {
	const users = stack.add(await makeUsers(people));
	const authority = stack.add(await makeAuthority());
	const targets = await makeTargets(stack);
	const start = async (...settings) => stack.add(await startBridge({
		tls: await authority.issue('bridge', [`DNS:${OUTER_HOST}`]),
		host: OUTER_HOST, targets, settings: [
			`auth "password" { file = ${JSON.stringify(users.file)} }`,
			...rights, ...settings]
	}));

	await users.lock(LOCKED);
	await authority.trustOwn();
	return {
		users, start, home: authority.home,
		bridge: await start(),
		browser: stack.add(
		    await startBrowser({ home: authority.home }))
	};
}

/* Fills the form in, and sends it as a person does. */
export async function enter(page, name, password = PASSWORD) {
	await page.getByLabel('User name').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByLabel('Password', { exact: true }).press('Enter');
}

/* Waits until the page tells of such a problem. */
export async function problem(page, pattern) {
	await page.locator('#problem', { hasText: pattern }).waitFor();
}

/* Nothing is wider than the window, and all that is clicked is 24 px high. */
export async function assertFits(page) {
	assert.ok(await page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth));
	for (const one of await page.locator(
	    'button:visible, input:visible, summary:visible').all()) {
		const { height, width } = await one.boundingBox();
		assert.ok(height >= 24 && width >= 24, await one.innerText());
	}
}
