/* SPDX-License-Identifier: ISC */
/*
 * The "#ID:1234" of a desktop's address, or the "#move=..." of a link to
 * another device, on its way through a login. The bridge never sees it. A
 * browser carries it over redirects, but neither into a form that is posted
 * nor by way of a provider: there it stays in the tab.
 */

import { moveIntentOf } from './lease.js';
import { repeaterIdOf } from './target.js';

const KEY = 'vncbridge-fragment';
/* As long as the bridge waits for somebody who is at a provider, ms. */
const KEEP_MS = 600000;

const isOurs = (hash) => repeaterIdOf(hash) !== '' ||
    moveIntentOf(hash) !== null;

/* Without a storage, or with one that somebody has filled, it is lost. */
function read() {
	try {
		return JSON.parse(sessionStorage.getItem(KEY));
	} catch {
		return null;
	}
}

function keep(target, hash) {
	try {
		sessionStorage.setItem(KEY,
		    JSON.stringify({ target, hash, at: Date.now() }));
	} catch {
		/* as above */
	}
}

function recall(target) {
	const kept = read();

	return kept !== null && kept.target === target &&
	    isOurs(String(kept.hash)) && Date.now() - kept.at < KEEP_MS ?
	    kept.hash : '';
}

function forget() {
	try {
		sessionStorage.removeItem(KEY);
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
		keep(nextOf(way), hash)));
}

/* In the viewer: the address has it again, once. */
export function restoreFragment(target) {
	const hash = recall(target);

	forget();
	if (location.hash === '' && hash !== '')
		history.replaceState(history.state, '', hash);
}
