/* SPDX-License-Identifier: ISC */
/*
 * Looks on while the server begins (RFC 6143, 7.1.1 and 7.1.2), so that
 * the page can say what is awaited, and which ways of logging in were
 * offered. The viewer does the talking; it only takes the versions that it
 * knows, so that any other one is passed to it as what it stands for; and it
 * takes the first way of logging in that it has, so that those which can't
 * work here are hidden from it.
 */

import { VENCRYPT, chosenType } from './security.js';

const VERSION_BYTES = 12;
const NO_TYPE = 255; /* nobody's */
const VENCRYPT_HEAD_BYTES = 4; /* version, acknowledgement, count */
const KEEP_BYTES = VERSION_BYTES + 1 + 255 +
    VENCRYPT_HEAD_BYTES + 4 * 255;

const REPEATER = 'RFB 000.000\n';

/* UltraVNC Single Click: 3.4 and 3.6, plus ten. */
const SINGLE_CLICK = [14, 16];

/*
 * What a greeting stands for, '3.3', '3.7' or '3.8'; null if it is none, or a
 * repeater's (000.000). Versions that were never published have the handshake
 * of the last one before them; 3.889 is Apple's, 4 and 5 are RealVNC's.
 */
export function versionOf(greeting) {
	const match = /^RFB ([0-9]{3})\.([0-9]{3})\n$/.exec(greeting);
	if (match === null)
		return null;
	const [major, minor] = match.slice(1).map(Number);
	if (major === 0 && minor === 0)
		return null;
	if (major > 3)
		return '3.8';
	if (major < 3 || minor < 7 || SINGLE_CLICK.includes(minor))
		return '3.3';
	return minor === 7 ? '3.7' : '3.8';
}

const textOf = (bytes) => String.fromCharCode(...bytes);
const bytesOf = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));

function joined(a, b) {
	const whole = new Uint8Array(a.length + b.length);
	whole.set(a);
	whole.set(b, a.length);
	return whole;
}

export class Greeting {
	#bytes = new Uint8Array(0);
	#version = null;
	#hidden; /* security types */

	constructor(hidden = []) {
		this.#hidden = hidden;
	}

	/* Hides more of them, of what comes from now on. */
	hide(types) {
		this.#hidden = [...this.#hidden, ...types];
	}

	/*
	 * Adds what arrived (ArrayBuffer); more than the greeting is not kept.
	 * Gives what the viewer is to see of it, a list of messages: the
	 * version is one of its own, since noVNC does not go on by itself
	 * after it, and a server that greets and refuses at once says no more.
	 */
	add(data) {
		const had = this.#bytes;
		const room = KEEP_BYTES - had.length;
		const part = new Uint8Array(data);

		this.#bytes = joined(had, part.subarray(0, room));
		if (had.length >= VERSION_BYTES) {
			this.#hideTypes(part, had.length);
			return [data];
		}
		if (!this.hasVersion)
			return [];
		const text = textOf(this.#bytes.subarray(0, VERSION_BYTES));
		if (text === REPEATER)
			return this.#passRepeater(joined(had, part));
		this.#version = versionOf(text);
		const shown = joined(had, part);
		if (this.#version !== null)
			shown.set(bytesOf(
			    `RFB 003.00${this.#version.at(-1)}\n`));
		this.#hideTypes(shown, 0);
		const { buffer } = shown;
		return shown.length === VERSION_BYTES ? [buffer] :
		    [buffer.slice(0, VERSION_BYTES),
			    buffer.slice(VERSION_BYTES)];
	}

	/* The viewer says which server is meant, and that one greets too. */
	#passRepeater(bytes) {
		const rest = bytes.slice(VERSION_BYTES);
		this.#bytes = new Uint8Array(0);
		return [bytes.slice(0, VERSION_BYTES).buffer,
			...(rest.length > 0 ? this.add(rest.buffer) : [])];
	}

	/* In bytes, which begin at an offset of all that has come. */
	#hideTypes(bytes, offset) {
		const first = VERSION_BYTES + 1;
		if (this.#isOld || this.#bytes.length < first)
			return;
		const end = first + this.#bytes[VERSION_BYTES];
		for (let at = Math.max(first, offset);
			at < Math.min(end, offset + bytes.length); at++)
			if (this.#hidden.includes(bytes[at - offset]))
				bytes[at - offset] = NO_TYPE;
	}

	get hasVersion() {
		return this.#bytes.length >= VERSION_BYTES;
	}

	/* The offered security types; empty until they are all there. */
	get securityTypes() {
		const rest = this.#rest;
		if (this.#isOld)
			return rest.length >= 4 && rest[3] ? [rest[3]] : [];
		if (rest.length < 1 || rest.length < 1 + rest[0])
			return [];
		return [...rest.subarray(1, 1 + rest[0])];
	}

	/*
	 * What VeNCrypt offered, where the viewer took that: numbers of its
	 * own list; empty until they are all there.
	 */
	get subtypes() {
		const types = this.securityTypes;
		if (chosenType(types, this.#hidden) !== VENCRYPT)
			return [];
		const rest = this.#rest.subarray(
		    this.#isOld ? 4 : 1 + types.length);
		const list = rest.subarray(VENCRYPT_HEAD_BYTES);
		const count = rest[VENCRYPT_HEAD_BYTES - 1];
		if (!(list.length >= 4 * count))
			return [];
		return Array.from({ length: count }, (_, i) =>
			new DataView(list.buffer, list.byteOffset)
			    .getUint32(4 * i));
	}

	/* All of it, as security.js wants it. */
	get offer() {
		return { securityTypes: this.securityTypes,
			subtypes: this.subtypes, hidden: this.#hidden };
	}

	/* The server named no type at all, and gives its reason instead. */
	get isRefusal() {
		const rest = this.#rest;
		if (this.#isOld)
			return rest.length >= 4 &&
			    rest.subarray(0, 4).every((b) => b === 0);
		return rest.length >= 1 && rest[0] === 0;
	}

	get #rest() {
		return this.#bytes.subarray(VERSION_BYTES);
	}

	/* Before 3.7 the server chooses, in four bytes. */
	get #isOld() {
		return this.#version === '3.3';
	}
}
