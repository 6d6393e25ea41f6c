/* SPDX-License-Identifier: ISC */
/*
 * What the viewer page runs first: it brings the viewer in, and says so when
 * that takes long or fails. Without it the page would just sit there.
 */

const SLOW_MS = 5000;

const find = (id) => document.getElementById(id);

function showFailure(error) {
	const button = document.createElement('button');

	button.type = 'button';
	button.className = 'button main';
	button.textContent = 'Reload';
	button.addEventListener('click', () => location.reload());
	find('status').dataset.kind = 'bad';
	find('status-title').textContent = 'The viewer could not be loaded';
	find('status-text').textContent = 'A part of this page is missing, or ' +
	    'this browser is too old for it.';
	find('status-detail').textContent = String(error);
	find('status-actions').replaceChildren(button);
}

async function boot() {
	const slow = setTimeout(() => {
		find('status-text').textContent =
		    'The page is still loading. The network may be slow.';
	}, SLOW_MS);
	try {
		/* A file of its own beside this one; not bundled into it. */
		await import('./viewer.js');
	} catch (error) {
		showFailure(error);
	} finally {
		clearTimeout(slow);
	}
}

boot();
