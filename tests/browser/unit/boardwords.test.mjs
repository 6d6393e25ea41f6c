/* SPDX-License-Identifier: ISC */
/* The words on a card. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Board } from '../../../share/novnc/js/board.js';
import {
	describeCard, describeConfirm, describeFound, describeGroup,
	describeLost, describeRest, spanOf
} from '../../../share/novnc/js/boardwords.js';

/* At noon: minutes before it are today's, wherever that is. */
const NOON = Math.floor(new Date().setHours(12, 0, 0, 0) / 1000);
const AT = new Date((NOON - 600) * 1000).toLocaleTimeString([],
    { timeStyle: 'short' });

function card(state, more = {}) {
	const board = new Board();
	board.begin();
	board.addTargets([{ id: 1, name: 'web1', ...more }]);
	board.addStates([{ id: 1, ...state }]);
	board.ready({ now: NOON }, NOON * 1000);
	return board.card('web1');
}

/* As a card shows it: "label | notes". */
function says(state, more, user = null) {
	const { label, notes } = describeCard(card(state, more), user, NOON);
	return [label, notes.join('. ')].filter(Boolean).join(' | ')
	    .replaceAll('\u00a0', ' ');
}

const exclusive = { mode: 'exclusive', places: 1 };
const lab = { mode: 'queue', places: 4 };
const since = NOON - 600;

test('a card says who has its target, and how it is', () => {
	for (const [wanted, state, more, user] of [
		['Free', {}],
		['In use', { sessions: 1 }, exclusive],
		[`In use | By alice since ${AT}`,
			{ sessions: 1, by: ['alice'], since }, exclusive],
		[`In use | By alice since ${AT}, idle for 5 min`,
			{ sessions: 1, by: ['alice'], since, idle: NOON - 320 },
			exclusive],
		[`In use | By alice since ${AT}`,
			{ sessions: 1, by: ['alice'], since, idle: NOON - 59 },
			exclusive],
		['In use | By alice. 1 person waits',
			{ sessions: 1, by: ['alice'], waiting: 1 }, exclusive],
		['In use | Idle for 2 hr',
			{ sessions: 1, idle: NOON - 7300 }, exclusive],
		['2 viewers: full', { sessions: 2 }, exclusive],
		['1 viewer', { sessions: 1 }],
		['2 viewers: full', { sessions: 2 }, { places: 2 }],
		['1 viewer: full', { sessions: 1 }, { places: 1 }],
		['1 viewer of 4', { sessions: 1 }, lab],
		['1 viewer of 2', { sessions: 1 }, { places: 2 }],
		['2 viewers: full | 1 place is kept',
			{ sessions: 2, opening: 1, kept: 1 }, lab],
		['3 viewers | alice, bob',
			{ sessions: 3, by: ['alice', 'bob'] }],
		[`2 viewers | alice, bob since ${AT}`,
			{ sessions: 2, by: ['alice', 'bob'], since }],
		['4 viewers | a, b, c, d',
			{ sessions: 4, by: [...'abcd'] }],
		['6 viewers | a, b, c and 2 more',
			{ sessions: 6, by: [...'abcde'] }],
		['8 viewers | a, b, c and 5 more',
			{ sessions: 8, by: [...'abcdefgh'] }],
		['21 viewers | a, b, c and 18 more',
			{ sessions: 21, by: [...'abcdefgh'] }],
		['You are connected | With b, c, d and 17 more',
			{ sessions: 21, by: [...'abcdefgh'] }, {}, 'a'],
		['You are connected', { sessions: 1, by: ['me'] }, {}, 'me'],
		[`You are connected | Since ${AT}, with bob. 2 people wait`,
			{ sessions: 2, by: ['bob', 'me'], since, waiting: 2 },
			{}, 'me'],
		['1 viewer | me', { sessions: 1, by: ['me'] }, {}, 'you'],
		['Locked', { locked: '' }],
		['Locked | Ask Eve', { locked: 'Ask Eve' }],
		[`Locked | Ask Eve. By bob since ${AT}`,
			{ locked: 'Ask Eve', sessions: 1, by: ['bob'], since }],
		['Locked | 2 viewers', { locked: '', sessions: 2 }],
		['Kept | For alice', { kept: 1, by: ['alice'] }, exclusive],
		['Kept | For you', { kept: 1, by: ['me'] }, exclusive, 'me'],
		['Kept | For you, bob', { kept: 2, by: ['me', 'bob'] }, lab,
			'me'],
		['Kept', { kept: 1 }, exclusive],
		['Free | 1 place is kept for alice',
			{ kept: 1, by: ['alice'] }, lab],
		['Kept | For a, b, c and 9 more',
			{ kept: 12, by: [...'abcdefgh'] }, { places: 12 }],
		['Locked | 1 place is kept for alice',
			{ kept: 1, by: ['alice'], locked: '' }, exclusive],
		['1 viewer | 1 place is kept', { sessions: 1, kept: 1 }],
		['Is being opened | By alice', { opening: 1, by: ['alice'] }],
		['Is being started', { starting: true }],
		['Kept | Is being started', { kept: 1, starting: true },
			exclusive],
		[`Did not answer | At ${AT}`, { down: since }],
		[`Locked | Did not answer at ${AT}`,
			{ locked: '', down: since }],
		['1 viewer', { sessions: 1, down: since }]])
		assert.equal(says(state, more, user), wanted);
});

test('each kind of state has its colour', () => {
	const kind = (state, more, user = null) =>
		describeCard(card(state, more), user, NOON).kind;
	assert.equal(kind({}), 'free');
	assert.equal(kind({ sessions: 1 }), 'shared');
	assert.equal(kind({ sessions: 1 }, { places: 1 }), 'busy');
	assert.equal(kind({ sessions: 1 }, exclusive), 'busy');
	assert.equal(kind({ sessions: 1 }, lab), 'shared', 'there is room');
	assert.equal(kind({ sessions: 1, opening: 3 }, lab), 'busy');
	assert.equal(kind({ kept: 1, by: ['me'] }, exclusive, 'me'), 'mine');
	assert.equal(kind({ kept: 1 }, exclusive), 'busy');
	assert.equal(kind({ sessions: 1, by: ['me'] }, {}, 'me'), 'mine');
	assert.equal(kind({ locked: '', sessions: 1, by: ['me'] }, {}, 'me'),
	    'busy');
	assert.equal(kind({ down: since }), 'bad');
});

test('what is read out is not told again as time goes by', () => {
	const one = card({ sessions: 1, by: ['alice'], since,
		idle: NOON - 320 }, exclusive);
	const said = [0, 60, 7200].map((later) =>
		describeCard(one, null, NOON + later));
	assert.equal(said[0].said, `In use, by alice since ${AT}`);
	assert.equal(new Set(said.map((words) => words.said)).size, 1);
	assert.equal(new Set(said.map((words) => words.notes[0])).size, 3);
});

test('a clock that is behind makes no nonsense', () => {
	assert.equal(says({ sessions: 1, idle: NOON + 900 }, exclusive),
	    'In use');
	assert.equal(spanOf(-5), '');
	assert.equal(spanOf(NaN), '');
});

test('spans are in their largest unit', () => {
	assert.deepEqual([59, 60, 3599, 3600, 86399, 86400, 900000]
	    .map((sec) => spanOf(sec).replaceAll('\u00a0', ' ')),
	['', '1 min', '59 min', '1 hr', '23 hr', '1 day', '10 days']);
});

test('names and words of others are one short line', () => {
	const long = 'x'.repeat(200);
	assert.equal(says({ sessions: 1, by: [`a\u202e\n${long}`] }),
	    `1 viewer | a ${'x'.repeat(37)}…`);
	assert.equal(says({ locked: `\n<b>${long}` }),
	    `Locked | <b>${'x'.repeat(116)}…`);
});

test('a takeover names who loses by it, and nobody else', () => {
	const text = (state) => describeConfirm('take',
	    card(state, lab)).text;
	assert.equal(text({ sessions: 1, by: ['bob'] }),
	    'bob loses it at once.');
	for (const state of [{ sessions: 2, by: ['bob', 'eve'] },
		{ sessions: 2, by: ['bob'] },
		{ sessions: 12, by: ['bob', ...'abcdefg'] }])
		assert.equal(text(state),
		    'bob, the longest there, loses it at once.');
	assert.equal(text({ sessions: 1 }),
	    'Whoever uses it now loses it at once.');
	assert.equal(text({ sessions: 2 }),
	    'Whoever has been there longest loses it at once.');
	assert.match(describeConfirm('end', card({})).title, /web1\?$/);
});

test('counts are counted', () => {
	assert.equal(describeFound(1, 1), '1 desktop');
	assert.equal(describeFound(12, 40), '12 of 40 desktops');
	assert.equal(describeGroup(1, 0), '1 desktop');
	assert.equal(describeGroup(12, 3), '12 desktops, 3 in use');
	assert.match(describeRest(9800), /9.800 left/);
});

test('a lost stream says why, if the bridge does, and nothing else', () => {
	assert.equal(describeLost(''), 'The list of desktops can’t be kept up ' +
	    'to date at the moment.');
	assert.equal(describeLost('too many boards'), 'Too many boards.');
});
