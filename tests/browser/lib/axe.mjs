/* SPDX-License-Identifier: ISC */
/* A checker of accessibility, axe-core, in the page. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const file = createRequire(import.meta.url).resolve('axe-core');

/* It finds no fault in the page as it is now. */
export async function assertAccessible(page) {
	await page.evaluate(await readFile(file, 'utf8'));
	const { violations } = await page.evaluate(() => globalThis.axe.run());
	assert.deepEqual(violations.map(({ id, nodes }) =>
		[id, ...nodes.map(({ html }) => html)]), []);
}

/* In light and in dark. */
export async function assertAllAccessible(page) {
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		await assertAccessible(page);
	}
}
