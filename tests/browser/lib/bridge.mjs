/* SPDX-License-Identifier: ISC */
/* The real daemon, as installed below VB_PREFIX, on a free port. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { Program } from './process.mjs';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);

function prefix() {
	if (!process.env.VB_PREFIX)
		throw new Error('VB_PREFIX must say where vncbridged is installed');
	return process.env.VB_PREFIX;
}

/* The installed pages, or others that VB_PAGES names. */
export const pagesDir = () => process.env.VB_PAGES ??
    path.join(prefix(), 'share/vncbridge/novnc');

/* Runs vncbridgectl; gives what it prints. */
export async function ctl(...args) {
	const { stdout } = await run(
	    path.join(prefix(), 'sbin/vncbridgectl'), args);
	return stdout;
}

/*
 * A name that is not loopback, so that its pages are a secure context with
 * https, and else not.
 */
export const OUTER_HOST = 'bridge.test';

const quoted = (text) => JSON.stringify(text);

function listener(port, tls) {
	const files = tls === null ? '' :
	    `certificate = { ${quoted(tls.certificate)} }\n` +
	    `key = { ${quoted(tls.key)} }\n` +
	    (tls.clientCa === undefined ? '' :
		`client-ca = ${quoted(tls.clientCa)}\n` +
		'verify-client = "optional"\n');
	return `listen "127.0.0.1:${port}" {\n${files}}`;
}

function configuration({ port, dir, dnsPort, tls, targets, settings }) {
	const lines = [
		listener(port, tls),
		'workers = 1',
		`hosts = { "${OUTER_HOST}" }`,
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
	for (const { name, address, description, isExclusive, most,
		more = [] } of targets)
		lines.push(`target ${quoted(name)} {`,
		    `address = ${quoted(address)}`,
		    `description = ${quoted(description)}`,
		    ...isExclusive ? ['exclusive = yes'] : [],
		    ...most ? [`max-sessions = ${most}`] : [], ...more, '}');
	return [...lines, ...settings, ''].join('\n');
}

/*
 * Whether it answers. Trust is what the browser is tested for, so that no
 * certificate is looked at here.
 */
async function isUp(url) {
	const { get } = url.startsWith('https:') ? https : http;
	return new Promise((done) => {
		get(`${url}healthz`, { rejectUnauthorized: false, agent: false },
		    (response) => {
			    response.resume();
			    done(response.statusCode === 200);
		    }).on('error', () => done(false));
	});
}

/*
 * Starts it; gives { url, port, program, reload, stop }. targets are { name,
 * address, description, isExclusive, most, more }, more being further lines of
 * the section, and settings those of the file. With tls, { certificate, key },
 * it speaks https; reload() takes others. With tls.clientCa it asks browsers
 * for a certificate.
 */
export async function startBridge({
	port = null, dnsPort, tls = null, host = '127.0.0.1', targets = [],
	settings = []
} = {}) {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-bridge-'));
	const used = port ?? await freePort();
	const file = path.join(dir, 'vncbridge.conf');
	const write = (changed) => writeFile(file, configuration({
		port: used, dir, dnsPort, tls, targets, settings, ...changed
	}));
	await write({});

	const program = new Program(
	    path.join(prefix(), 'sbin/vncbridged'), ['-d', '-f', file]);
	const scheme = tls === null ? 'http' : 'https';
	try {
		await until('the bridge is up', async () => {
			if (!program.isRunning)
				throw new Error(`vncbridged ended: ${program.output}`);
			return isUp(`${scheme}://127.0.0.1:${used}/`);
		});
	} catch (error) {
		await program.stop();
		throw new Error(`${error.message}\n${program.output}`,
		    { cause: error });
	}
	return {
		url: `${scheme}://${host}:${used}/`,
		port: used,
		program,
		async order(...args) {
			return ctl('-s', path.join(dir, 'ctl.sock'), ...args);
		},
		async reload(changed) {
			await write(changed);
			return ctl('-s', path.join(dir, 'ctl.sock'), 'reload',
			    '-f', file);
		},
		async stop() {
			await program.stop();
			await rm(dir, { recursive: true, force: true });
		}
	};
}
