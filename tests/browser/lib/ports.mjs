/* SPDX-License-Identifier: ISC */
/* Free TCP ports on loopback. */

import { once } from 'node:events';
import net from 'node:net';

const VNC_FIRST = 5910;
const VNC_LAST = 5999;

async function isFree(port) {
	const server = net.createServer();
	try {
		server.listen(port, '127.0.0.1');
		await once(server, 'listening');
		return true;
	} catch {
		return false;
	} finally {
		server.close();
	}
}

/* A port in the range that the default policy allows. */
export async function freeVncPort() {
	const count = VNC_LAST - VNC_FIRST + 1;
	const start = Math.floor(Math.random() * count);
	for (let i = 0; i < count; i++) {
		const port = VNC_FIRST + (start + i) % count;
		if (await isFree(port))
			return port;
	}
	throw new Error('no free port for a VNC server');
}

/* Any port; it is free again when this returns. */
export async function freePort() {
	const server = net.createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}
