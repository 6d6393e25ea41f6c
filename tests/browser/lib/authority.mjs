/* SPDX-License-Identifier: ISC */
/*
 * A certificate authority of the test's own, and a home directory with the
 * database (NSS) in which Chromium looks for what it is told to trust.
 * Nothing of it reaches the user's own browser.
 */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DAYS = '30';

/* How certutil(1) marks an authority, and one server's own certificate. */
const TRUSTED_AUTHORITY = 'C,,';
const TRUSTED_SERVER = 'P,,';

class Authority {
	#dir;

	constructor(dir) {
		this.#dir = dir;
		this.home = path.join(dir, 'home');
		this.certificate = path.join(dir, 'authority.pem');
		this.database = `sql:${path.join(this.home, '.pki/nssdb')}`;
	}

	file(name) {
		return path.join(this.#dir, name);
	}

	async create() {
		await run('openssl', ['req', '-x509', '-nodes', '-days', DAYS,
			'-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
			'-subj', '/CN=vncbridged test authority',
			'-addext', 'keyUsage=critical,keyCertSign',
			'-keyout', this.file('authority.key'),
			'-out', this.certificate]);
		await mkdir(path.join(this.home, '.pki/nssdb'),
		    { recursive: true });
		await run('certutil', ['-d', this.database, '-N',
			'--empty-password']);
		return this;
	}

	/*
	 * A certificate for these names ("DNS:a.test"), with its key; usage:
	 * what it is for, as extendedKeyUsage has it.
	 */
	async issue(name, names, usage = 'serverAuth') {
		const made = {
			certificate: this.file(`${name}.pem`),
			key: this.file(`${name}.key`)
		};
		await run('openssl', ['req', '-x509', '-nodes', '-days', DAYS,
			'-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
			'-CA', this.certificate, '-CAkey', this.file('authority.key'),
			'-subj', `/CN=${name}`,
			'-addext', `subjectAltName=${names.join()}`,
			'-addext', 'basicConstraints=critical,CA:FALSE',
			'-addext', `extendedKeyUsage=${usage}`,
			'-keyout', made.key, '-out', made.certificate]);
		return made;
	}

	/* Browsers that start with this home from now on trust it. */
	async #trust(file, name, how) {
		await run('certutil', ['-d', this.database, '-A', '-n', name,
			'-t', how, '-i', file]);
	}

	async trustOwn() {
		await this.#trust(this.certificate, 'authority',
		    TRUSTED_AUTHORITY);
	}

	async trustServer(file) {
		await this.#trust(file, 'server', TRUSTED_SERVER);
	}

	/* Those browsers have a certificate of their own, too: name's. */
	async issueToBrowser(name) {
		const made = await this.issue(name, [`email:${name}@bridge.test`],
		    'clientAuth');
		const bundle = this.file(`${name}.p12`);
		await run('openssl', ['pkcs12', '-export', '-passout', 'pass:',
			'-name', name, '-in', made.certificate,
			'-inkey', made.key, '-out', bundle]);
		await run('pk12util', ['-d', this.database, '-i', bundle,
			'-W', '', '-K', '']);
	}

	read(file) {
		return readFile(file, 'utf8');
	}

	async stop() {
		await rm(this.#dir, { recursive: true, force: true });
	}
}

export async function makeAuthority() {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-authority-'));
	return new Authority(dir).create();
}
