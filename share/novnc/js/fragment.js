/* SPDX-License-Identifier: ISC */
/*
 * What a page leaves in the tab for the next one.
 *
 * The "#ID:1234" of a desktop's address, or the "#move=..." of a link to
 * another device, on its way through a login. The bridge never sees it. A
 * browser carries it over redirects, but neither into a form that is posted
 * nor by way of a provider: there it stays in the tab.
 *
 * What a person wants of a desktop in use, by a button of the start page, on
 * its way to the viewer: an intent is good for whoever has it, so that no
 * address and no history has it.
 */

import { moveIntentOf } from './lease.js';
import { repeaterIdOf } from './target.js';

const KEY = 'vncbridge-fragment';
/* As long as the bridge waits for somebody who is at a provider, ms. */
const KEEP_MS = 600000;
const INTENT_KEY = 'vncbridge-intent';
const INTENT_KEEP_MS = 60000;
const KINDS = ['ask', 'take', 'watch'];

const isOurs = (hash) => repeaterIdOf(hash) !== '' ||
    moveIntentOf(hash) !== null;

/* Without a storage, or with one that somebody has filled, it is lost. */
function read(key) {
	try {
		return JSON.parse(sessionStorage.getItem(key));
	} catch {
		return null;
	}
}

/* Gives whether it is kept. */
function keep(key, kept) {
	try {
		sessionStorage.setItem(key,
		    JSON.stringify({ ...kept, at: Date.now() }));
		return true;
	} catch {
		return false;
	}
}

/* Whether it was kept for this target, and not for long. */
function isFor(kept, target, mostMs) {
	const age = Date.now() - kept?.at;

	return kept?.target === target && age >= 0 && age < mostMs;
}

function recall(target) {
	const kept = read(KEY);

	return isFor(kept, target, KEEP_MS) && isOurs(String(kept.hash)) ?
	    kept.hash : '';
}

function forget(key) {
	try {
		sessionStorage.removeItem(key);
	} catch {
		/* as above */
	}
}

const nextOf = (link) => new URL(link.href).searchParams.get('next');

/* On the login page: forms post to an address that has it, links keep it. */
export function carryFragment() {
	const ways = document.querySelectorAll('a[href*="next="]');
	const hash = isOurs(location.hash) ? location.hash :
	    [...ways].map((way) => recall(nextOf(way)))[0] ?? '';

	if (hash === '')
		return;
	document.querySelectorAll('form.once').forEach((form) => {
		form.action += hash;
	});
	ways.forEach((way) => way.addEventListener('click', () =>
		keep(KEY, { target: nextOf(way), hash })));
}

/* In the viewer: the address has it again, once. */
export function restoreFragment(target) {
	const hash = recall(target);

	forget(KEY);
	if (location.hash === '' && hash !== '')
		history.replaceState(history.state, '', hash);
}

/*
 * Before a page leads to the target: what is wanted there, and the intent by
 * which the bridge knows, if there is one yet. Gives whether it is kept.
 */
export const keepWish = (target, kind, intent) =>
	keep(INTENT_KEY, { target, kind, intent });

export const forgetWish = () => forget(INTENT_KEY);

/*
 * In the viewer, once, whatever it is: { kind, intent }, or null for none. The
 * kind stays when the intent, null then, is not good any more: who wanted to
 * look on has not asked to have the desktop.
 */
export function takeWish(target) {
	const kept = read(INTENT_KEY);

	forgetWish();
	if (kept?.target !== target || !KINDS.includes(kept.kind))
		return null;
	const isGood = isFor(kept, target, INTENT_KEEP_MS) &&
	    /^[0-9a-f]{32}$/.test(kept.intent);
	return { kind: kept.kind, intent: isGood ? kept.intent : null };
}
