/* SPDX-License-Identifier: ISC */
/*
 * A name server that knows nothing: every question is answered with
 * NXDOMAIN (RFC 1035, 4.1), so that the tests don't ask the real ones.
 */

import dgram from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const FLAGS_NXDOMAIN = 0x8583; /* answer, authoritative, RD, RA, rcode 3 */

function questionEnd(message) {
	let at = HEADER_BYTES;
	while (message[at] !== 0)
		at += 1 + message[at];
	return at + 1 + 4; /* the root label, type and class */
}

export async function startDns() {
	const socket = dgram.createSocket('udp4');
	const names = { asked: 0 };

	socket.on('message', (message, from) => {
		const answer = Buffer.from(
		    message.subarray(0, questionEnd(message)));
		answer.writeUInt16BE(FLAGS_NXDOMAIN, 2);
		answer.fill(0, 6, HEADER_BYTES); /* no records */
		names.asked++;
		socket.send(answer, from.port, from.address);
	});
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return {
		names,
		port: socket.address().port,
		stop: async () => socket.close()
	};
}
