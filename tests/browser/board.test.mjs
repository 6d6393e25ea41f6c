/* SPDX-License-Identifier: ISC */
/*
 * The board on the start page, before a bridge that is played: few targets and
 * many, what changes, what is done from a card, a stream that is lost.
 */

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from
	'node:test';

import { assertAllAccessible } from './lib/axe.mjs';
import { pagesDir } from './lib/bridge.mjs';
import { screenshot, startBrowser } from './lib/browser.mjs';
import { PlayedBridge } from './lib/playedbridge.mjs';
import { Stack } from './lib/process.mjs';
import { until } from './lib/wait.mjs';

const START_BYTES_MAX = 12 * 1024; /* gzipped */
const WIDE = { width: 1280, height: 800 };
const INTENT = 'a'.repeat(32);

const stack = new Stack();
let bridge, browser, page;

const nowSec = () => Math.floor(Date.now() / 1000);

const target = (id, { mode = 'share', ...more } = {}) => ({ id,
	name: `web${id}`, description: `Rack ${id % 7}`, group: '', mode,
	places: mode === 'share' ? 0 : 1, may: '', ...more });

const many = (n, each = () => ({})) =>
	Array.from({ length: n }, (_, i) => target(i, each(i)));

before(async () => {
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

beforeEach(async () => {
	bridge = await new PlayedBridge().start();
	bridge.login = { user: 'me', ends: 3600, max: null };
});

afterEach(async () => {
	await browser.close(page);
	await bridge.stop();
});

/* Opens the board, and waits until it shows what there is. */
async function open(targets, states = []) {
	Object.assign(bridge, { targets, states });
	page = await browser.open(bridge.url);
	await page.locator('#account-name').waitFor();
	if (targets.length > 0)
		await page.locator('li.card').first().waitFor();
}

const card = (name) => page.locator(`li.card[data-name="${name}"]`);
const count = () => page.locator('li.card').count();
const focused = () => page.evaluate(() =>
	document.activeElement.getAttribute('aria-label') ??
	    document.activeElement.dataset.name ?? document.activeElement.id);
const button = (name) => page.getByRole('button', { name, exact: true });
const spoken = () => page.locator('#spoken').textContent();
const says = (name, text) => card(name).getByText(text, { exact: true })
    .waitFor();

/* What a page looks like to people. */
async function look(name) {
	for (const colorScheme of ['light', 'dark'])
		for (const size of [WIDE, { width: 360, height: 740 }]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize(size);
			await screenshot(page, [name, colorScheme, size.width]
			    .join('-'));
		}
	await page.setViewportSize({ width: 320, height: 740 });
	assert.ok(await page.evaluate(() =>
		document.documentElement.scrollWidth <= innerWidth));
	await page.setViewportSize(WIDE);
	await assertAllAccessible(page);
}

describe('a few targets', { timeout: 60000 }, () => {
	test('are shown as they are', async () => {
		await open([target(1, { mode: 'exclusive', may: 'tw' }),
			target(2, { mode: 'ask', may: 'w' }),
			target(3), target(4), target(5, { mode: 'queue' })],
		[{ id: 1, sessions: 1, by: ['bob'], since: nowSec() - 900,
			idle: nowSec() - 330 },
		{ id: 2, sessions: 1, by: ['me'], since: nowSec(), waiting: 2 },
		{ id: 4, locked: 'Until <b>Monday</b>' },
		{ id: 5, sessions: 1, by: ['eve'] }]);
		assert.match(await card('web1').innerText(),
		    /^web1\nRack 1\nIn use\nBy bob since .*, idle for 5.min/);
		assert.match(await card('web2').innerText(),
		    /You are connected.*\. 2 people wait/s);
		assert.match(await card('web3').innerText(), /\nFree$/);
		assert.match(await card('web4').innerText(),
		    /Locked.*Until <b>Monday<\/b>/s);
		assert.ok(await page.locator('#finder').isHidden());
		assert.ok(await page.locator('#more').isHidden());
		assert.deepEqual(await page.locator('.card-actions .button')
		    .evaluateAll((all) => all.map((one) => one.ariaLabel)),
		['Take over web1', 'Watch web1', 'End web2', 'Queue up web5']);
		assert.equal(await page.getByRole('link',
		    { name: 'Queue up web5' }).getAttribute('href'), './web5');
		await look('board-few');
		await page.emulateMedia({ forcedColors: 'active' });
		await screenshot(page, 'board-few-forced');
		await page.emulateMedia({ forcedColors: 'none' });
	});

	test('change in place, and keep the focus', async () => {
		await open([target(1, { mode: 'ask', may: 'w' }), target(2)],
		    [{ id: 1, sessions: 1, by: ['bob'] }]);
		await card('web1').evaluate((one) => { one.isSame = true; });
		await button('Watch web1').focus();
		bridge.send('state', [{ id: 1, sessions: 1, by: ['eve'],
			waiting: 1 }]);
		await says('web1', 'By eve. 1 person waits');
		assert.equal(await focused(), 'Watch web1');
		assert.ok(await card('web1').evaluate((one) => one.isSame));

		/* The button goes: its card has the focus then. */
		bridge.send('state', [{ id: 1 }]);
		await says('web1', 'Free');
		assert.equal(await focused(), 'web1');
		assert.equal(await button('Watch web1').count(), 0);

		/* So it is when all is told again, in another order. */
		bridge.targets = [target(9), target(2), target(1), target(8)];
		bridge.states = [];
		bridge.send('over', { code: 0 });
		await card('web9').waitFor();
		assert.equal(await focused(), 'web1');
		assert.deepEqual(await page.locator('li.card').evaluateAll(
		    (all) => all.map((one) => one.dataset.name)),
		['web9', 'web2', 'web1', 'web8']);
		assert.ok(await page.locator('#problem').isHidden());
	});

	test('are told of if they are mine, or have the focus', async () => {
		await open([target(1), target(2), target(3)],
		    [{ id: 1, sessions: 1, by: ['me'] }]);
		await card('web2').locator('a.target').focus();
		assert.equal(await spoken(), '');
		bridge.send('state', [{ id: 3, sessions: 7 }]);
		await says('web3', '7 viewers');
		assert.equal(await spoken(), '', 'neither');
		bridge.send('state', [{ id: 2, sessions: 1, by: ['bob'] }]);
		await until('web2 is told', async () =>
			await spoken() === 'web2: 1 viewer, bob.');
		bridge.send('state', [{ id: 1 }]);
		await until('web1 is told', async () =>
			await spoken() === 'web1: Free.');
		bridge.send('state', [{ id: 2, sessions: 1, by: ['bob'],
			idle: nowSec() - 90 }]);
		await card('web2').getByText('idle for').waitFor();
		assert.equal(await spoken(), 'web1: Free.', 'no news');
	});

	test('are all somebody else’s where nobody logs in', async () => {
		bridge.login = { user: null };
		bridge.targets = [target(1, { mode: 'ask' })];
		bridge.states = [{ id: 1, sessions: 1, by: ['192.0.2.7'] }];
		page = await browser.open(bridge.url);
		await says('web1', 'By 192.0.2.7');
		assert.equal(await page.locator('.card-actions button').count(),
		    0);
		assert.ok(await page.locator('#account').isHidden());
	});

	test('need the minutes, not the bridge, to grow old', async () => {
		bridge.targets = [target(1)];
		bridge.states = [{ id: 1, sessions: 1, by: ['bob'],
			idle: nowSec() - 125 }];
		page = await browser.context.newPage();
		await page.clock.install();
		await page.goto(bridge.url);
		await card('web1').getByText(/idle for 2.min/).waitFor();
		await page.clock.runFor(61000);
		await card('web1').getByText(/idle for 3.min/).waitFor();
		assert.equal(bridge.opened, 1);
	});

	test('and hostile ones do no harm', async () => {
		const evil = '<img src=x onerror=alert(1)>';
		await open([null, 7, target(1, { name: evil, description: evil,
			group: evil }), target(2), { id: 3 }]);
		bridge.send('state', [{ id: 99 }, null, { id: 1, sessions: 1,
			by: [evil, {}], locked: evil, since: 1e300 }]);
		bridge.send('state', { length: 5 });
		bridge.send('targets', [target(77)]);
		bridge.send('ready', null);
		bridge.send('state', [{ id: 2, sessions: 3 }]);
		await says('web2', '3 viewers');
		assert.equal(await count(), 2);
		assert.equal(await page.locator('main img').count(), 0);
		assert.match(await page.locator('h3').textContent(), /^<img/);
	});
});

/* ---- what is done from a card ---- */

const inUse = [{ id: 1, sessions: 1, by: ['bob'] }];

describe('from a card', { timeout: 60000 }, () => {
	const wish = (kind) => ({ target: 'web1', kind });
	const kept = () => page.evaluate(() => JSON.stringify(
	    { ...globalThis.sessionStorage }));

	test('a desktop is asked for, and watched', async () => {
		for (const [name, kind] of [['Ask web1', 'ask'],
			['Watch web1', 'watch']]) {
			await open([target(1, { mode: 'ask', may: 'w' })], inUse);
			await button(name).click();
			await page.waitForURL(`${bridge.url}web1`);
			assert.deepEqual(bridge.wishes.pop(), wish(kind));
			assert.doesNotMatch(page.url(), new RegExp(INTENT));
			await page.locator('#status-title').waitFor();
			assert.equal(await kept(), '{}', 'it is taken out');
			if (kind === 'ask')
				await browser.close(page);
		}
	});

	test('the viewer says what was wanted, once', async () => {
		const offers = [];
		await open([target(1, { mode: 'ask' })], inUse);
		await page.addInitScript(() => {
			const Real = window.WebSocket;
			window.WebSocket = class extends Real {
				constructor(url, protocols) {
					super(url, protocols);
					window.offered = protocols;
				}
			};
		});
		const offered = async () => {
			await page.waitForFunction(() => window.offered);
			offers.push(await page.evaluate(() => window.offered));
		};
		await button('Ask web1').click();
		await page.waitForURL(`${bridge.url}web1`);
		await offered();
		await page.reload();
		await offered();
		assert.deepEqual(offers, [
			['vncbridge.v1', 'binary', `vncbridge.intent.${INTENT}`],
			['vncbridge.v1', 'binary']]);
	});

	test('it is taken over when that is confirmed', async () => {
		await open([target(1, { mode: 'exclusive', may: 't' })], inUse);
		const take = button('Take over web1');
		await take.click();
		await page.getByText('bob loses it at once.').waitFor();
		await screenshot(page, 'board-take');
		await assertAllAccessible(page);
		assert.equal(await focused(), 'confirm-not',
		    'Enter must not end somebody’s session by mistake');
		await page.keyboard.press('Enter');
		assert.equal(await focused(), 'Take over web1');
		await take.click();
		await page.keyboard.press('Escape');
		await page.locator('#confirm').waitFor({ state: 'hidden' });
		assert.deepEqual(bridge.wishes, []);
		await take.click();
		await button('Take over').click();
		await page.waitForURL(`${bridge.url}web1`);
		assert.deepEqual(bridge.wishes, [wish('take')]);
	});

	test('what is free by now is opened', async () => {
		bridge.intent = { code: 4502, reason: 'nobody has it' };
		await open([target(1, { mode: 'ask' })], inUse);
		await button('Ask web1').click();
		await page.waitForURL(`${bridge.url}web1`);
		assert.equal(await kept(), '{}');
	});

	test('what is not possible is told', async () => {
		bridge.intent = { code: 4520, reason: 'you may not <b>' };
		await open([target(1, { mode: 'ask' })], inUse);
		await button('Ask web1').click();
		await page.getByText('you may not <b>').waitFor();
		await button('Close').click();
		assert.equal(await focused(), 'Ask web1');
		assert.equal(page.url(), bridge.url);
	});

	test('one’s own is ended when that is confirmed', async () => {
		await open([target(1)], [{ id: 1, sessions: 1, by: ['me'] }]);
		bridge.intent = { ended: 1 };
		await button('End web1').click();
		assert.deepEqual(bridge.wishes, []);
		await button('End').click();
		await until('it is told', async () =>
			await spoken() === 'web1: ended.');
		assert.deepEqual(bridge.wishes, [wish('end')]);
		assert.equal(page.url(), bridge.url);
	});

	test('who is not logged in any more goes to the login', async () => {
		await open([target(1, { mode: 'ask' })], inUse);
		bridge.intent = null;
		await button('Ask web1').click();
		await page.waitForURL(`${bridge.url}login`);
	});
});

describe('many targets', { timeout: 60000 }, () => {
	const names = () => page.locator('li.card').evaluateAll(
	    (all) => all.map((one) => one.dataset.name));
	const found = (text) => page.locator('#found',
	    { hasText: new RegExp(`^${text}$`) }).waitFor();

	test('are searched from 13 on, and not before', async () => {
		await open(many(13));
		assert.ok(await page.locator('#finder').isVisible());
		bridge.targets = many(12);
		bridge.send('over', { code: 0 });
		await page.locator('#finder').waitFor({ state: 'hidden' });
	});

	test('come in groups, which stay closed', async () => {
		await open(many(40, (i) => ({ mode: 'exclusive',
			group: i < 6 ? '' : `Lab ${Math.floor(i / 20)}` })),
		[{ id: 7, sessions: 1, by: ['bob'] }, { id: 8, kept: 1 }]);
		const group = page.locator('summary', { hasText: 'Lab 0' });
		assert.deepEqual(await page.getByRole('heading', { level: 3 })
		    .allTextContents(), ['Lab 0', 'Lab 1']);
		await group.getByText('14 desktops, 2 in use').waitFor();
		await look('board-some');
		await group.click();
		await card('web10').waitFor({ state: 'detached' });
		assert.equal(await count(), 26);
		await page.reload();
		await card('web30').waitFor();
		assert.equal(await count(), 26);
		/* A search looks into it all the same, and keeps nothing. */
		await page.locator('#search').fill('web10');
		await card('web10').waitFor();
		await page.locator('summary').click();
		await card('web10').waitFor({ state: 'detached' });
		await page.locator('#search').fill('');
		await card('web30').waitFor();
		await group.click();
		await card('web10').waitFor();
		assert.equal(await count(), 40);
	});

	test('are found by what one types', async () => {
		await open(many(40), [{ id: 3, sessions: 1, by: ['Zoë'] },
			{ id: 5, sessions: 1, by: ['me'] }]);
		assert.equal(await focused(), 'search');
		await page.keyboard.type('zoe');
		await found('1 of 40 desktops');
		assert.deepEqual(await names(), ['web3']);
		await until('it is told', async () =>
			await spoken() === '1 of 40 desktops');

		/* Who comes is found, who goes is not any more. */
		bridge.send('state', [{ id: 9, sessions: 1, by: ['zoe2'] },
			{ id: 3 }]);
		await card('web3').waitFor({ state: 'detached' });
		assert.deepEqual(await names(), ['web9']);
		await page.locator('#search').fill('nothing');
		await found('0 of 40 desktops');

		await page.locator('#search').fill('');
		const filter = page.getByLabel('Which desktops');
		await filter.selectOption('Mine');
		await found('1 of 40 desktops');
		assert.deepEqual(await names(), ['web5']);
		await filter.selectOption('In use');
		await found('2 of 40 desktops');
		assert.deepEqual(await names(), ['web5', 'web9']);

		/* What has the focus stays while it has. */
		await card('web9').locator('a.target').focus();
		bridge.send('state', [{ id: 9 }]);
		await says('web9', 'Free');
		assert.equal(await focused(), 'web9');

		await page.keyboard.press('/');
		assert.equal(await focused(), 'search');
		await page.keyboard.type('/');
		assert.equal(await page.locator('#search').inputValue(), '/');
		await button('Another desktop').click();
		assert.equal(await focused(), 'host');
		await page.keyboard.type('/');
		assert.equal(await page.locator('#host').inputValue(), '/');
	});

	test('are shown a part at a time: ten thousand', async () => {
		await open(many(10000, (i) => ({
			group: i < 300 ? '' : `Lab ${Math.floor(i / 250)}` })),
		Array.from({ length: 2000 }, (_, i) => ({ id: i * 5,
			sessions: 1, by: [`user${i}`], since: nowSec() })));
		assert.equal(await count(), 200);
		assert.equal(await page.locator('#found').innerText(),
		    '10,000 desktops');
		await look('board-many');
		await page.getByRole('button', { name: /^Show more/ }).focus();
		await page.keyboard.press('Enter');
		await card('web200').waitFor();
		assert.equal(await focused(), 'web200');
		assert.ok(await count() <= 400);
		await page.locator('#search').fill('user1999');
		await found('1 of 10,000 desktops');
		assert.deepEqual(await names(), ['web9995']);

		/* All change at once, the page still shows the last. */
		await page.locator('#search').fill('web42');
		for (const n of [1, 2, 3])
			for (let i = 0; i < 10000; i += 1000)
				bridge.send('state', Array.from({ length: 1000 },
				    (_, k) => ({ id: i + k, sessions: n })));
		await says('web4299', '3 viewers');
	});
});

/* ---- the stream ---- */

const problem = () => page.getByText('The bridge does not answer; what you ' +
    'see may be out of date.');

describe('a stream', { timeout: 60000 }, () => {
	test('that is lost is told, and comes back', async () => {
		await open([target(1)], [{ id: 1, sessions: 2 }]);
		bridge.status = 503;
		bridge.drop();
		await problem().waitFor();
		await says('web1', '2 viewers');
		await screenshot(page, 'board-lost');
		bridge.states = [];
		bridge.status = 200;
		await says('web1', 'Free');
		assert.ok(await problem().isHidden());
	});

	test('without a login leads to it', async () => {
		await open([target(1)]);
		bridge.login = null;
		bridge.status = 401;
		bridge.drop();
		await page.waitForURL(`${bridge.url}login`);
	});

	test('is closed a minute after nobody looks', async () => {
		bridge.targets = [target(1)];
		page = await browser.context.newPage();
		await page.clock.install();
		await page.goto(bridge.url);
		await says('web1', 'Free');
		const hide = (isHidden) => page.evaluate((is) => {
			Object.defineProperty(document, 'hidden',
			    { value: is, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, isHidden);
		await hide(true);
		await page.clock.runFor(59000);
		assert.equal(bridge.streams, 1);
		await page.clock.runFor(2000);
		await until('it is closed', () => bridge.streams === 0);
		bridge.states = [{ id: 1, sessions: 1 }];
		await hide(false);
		await says('web1', '1 viewer');
		assert.equal(bridge.opened, 2);
	});

	test('that says nothing is told of', async () => {
		bridge.isQuiet = true;
		page = await browser.context.newPage();
		await page.clock.install();
		await page.goto(bridge.url);
		await until('it is open', () => bridge.streams === 1);
		await page.clock.runFor(11000);
		await problem().waitFor();
		assert.equal(await focused(), 'host', 'that works all the same');
	});
});

test('the start page stays light', async () => {
	page = await browser.open(bridge.url);
	const { size } = await stat(path.join(pagesDir(), 'assets/start.js.gz'));
	assert.ok(size <= START_BYTES_MAX, `${size} bytes`);
});
