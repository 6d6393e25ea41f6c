/* SPDX-License-Identifier: ISC */
/* A users' file as vncbridge-users(5) has it, and the codes of an app. */

import { execFile } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { ctl } from './bridge.mjs';

const run = promisify(execFile);

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SEED_BYTES = 20;
const RECOVERY_CHARACTERS = 16;
const STEP_SEC = 30; /* RFC 6238, 4.1 */
const DIGITS = 6;

/* RFC 4648, 6, without padding. */
function base32(bytes) {
	const bits = [...bytes].map((byte) =>
		byte.toString(2).padStart(8, '0')).join('');
	return bits.match(/.{5}/g).map((five) =>
		BASE32[Number.parseInt(five, 2)]).join('');
}

/* RFC 4226, 5.3, with the counter of RFC 6238 at that many steps from now. */
export function totpCode(seed, steps = 0) {
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(
	    BigInt(Math.floor(Date.now() / 1000 / STEP_SEC) + steps));
	const mac = createHmac('sha1', seed).update(counter).digest();
	const at = mac.at(-1) & 15;
	const number = mac.readUInt32BE(at) & 0x7fffffff;
	return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/* A code that an app does not show, now or soon. */
export function wrongCode(seed) {
	const near = [-3, -2, -1, 0, 1, 2, 3].map((n) => totpCode(seed, n));
	return ['000000', '111111', '222222', '333333', '444444', '555555',
		'666666', '777777'].find((code) => !near.includes(code));
}

async function lineOf({ name, password, groups = [], seed, recovery = [] }) {
	const { stdout } = await run('openssl',
	    ['passwd', '-6', '-salt', randomBytes(6).toString('hex'), password]);
	const hashes = recovery.map((code) =>
		createHash('sha256').update(code).digest('hex'));
	const factor = seed === undefined ? '' : `totp=${base32(seed)}` +
	    (hashes.length > 0 ? `,recovery=${hashes.join()}` : '');
	return [name, stdout.trim(), groups.join(), factor].join(':');
}

export const newSeed = () => randomBytes(SEED_BYTES);

/* A recovery code, without the hyphens that it is shown with. */
export const newRecovery = () =>
	base32(randomBytes(10)).slice(0, RECOVERY_CHARACTERS);

/*
 * Writes a file of users, { name, password, groups, seed, recovery } each.
 * Gives { file, lock(name), stop }.
 */
export async function makeUsers(users) {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-users-'));
	const file = path.join(dir, 'users');
	const lines = await Promise.all(users.map(lineOf));
	await writeFile(file, lines.join('\n') + '\n', { mode: 0o600 });
	return {
		file,
		lock: (name) => ctl('user', 'lock', '-F', file, name),
		stop: () => rm(dir, { recursive: true, force: true })
	};
}
