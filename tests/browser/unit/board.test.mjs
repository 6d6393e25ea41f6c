/* SPDX-License-Identifier: ISC */
/* The board's model: what a bridge says, and what none should. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { Board, FREE, actionsOf } from '../../../share/novnc/js/board.js';
import { describeCard, describeConfirm } from
	'../../../share/novnc/js/boardwords.js';

const NOW = 1700000000;

let board;

const target = (id, more) => ({ id, name: `web${id}`, description: '',
	group: '', mode: 'share', places: 0, may: '', ...more });

/* A whole stream. */
function fill(targets, states = [], said = { now: NOW }) {
	board.begin();
	board.addTargets(targets);
	board.addStates(states);
	return board.ready(said, NOW * 1000);
}

const seen = (wanted = {}) => board.view(wanted).groups.map(
    ({ name, cards }) => [name, ...cards.map((card) => card.name)]);

beforeEach(() => {
	board = new Board();
});

describe('a stream', () => {
	test('is shown when it is ready, in its order', () => {
		board.begin();
		board.addTargets([target(7), target(3)]);
		board.addTargets([]);
		board.addTargets([target(5)]);
		assert.deepEqual(board.addStates([{ id: 3, sessions: 1 }]), []);
		assert.equal(board.size, 0);
		board.ready({ targets: 3, now: NOW }, 0);
		assert.deepEqual(seen(), [['', 'web7', 'web3', 'web5']]);
		assert.equal(board.card('web3').state.sessions, 1);
		assert.deepEqual(board.card('web7').state, FREE);
	});

	test('changes a card: its whole new state', () => {
		fill([target(1), target(2)],
		    [{ id: 1, sessions: 2, by: ['a', 'b'], waiting: 1 }]);
		const [{ card, before }] = board.addStates(
		    [{ id: 1, sessions: 1, by: ['b'] }]);
		assert.equal(card, board.card('web1'));
		assert.deepEqual([before.sessions, before.by, before.waiting],
		    [2, ['a', 'b'], 1]);
		assert.deepEqual([card.state.sessions, card.state.by,
			card.state.waiting], [1, ['b'], 0]);
		board.addStates([{ id: 1 }]);
		assert.deepEqual(card.state, FREE);
	});

	test('that begins again shows the last one until it is ready', () => {
		fill([target(1), target(2)], [{ id: 1, sessions: 1 }]);
		board.begin();
		board.addTargets([target(1, { name: 'web2' }), target(2,
		    { name: 'new' })]);
		assert.deepEqual(board.addStates([{ id: 1, sessions: 5 }]), []);
		assert.deepEqual(seen(), [['', 'web1', 'web2']]);
		assert.equal(board.card('web1').state.sessions, 1);
		const changes = board.ready({ now: NOW }, 0);
		assert.deepEqual(changes.map(({ card, before }) =>
			[card.name, before.sessions, card.state.sessions]),
		[['web2', 0, 5]], 'by name: ids are of one stream');
		assert.deepEqual(seen(), [['', 'web2', 'new']]);
	});

	test('given up in the middle leaves nothing behind', () => {
		fill([target(1)]);
		board.begin();
		board.addTargets([target(8)]);
		board.begin();
		board.addTargets([target(9)]);
		board.ready({ now: NOW }, 0);
		assert.deepEqual(seen(), [['', 'web9']]);
	});

	test('has the bridge’s clock', () => {
		fill([], [], { now: NOW });
		assert.equal(board.nowSec((NOW + 60) * 1000), NOW + 60);
		board.begin();
		board.ready({ now: NOW + 500 }, NOW * 1000);
		assert.equal(board.nowSec((NOW + 1) * 1000), NOW + 501);
		for (const said of [null, 7, {}, { now: 'x' }, { now: -1 },
			{ now: 1e300 }]) {
			board.begin();
			board.ready(said, NOW * 1000);
			assert.equal(board.nowSec(5000), 5, 'else one’s own');
		}
	});
});

describe('hostile events', () => {
	const NOTHINGS = [null, undefined, 0, 7, NaN, '', 'x', true, {}, [],
		[null], [[]], [1, 'x', true], { length: 3 }, [{}],
		[{ id: {} }], [{ id: null, name: null }]];

	test('of the wrong shape are nothing', () => {
		for (const bad of NOTHINGS) {
			board.begin();
			board.addTargets(bad);
			board.addStates(bad);
			board.ready(bad, 0);
			board.addTargets(bad);
			assert.deepEqual(board.addStates(bad), []);
			assert.equal(board.size, 0);
			assert.deepEqual(board.view({}),
			    { groups: [], found: 0, total: 0, rest: 0 });
		}
	});

	test('cost their own card only', () => {
		fill([target(1), null, target('2'), target(3.5), target(NaN),
			target(4, { name: '' }), target(5, { name: 5 }),
			target(6, { name: '..' }), target(7, { name: '.' }),
			target(8, { name: '\ud800' }),
			target(9, { name: 'x'.repeat(301) }),
			target(1, { name: 'same id' }),
			target(10, { name: 'web1' }), target(11)]);
		assert.deepEqual(seen(), [['', 'web1', 'web11']]);
	});

	test('with texts of other types have none', () => {
		for (const bad of [null, 7, {}, ['x'], true]) {
			fill([target(1, { description: bad, group: bad,
				mode: bad, may: bad,
				places: bad === 7 ? -7 : bad })]);
			const card = board.card('web1');
			assert.deepEqual([card.about, card.group, card.mode,
				card.mayTake, card.mayWatch, card.places],
			['', '', 'share', false, false, 0]);
		}
	});

	test('of unknown ids change nothing', () => {
		fill([target(1)]);
		for (const id of [2, '1', null, {}, -1, 1.5, '__proto__',
			'constructor'])
			assert.deepEqual(board.addStates(
			    [{ id, sessions: 1 }]), []);
		assert.deepEqual(board.card('web1').state, FREE);
		assert.equal(board.card('__proto__'), undefined);
	});

	test('with numbers of other types or sizes have none', () => {
		fill([target(1)]);
		for (const bad of ['5', -1, NaN, Infinity, 1e300, {}, [5], true,
			null]) {
			board.addStates([{ id: 1, sessions: bad, opening: bad,
				waiting: bad, kept: bad, since: bad, idle: bad,
				down: bad, locked: bad === '5' ? 5 : bad,
				starting: 'yes', by: bad }]);
			assert.deepEqual(board.card('web1').state, FREE);
		}
	});

	test('name eight at most, and only what is a name', () => {
		fill([target(1)]);
		board.addStates([{ id: 1, sessions: 19,
			by: ['a', 7, '', ...'bcdefghi'] }]);
		assert.deepEqual(board.card('web1').state.by, [...'abcdef']);
	});

});

describe('hostile names and texts', () => {
	test('stay text, in one line, and the link right', () => {
		const name = '<b>"&\'/?#%\u202e';
		fill([target(1, { name, description: 'a\n\u0000b\u202ec',
			group: `<i>${'x'.repeat(500)}` })]);
		const card = board.card(name);
		assert.equal(card.label, '<b>"&\'/?#%');
		assert.equal(card.about, 'a b c');
		assert.match(card.group, /^<i>x{116}…$/);
		const url = new URL(card.href, 'https://bridge.example/vnc/');
		assert.equal(url.origin, 'https://bridge.example');
		assert.equal(decodeURIComponent(url.pathname), `/vnc/${name}`);
		assert.equal(url.search + url.hash, '');
	});

	test('can’t lead elsewhere', () => {
		for (const name of ['//evil.example', 'https://evil.example',
			'\\\\evil.example', 'javascript:alert(1)', '../x', '%2e%2e']) {
			fill([target(1, { name })]);
			const url = new URL(board.card(name).href,
			    'https://bridge.example/vnc/');
			assert.match(url.href,
			    /^https:\/\/bridge\.example\/vnc\/[^/]+$/);
		}
	});
});

describe('groups', () => {
	beforeEach(() => {
		fill([target(1, { group: 'B' }), target(2), target(3,
		    { group: 'A' }), target(4, { group: 'B' }), target(5)],
		[{ id: 4, sessions: 1 }, { id: 1, kept: 1 },
			{ id: 3, locked: '' }]);
	});

	test('come as they appear, those without one first', () => {
		assert.deepEqual(seen(), [['', 'web2', 'web5'],
			['B', 'web1', 'web4'], ['A', 'web3']]);
	});

	test('tell how many they are, and how many are in use', () => {
		assert.deepEqual(board.view({}).groups.map(
		    ({ name, count, used }) => [name, count, used]),
		[['', 2, 0], ['B', 2, 2], ['A', 1, 0]]);
	});

	test('that are closed show no cards; what has none can’t be', () => {
		const { groups, found, rest } = board.view(
		    { closed: new Set(['B', '']) });
		assert.deepEqual(groups.map(({ name, isOpen, cards, count }) =>
			[name, isOpen, cards.length, count]),
		[['', true, 2, 2], ['B', false, 0, 2], ['A', true, 1, 1]]);
		assert.deepEqual([found, rest], [5, 0]);
	});
});

describe('the search', () => {
	beforeEach(() => {
		fill([target(1, { name: 'Müller', description: 'Left bench' }),
			target(2, { name: 'lab2', group: 'Chemistry' }),
			target(3, { name: 'lab3', description: 'left' })],
		[{ id: 3, sessions: 1, by: ['Émile'] },
			{ id: 2, locked: '' }]);
	});

	test('looks at name, description, group and user', () => {
		for (const [query, ...names] of [
			['muller', 'Müller'], ['MÜL', 'Müller'],
			['left', 'Müller', 'lab3'], ['chem', 'lab2'],
			['emile', 'lab3'], ['left lab', 'lab3'],
			['  lab \t chemistry ', 'lab2'], ['nothing'],
			['', 'Müller', 'lab3', 'lab2'], ['  ', 'Müller',
				'lab3', 'lab2'], ['.*'], ['(']])
			assert.deepEqual(seen({ query }).flatMap(
			    ([, ...found]) => found), names, query);
	});

	test('forgets who has left', () => {
		board.addStates([{ id: 3 }]);
		assert.deepEqual(seen({ query: 'emile' }), []);
	});

	test('is narrowed to free, in use, and mine', () => {
		const names = (filter, user = null) =>
			seen({ filter, user }).flatMap(([, ...found]) => found);
		assert.deepEqual(names('free'), ['Müller'], 'not the locked');
		assert.deepEqual(names('used'), ['lab3']);
		assert.deepEqual(names('mine'), []);
		assert.deepEqual(names('mine', 'Émile'), ['lab3']);
		assert.deepEqual(names('constructor').length, 0 + 3);
	});

	test('leaves the card that has the focus', () => {
		assert.deepEqual(seen({ query: 'chem', keep: 'lab3' }),
		    [['', 'lab3'], ['Chemistry', 'lab2']]);
		assert.deepEqual(seen({ query: 'chem', keep: 'gone' }),
		    [['Chemistry', 'lab2']]);
	});
});

describe('many targets', () => {
	const MANY = 10000;
	const all = Array.from({ length: MANY }, (_, i) => target(i,
	    { group: i < 150 ? '' : `Lab ${Math.floor(i / 100)}` }));

	const sizes = (wanted) => {
		const { groups, found, total, rest } = board.view(wanted);
		const cards = groups.flatMap((group) => group.cards);
		return { shown: cards.length + groups.length, found, total,
			rest, cards: cards.length, groups: groups.length };
	};

	test('are shown up to a limit, headings included', () => {
		fill(all);
		const few = sizes({ limit: 200 });
		assert.ok(few.shown <= 201, `${few.shown}`);
		assert.deepEqual([few.found, few.total, few.rest],
		    [MANY, MANY, MANY - few.cards]);
		const more = sizes({ limit: 400 });
		assert.ok(more.shown > 390 && more.shown <= 401);
		assert.equal(sizes({ limit: Infinity }).rest, 0);
	});

	test('in a group each make no more headings than that', () => {
		fill(all.map((one, i) => ({ ...one, group: `g${i}` })));
		assert.ok(sizes({ limit: 200 }).shown <= 200);
		const closed = new Set(all.map((_, i) => `g${i}`));
		const { shown, rest } = sizes({ limit: 200, closed });
		assert.equal(shown, 200);
		assert.equal(rest, MANY - 200, 'closed, but with a heading');
	});

	test('let the focused card stay beyond the limit', () => {
		fill(all);
		const { groups } = board.view({ limit: 20, keep: 'web9999' });
		assert.deepEqual(groups.map(({ name }) => name), ['', 'Lab 99']);
		assert.deepEqual(groups[1].cards.map(({ name }) => name),
		    ['web9999']);
	});

	test('are found by one of them', () => {
		fill(all, [{ id: 4321, sessions: 1, by: ['zoe'] }]);
		assert.deepEqual(seen({ query: 'zoe', limit: 200 }),
		    [['Lab 43', 'web4321']]);
	});
});

/* ---- at random, the same each time ---- */

const KEYS = ['id', 'name', 'description', 'group', 'mode', 'places', 'may',
	'sessions', 'opening', 'waiting', 'kept', 'by', 'since', 'idle',
	'locked', 'down', 'starting', 'now', '__proto__', 'length'];
const VALUES = [null, true, false, 0, 1, 2, 3, -1, 1.5, 1e12, 1e308, NOW, '',
	'web1', 'me', 'ask', 'queue', 'tw', '..', '\ud800', '\u202e\n',
	'x'.repeat(400), '<b>', '\u0000', 'É'];

/* Numbers from 0 to n - 1; Knuth's, with the constants of MMIX. */
function makeDice(seed) {
	let state = BigInt(seed);

	return (n) => {
		state = BigInt.asUintN(64,
		    state * 6364136223846793005n + 1442695040888963407n);
		return Number(state >> 33n) % n;
	};
}

function anything(dice, depth) {
	const kind = depth > 0 ? dice(8) : 7;

	if (kind < 2)
		return Array.from({ length: dice(6) },
		    () => anything(dice, depth - 1));
	return kind < 6 ? anObject(dice, depth) : VALUES[dice(VALUES.length)];
}

function anObject(dice, depth) {
	const made = Object.create(null);

	for (let i = dice(KEYS.length); i > 0; i--)
		made[KEYS[dice(KEYS.length)]] = anything(dice, depth - 1);
	/* Mostly it is one that may be known. */
	if (dice(8) > 0)
		made.id = dice(4);
	if (dice(3) > 0)
		made.name = `web${dice(5)}`;
	return made;
}

/* Whatever has come, every card can be shown. */
function assertSound() {
	const { groups, found, total, rest } = board.view(
	    { query: 'e', user: 'me', limit: 3 });
	assert.ok(found <= total && rest <= found);
	assert.ok(groups.length <= 3);
	for (const card of board.view({}).groups.flatMap((g) => g.cards)) {
		const { kind, label, notes } = describeCard(card, 'me', NOW);
		assert.match(kind, /^(free|shared|busy|bad|mine)$/);
		for (const text of [label, ...notes, card.label, card.about,
			card.group, describeConfirm('take', card).text]) {
			assert.equal(typeof text, 'string');
			assert.doesNotMatch(text,
			    /\p{Cc}|\u202e|NaN|undefined/u);
			assert.ok(text.length < 400);
		}
		assert.ok(actionsOf(card, 'me').length <= 4);
		assert.equal(Object.keys(card.state).length, 10);
	}
}

test('whatever a stream says, the board can be shown', () => {
	const dice = makeDice(7);
	let cards = 0;

	for (let i = 0; i < 1500; i++) {
		const act = ['addTargets', 'addTargets', 'addStates',
			'addStates', 'addStates', 'begin', 'ready',
			'ready'][dice(8)];
		/* As it comes: JSON. */
		board[act](JSON.parse(JSON.stringify(dice(2) === 0 ?
		    anything(dice, 3) : Array.from({ length: dice(9) },
			() => anObject(dice, 2)))), NOW * 1000);
		assertSound();
		cards = Math.max(cards, board.size);
	}
	assert.ok(cards > 1, 'some of it was taken');
	assert.equal({}.id, undefined);
});
