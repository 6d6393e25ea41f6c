/* SPDX-License-Identifier: ISC */
/* The pages of the tests' OpenID provider, and what people do on them. */

const escaped = (text) => text.replace(/[&<>"']/g,
    (one) => `&#${one.charCodeAt(0)};`);

/* title is text, body is HTML. */
export function page(title, body) {
	return `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><h1>${escaped(title)}</h1>${body}</html>`;
}

const no = (text) =>
	`<button name="answer" value="no" formnovalidate>${text}</button>`;

export function loginPage(problem = '') {
	return page('Example account', `<form method="post">
<p role="alert">${escaped(problem)}</p>
<p><label>Account <input name="name" required autofocus></label></p>
<p><label>Secret <input name="password" type="password" required></label></p>
<button>Next</button> ${no('Cancel')}</form>`);
}

export function consentPage(name, { client_id: client, scope }) {
	return page('May it know you?', `<form method="post">
<p>${escaped(client)} asks who ${escaped(name)} is: ${escaped(scope)}</p>
<button autofocus>Allow</button> ${no('Deny')}</form>`);
}

/* form: its fields, as oidc-provider gives them. */
export function logoutPage(form) {
	return page('Log out of Example Ltd?', `${form}
<button form="op.logoutForm" name="logout" value="yes" autofocus>Yes</button>
<button form="op.logoutForm">No</button>`);
}

/* Fills the provider's form in. */
export async function prove(tab, name, password) {
	await tab.getByLabel('Account').fill(name);
	await tab.getByLabel('Secret').fill(password);
	await tab.getByRole('button', { name: 'Next' }).click();
}

/* "Allow" or "Deny", "Next" or "Cancel", "Yes" or "No". */
export async function press(tab, answer) {
	await tab.getByRole('button', { name: answer, exact: true }).click();
}
