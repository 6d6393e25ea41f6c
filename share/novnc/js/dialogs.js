/* SPDX-License-Identifier: ISC */
/*
 * The two questions a session can begin with: who are you, and is this
 * really the computer you mean.
 */

const find = (id) => document.getElementById(id);

const FIELDS = {
	username: 'login-username',
	password: 'login-password',
	target: 'login-target'
};

/* Shows a dialog; resolves with true when it was confirmed. */
export function ask(dialog) {
	return new Promise((resolve) => {
		dialog.returnValue = '';
		dialog.addEventListener('close',
		    () => resolve(dialog.returnValue === 'ok'), { once: true });
		dialog.showModal();
	});
}

/*
 * Where people log in to the bridge, a browser must not fill in here what it
 * has kept for that: the desktop would get it.
 */
function allowFilling(mayFill) {
	for (const type of ['username', 'password']) {
		const field = find(FIELDS[type]);
		field.dataset.autocomplete ??= field.autocomplete;
		field.autocomplete = mayFill ?
		    field.dataset.autocomplete : 'off';
	}
}

/*
 * Asks for the named credentials (username, password, target). Gives an
 * object of them, or null when it was cancelled or closed from outside.
 */
export async function askCredentials(types, host, problem, mayFill) {
	const dialog = find('login');

	for (const [type, id] of Object.entries(FIELDS)) {
		const isWanted = types.includes(type);
		find(id).value = '';
		find(id).disabled = !isWanted;
		find(id).parentElement.hidden = !isWanted;
	}
	allowFilling(mayFill);
	find('login-host').textContent = host;
	find('login-problem').textContent = problem;
	find('login-problem').hidden = problem === '';

	const isConfirmed = await ask(dialog);
	const answer = Object.fromEntries(
	    types.map((type) => [type, find(FIELDS[type]).value]));
	find(FIELDS.password).value = '';
	return isConfirmed ? answer : null;
}

/*
 * The fingerprint that VNC viewers show for a server's RSA key: the first
 * eight bytes of its SHA-1.
 */
export async function fingerprint(key) {
	const digest = await crypto.subtle.digest('SHA-1', key);
	return [...new Uint8Array(digest, 0, 8)]
	    .map((byte) => byte.toString(16).padStart(2, '0')).join('-');
}

/* Asks whether the server with this key is the right one. */
export async function askServer(key, host) {
	find('verify-host').textContent = host;
	find('verify-key').textContent = await fingerprint(key);
	return ask(find('verify'));
}

/* Closes whatever is being asked; the answer is then no. */
export function closeDialogs() {
	for (const dialog of document.querySelectorAll('dialog[open]'))
		dialog.close('');
}
