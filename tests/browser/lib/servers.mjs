/* SPDX-License-Identifier: ISC */
/* Targets other than a desktop: the testcard, and small odd servers. */

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import { pagesDir } from './bridge.mjs';
import { Program } from './process.mjs';
import { freeVncPort } from './ports.mjs';

const RSA_BITS = 1024;

/* The testcard's bars, left to right, as its README has them. */
export const BARS = [
	[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0],
	[255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]
];

export async function startTestcardAt(host, ...args) {
	if (!process.env.VB_TESTCARD)
		throw new Error('VB_TESTCARD must name the testcard program');
	const port = await freeVncPort();
	const program = new Program(process.env.VB_TESTCARD,
	    ['-l', `${host}:${port}`, ...args]);
	await program.said(/listening on /);
	return { port, program, stop: () => program.stop() };
}

export const startTestcard = (...args) =>
	startTestcardAt('127.0.0.1', ...args);

/*
 * A TCP server that hands each socket to serve(socket, say), say being a
 * write. What it receives is kept in .received.
 */
export async function startServer(serve) {
	const port = await freeVncPort();
	const sockets = new Set();
	const server = net.createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => {});
		socket.on('close', () => sockets.delete(socket));
		socket.on('data', (data) => {
			self.received = Buffer.concat([self.received, data]);
		});
		serve(socket, (...parts) => socket.write(Buffer.concat(
		    parts.map((part) => Buffer.from(part)))));
	});
	const self = {
		port,
		received: Buffer.alloc(0),
		async stop() {
			sockets.forEach((socket) => socket.destroy());
			server.close();
		}
	};
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	return self;
}

export const u32 = (number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(number);
	return bytes;
};

const GREETING = 'RFB 003.008\n';

/*
 * Plays the beginning of a VNC server: greets, and says each of the replies
 * once that many more bytes have come ([bytes, data] each). A function among
 * them gives those that follow, by the next byte.
 */
export function startVnc(...replies) {
	return startServer((socket, say) => {
		const left = [...replies];
		let got = Buffer.alloc(0);
		say(GREETING);
		socket.on('data', (data) => {
			got = Buffer.concat([got, data]);
			while (left.length > 0 && got.length > 0) {
				if (typeof left[0] === 'function')
					left.splice(0, 1, ...left[0](got[0]));
				const [bytes, reply] = left[0];
				if (got.length < bytes)
					return;
				left.shift();
				got = got.subarray(bytes);
				say(reply);
			}
		});
	});
}

/* Offers these security types, and says no more. */
export function startOffering(...types) {
	return startVnc([GREETING.length, [types.length, ...types]]);
}

/* Refuses before any security type, giving this reason. */
export function startRefusing(reason) {
	return startVnc([GREETING.length, Buffer.concat([Buffer.from([0]),
		u32(reason.length), Buffer.from(reason)])]);
}

/*
 * Begins RSA-AES (type 6): sends its public key when that is chosen, and
 * waits for the client's. Gives the key as the page gets it: length in
 * bits, modulus, exponent.
 */
export async function startRsaServer() {
	const { publicKey } = generateKeyPairSync('rsa',
	    { modulusLength: RSA_BITS });
	const { n, e } = publicKey.export({ format: 'jwk' });
	const modulus = Buffer.from(n, 'base64url');
	const short = Buffer.from(e, 'base64url');
	const exponent = Buffer.alloc(modulus.length);
	short.copy(exponent, exponent.length - short.length);
	const key = Buffer.concat([u32(RSA_BITS), modulus, exponent]);
	const server = await startVnc([GREETING.length, [1, 6]], [1, key]);
	return Object.assign(server, { key });
}

/*
 * Serves the pages as a reverse proxy does that passes no WebSockets on:
 * every request is answered, no upgrade is.
 */
export async function startHttpOnly() {
	const types = { js: 'text/javascript', css: 'text/css',
		svg: 'image/svg+xml', html: 'text/html' };
	const server = http.createServer(async ({ url }, response) => {
		const name = url.startsWith('/assets/') ? url.slice(1) :
		    'viewer.html';
		const isPage = url !== '/healthz' && !url.startsWith('/proxy');
		response.setHeader('Content-Type', types[name.split('.').at(-1)]);
		response.end(isPage ?
		    await readFile(path.join(pagesDir(), name)) : 'ok');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: server.address().port,
		stop: async () => server.closeAllConnections() ?? server.close()
	};
}
