/* SPDX-License-Identifier: ISC */
/*
 * Why a session ended, in words: what happened and what to do. The codes
 * are those of the bridge (DESIGN, "What a client sees"); the bridge's own
 * reason is shown below these words as it came.
 */

import { adviceFor, namesOf, needsHttps } from './security.js';

const RETRY = true;

/* @__NO_SIDE_EFFECTS__: a page that explains no end leaves it out */
const entry = (title, text, retry = false) => ({ title, text, retry });

const CODES = {
	1000: entry('The desktop ended the session',
	    'It closed the connection in good order, as it does on logging ' +
	    'out or shutting down.'),
	1001: entry('The bridge went away',
	    'It is shutting down. Connect again in a moment.'),
	1002: entry('The connection was garbled',
	    'What arrived at the bridge broke the rules of WebSocket. ' +
	    'Reload this page; if it happens again, a proxy between here ' +
	    'and the bridge may be altering the data.'),
	1003: entry('The bridge does not take text',
	    'It received a text message where it expects binary data. ' +
	    'Reload this page to get its current version.'),
	1009: entry('A message was too big',
	    'The bridge refused a message because of its size. Connect ' +
	    'again, and send long clipboard texts in parts.'),
	4500: entry('The desktop cannot be reached',
	    'The network reported an error. Check that the computer is on, ' +
	    'that its VNC server runs, and that the port is right.', RETRY),
	4501: entry('The desktop does not answer',
	    'It may be switched off, asleep, or behind a firewall. If it ' +
	    'took the connection and did not greet in time, its VNC server ' +
	    'is busy or slow.', RETRY),
	4502: entry('No such host',
	    'The name could not be found. Check its spelling, or use the ' +
	    'address.', RETRY),
	4503: entry('That is not a VNC server',
	    'Something answered at this port, but it does not speak VNC. ' +
	    'Check the port: VNC displays begin at 5900.'),
	4504: entry('The desktop could not be verified',
	    'Something answered in its place, or its certificate is not ' +
	    'in order. Tell whoever runs the desktop.'),
	4505: entry('The desktop could not be started',
	    'The bridge tried, and it did not work. Try again later, or ' +
	    'whoever runs this bridge: its log has more.'),
	4510: entry('The desktop is in use',
	    'It takes one session at a time. Try again when it is free.'),
	4511: entry('Someone took this desktop over',
	    'Your session was ended for theirs. Agree with them before you ' +
	    'connect again.'),
	4512: entry('Continued on another device',
	    'You opened this desktop elsewhere, and the session moved ' +
	    'there.'),
	4513: entry('An administrator ended the session',
	    'Ask whoever runs this bridge if you need it again.'),
	4514: entry('The time for this session is over',
	    'The bridge limits how long a session may last. You can ' +
	    'connect again if it lets you.'),
	4515: entry('Ended after a long pause',
	    'Nothing was typed or moved for a long time, so the bridge ' +
	    'ended the session.'),
	4516: entry('An administrator has locked this desktop',
	    'Nobody gets in for the moment. Ask whoever runs this bridge.'),
	4517: entry('You ended this session',
	    'You ended it from the board, perhaps on another device.'),
	4520: entry('Not allowed',
	    'This bridge does not let you open that desktop. Check the ' +
	    'address, or ask whoever runs the bridge to allow it.'),
	4521: entry('Your login is no longer valid',
	    'It, or the certificate that your browser shows, has expired or ' +
	    'was revoked. Log in again, or ask for a new certificate.'),
	4522: entry('Too many sessions',
	    'You, your network, the desktop or the bridge has as many ' +
	    'sessions as it may. ' +
	    'Close one that you don’t need, or try again later.'),
	4530: entry('The connection went silent',
	    'The bridge heard nothing from this page for too long. The ' +
	    'network may have been interrupted.', RETRY),
	4580: entry('The bridge is restarting',
	    'Your desktop keeps running. The connection comes back when ' +
	    'the bridge does.', RETRY),
	4581: entry('The bridge cannot open sessions now',
	    'A part of it does not work at the moment; your desktop is not ' +
	    'the cause. If this stays, tell whoever runs the bridge.', RETRY)
};

/* Not wrong, just none yet: a server that starts, or is busy. */
const CLOSED_EARLY = /closed the connection before a VNC greeting/;

const closedEarly = () => entry('The desktop closed the connection',
    'It did so before it said anything. Its VNC server may be starting, may ' +
    'be busy, or may allow only certain addresses; or it is none.', RETRY);

/*
 * A server that counts failed logins by address (TigerVNC, and its kin) takes
 * all users of the bridge for one.
 */
const BLACKLISTED = /too many (security|authentication) failures/i;

const explainBlacklist = () => entry('The desktop lets nobody in for a while',
    'There were too many failed logins. Its VNC server counts them by ' +
    'address, and sees all users of this bridge as one: the failures may be ' +
    'somebody else’s. Wait, at least ten seconds, and longer each time. ' +
    'TigerVNC: -UseBlacklist=0 switches it off, -BlacklistThreshold and ' +
    '-BlacklistTimeout change it.');

function explainSecurity(end) {
	if (BLACKLISTED.test(end.securityReason))
		return explainBlacklist();
	if (end.wasRefused)
		return entry('The desktop refused the connection',
		    'Its VNC server said no before asking for a password. ' +
		    'After several wrong passwords, wait a while.');
	if (end.usedCredentials)
		return entry(end.usedName ? 'Wrong user name or password' :
		    'Wrong password',
		    'The desktop did not accept what you entered.');
	return entry('The desktop refused the connection',
	    'Its VNC server did not let this viewer in.');
}

function explainViewer(end) {
	if (end.wasConnected)
		return entry('The viewer could not go on',
		    'The desktop sent something that this viewer does not ' +
		    'understand. Connect again to continue.');
	const names = namesOf(end.offer);
	const advice = adviceFor(end.offer);
	if (names === '')
		return entry('The viewer could not connect',
		    'The desktop’s VNC server speaks a version that this ' +
		    'viewer does not understand.');
	if (needsHttps(end.offer))
		return entry('That login needs https',
		    `The desktop’s VNC server offers only ${names}, which ` +
		    'works when this page is opened with https. “VncAuth” ' +
		    'works everywhere.');
	if (advice === '')
		return entry('The login could not be finished',
		    `The desktop’s VNC server offers ${names}, and went on in a ` +
		    'way that this viewer does not understand. “VncAuth” works ' +
		    'everywhere.');
	return entry('No common way to log in',
	    `The desktop’s VNC server offers only ${names}, which this viewer ` +
	    `does not have. What to set there: ${advice}`);
}

/*
 * 1006: there was no closing handshake, so there is no reason to tell. It is
 * tried again after a session, or where a retry ran into it: a bridge that
 * restarts is away for a while.
 */
function explainAbnormal(end) {
	if (end.wasOpen)
		return entry('The connection was lost',
		    'It broke off without a word: the network, a proxy, or the ' +
		    'bridge itself.', end.wasConnected || end.isRetry);
	const { status, text } = end.bridge;
	if (NO_BRIDGE.includes(status))
		return entry('The bridge cannot be reached',
		    'It does not answer. Check your network; if that is fine, ' +
		    'the bridge is not running.', end.isRetry);
	return explainStatus(status, end.isRetry, tidy(text));
}

/* No answer, or that of a proxy that got none (RFC 9110, 15.6). */
const NO_BRIDGE = [0, 502, 504];

/* What the bridge, or a proxy before it, says to anything that is asked. */
function explainStatus(status, isRetry, text) {
	if (status === 421)
		return entry('The bridge does not know this address',
		    'Its configuration does not say that the name in this ' +
		    'page’s address is its own. Whoever runs it can add the ' +
		    'name to hosts.');
	if (status === 401 || status === 403)
		return entry('The bridge does not let you in',
		    `Status ${status}: a login may have ended, or you are not ` +
		    'allowed here. Reload this page to log in again.');
	if (status >= 500)
		return { ...CODES[4581],
			said: [text, `status ${status}`].filter(Boolean)
			    .join(' · ') };
	return entry('The bridge refused the connection',
	    'It answers, but did not open a WebSocket. It may be full, may ' +
	    'not accept this page’s address (origins, in its configuration), ' +
	    'or a proxy before it does not pass WebSockets on. Its log says ' +
	    'which, if it got there.', isRetry);
}

/* By options as text: one costs more than all that it formats. */
const formats = new Map();

export function formatFor(Format, options) {
	const key = JSON.stringify(options);

	if (!formats.has(key))
		formats.set(key, new Format([], options));
	return formats.get(key);
}

export const timeOf = (sec) => {
	const at = new Date(sec * 1000);
	const isToday = at.toDateString() === new Date().toDateString();
	return formatFor(Intl.DateTimeFormat, { timeStyle: 'short',
		...(isToday ? {} : { dateStyle: 'medium' }) }).format(at);
};

/* 4510, where the bridge has said by whom: { user, time, ask, take }. */
function explainInUse({ user, time, ask, take }) {
	const who = tidy(user ?? '');
	const since = time ? ` since ${timeOf(time)}` : '';
	const ways = [
		ask ? 'You can ask for it.' : '',
		take ? 'Taking it over ends their session.' : '',
		ask || take ? '' : 'Try again when it is free.'
	];
	return entry('The desktop is in use',
	    [`${who} has had it${since}.`, ...ways].filter(Boolean).join(' '));
}

/* What is awaited before a desktop can be opened; what the bridge said. */
export function describeWait({ type, place, user, text, time }) {
	if (type === 'asking')
		return { title: `Asking ${tidy(user ?? '')}`,
			text: 'They can give you the desktop, share it with you, ' +
			    `or keep it, and have ${time ?? 0} seconds to say so.` };
	if (type === 'starting')
		return { title: 'The desktop is being started',
			text: tidy(text ?? '') };
	if (!place)
		return { title: 'It is your turn', text: '' };
	return {
		title: place === 1 ? 'You are next' : `You are number ${place}`,
		text: 'The desktop is in use. This page opens it by itself when ' +
		    'it is your turn; leave it open.'
	};
}

/* The holder is asked. */
export const askedWords = (user) =>
	`${tidy(user ?? '')} asks for this desktop.`;

/* What is about to end a session. */
export const endingWords = (kind) => kind === 'idle' ?
    'Nothing was typed or moved for a while: this session ends soon.' :
    'The time for this session is over soon.';

const WAYS = {
	you: 'Your connection to the bridge is ',
	desktop: 'The bridge’s connection to the desktop is '
};

const STALLED = {
	you: 'Your browser has taken nothing of the picture for ',
	desktop: 'The desktop has taken nothing of what you send for '
};

/* A number stays with its unit. */
const duration = (ms) => ms < 1000 ? `${ms}\u00a0ms` :
    `${(ms / 1000).toFixed(1)}\u00a0s`;

/* How one of a session's ways is: there and back, or since when it stalls. */
export function wayWords(leg, state, ms, seconds) {
	if (state === 'stalled')
		return `${STALLED[leg]}${seconds}\u00a0s.`;
	return `${WAYS[leg]}${state}${ms ? `: ${duration(ms)}` : ''}.`;
}

/* A reason of the bridge's, "you have logged out", as a sentence. */
export function sentence(reason) {
	const text = tidy(reason);
	return text === '' ? '' :
	    `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, '')}. `;
}

/* 4521 where people log in; elsewhere it is a certificate's end. */
const explainLogin = (end) => ({
	title: 'You are not logged in any more',
	text: `${sentence(end.reason)}Log in to the bridge again to go on. ` +
	    'Your desktop keeps running.',
	retry: false,
	said: ''
});

/* ---- looking on ---- */

const nameOr = (user, other) => tidy(user ?? '', 40) || other;

export const watchingWords = (user) =>
	`You are watching ${user ? `${nameOr(user)}’s` : 'this'} desktop`;

export const watchBeginsWords = (user) =>
	`${watchingWords(user)}. Nothing that you do gets there.`;

/* Of the names of those who look on. */
export const watchedWords = ([first, ...more]) => more.length === 0 ?
    `${nameOr(first, 'Somebody')} is watching` :
    `${nameOr(first, 'Somebody')} and ${more.length} more are watching`;

export const watchOverWords = (user) =>
	`${nameOr(user, 'Somebody')} is not watching any more`;

const WATCHED_LEFT = /^who you watched has left/;
const UNWATCHABLE = /can't be watched/;

/* Whether what was watched is over; then the desktop may be free. */
export const hasWatchedLeft = ({ code, reason }) =>
	code === 4513 && WATCHED_LEFT.test(reason);

/* Of somebody who has looked on, or wanted to; undefined: as of everybody. */
function explainWatching(end) {
	if (hasWatchedLeft(end))
		return entry('There is nothing to watch any more',
		    `${nameOr(end.watching, 'Who used the desktop')} has left it.`);
	if ((end.watching ?? null) === null)
		return undefined;
	if (UNWATCHABLE.test(end.reason) ||
	    (end.isViewerFault && !end.wasConnected))
		return entry('This desktop can’t be watched',
		    'The bridge has to see what is sent there, to keep it back. ' +
		    'For that the VNC server must offer “None” or “VncAuth”, in ' +
		    'RFB 3.7 or 3.8.');
	return undefined;
}

function choose(end) {
	const watching = end.wasAsked ? undefined : explainWatching(end);

	if (watching)
		return watching;
	if (end.code === 4510 && end.inUse)
		return explainInUse(end.inUse);
	if (end.wasAsked)
		return entry('Disconnected', 'You ended the session.');
	if (end.hasSecurityFailure)
		return explainSecurity(end);
	if (end.isViewerFault)
		return explainViewer(end);
	if (end.code === 1006)
		return explainAbnormal(end);
	if (end.code === 4521 && end.needsLogin)
		return explainLogin(end);
	if (end.code === 4503 && CLOSED_EARLY.test(end.reason))
		return closedEarly();
	if (end.code === 1000 && !end.wasConnected)
		return entry('The desktop closed the connection',
		    end.usedCredentials ?
		    'It did so after the login. What you entered may be wrong.' :
		    'It did so before the session began. Its VNC server may ' +
		    'be busy, or may allow only certain addresses.');
	if (end.code === 4500 && end.wasConnected)
		return entry('The connection to the desktop was lost',
		    'Its computer or its VNC server may have stopped.', RETRY);
	return CODES[end.code] ?? entry('The connection ended',
	    'The other side gave a code that this page does not know.');
}

/*
 * Explains the end of a connection (connection.js says what is in it).
 * Gives { title, text, retry, detail }: retry says that trying again by
 * itself helps, detail is the line for those who look after the bridge.
 */
export function explain(end) {
	const chosen = choose(end);
	const { title, text, retry } = chosen;
	const said = chosen.said ?? (end.securityReason || end.reason);
	const code = end.wasAsked || end.isViewerFault ||
	    end.hasSecurityFailure ? '' : `code ${end.code}`;
	/* by itself nobody looks on again: what they saw was somebody's */
	return { title, text,
		retry: retry && (end.watching ?? null) === null,
		detail: [said, code].filter(Boolean).join(' · ') };
}

const STAGES = {
	socket: ['Connecting to the bridge',
		'The bridge has not answered yet. A slow network or a proxy ' +
		'that does not pass WebSockets looks like this.'],
	target: ['Connecting to the desktop',
		'The bridge is still trying to reach the desktop, or waits for ' +
		'its greeting. It may be switched off, behind a firewall, or ' +
		'slow to begin.',
		'It seems that the VNC server accepted the connection and has ' +
		'not greeted yet. Some need a minute: they look names up, start ' +
		'the desktop first, or serve one viewer after the other. The ' +
		'bridge goes on waiting.'],
	greeting: ['Agreeing with the desktop',
		'The desktop has answered, but does not go on yet. It may be ' +
		'busy, or asking someone there for permission.'],
	checking: ['Logging in',
		'The desktop has not yet said whether it accepts the login.']
};

/*
 * What is awaited: { title, slow, slower }; slow is for when it takes long,
 * slower for when it takes longer than the bridge tries to connect, if that
 * changes anything.
 */
export function describeStage(stage) {
	const [title, slow, slower = slow] = STAGES[stage];
	return { title, slow, slower };
}

/*
 * Foreign text as one short line: without controls and without the
 * characters that turn the direction of writing (Unicode TR 36).
 */
export function tidy(text, max = 120) {
	const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
	return line.length > max ? line.slice(0, max - 1) + '…' : line;
}
