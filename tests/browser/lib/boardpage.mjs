/* SPDX-License-Identifier: ISC */
/* The board on the start page, as a person finds things there. */

export const nowSec = () => Math.floor(Date.now() / 1000);

/* As a bridge tells of one: a desktop of one person's has one place. */
export const target = (id, { mode = 'share', ...more } = {}) => ({ id,
	name: `web${id}`, description: `Rack ${id % 7}`, group: '', mode,
	places: mode === 'share' ? 0 : 1, may: '', ...more });

export const many = (n, each = () => ({})) =>
	Array.from({ length: n }, (_, i) => target(i, each(i)));

export class BoardPage {
	#page;

	constructor(page) {
		this.#page = page;
	}

	card(name) {
		return this.#page.locator(`li.card[data-name="${name}"]`);
	}

	button(name) {
		return this.#page.getByRole('button', { name, exact: true });
	}

	spoken() {
		return this.#page.locator('#spoken').textContent();
	}

	/* The name of what has the focus. */
	focused() {
		return this.#page.evaluate(() =>
			document.activeElement.getAttribute('aria-label') ??
			    document.activeElement.dataset.name ??
			    document.activeElement.id);
	}

	says(name, text) {
		return this.card(name).getByText(text, { exact: true })
		    .waitFor();
	}
}

/* Opens a played bridge's board, and waits until it shows what there is. */
export async function openBoard(browser, bridge, targets, states = []) {
	Object.assign(bridge, { targets, states });
	const page = await browser.open(bridge.url);
	await page.locator('#account-name').waitFor();
	if (targets.length > 0)
		await page.locator('li.card').first().waitFor();
	return page;
}
