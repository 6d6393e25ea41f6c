/* SPDX-License-Identifier: ISC */
/*
 * Builds the pages: node build.mjs [--novnc DIR] OUT
 *
 * OUT gets index.html, viewer.html, login.html, code.html and assets/, each
 * file with a .gz beside it. --novnc names a directory with noVNC's
 * core/rfb.js to use instead of the one that npm installed. The same input
 * gives the same bytes.
 */

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'esbuild';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const GZIP_OS_BYTE = 9; /* RFC 1952, 2.3 */
const GZIP_OS_UNKNOWN = 255;

/* What the licences of noVNC ask for, where its package has them. */
const LICENSE_FILES = [
	'LICENSE.txt', 'docs/LICENSE.MPL-2.0', 'vendor/pako/LICENSE'
];

/* Its package has the notice, and not the text. */
const QRCODE_LICENSE = `Copyright (c) 2009 Kazuhiko Arase

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.

The word "QR Code" is a registered trademark of DENSO WAVE INCORPORATED.
`;

function parseCommandLine() {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { novnc: { type: 'string' } }
	});
	if (positionals.length !== 1) {
		console.error('usage: node build.mjs [--novnc DIR] OUT');
		process.exit(2);
	}
	return {
		out: path.resolve(positionals[0]),
		novnc: path.resolve(values.novnc ??
		    path.join(HERE, 'node_modules/@novnc/novnc'))
	};
}

async function readVersion(novnc) {
	try {
		const text = await readFile(path.join(novnc, 'package.json'));
		return JSON.parse(text).version;
	} catch {
		return '(as packaged)';
	}
}

/* All that the sources take of noVNC comes from this folder of it. */
const novncFrom = (novnc) => ({
	name: 'novnc',
	setup({ onResolve }) {
		const filter = /(^|\/)@novnc\/novnc(\/|$)/;
		onResolve({ filter }, (wanted) => ({
			path: path.join(novnc,
			    wanted.path.split('@novnc/novnc/')[1] ?? 'core/rfb.js')
		}));
	}
});

async function bundle(novnc, version, entry) {
	const result = await build({
		entryPoints: [path.join(HERE, 'js', entry)],
		plugins: [novncFrom(novnc)],
		bundle: true,
		external: ['./viewer.js', './qr.js'], /* these are loaded later */
		minify: true,
		format: 'esm',
		target: 'es2022',
		charset: 'utf8',
		legalComments: 'none',
		banner: {
			js: '/*! vncbridge: ISC. ' + (entry === 'viewer.js' ?
			    `Contains noVNC ${version} (MPL-2.0) and pako (MIT): ` +
			    'see LICENSES.txt */' : '*/')
		},
		write: false,
		logLevel: 'warning'
	});
	return result.outputFiles[0].contents;
}

async function minifyCss(file) {
	const result = await build({
		entryPoints: [path.join(HERE, file)],
		minify: true,
		target: ['chrome105', 'firefox115', 'safari15.4'],
		charset: 'utf8',
		write: false,
		logLevel: 'warning'
	});
	return result.outputFiles[0].contents;
}

async function licenses(novnc, version) {
	const parts = [
		`The viewer (viewer.js) contains noVNC ${version}, unchanged but\n` +
		'for being bundled and minified. It is under the Mozilla Public\n' +
		'License 2.0; its source is the package @novnc/novnc of that\n' +
		'version, and https://github.com/novnc/noVNC. noVNC contains pako\n' +
		'(MIT licence). qr.js contains qrcode-generator, under the MIT\n' +
		'licence below. All else is the bridge\'s own, under the ISC\n' +
		'licence.\n',
		`==== qrcode-generator ====\n\n${QRCODE_LICENSE}`
	];
	for (const name of LICENSE_FILES) {
		const file = path.join(novnc, name);
		if (existsSync(file))
			parts.push(`==== noVNC: ${name} ====\n\n` +
			    await readFile(file, 'utf8'));
	}
	return Buffer.from(parts.join('\n'));
}

async function writePage(out, name, data) {
	const file = path.join(out, name);
	const zipped = gzipSync(data, { level: 9 });
	zipped[GZIP_OS_BYTE] = GZIP_OS_UNKNOWN;
	await mkdir(path.dirname(file), { recursive: true });
	await writeFile(file, data);
	await writeFile(`${file}.gz`, zipped);
}

async function main() {
	const { out, novnc } = parseCommandLine();
	if (!existsSync(path.join(novnc, 'core/rfb.js'))) {
		console.error(`${novnc}: no noVNC here (core/rfb.js is missing)`);
		process.exit(1);
	}
	const version = await readVersion(novnc);
	const pages = {
		'index.html': readFile(path.join(HERE, 'index.html')),
		'viewer.html': readFile(path.join(HERE, 'viewer.html')),
		'login.html': readFile(path.join(HERE, 'login.html')),
		'code.html': readFile(path.join(HERE, 'code.html')),
		'assets/favicon.svg': readFile(path.join(HERE, 'favicon.svg')),
		'assets/style.css': minifyCss('style.css'),
		'assets/board.css': minifyCss('board.css'),
		'assets/viewer.css': minifyCss('viewer.css'),
		'assets/boot.js': bundle(novnc, version, 'boot.js'),
		'assets/login.js': bundle(novnc, version, 'login.js'),
		'assets/start.js': bundle(novnc, version, 'start.js'),
		'assets/qr.js': bundle(novnc, version, 'qr.js'),
		'assets/viewer.js': bundle(novnc, version, 'viewer.js'),
		'assets/LICENSES.txt': licenses(novnc, version)
	};
	/* All is made before anything is replaced. */
	const contents = await Promise.all(Object.values(pages));
	await rm(path.join(out, 'assets'), { recursive: true, force: true });
	for (const [i, name] of Object.keys(pages).entries())
		await writePage(out, name, contents[i]);
}

await main();
