/* SPDX-License-Identifier: ISC */
/*
 * The start page: the configured targets with their state, and a field for
 * any other host. Choosing one opens its viewer page.
 */

import { goToLogin, initAccount } from './accountbar.js';
import { describeTarget, parseTarget, targetPath } from './target.js';
import { tidy } from './words.js';

const REFRESH_MS = 5000;
const ANSWER_WAIT_MS = 4000;
const UNAUTHORIZED = 401;

const find = (id) => document.getElementById(id);

const state = { shown: '' };

const account = initAccount({
	over: () => goToLogin(),
	focus: () => find('log-out').focus()
});

/* What a card says of its target: [kind, words]. */
function stateOf({ sessions, exclusive, max_sessions: most }) {
	const viewers = sessions === 1 ? '1 viewer' : `${sessions} viewers`;

	if (sessions === 0)
		return ['free', 'Free'];
	if (exclusive)
		return ['busy', 'In use'];
	if (most > 0 && sessions >= most)
		return ['busy', `${viewers}: full`];
	return ['shared', viewers];
}

function element(tag, className, text) {
	const made = document.createElement(tag);
	made.className = className;
	made.textContent = text;
	return made;
}

function makeCard(target) {
	const [kind, words] = stateOf(target);
	const link = element('a', 'target', '');
	const label = element('span', 'target-state', words);

	label.dataset.kind = kind;
	link.href = targetPath(target.name);
	link.dataset.name = target.name;
	link.append(element('span', 'target-name', target.name),
	    element('span', 'target-about', tidy(target.description ?? '')),
	    label);

	const item = document.createElement('li');
	item.append(link);
	return item;
}

function showTargets(targets) {
	const text = JSON.stringify(targets);
	if (text === state.shown)
		return;
	state.shown = text;

	const focused = document.activeElement?.dataset?.name;
	find('targets').replaceChildren(...targets.map(makeCard));
	find('configured').hidden = targets.length === 0;
	find('other-title').textContent = targets.length === 0 ?
	    'Open a desktop' : 'Another desktop';
	const again = [...document.querySelectorAll('a.target')]
	    .find((link) => link.dataset.name === focused);
	if (focused !== undefined)
		again?.focus();
}

function showProblem(text) {
	find('problem').textContent = text;
	find('problem').hidden = text === '';
}

async function refresh() {
	try {
		const answer = await fetch('api/targets', {
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_WAIT_MS)
		});
		if (answer.status === UNAUTHORIZED && await account.check()) {
			goToLogin();
			return;
		}
		if (!answer.ok)
			throw new Error(`status ${answer.status}`);
		showTargets((await answer.json()).targets);
		showProblem('');
		account.start(); /* if it had no answer yet */
	} catch {
		showProblem('The bridge does not answer; what you see may be ' +
		    'out of date.');
	}
}

/* Refreshes while someone looks, one request at a time. */
async function refreshForever() {
	if (!document.hidden)
		await refresh();
	setTimeout(refreshForever, REFRESH_MS);
}

function showHint(text, isWrong) {
	const hint = find('host-hint');
	hint.textContent = text;
	hint.dataset.kind = isWrong ? 'bad' : 'calm';
	find('host').setAttribute('aria-invalid', String(isWrong));
}

/* While typing: what is not finished yet is not a mistake. */
function checkWhileTyping() {
	const input = find('host').value;
	const target = parseTarget(input);
	if (target.ok)
		showHint(describeTarget(target), false);
	else if (input.trim() === '' || target.isPartial)
		showHint(find('host-hint').dataset.example, false);
	else
		showHint(target.error, true);
}

function openHost(event) {
	event.preventDefault();
	const target = parseTarget(find('host').value);
	if (target.ok) {
		location.assign(targetPath(target.text));
		return;
	}
	showHint(target.error, true);
	find('host').focus();
}

function start() {
	find('host').addEventListener('input', checkWhileTyping);
	find('open').addEventListener('submit', openHost);
	document.addEventListener('visibilitychange', () => {
		if (!document.hidden)
			refresh();
	});
	checkWhileTyping();
	account.start();
	refreshForever();
}

start();
