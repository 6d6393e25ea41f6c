/* SPDX-License-Identifier: ISC */
/* What a card lets one do, by how its target is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Board, actionsOf, isMine } from '../../../share/novnc/js/board.js';
import { describeCard } from '../../../share/novnc/js/boardwords.js';

/* As the bridge says it: a desktop of one person's has one place. */
function card({ mode, ...more }, state) {
	const board = new Board();

	board.begin();
	board.addTargets([{ id: 1, name: 'web1', mode,
		places: mode === 'share' ? 0 : 1, ...more }]);
	board.addStates([{ id: 1, ...state }]);
	board.ready({}, 0);
	return board.card('web1');
}

const actions = (more, state, user = 'me') =>
	actionsOf(card(more, state), user).join(' ');

const bob = { sessions: 1, by: ['bob'] };
const own = { sessions: 1, by: ['me'] };

test('with what is free: nothing but to open it', () => {
	for (const mode of ['share', 'exclusive', 'ask', 'queue'])
		assert.equal(actions({ mode, may: 'tw' }, {}), '');
});

test('with what another has', () => {
	for (const [mode, may, wanted] of [
		['exclusive', '', ''], ['exclusive', 'tw', 'take watch'],
		['ask', '', 'ask'], ['ask', 'w', 'ask watch'],
		['ask', 't', 'ask take'], ['queue', '', 'queue'],
		['queue', 'wt', 'queue take watch'], ['share', 'w', 'watch']])
		assert.equal(actions({ mode, may }, bob), wanted);
});

test('where there is room: nobody has to give way', () => {
	for (const mode of ['share', 'exclusive', 'ask', 'queue'])
		for (const state of [bob, { ...bob, sessions: 3 },
			{ ...bob, opening: 1, kept: 1 }])
			assert.equal(actions({ mode, may: 'tw', places: 4 },
			    state), 'watch');
	assert.equal(actions({ mode: 'share', may: 'tw' },
	    { ...bob, sessions: 99 }), 'watch');
});

test('where places are kept, or about to be used, it is full', () => {
	const full = { ask: 'ask take watch', queue: 'queue take watch',
		share: 'take watch' };
	for (const [mode, wanted] of Object.entries(full))
		for (const state of [{ ...bob, sessions: 4 },
			{ ...bob, opening: 3 }, { ...bob, kept: 3 },
			{ ...bob, opening: 2, kept: 1 }])
			assert.equal(actions({ mode, may: 'tw',
				places: 4 }, state), wanted);
});

test('with one’s own, and with what one shares', () => {
	assert.equal(actions({ mode: 'ask', may: 'tw' }, own), 'end');
	assert.equal(actions({ mode: 'ask', may: 'tw', places: 2 },
	    { sessions: 2, by: ['me', 'bob'] }), 'end',
	'the longest there may be oneself');
});

test('with what is kept: nobody has it who could lose it', () => {
	for (const by of [['me'], ['bob'], []])
		assert.equal(actions({ mode: 'exclusive', may: 'tw' },
		    { kept: 1, by }), '');
	assert.equal(actions({ mode: 'ask', may: 'tw' },
	    { kept: 1, by: ['bob'] }), '');
	assert.equal(actions({ mode: 'queue', may: 'tw' },
	    { kept: 1, by: ['bob'] }), 'queue');
	assert.equal(actions({ mode: 'queue', may: 'tw' },
	    { kept: 1, by: ['me'] }), '');
});

test('where nobody logs in nothing is mine, and nobody asked', () => {
	assert.equal(actions({ mode: 'ask', may: 'w' }, bob, null),
	    'watch');
	assert.equal(actions({ mode: 'ask' }, { sessions: 1,
		by: ['null'] }, null), '');
});

test('with what is locked: only to end one’s own', () => {
	for (const mode of ['exclusive', 'ask', 'queue']) {
		assert.equal(actions({ mode, may: 'tw' },
		    { ...bob, locked: '' }), '');
		assert.equal(actions({ mode, may: 'tw' },
		    { ...own, locked: 'x' }), 'end');
	}
});

test('while it is not known who one is, nothing is done to others', () => {
	for (const mode of ['share', 'exclusive', 'ask', 'queue']) {
		const one = card({ mode, may: 'tw', places: 1 },
		    { sessions: 1, by: ['undefined'] });
		assert.deepEqual(actionsOf(one, undefined), []);
		assert.equal(isMine(one.state, undefined), false);
		assert.doesNotMatch(describeCard(one, undefined, 0).label,
		    /You/);
	}
});
