/* SPDX-License-Identifier: ISC */
/*
 * People log in with an account elsewhere, at an OpenID provider that others
 * wrote: there and back, what goes wrong between the two, and the ends.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { assertAllAccessible } from './lib/axe.mjs';
import {
	cardText, phase, screenshot, startBrowser, untilPixel
} from './lib/browser.mjs';
import { XTERM_GROUND } from './lib/desktop.mjs';
import { PASSWORD, PHONE, assertFits, enter, problem } from './lib/people.mjs';
import { Stack } from './lib/process.mjs';
import { press, prove } from './lib/providerpages.mjs';
import {
	LOG_IN, LOG_OUT, SECRET, logInThere, openAs, startSignOn
} from './lib/signon.mjs';
import { makeUsers } from './lib/users.mjs';
import { until } from './lib/wait.mjs';

const INSIDE_XTERM = [300, 250];
const WORDS = /\p{L}+ \p{L}+ \p{L}+/u; /* a sentence, whichever */
const LOGOUT_MS_MAX = 2000;
const SEE_OTHER = 303;
const UNPROVEN = [401];
const UNASKED = [502, 503];

const stack = new Stack();
let bridge, browser, home, provider, start;

before(async () => {
	({ browser, home, start } = await startSignOn(stack));
	({ bridge, provider } = await start());
}, { timeout: 60000 });

after(() => stack.stop());

beforeEach(() => browser.context.clearCookies());

const link = (page, name = LOG_IN) =>
	page.getByRole('link', { name, exact: true });

const isCallback = (url) => /\/login\/oidc\?/.test(url) &&
    new URL(url).searchParams.has('state');

const cardNames = async (page) => {
	await page.locator('a.target').first().waitFor();
	return page.locator('.target-name').allInnerTexts();
};

/*
 * What the tab is answered at the bridge for what a step makes it ask, in the
 * end: a login that fails leads to the login page, which says why.
 */
async function answerTo(page, step) {
	const answer = page.waitForResponse((one) =>
		/\/login(\?|$)/.test(one.url()) && one.status() !== SEE_OTHER);
	await step();
	return (await answer).status();
}

async function assertOnLoginPage(page, status, statuses) {
	assert.ok(statuses.includes(status), `status ${status}`);
	await problem(page, WORDS);
	await page.locator('[role=alert]#problem').waitFor();
	await link(page).waitFor();
}

/* Whoever has this tab's cookies is nobody to the bridge that it shows. */
async function assertIsNobody(page) {
	for (const path of ['/api/login', '/api/targets'])
		assert.equal(await page.evaluate(async (one) =>
			(await fetch(one)).status, path), 401);
}

describe('an account elsewhere', { timeout: 120000 }, () => {
	test('opens what its group may reach', async () => {
		const page = await browser.open(bridge.url);
		assert.equal(page.url(), `${bridge.url}login`);
		await link(page).waitFor();
		assert.equal(await page.locator('input:visible').count(), 0);
		await screenshot(page, 'oidc-login');
		await link(page).click();
		await page.waitForURL(`${provider.issuer}/**`);
		await prove(page, 'alice', SECRET);
		await page.getByText('asks who alice is: openid profile')
		    .waitFor();
		await press(page, 'Allow');
		await page.waitForURL(bridge.url);
		assert.deepEqual(await cardNames(page), ['lab1']);
		await page.getByText('Logged in as alice').waitFor();
		await screenshot(page, 'oidc-start');

		await page.locator('a.target').first().click();
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await browser.close(page);
	});

	test('opens what is its user\'s, and nothing without', async () => {
		const bobs = await openAs(browser, bridge, 'bob');
		assert.deepEqual(await cardNames(bobs), ['lab2']);
		await bobs.goto(`${bridge.url}lab1`);
		assert.match(await cardText(bobs, 'Not allowed'), /code 4520/);
		await browser.close(bobs);
		await browser.context.clearCookies();

		const daves = await openAs(browser, bridge, 'dave');
		await daves.getByText('Logged in as dave').waitFor();
		assert.equal(await daves.locator('a.target').count(), 0);
		await browser.close(daves);
	});

	test('leads to the desktop that was asked for', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		assert.equal(page.url(), `${bridge.url}login?next=lab1`);
		await logInThere(page, 'carol');
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await untilPixel(page, ...INSIDE_XTERM, XTERM_GROUND);
		await page.locator('#handle').click();
		await page.getByText('Logged in as carol').waitFor();
		await browser.close(page);
	});

	test('leads to the server behind a repeater, once', async () => {
		const page = await browser.open(`${bridge.url}lab1#ID:1234`);
		await link(page).click();
		await page.waitForURL(`${provider.issuer}/**`);
		assert.equal(new URL(page.url()).hash, '', 'nobody else is told');
		await press(page, 'Cancel');
		await page.waitForURL(/said=denied/);
		await logInThere(page, 'carol');
		await page.waitForURL(`${bridge.url}lab1#ID:1234`);
		await phase(page, 'connected');
		await page.goto(bridge.url);
		await page.goto(`${bridge.url}lab1`);
		await phase(page, 'connected');
		assert.equal(page.url(), `${bridge.url}lab1`);
		await browser.close(page);
	});

	test('that is logged in there asks for nothing again', async () => {
		const page = await openAs(browser, bridge, 'alice');
		await page.getByRole('button', { name: 'Log out' }).click();
		await link(page).click();
		await page.waitForURL(bridge.url);
		await page.getByText('Logged in as alice').waitFor();
		await browser.close(page);
	});

	test('leaves nothing in the address, nor a readable cookie', async () => {
		const page = await openAs(browser, bridge, 'alice');
		assert.equal(page.url(), bridge.url);
		assert.equal(await page.evaluate(() => document.cookie), '');
		const [cookie, ...others] =
		    await browser.context.cookies(bridge.url);
		assert.deepEqual(others, []);
		assert.equal(cookie.name, '__Host-vncbridge');
		assert.ok(cookie.httpOnly && cookie.secure);
		assert.equal(cookie.sameSite, 'Lax');
		/* the way back leads to no code that could be used again */
		await page.goBack();
		await page.waitForLoadState();
		assert.ok(!isCallback(page.url()));
		await browser.close(page);
	});

	test('has a link beside the form for passwords', async () => {
		const users = stack.add(await makeUsers(
		    [{ name: 'bob', password: PASSWORD }]));
		const own = await start({ settings: [
			`auth "password" { file = ${JSON.stringify(users.file)} }`] });
		const page = await browser.open(own.bridge.url);
		await link(page).waitFor();
		await page.getByLabel('User name').waitFor();
		await assertFits(page);
		await assertAllAccessible(page);
		await screenshot(page, 'oidc-login-both');
		await enter(page, 'bob');
		await page.waitForURL(own.bridge.url);
		await page.getByText('Logged in as bob').waitFor();
		/* that one has no account to be logged out of */
		await page.getByRole('button', { name: 'Log out' }).click();
		await link(page).waitFor();
		assert.equal(await link(page, LOG_OUT).count(), 0);
		await logInThere(page, 'alice');
		await page.waitForURL(own.bridge.url);
		assert.deepEqual(await cardNames(page), ['lab1']);
		await browser.close(page);
	});

	test('serves without TLS where all are on one machine', async () => {
		const own = await start({ isTls: false, inIdToken: true });
		const page = await openAs(browser, own.bridge, 'alice', 'lab1');
		await phase(page, 'connected');
		/* cookies are a host's, and the provider is on this one too */
		const cookies = await browser.context.cookies(own.bridge.url);
		assert.ok(cookies.some(({ name }) => name === 'vncbridge'));
		await browser.close(page);
	});

	for (const alg of ['PS256', 'ES256', 'EdDSA'])
		test(`is believed in when it is signed with ${alg}`, async () => {
			provider.signWith(alg);
			const page = await openAs(browser, bridge, 'alice');
			await page.getByText('Logged in as alice').waitFor();
			await browser.close(page);
			provider.signWith('RS256');
		});

	test('is believed in at once after new keys', async () => {
		await browser.close(await openAs(browser, bridge, 'alice'));
		await browser.context.clearCookies();
		provider.rotateKeys();
		await browser.close(await openAs(browser, bridge, 'alice'));
	});
});

describe('what goes wrong there', { timeout: 120000 }, () => {
	test('a "no" leads back, with words and another try', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		await link(page).click();
		await prove(page, 'alice', SECRET);
		const status = await answerTo(page, () => press(page, 'Deny'));
		await assertOnLoginPage(page, status, UNPROVEN);
		await assertIsNobody(page);
		await screenshot(page, 'oidc-denied');
		await assertAllAccessible(page);

		/* it is known there still, and only asked again */
		await link(page).click();
		await press(page, 'Allow');
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('cancelling there is no login either', async () => {
		const page = await browser.open(`${bridge.url}login`);
		await link(page).click();
		const status = await answerTo(page, () => press(page, 'Cancel'));
		await assertOnLoginPage(page, status, UNPROVEN);
		await assertIsNobody(page);
		await browser.close(page);
	});

	test('a provider that is down is told of, and comes back', async () => {
		/* of which the bridge knows nothing yet */
		const own = await start({ isDown: true });
		const page = await browser.open(`${own.bridge.url}lab1`);
		const status = await answerTo(page, () => link(page).click());
		await assertOnLoginPage(page, status, UNASKED);
		await screenshot(page, 'oidc-down');
		await assertAllAccessible(page);
		await own.provider.up();
		await until('the provider is asked again', async () => {
			await link(page).click();
			await page.waitForLoadState();
			return !page.url().startsWith(own.bridge.url);
		}, 20000);
		await prove(page, 'alice', SECRET);
		await press(page, 'Allow');
		await page.waitForURL(`${own.bridge.url}lab1`);
		await browser.close(page);
	});

	for (const [path, fault] of [['/token', 'reset'], ['/token', 500],
		['/me', 'reset'], ['/me', 500]])
		test(`${path} that fails (${fault}) is told of`, async () => {
			provider.fail(path, fault);
			const page = await browser.open(`${bridge.url}lab1`);
			const status = await answerTo(page,
			    () => logInThere(page, 'alice'));
			await assertOnLoginPage(page, status, UNASKED);
			await assertIsNobody(page);
			provider.fail(path);
			await link(page).click();
			await page.waitForURL(`${bridge.url}lab1`);
			await browser.close(page);
		});
});

describe('the end of such a login', { timeout: 120000 }, () => {
	test('here ends the desktop, and offers the end there', async () => {
		const count = provider.logouts.length;
		const page = await openAs(browser, bridge, 'alice', 'lab1');
		await phase(page, 'connected');
		const other = await browser.open(bridge.url);
		await other.getByRole('button', { name: 'Log out' }).click();
		await link(other, LOG_OUT).waitFor();
		const text = await cardText(page, 'You are not logged in any more');
		assert.match(text, /code 4521/);
		await browser.close(page);
		await assertIsNobody(other);
		await screenshot(other, 'oidc-logged-out');
		await assertAllAccessible(other);

		await link(other, LOG_OUT).click();
		await other.waitForURL(`${provider.issuer}/**`);
		await press(other, 'Yes');
		await other.waitForURL(`${bridge.url}login`);
		/* what the provider says of it is nothing new, and no error */
		await provider.loggedOut(count + 1);
		assert.equal(await link(other, LOG_OUT).count(), 0);
		await link(other).click();
		await other.getByLabel('Account').waitFor();
		await browser.close(other);
	});

	test('there ends the desktop, and nobody else\'s', async () => {
		const count = provider.logouts.length;
		const page = await openAs(browser, bridge, 'alice', 'lab1');
		await phase(page, 'connected');
		const another = stack.add(await startBrowser({ home }));
		const carols = await openAs(another, bridge, 'carol', 'lab1');
		await phase(carols, 'connected');

		const there = await browser.open(provider.endSession);
		await press(there, 'Yes');
		await provider.loggedOut(count + 1);
		await page.locator('#status-title',
		    { hasText: 'You are not logged in any more' })
		    .waitFor({ timeout: LOGOUT_MS_MAX });
		const text = await cardText(page, 'You are not logged in any more');
		assert.match(text, /code 4521/);
		assert.match(text, WORDS);
		await screenshot(page, 'oidc-over');
		await assertIsNobody(page);
		await browser.close(there);
		await browser.close(page);

		assert.equal(await carols.locator('body')
		    .getAttribute('data-phase'), 'connected');
		await carols.reload();
		await phase(carols, 'connected');
		await another.close(carols);
		await another.stop();
	});
});

describe('the way back', { timeout: 120000 }, () => {
	/* Where the provider sends the tab, which is not followed. */
	async function fresh(page) {
		const { request } = page.context();
		const how = { maxRedirects: 0, ignoreHTTPSErrors: true };
		const placeOf = (answer) => answer.headers().location;

		await link(page).click();
		await prove(page, 'alice', SECRET);
		await page.getByRole('button', { name: 'Allow' }).waitFor();
		const url = page.url();
		const on = placeOf(
		    await request.post(url, { ...how, form: {} }));
		const back = placeOf(
		    await request.get(new URL(on, url).href, how));
		assert.ok(isCallback(back) && back.startsWith(bridge.url));
		return back;
	}

	test('is nobody else\'s, and stays open to whose it is', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		const back = await fresh(page);
		const another = stack.add(await startBrowser({ home }));

		/* without any cookie, and with that of another login */
		for (const hasBegun of [false, true]) {
			const thief = await another.open(`${bridge.url}login`);
			if (hasBegun) {
				await link(thief).click();
				await thief.getByLabel('Account').waitFor();
			}
			const answer = await thief.goto(back);
			assert.ok(answer.status() >= 400, `${answer.status()}`);
			await link(thief).waitFor();
			await assertIsNobody(thief);
			await another.close(thief);
		}
		await another.stop();
		await page.goto(back);
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('is gone once, for whoever comes again', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		const seen = [];
		page.on('request', (one) => isCallback(one.url()) &&
		    seen.push(one.url()));
		await logInThere(page, 'alice');
		await page.waitForURL(`${bridge.url}lab1`);
		assert.equal(seen.length, 1);

		const another = stack.add(await startBrowser({ home }));
		const thief = await another.open(seen[0]);
		await link(thief).waitFor();
		await assertIsNobody(thief);
		await another.close(thief);
		await another.stop();

		await browser.context.clearCookies();
		await page.goto(seen[0]);
		await link(page).waitFor();
		await assertIsNobody(page);
		await browser.close(page);
	});
});

describe('its pages', { timeout: 60000 }, () => {
	test('work with the keyboard alone', async () => {
		const page = await browser.open(`${bridge.url}lab1`);
		for (let i = 0; i < 10; i++) {
			if (await link(page).and(page.locator(':focus')).count() > 0)
				break;
			await page.keyboard.press('Tab');
		}
		await page.keyboard.press('Enter');
		await page.locator('[name=name]:focus').waitFor();
		await page.keyboard.type('alice');
		await page.keyboard.press('Tab');
		await page.keyboard.type(SECRET);
		await page.keyboard.press('Enter');
		await page.getByText('asks who alice is').waitFor();
		await page.locator('button:focus').waitFor();
		await page.keyboard.press('Enter');
		await page.waitForURL(`${bridge.url}lab1`);
		await phase(page, 'connected');
		await browser.close(page);
	});

	test('have no fault that a checker knows', async () => {
		const page = await browser.open(bridge.url);
		await assertAllAccessible(page);
		await logInThere(page, 'alice');
		await page.getByText('Logged in as alice').waitFor();
		await assertAllAccessible(page);
		await browser.close(page);
	});

	test('fit a phone, and a window at 400 %', async () => {
		const page = await browser.open(bridge.url);
		await page.setViewportSize(PHONE);
		await assertFits(page);
		const { width, height } = await link(page).boundingBox();
		assert.ok(width >= 24 && height >= 24);
		await screenshot(page, 'oidc-phone');
		await page.emulateMedia({ colorScheme: 'dark' });
		await screenshot(page, 'oidc-phone-dark');
		await page.setViewportSize({ width: 320, height: 200 });
		await assertFits(page);
		await browser.close(page);
	});

	test('work without JavaScript', async () => {
		const bare = stack.add(await startBrowser(
		    { home, javaScriptEnabled: false }));
		const page = await bare.open(`${bridge.url}lab1`);
		await logInThere(page, 'alice');
		await page.waitForURL(`${bridge.url}lab1`);
		await page.close();
		await bare.stop();
	});
});
