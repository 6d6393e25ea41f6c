/* SPDX-License-Identifier: ISC */
/*
 * One connection: a WebSocket to the bridge with noVNC on top. The socket
 * is made here and passed on in the same tick, since the server speaks
 * first; so close code and reason, which noVNC keeps to itself, are heard.
 */

import RFB from '@novnc/novnc';

import { Greeting } from './greeting.js';

/* How long the bridge may take to answer a close before we go on, ms. */
const CLOSE_WAIT_MS = 2000;

/* The bridge's WebSocket; nothing of the page's own query is used. */
function proxyUrl(target) {
	const url = new URL('proxy', location.href);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	url.search = `target=${encodeURIComponent(target)}`;
	url.hash = '';
	return url;
}

function begin(screen, socket, credentials) {
	const rfb = new RFB(screen, socket, { credentials, shared: true });
	rfb.scaleViewport = true;
	rfb.background = 'transparent';
	rfb.showDotCursor = true;
	return rfb;
}

/*
 * Connects screen (an element) to target. on is told, by name:
 *   stage(name)          socket, target, greeting, checking
 *   credentials(types)   the server asks for some of username, password
 *   verify(key)          is this RSA key (Uint8Array) the right server's?
 *   ready(), picture()   the session runs; its first data has come
 *   name(text), clipboard(text)
 *   end(end)             once; see Connection.#finish
 */
export class Connection {
	#on;
	#socket;
	#rfb = null;
	#greeting = new Greeting();
	#end = {
		code: 1006,
		reason: '',
		wasAsked: false,
		wasOpen: false,
		wasConnected: false,
		isViewerFault: false,
		hasSecurityFailure: false,
		securityReason: '',
		usedCredentials: false,
		usedName: false,
		isSecure: window.isSecureContext
	};
	#isOver = false;
	#stage = '';

	constructor(screen, target, credentials, on) {
		this.#on = on;
		this.#noteCredentials(credentials);
		this.#socket = new WebSocket(proxyUrl(target));
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

		const look = ({ data }) => this.#look(data, look);
		socket.addEventListener('message', look);
	}

	/* Watches the first messages, then stays out of the way. */
	#look(data, listener) {
		if (this.#end.wasConnected) {
			this.#socket.removeEventListener('message', listener);
			this.#on.picture();
			return;
		}
		this.#greeting.add(data);
		if (this.#stage === 'target' && this.#greeting.hasVersion)
			this.#setStage('greeting');
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
			securityTypes: this.#greeting.securityTypes,
			wasRefused: this.#greeting.isRefusal
		});
	}
}
