/* SPDX-License-Identifier: ISC */
/*
 * Debian's Chromium, headless, with a profile of its own. Every page is
 * watched: a breach of the content security policy, or an error that nobody
 * caught, fails the test that closes it.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { chromium } from 'playwright-core';

import { OUTER_HOST } from './bridge.mjs';
import { until } from './wait.mjs';

export { OUTER_HOST };

const CHROMIUM = process.env.VB_CHROMIUM ?? '/usr/bin/chromium';
const ARTIFACTS = path.resolve(process.env.VB_ARTIFACTS ?? 'artifacts');

const FLAGS = [
	'--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update',
	'--disable-sync',
	`--host-resolver-rules=MAP ${OUTER_HOST} 127.0.0.1`
];

function watch(page, faults) {
	page.on('console', (message) => {
		if (/Content.Security.Policy/i.test(message.text()))
			faults.push(message.text());
	});
	page.on('pageerror', (error) => faults.push(error.stack));
}

/* Reported by the page itself: the console may leave some out. */
function reportViolations() {
	window.policyViolations = [];
	document.addEventListener('securitypolicyviolation', (event) =>
		window.policyViolations.push(
		    `${event.violatedDirective} ${event.blockedURI}`));
}

/*
 * Starts one; home is where it looks for the certificates to trust, see
 * authority.mjs.
 */
export async function startBrowser({ home = null, ...options } = {}) {
	const profile = await mkdtemp(path.join(os.tmpdir(), 'vb-profile-'));
	const faults = [];
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: CHROMIUM,
		headless: true,
		args: process.getuid() === 0 ?
		    [...FLAGS, '--no-sandbox'] : FLAGS,
		viewport: { width: 1280, height: 800 },
		...home === null ? {} :
		    { env: { ...process.env, HOME: home } },
		...options
	});
	context.setDefaultTimeout(10000);
	await context.addInitScript(reportViolations);
	context.on('page', (page) => watch(page, faults));
	context.pages().forEach((page) => watch(page, faults));
	await mkdir(ARTIFACTS, { recursive: true });

	return {
		context,
		async open(url) {
			const page = await context.newPage();
			await page.goto(url);
			return page;
		},
		/* Closes a page, and says whether it behaved. */
		async close(page) {
			const violations = await page.evaluate(
			    () => window.policyViolations);
			await page.close();
			assert.deepEqual(violations, []);
			assert.deepEqual(faults.splice(0), []);
		},
		async stop() {
			await keepOpenPages(context);
			await context.close();
			await rm(profile, {
				recursive: true, force: true, maxRetries: 5
			});
		}
	};
}

/* Pages that are still open at the end are those of tests that failed. */
async function keepOpenPages(context) {
	for (const [i, page] of context.pages().entries()) {
		if (page.url() === 'about:blank')
			continue;
		const name = `failed-${process.pid}-${i}`;
		await screenshot(page, name);
		console.error(`${page.url()}: see ` +
		    path.join(ARTIFACTS, `${name}.png`));
	}
}

export async function screenshot(page, name) {
	await page.screenshot({
		path: path.join(ARTIFACTS, `${name}.png`),
		animations: 'disabled'
	});
}

/* Waits until the page is in a phase of viewer.js. */
export async function phase(page, name, timeout = 15000) {
	await page.locator(`body[data-phase="${name}"]`)
	    .waitFor({ timeout });
}

/* What the card says, when its title is this. */
export async function cardText(page, title) {
	const card = page.locator('#status');
	try {
		await page.locator('#status-title', { hasText: title }).waitFor();
	} catch {
		const seen = await page.locator('body').getAttribute('data-phase');
		throw new Error(`no card “${title}”; phase ${seen}, and it says: ` +
		    await card.innerText());
	}
	return card.innerText();
}

/* The colour of the desktop at a place given in its own pixels. */
export async function pixel(page, x, y) {
	return page.evaluate(([atX, atY]) => {
		const canvas = document.querySelector('#screen canvas');
		const { data } = canvas.getContext('2d')
		    .getImageData(atX, atY, 1, 1);
		return [...data.slice(0, 3)];
	}, [x, y]);
}

/* Pictures may be sent lossy: each part may be a little off. */
export function isClose(is, wanted, tolerance = 12) {
	return is.every((part, i) => Math.abs(part - wanted[i]) <= tolerance);
}

export async function untilPixel(page, x, y, wanted) {
	let last;
	await until(`pixel ${x},${y} is ${wanted}`, async () => {
		last = await pixel(page, x, y);
		return isClose(last, wanted);
	}).catch((error) => {
		throw new Error(`${error.message}, but ${last}`);
	});
}

/* Clicks the desktop at a place given in its own pixels. */
export async function clickDesktop(page, x, y, button = 'left') {
	const box = await page.locator('#screen canvas').boundingBox();
	const width = await page.locator('#screen canvas')
	    .evaluate((canvas) => canvas.width);
	const scale = box.width / width;
	await page.mouse.click(box.x + (x + .5) * scale,
	    box.y + (y + .5) * scale, { button });
}
