/* SPDX-License-Identifier: ISC */
/*
 * Whose the desktop is: what a person wants of one that is in use, and what
 * somebody wants of theirs.
 */

import { formatLeft } from './account.js';
import { askedWords, endingWords } from './words.js';

const ANSWER_WAIT_MS = 10000;
const UNAUTHORIZED = 401;
const AWAY = { code: 0, reason: 'The bridge does not answer.' };

const find = (id) => document.getElementById(id);

/*
 * Says what is wanted: ask, take, watch or move; held is the number that the
 * bridge has told this page of its session, if it has. Gives { intent }, good
 * for one connection, or { code, reason }; needsLogin with them: that lacks.
 * The kind "end" ends one's own sessions there, and gives { ended }, how many.
 */
export async function intend(target, kind, held) {
	try {
		const answer = await fetch('api/intent', {
			method: 'POST',
			body: new URLSearchParams({ target, kind,
				...held ? { held } : {} }),
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_WAIT_MS)
		});
		if (answer.status === UNAUTHORIZED)
			return { ...AWAY, needsLogin: true };
		return answer.ok ? await answer.json() : AWAY;
	} catch {
		return AWAY;
	}
}

/* The intent of "#move=HEX", of a link to this device; null for none. */
export function moveIntentOf(hash) {
	return /^#move=([0-9a-f]{32})$/.exec(hash)?.[1] ?? null;
}

/* The link by which another device takes a session, with its intent. */
export function moveLink(intent) {
	const url = new URL(location.href);
	url.hash = `move=${intent}`;
	return url.href;
}

/*
 * Who asks for this desktop, one after the other. It takes no focus: what is
 * typed goes to the desktop, and must not answer.
 */
export class Questions {
	#answer;
	#list = [];
	#timer = null;

	/* answer(text) goes to the bridge. */
	constructor(answer) {
		this.#answer = answer;
		for (const word of ['give', 'share', 'keep'])
			find(`ask-${word}`).addEventListener('click',
			    () => this.#say(word));
	}

	add({ number, user, time }) {
		this.#list.push({ number, user,
			endsAt: performance.now() + (time ?? 0) * 1000 });
		this.#show();
	}

	/* One is over: answered, out of time, or who asked has gone. */
	remove(number) {
		this.#list = this.#list.filter((asked) =>
			asked.number !== number);
		this.#show();
	}

	clear() {
		this.#list = [];
		this.#show();
	}

	#say(word) {
		const [first] = this.#list;

		if (first === undefined)
			return;
		this.#answer(`${word} ${first.number}`);
		this.remove(first.number);
	}

	#show() {
		const [first] = this.#list;

		clearInterval(this.#timer);
		find('ask-notice').hidden = first === undefined;
		if (first === undefined) {
			find('ask-words').textContent = '';
			return;
		}
		const words = askedWords(first.user);
		if (find('ask-words').textContent !== words)
			find('ask-words').textContent = words;
		const count = () => {
			const left = Math.ceil(
			    (first.endsAt - performance.now()) / 1000);
			find('ask-left').textContent = `${left} s`;
			if (left <= 0) /* whatever the bridge has said */
				this.remove(first.number);
		};
		count();
		this.#timer = setInterval(count, 1000);
	}
}

/* The session ends soon: by a pause, which "Stay" ends, or by its limit. */
export class EndNotice {
	#timer = null;

	constructor(stay) {
		find('end-stay').addEventListener('click', () => {
			this.clear();
			stay();
		});
	}

	show({ kind, time }) {
		this.clear();
		if (!time)
			return;
		const endsAt = performance.now() + time * 1000;
		const count = () => {
			find('end-left').textContent = formatLeft(
			    Math.max(0, Math.ceil(
				(endsAt - performance.now()) / 1000)));
		};
		find('end-words').textContent = endingWords(kind);
		find('end-stay').hidden = kind !== 'idle';
		find('end-notice').hidden = false;
		count();
		this.#timer = setInterval(count, 1000);
	}

	clear() {
		clearInterval(this.#timer);
		find('end-notice').hidden = true;
		find('end-words').textContent = '';
	}
}
