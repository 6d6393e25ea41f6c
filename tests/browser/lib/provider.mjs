/* SPDX-License-Identifier: ISC */
/*
 * An OpenID provider: oidc-provider, which is certified for what it does, on
 * loopback with or without TLS, and the pages on which people log in to it.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';

import { Provider, errors } from 'oidc-provider';

import { consentPage, loginPage, logoutPage, page } from './providerpages.mjs';
import { freePort } from './ports.mjs';
import { until } from './wait.mjs';

export const CLIENT_ID = 'vncbridge';
const RSA_BITS = 2048;
const FORM_BYTES_MAX = 4096;

/* Longer than a test, for all that lasts. */
const TTL_SEC = { AccessToken: 600, AuthorizationCode: 60, Grant: 600,
	IdToken: 600, Interaction: 600, Session: 600 };

/*
 * The names of OpenID Connect Core 5.1, in the scopes of 5.4; groups have
 * none there, and everybody calls them this.
 */
const CLAIMS = {
	openid: ['sub'],
	profile: ['name', 'preferred_username', 'groups'],
	email: ['email', 'email_verified'],
	groups: ['groups']
};

/* One key for each kind of signature; RS256 and PS256 share theirs. */
function newKeys() {
	const kinds = [['rsa', { modulusLength: RSA_BITS }],
		['ec', { namedCurve: 'P-256' }], ['ed25519', {}]];
	const keys = kinds.map(([kind, options]) => ({
		...generateKeyPairSync(kind, options).privateKey
		    .export({ format: 'jwk' }),
		use: 'sig', kid: randomBytes(6).toString('hex')
	}));
	return { keys };
}

async function readForm(request) {
	let text = '';
	for await (const part of request.setEncoding('utf8')) {
		text += part;
		if (text.length > FORM_BYTES_MAX)
			throw new Error('a form of more than is asked for');
	}
	return new URLSearchParams(text);
}

/*
 * As fetch() does it, for the one thing that a provider fetches: the
 * back-channel logout of a client. All names are on this machine, and the
 * certificate must be of the test's authority.
 */
function localFetch(ca) {
	return async (url, { method, headers, body }) => {
		const { hostname, host, port, protocol, pathname } =
		    new URL(url);
		const { request } = protocol === 'https:' ? https : http;
		const text = String(body);
		const asked = request({
			host: '127.0.0.1', port, path: pathname, method, ca,
			servername: hostname, agent: false,
			headers: { ...Object.fromEntries(headers), host,
				'content-length': Buffer.byteLength(text) }
		});
		asked.end(text);
		const [answer] = await once(asked, 'response');
		answer.resume();
		return { status: answer.statusCode };
	};
}

/* Keeps what a provider knows in a map, which outlives it. */
function adapterOf(store) {
	return class Adapter {
		constructor(model) {
			this.model = model;
		}

		key(id) {
			return `${this.model}:${id}`;
		}

		async find(id) {
			return store.get(this.key(id));
		}

		async findByUid(uid) {
			return [...store].find(([key, value]) =>
				key.startsWith(this.key('')) &&
				value.uid === uid)?.[1];
		}

		async upsert(id, payload) {
			store.set(this.key(id), payload);
		}

		async consume(id) {
			store.get(this.key(id)).consumed = Date.now();
		}

		async destroy(id) {
			store.delete(this.key(id));
		}

		async revokeByGrantId(grantId) {
			for (const [key, value] of store)
				if (value.grantId === grantId)
					store.delete(key);
		}
	};
}

/* What tokens call them: no name that a person would know. */
const subjectOf = (name) => Buffer.from(name).toString('hex');
const nameOf = (subject) => Buffer.from(subject, 'hex').toString();

/* What a person is asked, or null, if that is over. */
async function detailsOf(provider, request, response) {
	try {
		return await provider.interactionDetails(request, response);
	} catch (error) {
		if (error instanceof errors.SessionNotFound)
			return null;
		throw error;
	}
}

class TestProvider {
	#accounts;
	#alg = 'RS256';
	#bridge;
	#ca;
	#dir;
	#faults = new Map();
	#handle;
	#inIdToken;
	#keys = newKeys();
	#server;
	#sockets = new Set();
	#store = new Map();
	#tls;

	/* Of each logout token that a client was sent: null, or the error. */
	logouts = [];
	/* Paths that were asked for, in order. */
	asked = [];
	clientId = CLIENT_ID;

	constructor({ accounts, inIdToken, tls, ca, dir, port, bridge }) {
		const scheme = tls === null ? 'http' : 'https';

		this.port = port;
		this.issuer = `${scheme}://127.0.0.1:${port}`;
		this.endSession = `${this.issuer}/session/end`;
		this.secret = randomBytes(24).toString('base64url');
		this.secretFile = path.join(dir, 'secret');
		this.#accounts = accounts;
		this.#bridge = bridge;
		this.#ca = ca;
		this.#dir = dir;
		this.#inIdToken = inIdToken;
		this.#tls = tls;
	}

	async create() {
		await writeFile(this.secretFile, `${this.secret}\n`);
		await chmod(this.secretFile, 0o600);
		this.#configure();
		await this.up();
		return this;
	}

	#client() {
		return {
			client_id: this.clientId,
			client_secret: this.secret,
			redirect_uris: [`${this.#bridge}login/oidc`],
			post_logout_redirect_uris: [`${this.#bridge}login`],
			backchannel_logout_uri: `${this.#bridge}login/oidc/logout`,
			backchannel_logout_session_required: true,
			id_token_signed_response_alg: this.#alg
		};
	}

	#account(subject) {
		const name = nameOf(subject);
		const { groups = [], email = `${name}@example.test`,
			claims = {} } = this.#accounts[name];
		const all = { sub: subject, name, email, groups,
			email_verified: true, preferred_username: name,
			...claims };
		return { accountId: subject, claims: async () => all };
	}

	#logoutFeature() {
		return {
			enabled: true,
			logoutSource: (ctx, form) => {
				ctx.body = logoutPage(form);
			},
			postLogoutSuccessSource: (ctx) => {
				ctx.body = page('You have logged out', '');
			}
		};
	}

	#configure() {
		const provider = new Provider(this.issuer, {
			adapter: adapterOf(this.#store),
			claims: CLAIMS,
			clients: [this.#client()],
			conformIdTokenClaims: !this.#inIdToken,
			cookies: { keys: [this.secret] },
			features: {
				backchannelLogout: { enabled: true },
				devInteractions: { enabled: false },
				rpInitiatedLogout: this.#logoutFeature()
			},
			fetch: localFetch(this.#ca),
			findAccount: (ctx, subject) => this.#account(subject),
			interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
			jwks: this.#keys,
			pkce: { required: () => true },
			renderError: (ctx, out) => {
				ctx.type = 'html';
				ctx.body = page('Something went wrong',
				    out.error_description ?? out.error);
			},
			scopes: ['openid', 'profile', 'email', 'groups'],
			ttl: TTL_SEC
		});
		provider.on('backchannel.success', () => this.logouts.push(null));
		provider.on('backchannel.error',
		    (ctx, error) => this.logouts.push(error));
		provider.on('server_error', (ctx, error) => {
			console.error(error);
		});
		const callback = provider.callback();
		this.#handle = (request, response) =>
			request.url.startsWith('/interaction/') ?
				this.#interact(provider, request, response) :
				callback(request, response);
	}

	/* What a person is asked, and what comes of the answer. */
	async #interact(provider, request, response) {
		const show = (text, status = 200) => response.writeHead(status,
		    { 'Content-Type': 'text/html; charset=utf-8' }).end(text);
		const details = await detailsOf(provider, request, response);
		if (details === null) /* the way back in a browser leads here */
			return show(page('That is over', ''), 400);
		const isConsent = details.prompt.name === 'consent';
		const name = isConsent ? nameOf(details.session.accountId) : '';

		if (request.method !== 'POST')
			return show(isConsent ?
			    consentPage(name, details.params) : loginPage());
		const form = await readForm(request);
		const result = form.get('answer') === 'no' ? {
			error: 'access_denied',
			error_description: 'The person said no'
		} : isConsent ? await this.#consent(provider, details) :
			this.#login(form);
		if (result === null)
			return show(loginPage('That is not right.'), 401);
		return provider.interactionFinished(request, response, result,
		    { mergeWithLastSubmission: true });
	}

	/* null: that is nobody. */
	#login(form) {
		const name = form.get('name');
		return this.#accounts[name]?.password === form.get('password') ?
			{ login: { accountId: subjectOf(name) } } : null;
	}

	async #consent(provider, { grantId, session, prompt: { details } }) {
		const grant = grantId === undefined ? new provider.Grant({
			accountId: session.accountId, clientId: this.clientId
		}) : await provider.Grant.find(grantId);
		grant.addOIDCScope((details.missingOIDCScope ?? []).join(' '));
		grant.addOIDCClaims(details.missingOIDCClaims ?? []);
		return { consent: { grantId: await grant.save() } };
	}

	async #serve(request, response) {
		const { pathname } = new URL(request.url, this.issuer);
		const fault = this.#faults.get(pathname);

		this.asked.push(pathname);
		if (fault === 'reset')
			return request.socket.destroy();
		if (fault !== undefined)
			return response.writeHead(fault).end();
		return this.#handle(request, response);
	}

	/* Requests for a path fail: 'reset', a status, or undefined again. */
	fail(pathname, fault) {
		if (fault === undefined)
			this.#faults.delete(pathname);
		else
			this.#faults.set(pathname, fault);
	}

	/* Nothing listens any more, and whoever is connected is cut off. */
	async down() {
		this.#server.close();
		this.#sockets.forEach((socket) => socket.destroy());
		await once(this.#server, 'close');
	}

	async up() {
		const serve = (request, response) =>
			this.#serve(request, response).catch((error) => {
				console.error(error);
				response.destroy();
			});
		this.#server = this.#tls === null ? http.createServer(serve) :
			https.createServer({
				cert: await readFile(this.#tls.certificate),
				key: await readFile(this.#tls.key)
			}, serve);
		this.#server.on('connection', (socket) => {
			this.#sockets.add(socket);
			socket.on('close', () => this.#sockets.delete(socket));
		});
		this.#server.listen(this.port, '127.0.0.1');
		await once(this.#server, 'listening');
	}

	/* New keys in place of all it has had. */
	rotateKeys() {
		this.#keys = newKeys();
		this.#configure();
	}

	/* RS256, PS256, ES256 or EdDSA, for what is signed from now on. */
	signWith(alg) {
		this.#alg = alg;
		this.#configure();
	}

	/* Once so many logout tokens were taken; throws if one was not. */
	async loggedOut(count = 1) {
		await until('the bridge is told of a logout',
		    () => this.logouts.length >= count);
		for (const error of this.logouts)
			if (error !== null)
				throw error;
	}

	async stop() {
		if (this.#server.listening)
			await this.down();
		await rm(this.#dir, { recursive: true, force: true });
	}
}

/*
 * Starts one for the bridge at this URL ("https://bridge.test:4711/", with the
 * slash). accounts: { NAME: { password, groups, email, claims } }, claims
 * being others, or others' values. inIdToken: all claims are in the ID token,
 * and not only in what userinfo says. tls: { certificate, key }; without it it
 * speaks plain http. ca: of the bridge's certificate, as text.
 */
export async function startProvider({
	accounts, bridge, inIdToken = false, tls = null, ca, port = null
}) {
	const dir = await mkdtemp(path.join(os.tmpdir(), 'vb-provider-'));
	return new TestProvider({ accounts, bridge, inIdToken, tls, ca, dir,
		port: port ?? await freePort() }).create();
}
