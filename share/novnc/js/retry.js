/* SPDX-License-Identifier: ISC */
/*
 * Trying again: 1 s, then twice as long each time, up to 30 s. The clock
 * stands still while nobody looks at the page.
 */

const FIRST_SEC = 1;
const MOST_SEC = 30;

/* The wait before attempt n, counted from 0, in seconds. */
export function backoffSec(attempt) {
	return Math.min(FIRST_SEC * 2 ** attempt, MOST_SEC);
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
