/* SPDX-License-Identifier: ISC */
/*
 * A bridge that is played: it serves the pages that were built, and a test says
 * what its board tells, whom it knows, and what it answers to an intent.
 */

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';

import { pagesDir } from './bridge.mjs';

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css',
	'.js': 'text/javascript', '.svg': 'image/svg+xml' };
const PAGES = { '/': 'index.html', '/login': 'login.html' };
/* As answer_page.c has it. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; " +
    "form-action 'self'; frame-ancestors 'self'";
const SLICE = 500;

const eventText = (name, data) =>
	`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

async function bodyOf(request) {
	const parts = [];
	for await (const part of request)
		parts.push(part);
	return Object.fromEntries(new URLSearchParams(
	    Buffer.concat(parts).toString()));
}

/*
 * Gives one whose fields a test may change: targets, states, status (of the
 * stream), login (what api/login says; null: 401, undefined: 503), intent (the
 * answer to one). streams is how many are open, opened how many there were,
 * wishes what was posted. send() says something to all streams, drop() cuts
 * them off. It has no beat of its own: a test's clock goes as it likes.
 */
export class PlayedBridge {
	targets = [];
	states = [];
	status = 200;
	login = { user: null };
	intent = { intent: 'a'.repeat(32) };
	wishes = [];
	opened = 0;
	isQuiet = false; /* says nothing by itself */
	#streams = new Set();
	#server = http.createServer((request, response) =>
		this.#answer(request, response));

	async start() {
		await new Promise((done) =>
			this.#server.listen(0, '127.0.0.1', done));
		this.url = `http://127.0.0.1:${this.#server.address().port}/`;
		return this;
	}

	async stop() {
		this.#server.closeAllConnections();
		await new Promise((done) => this.#server.close(done));
	}

	get streams() {
		return this.#streams.size;
	}

	send(name, data) {
		for (const stream of this.#streams)
			stream.write(eventText(name, data));
	}

	drop() {
		for (const stream of this.#streams)
			stream.destroy();
	}

	async #answer(request, response) {
		const { pathname } = new URL(request.url, this.url);

		if (pathname === '/events')
			this.#stream(request, response);
		else if (pathname === '/api/login')
			this.#say(response, this.login);
		else if (pathname === '/api/intent')
			this.#wish(response, await bodyOf(request));
		else
			await this.#page(response, pathname);
	}

	#say(response, what) {
		response.writeHead(what === undefined ? 503 :
		    what === null ? 401 : 200,
		    { 'Content-Type': 'application/json' });
		response.end(JSON.stringify(what ?? null));
	}

	#wish(response, wish) {
		this.wishes.push(wish);
		this.#say(response, this.intent);
	}

	#stream(request, response) {
		this.opened += 1;
		if (this.status !== 200) {
			response.writeHead(this.status);
			response.end();
			return;
		}
		response.writeHead(200, { 'Content-Type': 'text/event-stream',
			'Cache-Control': 'no-store' });
		response.write('retry: 2000\n\n');
		this.#streams.add(response);
		response.on('close', () => this.#streams.delete(response));
		if (this.isQuiet)
			return;
		for (const [name, all] of [['targets', this.targets],
			['state', this.states]])
			for (let i = 0; i < all.length; i += SLICE)
				response.write(eventText(name,
				    all.slice(i, i + SLICE)));
		response.write(eventText('ready', {
			targets: this.targets.length,
			now: Math.floor(Date.now() / 1000)
		}));
	}

	async #page(response, pathname) {
		const file = PAGES[pathname] ??
		    (pathname.startsWith('/assets/') ? pathname.slice(1) :
			'viewer.html');
		try {
			const text = await readFile(path.join(pagesDir(),
			    path.normalize(`/${file}`)));
			response.writeHead(200, {
				'Content-Type': TYPES[path.extname(file)] ?? '',
				'Content-Security-Policy': POLICY
			});
			response.end(text);
		} catch {
			response.writeHead(404);
			response.end();
		}
	}
}
