/* SPDX-License-Identifier: ISC */
/*
 * The stream of events behind the board. It comes back when it is lost, and
 * is not there while nobody looks: boards in background tabs cost nothing.
 */

const WAITS_SEC = [1, 2, 4, 8, 15];
const JITTER_MS = 500; /* not all boards at once */
const STEADY_MS = 5000; /* a stream this old was a good one */
const SLOW_MS = 10000; /* silent for so long before it is ready: wrong */
const SILENT_MS = 45000; /* three beats of the bridge's: it is dead */
const GRACE_MS = 3000; /* back within this, nobody need know */
const HIDDEN_MS = 60000;

function parse(data) {
	try {
		return JSON.parse(data);
	} catch {
		return undefined;
	}
}

/*
 * on is told, by name:
 *   begin()          a new stream: targets, states and ready will come
 *   targets(list), state(list), ready(said)
 *   lost(reason)     for a while what is shown may be old; reason of the
 *                    bridge's, or ''
 *   refused()        gives a promise of whether nobody is logged in any more;
 *                    then it ends here
 */
export class Events {
	#on;
	#source = null;
	#openedMs = 0;
	#attempt = 0;
	#timer = null; /* of the next try */
	#slow = null;
	#silent = null;
	#grace = null; /* until it is told that there is none */
	#isLost = false; /* that was told */
	#reason = '';
	#hidden = null;
	#isAsleep = false;
	#isOver = false;

	constructor(on) {
		this.#on = on;
	}

	start() {
		document.addEventListener('visibilitychange',
		    () => this.#look());
		/* A page that a browser keeps must not keep its stream. */
		window.addEventListener('pagehide', () => this.#sleep());
		window.addEventListener('pageshow', () => this.#look());
		window.addEventListener('online', () => this.#wake());
		this.#open();
		this.#look();
	}

	/* The stream may be dead without a word: a new one, if one looks. */
	renew() {
		if (!this.#isAsleep && !this.#isOver)
			this.#open();
	}

	#look() {
		clearTimeout(this.#hidden);
		if (document.hidden)
			this.#hidden = setTimeout(() => this.#sleep(),
			    HIDDEN_MS);
		else
			this.#wake();
	}

	#sleep() {
		clearTimeout(this.#hidden);
		clearTimeout(this.#grace);
		this.#grace = null;
		this.#close();
		this.#isAsleep = true;
	}

	/* At once, if it sleeps or waits. */
	#wake() {
		if (this.#source !== null || this.#isOver || document.hidden ||
		    !this.#isAsleep && this.#timer === null)
			return;
		this.#attempt = 0;
		this.#open();
	}

	#close() {
		clearTimeout(this.#timer);
		clearTimeout(this.#slow);
		clearTimeout(this.#silent);
		this.#timer = null;
		this.#source?.close();
		this.#source = null;
	}

	/* It lives. A dead one is no error to the browser. */
	#watch(isReady) {
		clearTimeout(this.#slow);
		clearTimeout(this.#silent);
		if (!isReady)
			this.#slow = setTimeout(() => this.#tell(), SLOW_MS);
		this.#silent = setTimeout(() => {
			this.#lose('');
			this.#open();
		}, SILENT_MS);
	}

	#tell() {
		this.#isLost = true;
		this.#on.lost(this.#reason);
	}

	/* It is told, if it does not come back soon. */
	#lose(reason) {
		this.#reason = reason || this.#reason;
		if (this.#isLost)
			this.#tell();
		else
			this.#grace ??= setTimeout(() => this.#tell(),
			    GRACE_MS);
	}

	/* Something has come of it. */
	#find(isReady) {
		clearTimeout(this.#grace);
		this.#grace = null;
		if (!isReady)
			return;
		this.#isLost = false;
		this.#reason = '';
	}

	#open() {
		this.#close();
		if (document.hidden) {
			this.#sleep(); /* it is opened when shown */
			return;
		}
		this.#isAsleep = false;
		const source = new EventSource('events');
		let isReady = false;
		const listen = (name, act) => source.addEventListener(name,
		    ({ data }) => {
			    const said = parse(data);
			    if (source !== this.#source || said === undefined)
				    return;
			    isReady ||= name === 'ready';
			    this.#watch(isReady);
			    this.#find(isReady);
			    act(said);
		    });

		this.#source = source;
		this.#openedMs = performance.now();
		this.#on.begin();
		this.#watch(false);
		listen('targets', (list) => this.#on.targets(list));
		listen('state', (list) => this.#on.state(list));
		listen('ready', (said) => this.#on.ready(said));
		listen('over', (said) => this.#end(said));
		listen('beat', () => {});
		source.addEventListener('error', () => {
			if (source === this.#source)
				this.#fail('');
		});
	}

	/* The bridge ends it: with code 0 for a new one, else for good. */
	#end(said) {
		const reason = typeof said?.reason === 'string' ?
		    said.reason : '';

		if (said?.code === 0) {
			this.#lose('');
			this.#retry(-1);
		} else {
			this.#fail(reason);
		}
	}

	/* A page is not told the status; the login's answer is. */
	async #fail(reason) {
		this.#close();
		this.#lose(reason);
		const opened = this.#openedMs;
		this.#isOver = await this.#on.refused();
		/* Meanwhile it may have been woken, or put to sleep. */
		if (!this.#isOver && !this.#isAsleep &&
		    this.#source === null && opened === this.#openedMs)
			this.#retry(0);
	}

	/* first: -1 tries once without a wait. */
	#retry(first) {
		this.#close();
		if (performance.now() - this.#openedMs >= STEADY_MS)
			this.#attempt = 0;
		const step = Math.min(first + this.#attempt++,
		    WAITS_SEC.length - 1);
		this.#timer = setTimeout(() => this.#open(),
		    (WAITS_SEC[step] ?? 0) * 1000 + Math.random() * JITTER_MS);
	}
}
