/* SPDX-License-Identifier: ISC */
/*
 * What the bridge says of itself, if it opened no WebSocket: a browser
 * keeps the answer to that one from the page.
 */

const ANSWER_WAIT_MS = 4000;
const OK = 200;

async function ask(path) {
	try {
		const answer = await fetch(path, {
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_WAIT_MS)
		});
		const type = answer.headers.get('Content-Type') ?? '';
		return { status: answer.status,
			text: type.startsWith('text/plain') ?
			    await answer.text() : '' };
	} catch {
		return { status: 0, text: '' };
	}
}

/*
 * The status it answers with, 0 for none, and its reason. /healthz tells
 * whether it can open sessions, the list whether it lets this page in.
 */
export async function askBridge() {
	const health = await ask('healthz');
	return health.status === OK ? ask('api/targets') : health;
}
