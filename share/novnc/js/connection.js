/* SPDX-License-Identifier: ISC */
/*
 * One connection: a WebSocket to the bridge with noVNC on top. The socket
 * is made here and passed on in the same tick, since the server speaks
 * first; so close code and reason, which noVNC keeps to itself, are heard.
 */

import RFB from '@novnc/novnc';

import { Greeting } from './greeting.js';
import { HIDES_INPUT, NEEDS_HTTPS } from './security.js';
import { repeaterIdOf } from './target.js';

/* How long the bridge may take to answer a close before we go on, ms. */
const CLOSE_WAIT_MS = 2000;

/* What the page offers: text frames both ways, and what a person wants. */
function protocolsOf(intent) {
	const offer = ['vncbridge.v1', 'binary'];
	return intent === null ? offer : [...offer, `vncbridge.intent.${intent}`];
}
/* The bridge's WebSocket; nothing of the page's own query is used. */
function proxyUrl(target) {
	const url = new URL('proxy', location.href);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	url.search = `target=${encodeURIComponent(target)}`;
	url.hash = '';
	return url;
}

function begin(screen, socket, credentials) {
	const rfb = new RFB(screen, socket, { credentials, shared: true,
		repeaterID: repeaterIdOf(location.hash) });
	rfb.scaleViewport = true;
	rfb.background = 'transparent';
	rfb.showDotCursor = true;
	return rfb;
}

/*
 * Connects screen (an element) to target, { target, credentials, hidden,
 * intent }, hidden being the security types that are not to be used, and intent
 * what lease.js got, or null. on is told, by name:
 *   stage(name)          socket, target, greeting, checking
 *   credentials(types)   the server asks for some of username, password
 *   verify(key)          is this RSA key (Uint8Array) the right server's?
 *   ready(), picture()   the session runs; its first data has come
 *   name(text), clipboard(text)
 *   told(said)           what the bridge says, PROTOCOL.md: { type, ... }
 *   end(end)             once; see Connection.#finish
 */
export class Connection {
	#on;
	#socket;
	#rfb = null;
	#greeting;
	#shown = new WeakSet(); /* messages that noVNC got for others */
	#end = {
		code: 1006,
		reason: '',
		wasAsked: false,
		wasOpen: false,
		wasConnected: false,
		isViewerFault: false,
		hasSecurityFailure: false,
		securityReason: '',
		inUse: null, /* by whom, since when, what one may do */
		usedCredentials: false,
		usedName: false,
		isSecure: window.isSecureContext
	};
	#isOver = false;
	#stage = '';
	#beganAt = performance.now();

	constructor(screen, { target, credentials, hidden, intent }, on) {
		this.#on = on;
		this.#greeting = new Greeting(window.isSecureContext ? hidden :
		    [...hidden, ...NEEDS_HTTPS]);
		this.#noteCredentials(credentials);
		this.#socket = new WebSocket(proxyUrl(target),
		    protocolsOf(intent));
		this.#socket.binaryType = 'arraybuffer';
		this.#listenToSocket();
		this.#rfb = begin(screen, this.#socket, credentials ?? {});
		this.#listenToRfb();
		this.#setStage('socket');
	}

	get rfb() {
		return this.#rfb;
	}

	get isReady() {
		return this.#end.wasConnected && !this.#isOver;
	}

	/* Answers the bridge. */
	say(text) {
		if (!this.#isOver && this.#socket.readyState === WebSocket.OPEN)
			this.#socket.send(text);
	}

	sendCredentials(credentials) {
		this.#noteCredentials(credentials);
		this.#rfb.sendCredentials(credentials);
		this.#setStage('checking');
	}

	#noteCredentials(credentials) {
		this.#end.usedCredentials = credentials !== null;
		this.#end.usedName = credentials?.username !== undefined;
	}

	approveServer() {
		this.#rfb.approveServer();
		this.#setStage('checking');
	}

	/* Its server is only looked at; before the server has greeted. */
	lookOn() {
		this.#rfb.viewOnly = true;
		this.#greeting.hide(HIDES_INPUT);
	}

	/* Ends it because the person wants to. */
	close() {
		this.#abandon('wasAsked');
	}

	/* Ends it because the viewer's own code has failed. */
	fail() {
		this.#abandon('isViewerFault');
	}

	#abandon(cause) {
		if (this.#isOver)
			return;
		this.#end[cause] = true;
		this.#rfb.disconnect();
		this.#finish();
	}

	#setStage(stage) {
		if (stage === this.#stage || this.#isOver)
			return;
		this.#stage = stage;
		this.#on.stage(stage);
	}

	#listenToSocket() {
		const socket = this.#socket;

		socket.addEventListener('open', () => {
			this.#end.wasOpen = true;
			this.#setStage('target');
		});
		socket.addEventListener('close', ({ code, reason }) => {
			this.#end.code = code;
			this.#end.reason = reason;
			this.#finish();
		});

		socket.addEventListener('message', (event) => {
			if (typeof event.data !== 'string')
				return;
			event.stopImmediatePropagation(); /* not noVNC's */
			this.#take(event.data);
		});

		const look = (event) => {
			if (this.#end.wasConnected) {
				socket.removeEventListener('message', look);
				this.#on.picture();
			} else if (!this.#shown.has(event)) {
				this.#look(event);
			}
		};
		socket.addEventListener('message', look);
	}

	/* Of what an older page does not know, it shows nothing. */
	#take(text) {
		let said;

		try {
			said = JSON.parse(text);
		} catch {
			return;
		}
		if (said.type === 'in-use')
			this.#end.inUse = said;
		if (!this.#isOver)
			this.#on.told(said);
	}

	/*
	 * Watches the first messages. It hears them before noVNC, which gets
	 * the greeting as one that it knows.
	 */
	#look(event) {
		const parts = this.#greeting.add(event.data);
		if (this.#stage === 'target' && this.#greeting.hasVersion)
			this.#setStage('greeting');
		if (parts[0] === event.data)
			return;
		event.stopImmediatePropagation();
		for (const data of parts) {
			const shown = new MessageEvent('message', { data });
			this.#shown.add(shown);
			this.#socket.dispatchEvent(shown);
		}
	}

	#listenToRfb() {
		const listen = (name, act) => this.#rfb.addEventListener(name,
		    ({ detail }) => {
			    if (!this.#isOver)
				    act(detail ?? {});
		    });

		listen('connect', () => {
			this.#end.wasConnected = true;
			this.#on.ready();
		});
		listen('disconnect', ({ clean }) => {
			this.#end.isViewerFault ||= !clean;
			setTimeout(() => this.#finish(), CLOSE_WAIT_MS);
		});
		listen('securityfailure', ({ reason }) => {
			this.#end.hasSecurityFailure = true;
			this.#end.securityReason = reason ?? '';
		});
		listen('credentialsrequired',
		    ({ types }) => this.#on.credentials(types));
		listen('serververification',
		    ({ publickey }) => this.#on.verify(publickey));
		listen('desktopname', ({ name }) => this.#on.name(name));
		listen('clipboard', ({ text }) => this.#on.clipboard(text));
	}

	/*
	 * Tells the end, once: { code, reason } as the bridge said them (1006
	 * if it did not), and how far it had come; words.js makes sense of it.
	 */
	#finish() {
		if (this.#isOver)
			return;
		this.#isOver = true;
		this.#on.end({
			...this.#end,
			/* how long a greeting was awaited that did not come */
			waitedMs: this.#greeting.hasVersion ? 0 :
			    performance.now() - this.#beganAt,
			offer: this.#greeting.offer,
			wasRefused: this.#greeting.isRefusal
		});
	}

}
