/* SPDX-License-Identifier: ISC */
/*
 * Who is logged in at the bridge, and until when. Where nobody logs in it
 * asks once and never again; else once a minute while someone looks, and when
 * the end is near. accountbar.js shows it.
 */

const ASK_MS = 60000;
const ANSWER_WAIT_MS = 4000;
const UNAUTHORIZED = 401;

/* From then on the end is told, and can be put off, ms. */
const WARN_MS = 120000;

/* So that the bridge's clock is past the end, too, ms. */
const MARGIN_MS = 1000;

/* The login page, which leads back to the target ('': the start page). */
export function loginPath(target = '') {
	return target === '' ? 'login' :
	    `login?next=${encodeURIComponent(target)}`;
}

/*
 * What api/login says, at nowMs: { user, endsAt, isLast }. user is null where
 * nobody logs in; endsAt is Infinity without an end; isLast says that use does
 * not put the end off.
 */
export function readAccount({ user, ends, max }, nowMs) {
	const idle = Number.isFinite(ends) ? ends : Infinity;
	const most = Number.isFinite(max) ? max : Infinity;

	return {
		user: typeof user === 'string' ? user : null,
		endsAt: nowMs + 1000 * Math.min(idle, most),
		isLast: most <= idle
	};
}

/* What is told of the end: { left (s), isLast }, or null while it is far. */
export function noticeOf({ user, endsAt, isLast }, nowMs) {
	const leftMs = endsAt - nowMs;

	return user === null || leftMs > WARN_MS ? null :
	    { left: Math.max(0, Math.ceil(leftMs / 1000)), isLast };
}

/*
 * When to ask again after it was asked at askedMs: in a minute, or sooner when
 * it is time to warn (another page may have used the login) or all is over.
 */
export function nextAskMs({ user, endsAt }, askedMs) {
	if (user === null)
		return Infinity;
	const times = [endsAt - WARN_MS, endsAt + MARGIN_MS]
	    .filter((time) => time >= askedMs + MARGIN_MS);
	return Math.min(askedMs + ASK_MS, ...times);
}

/* 105 as "1:45". */
export function formatLeft(seconds) {
	return `${Math.floor(seconds / 60)}:` +
	    String(seconds % 60).padStart(2, '0');
}

async function send(path, method) {
	try {
		return await fetch(path, {
			method,
			headers: { Accept: 'application/json' },
			cache: 'no-store',
			redirect: 'manual',
			signal: AbortSignal.timeout(ANSWER_WAIT_MS)
		});
	} catch {
		return null;
	}
}

async function locationOf(answer) {
	try {
		return (await answer.json()).location;
	} catch {
		return undefined;
	}
}

/*
 * on is told, by name:
 *   account(account)   as of readAccount(); it may be the same again
 *   notice(notice)     each second near the end; null: no more
 *   over()             nobody is logged in any more
 */
export class Account {
	#on;
	#account = null;
	#askedMs = -Infinity;
	#timer = null;
	#isOver = false;
	#first = null; /* what start() awaits, while it does */

	constructor(on) {
		this.#on = on;
		document.addEventListener('visibilitychange',
		    () => this.#watch());
	}

	/* Asks, and goes on asking. */
	async start() {
		if (this.#account !== null || this.#isOver)
			return;
		this.#first ??= this.#ask('GET');
		await this.#first;
		this.#first = null;
	}

	/* Whether it is known that nobody logs in here. */
	get isNeedless() {
		return this.#account?.user === null;
	}

	/* Whether people log in here; asks if that is not known. */
	async hasLogins() {
		await this.start();
		return this.#isOver || (this.#account?.user ?? null) !== null;
	}

	/* Something got a 401: whether that is because the login is over. */
	async check() {
		if (this.#account?.user !== null)
			await this.#ask('GET');
		return this.#isOver;
	}

	/* Counts as use, which puts the end off. */
	async stay() {
		await this.#ask('POST');
	}

	/* Gives where to go on, since the login is over; null: it is not. */
	async logOut() {
		const answer = await send('logout', 'POST');
		const isOver = answer !== null && (answer.ok ||
		    answer.type === 'opaqueredirect' ||
		    answer.status === UNAUTHORIZED);

		if (!isOver)
			return null;
		this.#end();
		return await locationOf(answer) ?? loginPath();
	}

	#end() {
		clearTimeout(this.#timer);
		this.#isOver = true;
		this.#on.notice(null);
	}

	async #ask(method) {
		this.#askedMs = performance.now();
		const answer = await send('api/login', method);
		if (this.#isOver)
			return;
		if (answer?.status === UNAUTHORIZED) {
			this.#end();
			this.#on.over();
			return;
		}
		await this.#take(answer);
		this.#watch();
	}

	/* No answer changes nothing: the bridge may be away for a moment. */
	async #take(answer) {
		try {
			if (!answer?.ok)
				return;
			this.#account = readAccount(await answer.json(),
			    performance.now());
			this.#on.account(this.#account);
		} catch {
			/* It is not what a bridge says. */
		}
	}

	/* Does what is due by now, and comes back when more is. */
	#watch() {
		const now = performance.now();

		clearTimeout(this.#timer);
		if (document.hidden || this.#isOver || this.#account === null)
			return;
		const askMs = nextAskMs(this.#account, this.#askedMs);
		if (now >= askMs) {
			this.#ask('GET');
			return;
		}
		const notice = noticeOf(this.#account, now);
		this.#on.notice(notice);
		const warnMs = this.#account.endsAt - WARN_MS;
		const due = notice !== null ? Math.min(askMs, now + 1000) :
		    Math.min(askMs, warnMs);
		if (due < Infinity)
			this.#timer = setTimeout(() => this.#watch(),
			    Math.max(0, due - now));
	}
}
