/* SPDX-License-Identifier: ISC */
/*
 * "You - bridge - desktop": three dots and two lines in the bar, which say
 * whose fault it is that a session is slow. It takes no focus and is read out
 * by who comes to it; that a way stalls is told, once.
 */

import { wayWords } from './words.js';

const LEGS = ['you', 'desktop'];
const STATES = ['good', 'slow', 'stalled']; /* the worst is the last */

const find = (id) => document.getElementById(id);
const numberOf = (value) => Number.isFinite(value) && value > 0 ? value : 0;

function readWay(way, nowMs) {
	if (!STATES.includes(way?.state))
		return null;
	return { state: way.state, ms: numberOf(way.ms),
		sinceMs: nowMs - 1000 * numberOf(way.time) };
}

/*
 * What a frame "ways" says (PROTOCOL.md), heard at nowMs: { you, desktop },
 * each { state, ms (0: not known), sinceMs }; null for what is not known here.
 */
export function readWays(said, nowMs) {
	const [you, desktop] = LEGS.map((leg) => readWay(said[leg], nowMs));

	return you === null || desktop === null ? null : { you, desktop };
}

/* The state of the way that is worse. */
export const worstOf = (ways) => STATES[Math.max(
    ...LEGS.map((leg) => STATES.indexOf(ways[leg].state)))];

/* The ways that stall, and did not before. */
export const newlyStalled = (ways, before) => LEGS.filter((leg) =>
	ways[leg].state === 'stalled' && before?.[leg].state !== 'stalled');

export class Light {
	#ways = null;
	#timer = null;
	#alert;

	/* alert(text) shows what stalls, and has it read out. */
	constructor(alert) {
		this.#alert = alert;
		find('ways').addEventListener('click',
		    () => this.#open(find('ways-words').hidden));
	}

	show(said) {
		const ways = readWays(said, performance.now());

		if (ways === null)
			return;
		const stalled = newlyStalled(ways, this.#ways);
		this.#ways = ways;
		this.#draw();
		this.#tick();
		for (const leg of stalled)
			this.#alert(this.#words(leg));
	}

	clear() {
		clearInterval(this.#timer);
		this.#ways = null;
		find('ways').hidden = true;
		delete find('toolbar').dataset.way;
		this.#open(false);
	}

	#open(isOpen) {
		find('ways-words').hidden = !isOpen;
		find('ways').setAttribute('aria-expanded', String(isOpen));
	}

	#words(leg) {
		const { state, ms, sinceMs } = this.#ways[leg];
		return wayWords(leg, state, ms,
		    Math.round((performance.now() - sinceMs) / 1000));
	}

	#draw() {
		const worst = worstOf(this.#ways);

		for (const leg of LEGS)
			find(`way-${leg}`).dataset.state = this.#ways[leg].state;
		find('toolbar').dataset.way = worst;
		find('ways').setAttribute('aria-label', `Connection: ${worst}`);
		find('ways').hidden = false;
	}

	/* How long something stalls is counted here. */
	#tick() {
		const write = () => LEGS.forEach((leg) => {
			find(`way-words-${leg}`).textContent = this.#words(leg);
		});

		clearInterval(this.#timer);
		write();
		if (worstOf(this.#ways) === 'stalled')
			this.#timer = setInterval(write, 1000);
	}
}
