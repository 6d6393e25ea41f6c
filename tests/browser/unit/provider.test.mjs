/* SPDX-License-Identifier: ISC */
/*
 * The provider that oidc.test.mjs stands on, asked as a bridge and a browser
 * would ask it: the steps of OpenID Connect Core 3.1 and RFC 7636.
 */

import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';

import { startProvider } from '../lib/provider.mjs';
import { Stack } from '../lib/process.mjs';

const PASSWORD = 'in the sky';
const accounts = { alice: { password: PASSWORD, groups: ['students'] } };

let bridge, provider, stack;

beforeEach(async () => {
	stack = new Stack();
	bridge = await listen();
	provider = stack.add(
	    await startProvider({ accounts, bridge: bridge.url }));
});

afterEach(() => stack.stop());

/* What the bridge is sent on the back channel. */
async function listen() {
	const posted = [];
	const server = http.createServer(async (request, response) => {
		let text = '';
		for await (const part of request)
			text += part;
		posted.push([request.url, new URLSearchParams(text)]);
		response.end();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	stack.add({ stop: () => server.closeAllConnections() ??
	    server.close() });
	return { posted, url: `http://127.0.0.1:${server.address().port}/` };
}

/* A browser: it keeps cookies, and follows up to the bridge. */
class Person {
	#cookies = new Map();

	async ask(url, form) {
		const response = await fetch(url, {
			redirect: 'manual',
			method: form === undefined ? 'GET' : 'POST',
			body: form && new URLSearchParams(form),
			headers: { cookie: [...this.#cookies].map(
			    ([name, value]) => `${name}=${value}`).join('; '),
				accept: 'text/html' }
		});
		for (const one of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(one);
			if (value === '')
				this.#cookies.delete(name);
			else
				this.#cookies.set(name, value);
		}
		const location = response.headers.get('location');
		const next = location && new URL(location, url).href;
		if (next === null || next.startsWith(bridge.url))
			return { url: next ?? url, response };
		return this.ask(next);
	}
}

function authorization(verifier, more = {}) {
	const url = new URL(`${provider.issuer}/auth`);
	url.search = new URLSearchParams({
		client_id: provider.clientId, response_type: 'code',
		redirect_uri: `${bridge.url}login/oidc`,
		scope: 'openid profile', state: 'the-state', nonce: 'the-nonce',
		code_challenge: createHash('sha256').update(verifier)
		    .digest('base64url'),
		code_challenge_method: 'S256', ...more
	});
	return url.href;
}

async function exchange(code, verifier) {
	return fetch(`${provider.issuer}/token`, {
		method: 'POST',
		headers: { authorization: 'Basic ' + Buffer.from(
		    `${provider.clientId}:${provider.secret}`)
		    .toString('base64') },
		body: new URLSearchParams({ grant_type: 'authorization_code',
			code, code_verifier: verifier,
			redirect_uri: `${bridge.url}login/oidc` })
	});
}

const fetchJson = async (path, options) =>
	(await fetch(provider.issuer + path, options)).json();

/* The claims of a token whose signature is that of a published key. */
async function claimsOf(token, alg) {
	const [head, body, mac] = token.split('.');
	const { alg: used, kid } = JSON.parse(Buffer.from(head, 'base64url'));
	const { keys } = await fetchJson('/jwks');
	const key = createPublicKey(
	    { format: 'jwk', key: keys.find((one) => one.kid === kid) });
	const options = { ES256: { key, dsaEncoding: 'ieee-p1363' },
		PS256: { key, padding: 6, saltLength: 32 } }[alg] ?? key;

	assert.equal(used, alg);
	assert.ok(verify(alg === 'EdDSA' ? null : 'sha256',
	    Buffer.from(`${head}.${body}`), options,
	    Buffer.from(mac, 'base64url')));
	return JSON.parse(Buffer.from(body, 'base64url'));
}

/* From the provider's login page back to the bridge: what it is told. */
async function consent(person, verifier, answer = {}) {
	const login = await person.ask(authorization(verifier));
	assert.equal(login.response.status, 200);
	const asked = await person.ask(login.url,
	    { name: 'alice', password: PASSWORD });
	assert.match(await asked.response.text(), /alice/);
	const { url } = await person.ask(asked.url, answer);
	return new URL(url).searchParams;
}

async function tokens(person) {
	const verifier = randomBytes(32).toString('base64url');
	const told = await consent(person, verifier);
	assert.equal(told.get('state'), 'the-state');
	assert.equal(told.get('iss'), provider.issuer); /* RFC 9207 */
	const answer = await exchange(told.get('code'), verifier);
	assert.equal(answer.status, 200);
	return answer.json();
}

for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'])
	test(`signs with ${alg}, and tells names to userinfo alone`, async () => {
		provider.signWith(alg);
		const got = await tokens(new Person());
		const claims = await claimsOf(got.id_token, alg);
		assert.equal(claims.nonce, 'the-nonce');
		assert.equal(claims.iss, provider.issuer);
		assert.equal(claims.preferred_username, undefined);
		assert.notEqual(claims.sub, 'alice');
		const person = await fetchJson('/me', { headers: {
			authorization: `Bearer ${got.access_token}` } });
		assert.equal(person.sub, claims.sub);
		assert.equal(person.preferred_username, 'alice');
		assert.deepEqual(person.groups, ['students']);
	});

test('tells all in the ID token, if it is to', async () => {
	await provider.stop();
	provider = stack.add(await startProvider(
	    { accounts, bridge: bridge.url, inIdToken: true }));
	const { id_token: token } = await tokens(new Person());
	const claims = await claimsOf(token, 'RS256');
	assert.equal(claims.preferred_username, 'alice');
	assert.deepEqual(claims.groups, ['students']);
});

test('refuses a wrong secret, a no, and whoever has no PKCE', async () => {
	const person = new Person();
	const login = await person.ask(authorization('v'.repeat(43)));
	const wrong = await person.ask(login.url,
	    { name: 'alice', password: 'wrong' });
	assert.equal(wrong.response.status, 401);
	const denied = await consent(new Person(), 'v'.repeat(43),
	    { answer: 'no' });
	assert.equal(denied.get('error'), 'access_denied');
	const { url } = await new Person().ask(authorization('',
	    { code_challenge: '', code_challenge_method: '' }));
	assert.equal(new URL(url).searchParams.get('error'),
	    'invalid_request');
});

test('takes a code once, and with its verifier', async () => {
	const verifier = 'v'.repeat(43);
	const person = new Person();
	const code = (await consent(person, verifier)).get('code');
	const other = await exchange(code, 'w'.repeat(43));
	assert.equal((await other.json()).error, 'invalid_grant');
	/* it knows the person now, and asks nothing */
	const { url } = await person.ask(authorization(verifier));
	const again = new URL(url).searchParams.get('code');
	assert.equal((await exchange(again, verifier)).status, 200);
	assert.equal((await exchange(again, verifier)).status, 400);
});

test('has other keys when told to, and drops the old ones', async () => {
	const kids = async () =>
		(await fetchJson('/jwks')).keys.map(({ kid }) => kid);
	const before = await kids();
	provider.rotateKeys();
	const after = await kids();
	assert.equal(after.length, before.length);
	assert.ok(after.every((kid) => !before.includes(kid)));
	await claimsOf((await tokens(new Person())).id_token, 'RS256');
});

test('fails where and as it is told to, and can be down', async () => {
	provider.fail('/token', 500);
	assert.equal((await exchange('x', 'x')).status, 500);
	provider.fail('/token', 'reset');
	await assert.rejects(exchange('x', 'x'));
	provider.fail('/token');
	assert.equal((await exchange('x', 'x')).status, 400);
	await provider.down();
	await assert.rejects(fetchJson('/jwks'));
	await provider.up();
	await fetchJson('/jwks');
});

test('logs a person out, and tells the bridge of it', async () => {
	const person = new Person();
	const { id_token: token } = await tokens(person);
	const { sid, sub } = await claimsOf(token, 'RS256');
	const ask = new URLSearchParams({ client_id: provider.clientId,
		post_logout_redirect_uri: `${bridge.url}login` });
	const page = await person.ask(`${provider.endSession}?${ask}`);
	const [, xsrf] = /name="xsrf" value="([^"]+)"/.exec(
	    await page.response.text());
	const back = await person.ask(`${provider.endSession}/confirm`,
	    { xsrf, logout: 'yes' });
	assert.equal(back.url, `${bridge.url}login`);
	await provider.loggedOut();
	const [[path, form]] = bridge.posted;
	assert.equal(path, '/login/oidc/logout');
	const claims = await claimsOf(form.get('logout_token'), 'RS256');
	assert.equal(claims.sub, sub);
	assert.equal(claims.sid, sid);
	assert.ok('http://schemas.openid.net/event/backchannel-logout' in
	    claims.events);
});
