/* SPDX-License-Identifier: ISC */
/*
 * The grammar of a target, as common/target.h has it: HOST, HOST:PORT,
 * [V6], [V6]:PORT, or a name. The bridge decides; this only tells a person
 * early, and in words, what will not work.
 */

const NAME_MAX = 253; /* RFC 1035, 2.3.4 */
const LABEL_MAX = 63;
const DISPLAY_PORT_BASE = 5900;
const DISPLAY_MAX = 99; /* a port up to this is a display number */
const PORT_MAX = 65535;

const wrong = (error, isPartial = false) => ({ ok: false, error, isPartial });

/* "5901" or "2" to a port; a string is what is wrong with it. */
function parsePort(text) {
	if (!/^[0-9]+$/.test(text))
		return 'A port is a number.';
	if (/^0[0-9]/.test(text))
		return 'A port does not begin with a zero.';
	const number = Number(text);
	if (number > PORT_MAX)
		return `A port is ${PORT_MAX} at the most.`;
	return number <= DISPLAY_MAX ? DISPLAY_PORT_BASE + number : number;
}

/* The canonical text of a v6 address, or null. */
function canonicalV6(text) {
	if (!/^[0-9a-f:.]+$/i.test(text))
		return null;
	try {
		return new URL(`http://[${text}]/`).hostname;
	} catch {
		return null;
	}
}

/* Internationalised names become what DNS knows (RFC 5890). */
function toAscii(name) {
	try {
		const url = new URL(`http://${encodeURIComponent(name)}/`);
		return url.hostname;
	} catch {
		return null;
	}
}

function isV4(text) {
	const part = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
	return new RegExp(`^${part}(\\.${part}){3}$`).test(text);
}

function splitPort(text) {
	if (text.startsWith('[')) {
		const end = text.indexOf(']');
		if (end < 0)
			return wrong('The closing bracket ] is missing.', true);
		const rest = text.slice(end + 1);
		if (rest !== '' && !rest.startsWith(':'))
			return wrong('Only :PORT can follow the bracket ].');
		return {
			ok: true,
			isBracketed: true,
			host: text.slice(1, end),
			port: rest === '' ? null : rest.slice(1)
		};
	}
	const colons = text.split(':').length - 1;
	if (colons !== 1) /* several: a v6 address without its brackets */
		return { ok: true, isBracketed: colons > 1, host: text,
			port: null };
	const [host, port] = text.split(':');
	return { ok: true, isBracketed: false, host, port };
}

function checkName(host) {
	/* eslint-disable-next-line no-control-regex */
	const ascii = /^[\x00-\x7f]*$/.test(host) ? host : toAscii(host);
	if (ascii === null)
		return wrong('That is not a host name.');
	const name = ascii.toLowerCase().replace(/\.$/, '');
	const labels = name.split('.');
	const bad = name.match(/[^a-z0-9._-]/);
	if (bad)
		return wrong(`A host name has no “${bad[0]}” in it.`);
	if (labels.includes(''))
		return wrong('Two dots, or a dot at the beginning.',
		    !name.startsWith('.'));
	if (name.length > NAME_MAX || labels.some((l) => l.length > LABEL_MAX))
		return wrong('That name is too long.');
	if (/^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1)))
		return wrong('An IPv4 address is four numbers from 0 to 255: ' +
		    '192.0.2.7', true);
	if (labels.some((l) => l.startsWith('-') || l.endsWith('-')))
		return wrong('A part of a name neither begins nor ends with ' +
		    'a hyphen.', host.endsWith('-'));
	return { ok: true, kind: 'name', host: name };
}

function checkHost(host, isBracketed) {
	if (host === '')
		return wrong('The host is missing.');
	if (isBracketed) {
		if (host.includes('%'))
			return wrong('Zone ids such as %eth0 are not supported.');
		const v6 = canonicalV6(host);
		return v6 === null ?
		    wrong('That is not a complete IPv6 address.', true) :
		    { ok: true, kind: 'v6', host: v6 };
	}
	return isV4(host) ? { ok: true, kind: 'v4', host } : checkName(host);
}

/*
 * Reads what a person typed. Gives { ok: true, text, kind, host, port }
 * with text as it goes into the path and port null if none was given,
 * or { ok: false, error, isPartial }: isPartial says that more typing can
 * make it right.
 */
export function parseTarget(input) {
	const text = input.trim();
	if (text === '')
		return wrong('Type a host name or an address.', true);
	if (/\s/.test(text))
		return wrong('There is a space in it.');
	if (text.includes('/'))
		return wrong('Only the host, without “/” or “vnc://”.');

	const split = splitPort(text);
	if (!split.ok)
		return split;
	const host = checkHost(split.host, split.isBracketed);
	if (!host.ok)
		return host;
	if (split.port === '')
		return wrong('The port is missing after the colon.', true);
	const port = split.port === null ? null : parsePort(split.port);
	if (typeof port === 'string')
		return wrong(port);
	return {
		ok: true,
		kind: host.kind,
		host: host.host,
		port,
		text: port === null ? host.host : `${host.host}:${port}`
	};
}

/* What a good target means, for the line below the field. */
export function describeTarget(target) {
	if (target.port === null)
		return `Opens ${target.host} at the usual port.`;
	const display = target.port - DISPLAY_PORT_BASE;
	return display >= 0 && display <= DISPLAY_MAX ?
	    `Opens ${target.host}, display ${display} (port ${target.port}).` :
	    `Opens ${target.host}, port ${target.port}.`;
}

/* The page of a target, relative to the start page or another viewer. */
export function targetPath(text) {
	return './' + encodeURIComponent(text)
	    .replace(/%(3A|5B|5D)/g, (c) => decodeURIComponent(c));
}

/*
 * The server that is meant behind a repeater of UltraVNC's, "1234" of
 * "#ID:1234", which may follow a target in a viewer's address; '' for none.
 */
export function repeaterIdOf(hash) {
	return /^#ID:([0-9A-Za-z._-]{1,32})$/.exec(hash)?.[1] ?? '';
}

/*
 * The target that a viewer's address names: the last segment of the path
 * and nothing else. null if it can't be decoded.
 */
export function targetOfPath(pathname) {
	try {
		return decodeURIComponent(pathname.split('/').at(-1));
	} catch {
		return null;
	}
}
