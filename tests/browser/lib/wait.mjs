/* SPDX-License-Identifier: ISC */
/* Waiting for things to happen, with a deadline. */

import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 40;

/* Asks until the answer is true, and gives it; throws after ms. */
export async function until(what, ask, ms = 10000) {
	const deadline = performance.now() + ms;
	for (;;) {
		const answer = await ask();
		if (answer)
			return answer;
		if (performance.now() > deadline)
			throw new Error(`not within ${ms} ms: ${what}`);
		await pause(STEP_MS);
	}
}

/* Settles as promise does; throws after ms. */
export async function within(what, promise, ms = 10000) {
	const stop = new AbortController();
	const late = pause(ms, null, { signal: stop.signal }).then(() => {
		throw new Error(`not within ${ms} ms: ${what}`);
	});
	late.catch(() => {});
	try {
		return await Promise.race([promise, late]);
	} finally {
		stop.abort();
	}
}
