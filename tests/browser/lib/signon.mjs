/* SPDX-License-Identifier: ISC */
/*
 * A bridge that people log in to with an account elsewhere: at an OpenID
 * provider, whom the bridge knows as "Example Ltd".
 */

import { makeAuthority } from './authority.mjs';
import { startBridge } from './bridge.mjs';
import { OUTER_HOST, startBrowser } from './browser.mjs';
import { startDesktop } from './desktop.mjs';
import { freePort } from './ports.mjs';
import { startProvider } from './provider.mjs';
import { press, prove } from './providerpages.mjs';
import { startTestcard } from './servers.mjs';

export const BUTTON = 'Example Ltd';
export const LOG_IN = `Log in with ${BUTTON}`;
export const LOG_OUT = `Log out of ${BUTTON} too`;
export const SECRET = 'a secret that the bridge never sees';

const accounts = {
	alice: { password: SECRET, groups: ['students'] },
	bob: { password: SECRET, groups: ['staff'] },
	carol: { password: SECRET, groups: ['guests', 'students'] },
	dave: { password: SECRET }
};

const rights = [
	'access "students" { users = { "@students" } targets = { "lab1" } }',
	'access "bob" { users = { "bob" } targets = { "lab2" } }'
];

const quoted = (text) => JSON.stringify(text);

function section(provider, ca, more) {
	return [
		'auth "oidc" {',
		`issuer = ${quoted(provider.issuer)}`,
		`client-id = ${quoted(provider.clientId)}`,
		`client-secret-file = ${quoted(provider.secretFile)}`,
		'scopes = { "openid", "profile" }',
		'user-claim = "preferred_username"',
		'groups-claim = "groups"',
		`button = ${quoted(BUTTON)}`,
		...ca === null ? [] : [`ca-file = ${quoted(ca)}`],
		...more, '}'
	].join('\n');
}

async function makeTargets(stack) {
	const desktop = stack.add(await startDesktop());
	const card = stack.add(await startTestcard('-n', 'Testcard'));
	return [['lab1', 'Lab, left bench', desktop],
		['lab2', 'Lab, right bench', card]]
	    .map(([name, description, { port }]) =>
		({ name, description, address: `127.0.0.1:${port}` }));
}

/*
 * Starts authority, desktops and a browser. Gives { home, browser, start };
 * start() gives { bridge, provider }, a pair that know each other: with TLS,
 * or both on plain http. settings are further lines of the bridge's file, of
 * more what startProvider() takes.
 */
export async function startSignOn(stack) {
	const authority = stack.add(await makeAuthority());
	const targets = await makeTargets(stack);
	const ca = authority.certificate;

	async function start({ isTls = true, isDown = false, settings = [],
		...more } = {}) {
		const port = await freePort();
		const host = isTls ? OUTER_HOST : '127.0.0.1';
		const tls = async (...issued) =>
			isTls ? authority.issue(...issued) : null;
		const provider = stack.add(await startProvider({
			accounts, ca: await authority.read(ca),
			bridge: `${isTls ? 'https' : 'http'}://${host}:${port}/`,
			tls: await tls('provider', ['IP:127.0.0.1']), ...more
		}));
		if (isDown)
			await provider.down();
		const bridge = stack.add(await startBridge({
			port, host, targets,
			tls: await tls('bridge', [`DNS:${OUTER_HOST}`]),
			settings: [section(provider, isTls ? ca : null, []),
				...rights, ...settings]
		}));
		return { bridge, provider };
	}

	await authority.trustOwn();
	const { home } = authority;
	return { home, start,
		browser: stack.add(await startBrowser({ home })) };
}

/* From the login page on, up to what comes of it. */
export async function logInThere(page, name) {
	await page.getByRole('link', { name: LOG_IN, exact: true }).click();
	await prove(page, name, SECRET);
	await press(page, 'Allow');
}

/* A page of the bridge, by way of both login pages. */
export async function openAs(browser, bridge, name, path = '') {
	const page = await browser.open(bridge.url + path);
	await logInThere(page, name);
	await page.waitForURL(bridge.url + path);
	return page;
}
