/* SPDX-License-Identifier: ISC */
/*
 * Trying again: 1 s, then twice as long each time, up to 30 s, but never
 * sooner than the server was waited for: many take one client at a time, and
 * are busy with the last try for as long as that. The clock stops while no one
 * looks at the page.
 */

const FIRST_SEC = 1;
const MOST_SEC = 30;

/* The wait before attempt n, counted from 0, in seconds. */
export function backoffSec(attempt) {
	return Math.min(FIRST_SEC * 2 ** attempt, MOST_SEC);
}

/* The same, after the last attempt waited this long for the server. */
export function waitSec(attempt, waitedMs) {
	return Math.max(backoffSec(attempt), Math.floor(waitedMs / 1000) + 1);
}

/* Counts down; tick(seconds left) each second, then act(). */
export class Retry {
	#timer = null;

	start(seconds, tick, act) {
		this.stop();
		let left = seconds;
		tick(left);
		this.#timer = setInterval(() => {
			if (document.hidden)
				return;
			left -= 1;
			if (left > 0) {
				tick(left);
				return;
			}
			this.stop();
			act();
		}, 1000);
	}

	stop() {
		clearInterval(this.#timer);
		this.#timer = null;
	}
}
