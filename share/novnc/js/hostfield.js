/* SPDX-License-Identifier: ISC */
/* The field for any other host than the configured ones. */

import { describeTarget, parseTarget, targetPath } from './target.js';

const find = (id) => document.getElementById(id);

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

export function initHostField() {
	find('host').addEventListener('input', checkWhileTyping);
	find('open').addEventListener('submit', openHost);
	checkWhileTyping();
}
