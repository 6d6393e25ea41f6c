/* SPDX-License-Identifier: ISC */
/*
 * A small VNC server (RFC 6143) that greets as it is told, shows one colour,
 * and keeps in order which keys and texts it got.
 */

import { startServer, u32 } from './servers.mjs';

const WIDTH = 64;
const HEIGHT = 48;
const NAME = 'Recorder';
export const COLOUR = [10, 120, 200];

const VERSION_BYTES = 12;
const REPEATER_BYTES = 250;
const SECURITY_NONE = 1;
const NO_BYTES = Buffer.alloc(0);

const u16 = (number) => Buffer.from([number >> 8, number & 255]);

/* 32 bits, little endian, true colour, blue in the lowest byte. */
const PIXEL_FORMAT = Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255,
	16, 8, 0, 0, 0, 0]);

const SERVER_INIT = Buffer.concat([u16(WIDTH), u16(HEIGHT), PIXEL_FORMAT,
	u32(NAME.length), Buffer.from(NAME)]);

/* One update of everything, raw, in the format that the client wants. */
function picture(format) {
	const [r, g, b] = COLOUR;
	const pixel = Buffer.alloc(4);
	pixel[format[10] / 8] = r;
	pixel[format[11] / 8] = g;
	pixel[format[12] / 8] = b;
	return Buffer.concat([Buffer.from([0, 0]), u16(1), u16(0), u16(0),
		u16(WIDTH), u16(HEIGHT), u32(0),
		Buffer.alloc(WIDTH * HEIGHT * 4, pixel)]);
}

/* The bytes of a client's message, by its beginning; 0 for "more". */
function messageBytes(data) {
	const fixed = { 0: 20, 3: 10, 4: 8, 5: 6 }[data[0]];
	if (fixed !== undefined)
		return fixed;
	if (data[0] === 2)
		return data.length < 4 ? 0 : 4 + 4 * data.readUInt16BE(2);
	if (data[0] === 6)
		return data.length < 8 ? 0 : 8 + data.readUInt32BE(4);
	throw new Error(`a client's message of type ${data[0]}`);
}

class Talk {
	#say;
	#record;
	#data = NO_BYTES;
	#format = PIXEL_FORMAT;
	#step = Talk.prototype.version;

	constructor(say, record, isRepeater) {
		this.#say = say;
		this.#record = record;
		if (isRepeater)
			this.#step = this.repeater;
	}

	take(data) {
		this.#data = Buffer.concat([this.#data, data]);
		while (this.#step.call(this))
			;
	}

	#next(bytes, step) {
		if (bytes === 0 || this.#data.length < bytes)
			return null;
		const part = this.#data.subarray(0, bytes);
		this.#data = this.#data.subarray(bytes);
		this.#step = step;
		return part;
	}

	/* Of UltraVNC's repeater: which server, which then greets. */
	repeater() {
		const block = this.#next(REPEATER_BYTES, this.version);
		if (block === null)
			return false;
		this.#record.answers.push(
		    block.toString('latin1').replace(/\0+$/, ''));
		this.#say('RFB 003.008\n');
		return true;
	}

	/* What follows is as old as the client's answer. */
	version() {
		const answer = this.#next(VERSION_BYTES, this.security);
		if (answer === null)
			return false;
		this.answer = answer.toString('latin1').trim();
		this.#record.answers.push(this.answer);
		if (this.answer === 'RFB 003.003') {
			this.#say(u32(SECURITY_NONE));
			this.#step = this.init;
		} else {
			this.#say([1, SECURITY_NONE]);
		}
		return true;
	}

	security() {
		if (this.#next(1, this.init) === null)
			return false;
		if (this.answer === 'RFB 003.008')
			this.#say(u32(0));
		return true;
	}

	init() {
		if (this.#next(1, this.message) === null)
			return false;
		this.#say(SERVER_INIT);
		return true;
	}

	message() {
		if (this.#data.length === 0)
			return false;
		const data = this.#next(messageBytes(this.#data), this.message);
		if (data === null)
			return false;
		if (data[0] === 0)
			this.#format = Buffer.from(data.subarray(4));
		else if (data[0] === 3 && data[1] === 0)
			this.#say(picture(this.#format));
		else if (data[0] === 4)
			this.#record.events.push({ keysym: data.readUInt32BE(4),
				isDown: data[1] === 1 });
		else if (data[0] === 6)
			this.#record.events.push(
			    { text: data.toString('latin1', 8) });
		return true;
	}
}

/*
 * Starts one that greets with a version ("003.008"), a slow one only when
 * greet() is called. Gives { port, clients, answers, events, greet, stop }:
 * how many came, what each answered, and { keysym, isDown } or { text } for
 * each event.
 */
export async function startRecorder({
	version = '003.008', isSlow = false
} = {}) {
	const waiting = [];
	const record = { clients: 0, answers: [], events: [],
		greet: () => waiting.splice(0).forEach((greet) => greet()) };
	const server = await startServer((socket, say) => {
		const talk = new Talk(say, record, version === '000.000');
		socket.on('data', (data) => talk.take(data));
		record.clients++;
		waiting.push(() => say(`RFB ${version}\n`));
		if (!isSlow)
			record.greet();
	});
	return Object.assign(record, { port: server.port,
		stop: () => server.stop() });
}
