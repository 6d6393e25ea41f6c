/* SPDX-License-Identifier: ISC */
/*
 * A real desktop: TigerVNC on a free display and port, with openbox and an
 * xterm that writes the lines it gets into a file.
 */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { Program, Stack } from './process.mjs';
import { freeVncPort } from './ports.mjs';
import { until } from './wait.mjs';

const run = promisify(execFile);

export const DESKTOP_WIDTH = 1024;
export const DESKTOP_HEIGHT = 768;
export const XTERM_GROUND = [32, 96, 64];

const hex = (rgb) => '#' +
    rgb.map((part) => part.toString(16).padStart(2, '0')).join('');

async function passwordFile(dir, password) {
	const file = path.join(dir, 'passwd');
	const child = execFile('/usr/bin/vncpasswd', ['-f'],
	    { encoding: 'buffer' });
	const chunks = [];
	child.stdout.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
	child.stdin.end(`${password}\n`);
	await new Promise((done) => child.on('close', done));
	await writeFile(file, Buffer.concat(chunks), { mode: 0o600 });
	return file;
}

class Desktop {
	#dir;
	#stack;

	constructor(dir, stack, port, display) {
		this.#dir = dir;
		this.#stack = stack;
		this.port = port;
		this.display = display;
		this.env = { DISPLAY: display };
	}

	/* Runs an X program on this display; gives what it prints. */
	async x(program, ...args) {
		const { stdout } = await run(program, args,
		    { env: { ...process.env, ...this.env } });
		return stdout;
	}

	start(program, args) {
		return this.#stack.add(new Program(program, args, this.env));
	}

	/* What was typed into the xterm, line by line. */
	async typed() {
		return readFile(path.join(this.#dir, 'typed'), 'utf8')
		    .catch(() => '');
	}

	async pointer() {
		const text = await this.x('xdotool', 'getmouselocation');
		const [, x, y] = /x:(\d+) y:(\d+)/.exec(text);
		return { x: Number(x), y: Number(y) };
	}

	/* The X clipboard, '' while it is nobody's. */
	async clipboard() {
		return this.x('xclip', '-o', '-selection', 'clipboard')
		    .catch(() => '');
	}

	/* Owns the X clipboard, as a program does after Ctrl+C. */
	async copy(text) {
		const file = path.join(this.#dir, 'copied');
		await writeFile(file, text);
		return this.start('xclip', ['-quiet', '-loops', '0', '-in',
			'-selection', 'clipboard', file]);
	}

	/* What an X program prints, '' while it fails. */
	async ask(program, ...args) {
		return (await this.x(program, ...args).catch(() => '')).trim();
	}

	/* The name of the window that has the focus, as openbox says. */
	async activeName() {
		return this.ask('xdotool', 'getactivewindow', 'getwindowname');
	}

	async startPrograms() {
		this.start('openbox', ['--sm-disable']);
		await until('openbox is there', async () =>
			(await this.ask('xprop', '-root', '_NET_SUPPORTING_WM_CHECK'))
			    .includes('0x'));
		this.start('xterm', ['-geometry', '80x24+120+90', '-bg',
			hex(XTERM_GROUND), '-fg', 'white', '-T', 'vb-xterm', '-e',
			'sh', '-c', 'cat > "$0"', path.join(this.#dir, 'typed')]);
		await until('the xterm has the focus',
		    async () => await this.activeName() === 'vb-xterm');
	}

	async stop() {
		await this.#stack.stop();
		await rm(this.#dir, { recursive: true, force: true });
	}
}

/*
 * Starts one. With a password it asks for VNC authentication, with wantsUser
 * for a name and password of this computer; with types, for what these name.
 * options are more of its command line.
 */
export async function startDesktop({
	password = null, wantsUser = false, types = null, options = []
} = {}) {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-desktop-'));
	const stack = new Stack();
	const port = await freeVncPort();
	const security = ['-SecurityTypes', 'None'];
	if (wantsUser)
		security.splice(1, 1, 'VeNCrypt,Plain', '-PlainUsers', '*');
	else if (password !== null)
		security.splice(1, 1, 'VncAuth', '-PasswordFile',
		    await passwordFile(dir, password));
	if (types !== null)
		security[1] = types;
	const server = stack.add(new Program('/usr/bin/Xtigervnc', [
		'-displayfd', '1', '-rfbport', String(port), '-localhost',
		'-geometry', `${DESKTOP_WIDTH}x${DESKTOP_HEIGHT}`,
		'-depth', '24', '-desktop', 'Left bench', ...security,
		...options
	]));
	try {
		const [, number] = await server.said(/^(\d+)\s*$/m);
		await server.said(/Listening for VNC connections/);
		const desktop = new Desktop(dir, stack, port, `:${number}`);
		desktop.server = server;
		await desktop.startPrograms();
		return desktop;
	} catch (error) {
		await stack.stop();
		throw new Error(`${error.message}\n${server.output}`,
		    { cause: error });
	}
}
