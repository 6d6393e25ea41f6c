/* SPDX-License-Identifier: ISC */
/* At the end of a session: what can be done next, and how it looks. */

import { hasWatchedLeft, tidy } from './words.js';

const FREE_NOW = 4502; /* of an intent: nobody has it any more */
const IN_USE = 4510;
const NOT_ALLOWED = 4520;

const hasLookedOn = (end) => (end.watching ?? null) !== null;

/* Unless it is free now, or can't be watched. */
const isToWatchAgain = (end) => hasLookedOn(end) &&
    !hasWatchedLeft(end) && end.code !== NOT_ALLOWED;

/* "Connect": nobody gets the desktop, who has looked on, by trying again. */
function wayOn(end, to) {
	if (end.needsLogin)
		return ['Log in', to.logIn, true];
	if (isToWatchAgain(end))
		return ['Watch again', () => to.want('watch'), true];
	if (hasLookedOn(end) || hasWatchedLeft(end))
		return ['Connect', to.open, true];
	return [end.wasConnected ? 'Reconnect' : 'Try again', to.again, true];
}

/*
 * Each way is [label, function, is it the main one]; to has the functions:
 * open, again (as before), want(kind), logIn.
 */
export function waysOn(end, to) {
	const { ask = false, take = false, watch = false, user = '' } =
	    end.inUse ?? {};
	const ways = [];

	if (end.code !== IN_USE)
		return [wayOn(end, to)];
	/* of a desktop in use: what this person may do about it */
	if (ask)
		ways.push([`Ask ${tidy(user, 40)}`, () => to.want('ask'), true]);
	if (take)
		ways.push(['Take over', () => to.want('take'), false]);
	if (watch)
		ways.push(['Watch', () => to.want('watch'), false]);
	/* Enter must not end somebody's session by mistake */
	return [...ways, [hasLookedOn(end) ? 'Connect' : 'Try again', to.open,
		!ask]];
}

/*
 * Whether a wish that the bridge did not grant is met by opening the desktop;
 * who wanted to look on, or to end what is theirs, has not asked to have it.
 */
export const isToOpen = (kind, code) => code === FREE_NOW &&
    ['ask', 'take'].includes(kind);

/* After a wish that was not granted, with this code. */
export function waysOnRefused(kind, code, to) {
	const isFree = kind === 'watch' && code === FREE_NOW;

	return [
		...isFree ? [] : [['Try again', to.again, true]],
		...kind === 'watch' ? [['Connect', to.open, isFree]] : []
	];
}

export const kindOf = (end) => end.wasAsked || hasWatchedLeft(end) ||
    end.code === 1000 && end.wasConnected ? 'calm' : 'bad';
