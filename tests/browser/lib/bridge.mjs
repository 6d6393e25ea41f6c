/* SPDX-License-Identifier: ISC */
/* The real daemon, as installed below VB_PREFIX, on a free port. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { Program } from './process.mjs';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

function prefix() {
	if (!process.env.VB_PREFIX)
		throw new Error('VB_PREFIX must say where vncbridged is installed');
	return process.env.VB_PREFIX;
}

/* The installed pages, or others that VB_PAGES names. */
export const pagesDir = () => process.env.VB_PAGES ??
    path.join(prefix(), 'share/vncbridge/novnc');

function configuration({ port, dir, dnsPort, targets, settings }) {
	const quoted = (text) => JSON.stringify(text);
	const lines = [
		`listen "127.0.0.1:${port}" { }`,
		'workers = 1',
		'allow = { "127.0.0.1:5900-6999" }',
		'connect-timeout = 5',
		'drain-timeout = 2',
		`pages = ${quoted(pagesDir())}`,
		`pid-file = ${quoted(path.join(dir, 'pid'))}`,
		`control-socket = ${quoted(path.join(dir, 'ctl.sock'))}`
	];
	if (process.getuid() === 0)
		lines.push('user = "nobody"');
	if (dnsPort !== undefined)
		lines.push(`nameservers = { "127.0.0.1:${dnsPort}" }`);
	for (const { name, address, description, isExclusive } of targets)
		lines.push(`target ${quoted(name)} {`,
		    `address = ${quoted(address)}`,
		    `description = ${quoted(description)}`,
		    ...isExclusive ? ['exclusive = yes'] : [], '}');
	return [...lines, ...settings, ''].join('\n');
}

async function isUp(url) {
	try {
		return (await fetch(url + 'healthz')).ok;
	} catch {
		return false;
	}
}

/*
 * Starts it; gives { url, port, program, stop }. targets are { name,
 * address, description, isExclusive }, settings further lines of the file.
 */
export async function startBridge({
	port = null, dnsPort, targets = [], settings = []
} = {}) {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-bridge-'));
	const used = port ?? await freePort();
	const file = path.join(dir, 'vncbridge.conf');
	await writeFile(file, configuration(
	    { port: used, dir, dnsPort, targets, settings }));

	const program = new Program(
	    path.join(prefix(), 'sbin/vncbridged'), ['-d', '-f', file]);
	const url = `http://127.0.0.1:${used}/`;
	try {
		await until('the bridge is up', async () => {
			if (!program.isRunning)
				throw new Error(`vncbridged ended: ${program.output}`);
			return isUp(url);
		});
	} catch (error) {
		await program.stop();
		throw new Error(`${error.message}\n${program.output}`,
		    { cause: error });
	}
	return {
		url,
		port: used,
		program,
		async stop() {
			await program.stop();
			await rm(dir, { recursive: true, force: true });
		}
	};
}
