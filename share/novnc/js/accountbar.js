/* SPDX-License-Identifier: ISC */
/*
 * The login on a page: the name with "Log out", and a notice before it ends.
 * Start page and viewer have the same elements for it.
 */

import { Account, formatLeft, loginPath } from './account.js';

const SOON = 'Your login ends soon.';
const AGAIN = 'Your login ends soon. You will have to log in again.';
const FAILED = 'The bridge does not answer: you are still logged in.';

const find = (id) => document.getElementById(id);

function showAccount({ user }) {
	find('account').hidden = user === null;
	find('account-name').textContent = user ?? '';
}

/* A text that is read out is only set when it changes. */
function say(text) {
	if (find('login-words').textContent !== text)
		find('login-words').textContent = text;
	find('login-notice').hidden = text === '';
}

function showNotice(notice) {
	find('stay').hidden = notice === null || notice.isLast;
	find('login-left').textContent = notice === null ? '' :
	    formatLeft(notice.left);
	if (notice === null)
		say('');
	else
		say(notice.isLast ? AGAIN : SOON);
}

/* Goes to the login page, and comes back to the target from there. */
export function goToLogin(target = '') {
	location.assign(loginPath(target) + location.hash);
}

/*
 * Shows the login; over() is called when it has ended, known(account) when it
 * is known or asked for again. Gives the Account, which has to be started.
 * "Stay" gives the focus back with focus().
 */
export function initAccount({ over, focus = () => {}, known = () => {} }) {
	const account = new Account({
		account: (one) => {
			showAccount(one);
			known(one);
		},
		notice: showNotice,
		over
	});

	find('stay').addEventListener('click', async () => {
		await account.stay();
		focus();
	});
	find('log-out').addEventListener('click', async () => {
		const next = await account.logOut();

		if (next === null)
			say(FAILED);
		else
			location.assign(next);
	});
	/* Back on a page that the browser has kept: whose was it? */
	window.addEventListener('pageshow', ({ persisted }) => {
		if (persisted && !account.isNeedless)
			location.reload();
	});
	return account;
}
