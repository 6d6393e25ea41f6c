/* SPDX-License-Identifier: ISC */
/*
 * The ways of logging in to a VNC server (RFC 6143, 7.1.2, and the registry
 * that it set up): which of them this viewer has, what people call them, and
 * what to set at a server that offers none of them.
 */

export const VENCRYPT = 19;

/*
 * As noVNC's rfb.js has them; a test compares. In VeNCrypt the same numbers
 * mean the same, and there is 256.
 */
const SUPPORTED = [1, 2, 6, 16, VENCRYPT, 22, 30, 113, 256];

/* What needs the browser's cryptography, which plain http does not get. */
export const NEEDS_HTTPS = [6, 30];

/* Behind these nobody can tell what a viewer says: nobody looks on there. */
export const HIDES_INPUT = SUPPORTED.filter((type) => type > 2);

const NAMES = {
	1: 'None', 2: 'VncAuth (VNC password)', 5: 'RSA-AES',
	6: 'RSA-AES without encryption', 16: 'Tight', 17: 'Ultra', 18: 'TLS',
	19: 'VeNCrypt', 20: 'SASL', 21: 'MD5', 22: 'XVP', 30: 'Apple',
	113: 'MS-Logon II', 129: 'RSA-AES-256',
	130: 'RSA-AES-256 without encryption'
};

/* The VeNCrypt list, which goes on with the plain types. */
const SUBTYPE_NAMES = {
	256: 'Plain', 257: 'TLSNone', 258: 'TLSVnc', 259: 'TLSPlain',
	260: 'X509None', 261: 'X509Vnc', 262: 'X509Plain', 263: 'TLSSASL',
	264: 'X509SASL'
};

const SUBTYPE_TLS_FIRST = 257;
const SUBTYPE_TLS_LAST = 264;

const isSupported = (type) => SUPPORTED.includes(type);

const isTls = (subtype) =>
	subtype >= SUBTYPE_TLS_FIRST && subtype <= SUBTYPE_TLS_LAST;

const nameOf = (names) => (type) => names[type] === undefined ?
    `type ${type}` : `${names[type]} (type ${type})`;

function nameOfVencrypt(subtypes) {
	if (subtypes.length === 0)
		return 'VeNCrypt (type 19)';
	const names = { ...NAMES, ...SUBTYPE_NAMES };
	const list = subtypes.map((s) => SUBTYPE_NAMES[s] ?? nameOf(names)(s));
	return `VeNCrypt${subtypes.every(isTls) ? ' with TLS' : ''} (type 19: ` +
	    `${list.join(', ')})`;
}

/* What a server offers, by name, in its order. */
export const namesOf = ({ securityTypes, subtypes }) =>
	securityTypes.map((type) => type === VENCRYPT ?
	    nameOfVencrypt(subtypes) : nameOf(NAMES)(type)).join(', ');

/* The type that the viewer takes: the first that it has, and may use. */
export const chosenType = (securityTypes, hidden) => securityTypes.find(
    (type) => isSupported(type) && !hidden.includes(type));

/*
 * An offer is { securityTypes, subtypes, hidden }: what the server named,
 * what VeNCrypt named if it was taken, and what the viewer was not shown.
 * Whether VeNCrypt was taken in vain: it leads only to TLS.
 */
const isVencryptVain = ({ securityTypes, subtypes, hidden }) =>
	chosenType(securityTypes, hidden) === VENCRYPT &&
	!subtypes.some((s) => s !== VENCRYPT && isSupported(s));

/* Whether the viewer should try again without VeNCrypt. */
export const hasMoreThanVencrypt = (offer) => isVencryptVain(offer) &&
	chosenType(offer.securityTypes, [...offer.hidden, VENCRYPT]) !==
	undefined;

/* Whether nothing that is offered works here, but would with https. */
export const needsHttps = ({ securityTypes, hidden }) =>
	chosenType(securityTypes, hidden) === undefined &&
	securityTypes.some((type) => NEEDS_HTTPS.includes(type) &&
	    hidden.includes(type));

const ADVICE = [
	[[18, VENCRYPT], 'TigerVNC: -SecurityTypes VncAuth (or Plain, for user ' +
	    'names). QEMU: no tls-creds; libvirt: vnc_tls = 0 in qemu.conf. ' +
	    'The bridge can add TLS itself: tls of a target.'],
	[[20], 'QEMU: no sasl=on; libvirt: vnc_sasl = 0 in qemu.conf, and a ' +
	    'password for the machine’s graphics.'],
	[[5, 129, 130], 'RealVNC: Authentication VncAuth, Encryption PreferOff. ' +
	    'TigerVNC: -SecurityTypes VncAuth or RA2ne.']
];

/*
 * What to set at a server that offers nothing for this viewer; '' where it
 * does offer something.
 */
export function adviceFor(offer) {
	const { securityTypes } = offer;
	if (chosenType(securityTypes, offer.hidden) !== undefined &&
	    !isVencryptVain(offer))
		return '';
	const advice = ADVICE.filter(([types]) =>
		types.some((type) => securityTypes.includes(type)));
	return advice.map(([, text]) => text).join(' ') ||
	    'a VNC password (VncAuth), which works everywhere.';
}
