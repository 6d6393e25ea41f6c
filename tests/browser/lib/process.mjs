/* SPDX-License-Identifier: ISC */
/* Programs that a test runs: their output is kept, and each is ended. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { until, within } from './wait.mjs';

const TERM_WAIT_MS = 5000;

export class Program {
	constructor(name, args, env = {}, stdin = 'ignore') {
		this.name = name;
		this.output = '';
		this.child = spawn(name, args, {
			env: { ...process.env, ...env },
			stdio: [stdin, 'pipe', 'pipe']
		});
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.setEncoding('utf8').on('data',
			    (text) => { this.output += text; });
		this.child.on('error', (e) => { this.output += e.message; });
		this.ended = once(this.child, 'close').catch(() => {});
	}

	get isRunning() {
		return this.child.pid !== undefined &&
		    this.child.exitCode === null &&
		    this.child.signalCode === null;
	}

	/* Waits until the output matches; gives the match. */
	async said(pattern) {
		return until(`${this.name} says ${pattern}`, () => {
			const match = pattern.exec(this.output);
			if (match === null && !this.isRunning)
				throw new Error(`${this.name} ended: ${this.output}`);
			return match;
		});
	}

	async stop(signal = 'SIGTERM') {
		if (!this.isRunning)
			return;
		this.child.kill(signal);
		try {
			await within(`end of ${this.name}`, this.ended,
			    TERM_WAIT_MS);
		} catch {
			this.child.kill('SIGKILL');
			await this.ended;
		}
	}
}

/* Ends what was started, the last first. */
export class Stack {
	#items = [];

	add(item) {
		this.#items.push(item);
		return item;
	}

	async stop() {
		while (this.#items.length > 0)
			await this.#items.pop().stop();
	}
}
