/* SPDX-License-Identifier: ISC */
/*
 * What is done from a card of the board, and what the viewer makes of it,
 * before a played bridge: it opens no desktop, but hears what is wanted.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from
	'node:test';

import { assertAllAccessible } from './lib/axe.mjs';
import { BoardPage, openBoard, target } from './lib/boardpage.mjs';
import { cardText, screenshot, startBrowser } from './lib/browser.mjs';
import { PlayedBridge } from './lib/playedbridge.mjs';
import { Stack } from './lib/process.mjs';
import { until } from './lib/wait.mjs';

const INTENT = 'a'.repeat(32);
const PLAIN = 'vncbridge.v1 binary';

const stack = new Stack();
let bridge, browser, page;

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

async function open(targets, states) {
	page = await openBoard(browser, bridge, targets, states);
}

const button = (name) => new BoardPage(page).button(name);
const focused = () => new BoardPage(page).focused();
const spoken = () => new BoardPage(page).spoken();
const says = (name, text) => new BoardPage(page).says(name, text);

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
		await page.locator('#confirm').waitFor();
		await page.keyboard.press('Escape');
		await page.locator('#confirm').waitFor({ state: 'hidden' });
		assert.equal(await kept(), '{}');
		await take.click();
		await button('Take over').click();
		await page.waitForURL(`${bridge.url}web1`);
		assert.deepEqual(bridge.wishes, [1, 2, 3].map(
		    () => wish('take')));
	});

	test('what was confirmed for one is not done to another', async () => {
		await open([target(1, { mode: 'exclusive', may: 't' })], inUse);
		await button('Take over web1').click();
		await page.getByText('bob loses it at once.').waitFor();
		/* all is told anew meanwhile: these are other cards */
		bridge.states = [{ id: 1, sessions: 1, by: ['eve'] }];
		bridge.send('over', { code: 0 });
		await says('web1', 'By eve');
		await button('Take over').click();
		await page.getByText('eve loses it at once.').waitFor();
		assert.equal(page.url(), bridge.url);
		assert.equal(bridge.wishes.length, 2);
	});

	test('the focus is not lost with a button that has gone', async () => {
		await open([target(1, { mode: 'exclusive', may: 't' })], inUse);
		await button('Take over web1').click();
		await page.locator('#confirm').waitFor();
		bridge.send('state', [{ id: 1 }]);
		await says('web1', 'Free');
		await page.keyboard.press('Escape');
		await until('the card has it', async () =>
			await focused() === 'web1');
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
		bridge.send('state', [{ id: 1 }]);
		await says('web1', 'Free');
		assert.equal(await spoken(), 'web1: ended.', 'that says it');
		bridge.send('state', [{ id: 1, sessions: 1, by: ['me'] }]);
		await says('web1', 'You are connected');
		bridge.send('state', [{ id: 1 }]);
		await until('this is news', async () =>
			await spoken() === 'web1: Free.');
		assert.equal(page.url(), bridge.url);
	});

	test('who is not logged in any more goes to the login', async () => {
		await open([target(1, { mode: 'ask' })], inUse);
		bridge.intent = null;
		await button('Ask web1').click();
		await page.waitForURL(`${bridge.url}login`);
	});
});

/* ---- who wants to look on ---- */

describe('who wants to look on', { timeout: 60000 }, () => {
	/* As the bridge marks one; another each time. */
	const intentOf = (n) => `${String(n).repeat(24)}6c6f6f6b`;
	const byIntent = (n) => `${PLAIN} vncbridge.intent.${intentOf(n)}`;
	let offered;

	beforeEach(() => { offered = []; });

	/* From now on it is heard how the page opens the desktop. */
	async function hear() {
		await page.exposeFunction('hear', (offer) => offered.push(offer));
		await page.addInitScript(() => {
			window.WebSocket = new Proxy(window.WebSocket, {
				construct(Real, [url, protocols]) {
					window.hear(protocols.join(' '));
					return new Real(url, protocols);
				}
			});
		});
	}

	async function openOne() {
		await open([target(1, { mode: 'exclusive', may: 'w' })], inUse);
		await hear();
	}

	async function watch() {
		bridge.intent = { intent: intentOf(1) };
		await openOne();
		await button('Watch web1').click();
		await until('it is opened', () => offered.length === 1);
		assert.deepEqual(offered, [byIntent(1)]);
		await button('Watch again').waitFor();
	}

	const wishes = () => bridge.wishes.map(({ kind }) => kind);

	test('looks on after a reload, and by trying again', async () => {
		await watch();
		bridge.intent = { intent: intentOf(2) };
		await page.reload();
		await until('it is opened', () => offered.length === 2);
		bridge.intent = { intent: intentOf(3) };
		await button('Watch again').click();
		await until('it is opened', () => offered.length === 3);
		assert.deepEqual(offered, [1, 2, 3].map(byIntent));
		assert.deepEqual(wishes(), ['watch', 'watch', 'watch']);
	});

	test('has the desktop by “Connect”, and by nothing else', async () => {
		await watch();
		bridge.intent = { code: 4520, reason: 'you may not watch' };
		await page.reload();
		await cardText(page, 'That is not possible');
		await button('Try again').click();
		await until('it is asked for', () => bridge.wishes.length === 3);
		await cardText(page, 'That is not possible');
		bridge.intent = { code: 4502, reason: 'it is free now' };
		await page.reload();
		await cardText(page, 'That is not possible');
		assert.equal(await button('Try again').count(), 0);
		assert.deepEqual(offered, [byIntent(1)]);
		await button('Connect').click();
		await until('it is opened', () => offered.length === 2);
		assert.deepEqual(offered[1], PLAIN);
		await button('Try again').waitFor();
		await page.reload();
		await until('it is opened', () => offered.length === 3);
		assert.deepEqual(offered[2], PLAIN, 'it is theirs now');
		assert.equal(bridge.wishes.length, 4);
	});

	test('gets there late, and looks on all the same', async () => {
		await openOne();
		await page.evaluate((intent) => sessionStorage.setItem(
		    'vncbridge-intent', JSON.stringify({ target: 'web1',
			    kind: 'watch', intent, at: Date.now() - 61000 })),
		intentOf(1));
		bridge.intent = { intent: intentOf(2) };
		await page.goto(`${bridge.url}web1`);
		await until('it is opened', () => offered.length === 1);
		assert.deepEqual(offered, [byIntent(2)]);
	});

	test('has to log in, and looks on then', async () => {
		await watch();
		bridge.intent = null;
		await button('Watch again').click();
		await page.waitForURL(`${bridge.url}login?next=web1`);
		bridge.intent = { intent: intentOf(2) };
		await page.goto(`${bridge.url}web1`);
		await until('it is opened', () => offered.length === 2);
		assert.deepEqual(offered[1], byIntent(2));
	});

	test('does not without a storage, and is told so', async () => {
		await openOne();
		await page.evaluate(() => {
			Storage.prototype.setItem = () => {
				throw new DOMException('', 'QuotaExceededError');
			};
		});
		bridge.intent = { intent: intentOf(1) };
		await button('Watch web1').click();
		await page.getByText(/keeps nothing/).waitFor();
		assert.equal(page.url(), bridge.url);
		await button('Close').click();
	});

	test('is told if it is free by now', async () => {
		bridge.intent = { code: 4502, reason: 'it is free now' };
		await openOne();
		await button('Watch web1').click();
		await page.getByText('it is free now').waitFor();
		assert.equal(page.url(), bridge.url);
	});
});
