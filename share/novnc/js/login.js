/* SPDX-License-Identifier: ISC */
/*
 * What the pages of a login can do better with JavaScript; they do all that
 * they must without it. A form is sent once, a password can be looked at, a
 * wait is counted down, and what follows "#" in an address is not lost.
 */

import { carryFragment } from './fragment.js';

/* By then an answer has come, or never will, ms. */
const BUSY_MS = 20000;

const find = (id) => document.getElementById(id);

/* A button that is dimmed, but keeps the focus. */
function setBusy(form, isBusy) {
	const button = form.querySelector('[data-busy]');

	button.dataset.label ??= button.textContent;
	button.textContent = isBusy ? button.dataset.busy :
	    button.dataset.label;
	if (isBusy)
		button.setAttribute('aria-disabled', 'true');
	else
		button.removeAttribute('aria-disabled');
}

function sendOnce(form) {
	let timer = null;
	const end = () => {
		clearTimeout(timer);
		timer = null;
		setBusy(form, false);
	};

	form.addEventListener('submit', (event) => {
		if (timer !== null) {
			event.preventDefault();
			return;
		}
		hidePassword();
		setBusy(form, true);
		timer = setTimeout(end, BUSY_MS);
	});
	/* Back on this page, as the browser has kept it. */
	window.addEventListener('pageshow', end);
}

function showPassword(isShown) {
	find('password').type = isShown ? 'text' : 'password';
	find('show').setAttribute('aria-pressed', String(isShown));
}

/* Or a browser would remember it as it does what else is typed. */
function hidePassword() {
	if (find('password') !== null)
		showPassword(false);
}

function offerToShow() {
	const button = find('show');

	button.hidden = false;
	button.addEventListener('click', () =>
		showPassword(find('password').type === 'password'));
}

/* After a mistake the name is there. autofocus may have come, or may not. */
function focusPassword() {
	if (find('name').value !== '' &&
	    [find('name'), document.body].includes(document.activeElement))
		find('password').focus();
}

function waitText(seconds) {
	return seconds > 0 ? `${seconds} s left` : 'You can try again now.';
}

function countDown(problem) {
	const until = performance.now() + 1000 * Number(problem.dataset.wait);
	const line = document.createElement('span');
	const tick = () => {
		const left = Math.ceil((until - performance.now()) / 1000);
		if (left > 0) {
			line.textContent = waitText(left);
			return;
		}
		clearInterval(timer);
		problem.textContent = waitText(0);
		problem.dataset.kind = 'calm';
	};
	const timer = setInterval(tick, 1000);

	line.id = 'wait';
	/* Not to be read out each second; that it is over is. */
	line.setAttribute('role', 'timer');
	line.setAttribute('aria-live', 'off');
	problem.append(line);
	tick();
}

function start() {
	const problem = find('problem');

	document.querySelectorAll('form.once').forEach(sendOnce);
	carryFragment();
	if (find('show') !== null) {
		offerToShow();
		focusPassword();
	}
	if (Number(problem?.dataset.wait) > 0)
		countDown(problem);
}

start();
