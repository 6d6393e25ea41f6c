/* SPDX-License-Identifier: ISC */
/*
 * Looks on while the server begins (RFC 6143, 7.1.1 and 7.1.2), so that
 * the page can say what is awaited, and which ways of logging in were
 * offered. It only reads; the viewer does the talking.
 */

const VERSION_BYTES = 12;
const KEEP_BYTES = VERSION_BYTES + 1 + 255;

export class Greeting {
	#bytes = new Uint8Array(0);

	/* Adds what arrived; more than the greeting is not kept. */
	add(data) {
		const room = KEEP_BYTES - this.#bytes.length;
		const part = new Uint8Array(data).subarray(0, room);
		const joined = new Uint8Array(this.#bytes.length + part.length);
		joined.set(this.#bytes);
		joined.set(part, this.#bytes.length);
		this.#bytes = joined;
	}

	get hasVersion() {
		return this.#bytes.length >= VERSION_BYTES;
	}

	/* The offered security types; empty until they are all there. */
	get securityTypes() {
		const rest = this.#bytes.subarray(VERSION_BYTES);
		if (this.#isOld)
			return rest.length >= 4 && rest[3] ? [rest[3]] : [];
		if (rest.length < 1 || rest.length < 1 + rest[0])
			return [];
		return [...rest.subarray(1, 1 + rest[0])];
	}

	/* The server named no type at all, and gives its reason instead. */
	get isRefusal() {
		const rest = this.#bytes.subarray(VERSION_BYTES);
		if (this.#isOld)
			return rest.length >= 4 &&
			    rest.subarray(0, 4).every((b) => b === 0);
		return rest.length >= 1 && rest[0] === 0;
	}

	/* Before 3.7 the server chooses, in four bytes. */
	get #isOld() {
		const text = String.fromCharCode(
		    ...this.#bytes.subarray(0, VERSION_BYTES));
		const version = /^RFB 003\.([0-9]{3})\n$/.exec(text);
		return version !== null && Number(version[1]) < 7;
	}
}
