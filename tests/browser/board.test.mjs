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
import { BoardPage, many, nowSec, openBoard, target } from
	'./lib/boardpage.mjs';
import { screenshot, startBrowser } from './lib/browser.mjs';
import { PlayedBridge } from './lib/playedbridge.mjs';
import { Stack } from './lib/process.mjs';
import { until } from './lib/wait.mjs';

const START_BYTES_MAX = 12 * 1024; /* gzipped */
const WIDE = { width: 1280, height: 800 };

const stack = new Stack();
let bridge, browser, page, beats;

before(async () => {
	browser = stack.add(await startBrowser());
}, { timeout: 30000 });

after(() => stack.stop());

beforeEach(async () => {
	beats = 0;
	bridge = await new PlayedBridge().start();
	bridge.login = { user: 'me', ends: 3600, max: null };
});

afterEach(async () => {
	await browser.close(page);
	await bridge.stop();
});

async function open(targets, states) {
	page = await openBoard(browser, bridge, targets, states);
}

const card = (name) => new BoardPage(page).card(name);
const count = () => page.locator('li.card').count();
const focused = () => new BoardPage(page).focused();
const button = (name) => new BoardPage(page).button(name);
const spoken = () => new BoardPage(page).spoken();
const says = (name, text) => new BoardPage(page).says(name, text);

/* Another page, of which the test has the clock. */
async function openWithClock(targets, states) {
	Object.assign(bridge, { targets, states });
	page = await browser.context.newPage();
	await page.clock.install();
	await page.goto(bridge.url);
}

/* A sign of life of the bridge's, which is seen to have come. */
async function beat(id = 2) {
	const sessions = ++beats + 1;
	bridge.send('state', [{ id, sessions }]);
	await says(`web${id}`, `${sessions} viewers`);
}

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
		const state = { id: 1, sessions: 1, by: ['bob'],
			idle: nowSec() - 125 };
		await openWithClock([target(1), target(2)], [state]);
		await card('web1').getByText(/idle for 2.min/).waitFor();
		await page.clock.runFor(30000);
		await beat();
		await page.clock.runFor(31000);
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
		assert.equal(await focused(), 'web9', 'no key is the page’s');
		await button('Another desktop').click();
		assert.equal(await focused(), 'host');
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

const problem = () => page.getByText('The list of desktops can’t be kept ' +
    'up to date at the moment.');

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

	test('that is lost for a moment only is not told', async () => {
		await open([target(1)]);
		await page.evaluate(() => {
			window.told = [];
			new window.MutationObserver(() => window.told.push(
			    document.getElementById('problem').hidden))
			    .observe(document.getElementById('problem'),
				{ attributes: true });
		});
		bridge.states = [{ id: 1, sessions: 2 }];
		bridge.drop();
		await says('web1', '2 viewers');
		assert.ok(!(await page.evaluate(() => window.told))
		    .includes(false));
	});

	test('that ends with a reason says that, and no more', async () => {
		await open([target(1)]);
		bridge.status = 503;
		bridge.send('over', { code: 4522, reason: 'too many boards' });
		await page.locator('#problem:visible').waitFor();
		assert.equal(await page.locator('#problem').textContent(),
		    'Too many boards.');
	});

	const hide = (isHidden) => page.evaluate((is) => {
		Object.defineProperty(document, 'hidden',
		    { value: is, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, isHidden);

	test('is closed a minute after nobody looks', async () => {
		await openWithClock([target(1), target(2)], []);
		await says('web1', 'Free');
		await hide(true);
		await page.clock.runFor(30000);
		await beat();
		await page.clock.runFor(20000);
		assert.equal(bridge.streams, 1);
		await page.clock.runFor(11000);
		await until('it is closed', () => bridge.streams === 0);
		bridge.states = [{ id: 1, sessions: 1 }];
		await hide(false);
		await says('web1', '1 viewer');
		assert.equal(bridge.opened, 2);
	});

	test('is a new one after sleep, though nobody looked', async () => {
		await openWithClock([target(1)], []);
		await says('web1', 'Free');
		await hide(true);
		await page.clock.setSystemTime(Date.now() + 3600000);
		bridge.states = [{ id: 1, sessions: 1 }];
		await hide(false);
		await says('web1', '1 viewer');
		assert.equal(bridge.opened, 2);
	});

	test('that is dead is replaced', async () => {
		await openWithClock([target(1), target(2)], []);
		await says('web1', 'Free');
		await page.clock.runFor(30000);
		await beat();
		await page.clock.runFor(30000);
		assert.equal(bridge.opened, 1);
		await page.clock.runFor(16000);
		await until('there is another', () => bridge.opened === 2);
	});

	test('that says nothing is told of', async () => {
		bridge.isQuiet = true;
		await openWithClock([], []);
		await until('it is open', () => bridge.streams === 1);
		await page.clock.runFor(11000);
		await problem().waitFor();
		assert.equal(await focused(), 'host', 'that works all the same');
	});
});

/* ---- who looks ---- */

describe('who is logged in', { timeout: 60000 }, () => {
	const all = [target(1, { mode: 'ask', may: 'tw' }), target(2)];
	const states = [{ id: 1, sessions: 1, by: ['me'] }];

	test('is asked for until it is known; nothing is done before', async () => {
		bridge.login = undefined;
		await openWithClock(all, states);
		await says('web1', 'In use');
		assert.equal(await page.locator('.card-actions button').count(),
		    0);
		bridge.login = { user: 'me', ends: 3600, max: null };
		await page.clock.runFor(30000);
		await beat();
		await page.clock.runFor(31000);
		await says('web1', 'You are connected');
		await button('End web1').waitFor();
	});

	test('may be another by now, and has a board of their own', async () => {
		await openWithClock(all, states);
		await says('web1', 'You are connected');
		bridge.login = { user: 'you', ends: 3600, max: null };
		await page.clock.runFor(30000);
		await beat();
		await page.clock.runFor(31000);
		await button('Ask web1').waitFor();
		await until('it is asked for', () => bridge.opened === 2);
	});
});

test('the start page stays light', async () => {
	page = await browser.open(bridge.url);
	const { size } = await stat(path.join(pagesDir(), 'assets/start.js.gz'));
	assert.ok(size <= START_BYTES_MAX, `${size} bytes`);
});
