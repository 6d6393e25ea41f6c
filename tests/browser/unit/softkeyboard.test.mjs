/* SPDX-License-Identifier: ISC */
/*
 * What keyboards do with the hidden field that no test can make a browser
 * do: corrections, deletions of many kinds, events in other orders.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pasteKey } from '../../../share/novnc/js/clipboard.js';
import { PADDING } from '../../../share/novnc/js/fieldtext.js';
import { initSoftKeyboard } from '../../../share/novnc/js/softkeyboard.js';

const BACKSPACE = 0xff08;
const DELETE = 0xffff;
const CONTROL = 0xffe3;

/* A field with the keyboard; edit(value, more) is one change of it. */
class Field extends EventTarget {
	value = '';
	selectionStart = 0;
	selectionEnd = 0;
	sent = [];

	constructor() {
		super();
		initSoftKeyboard(this, Object.assign(new EventTarget(),
		    { setAttribute() {} }),
		(keysym) => this.sent.push(keysym));
		this.tell('focus');
	}

	setSelectionRange(start, end) {
		this.selectionStart = start;
		this.selectionEnd = end;
	}

	tell(type, more = {}) {
		const event = new Event(type, { cancelable: true });
		this.dispatchEvent(Object.assign(event, more));
		return event;
	}

	edit(value, inputType, more = {}) {
		this.sent = [];
		const event = this.tell('beforeinput', { inputType, ...more });
		if (!event.defaultPrevented) {
			this.value = value;
			this.tell('input',
			    { inputType, isComposing: false, ...more });
		}
		return this.sent;
	}
}

const codes = (text) => [...text].map((c) => c.codePointAt(0));
const without = (count) => PADDING.slice(count);

test('every insertion writes what it inserted', () => {
	const field = new Field();
	for (const inputType of ['insertText', 'insertReplacementText',
		'insertFromPaste', 'insertFromDrop', 'insertTranspose', ''])
		for (const [before, after] of [['', PADDING], [PADDING, ''],
			[without(60), without(4)], ['', ''], ['_', '']])
			assert.deepEqual(field.edit(`${before}word${after}`,
			    inputType), codes('word'));
});

test('an insertion over padding erases nothing', () => {
	const field = new Field();
	for (let lost = 1; lost <= PADDING.length; lost++)
		assert.deepEqual(field.edit(`${without(lost)}x`, 'insertText'),
		    codes('x'));
	/* What was typed looks like padding. */
	assert.deepEqual(field.edit('_', 'insertText', { data: '_' }),
	    codes('_'));
});

test('an erasure is one key, unless the keyboard counted', () => {
	for (const inputType of ['deleteContentBackward', 'deleteByCut',
		'deleteSoftLineBackward', 'deleteHardLineBackward',
		'deleteEntireSoftLine', 'deleteContent', '']) {
		const field = new Field();
		assert.deepEqual(field.edit(without(1), inputType),
		    [BACKSPACE]);
		assert.deepEqual(field.edit('', inputType), [BACKSPACE]);
	}
	const field = new Field();
	assert.deepEqual(field.edit(without(4), 'deleteContentBackward'),
	    Array(4).fill(BACKSPACE));
	field.setSelectionRange(60, 64);
	assert.deepEqual(field.edit(without(4), 'deleteContentBackward'),
	    [BACKSPACE]);
	assert.deepEqual(field.edit(without(1), 'deleteContentForward'),
	    [DELETE]);
	assert.deepEqual(field.edit('', 'deleteWordBackward'),
	    [CONTROL, BACKSPACE, CONTROL]);
	assert.deepEqual(field.edit('', 'deleteWordForward'),
	    [CONTROL, DELETE, CONTROL]);
});

test('undoing writes and erases nothing', () => {
	const field = new Field();
	field.edit(`${PADDING}abc`, 'insertText');
	for (const inputType of ['historyUndo', 'historyRedo']) {
		assert.deepEqual(field.edit(`${PADDING}abc`, inputType), []);
		/* As browsers do that don't let it be stopped. */
		field.value = '';
		field.tell('input', { inputType });
		assert.deepEqual(field.sent, []);
		assert.equal(field.value, PADDING);
	}
});

test('a composition is written once, when it is over', () => {
	const field = new Field();
	field.tell('compositionstart');
	for (const text of ['n', 'ni', 'nihao', '你好'])
		assert.deepEqual(field.edit(PADDING + text,
		    'insertCompositionText', { isComposing: true }), []);
	field.tell('compositionend');
	const sent = [0x01004f60, 0x0100597d];
	assert.deepEqual(field.sent, sent);
	/* Firefox says so again, after the end. */
	field.tell('input', { inputType: 'insertCompositionText' });
	assert.deepEqual(field.sent, sent);
	assert.equal(field.value, PADDING);
});

test('leaving the field ends what is composed', () => {
	const field = new Field();
	field.tell('compositionstart');
	field.edit(`${PADDING}half`, 'insertCompositionText',
	    { isComposing: true });
	field.sent = [];
	field.tell('blur');
	assert.deepEqual(field.sent, codes('half'));
	assert.equal(field.value, PADDING);
});

test('a key of an input method is its own', () => {
	const field = new Field();
	for (const more of [{ key: 'Process' }, { key: 'Unidentified' },
		{ key: 'Dead' }, { key: 'a', isComposing: true },
		{ key: 'Enter', isComposing: true },
		{ key: 'Enter', keyCode: 229 }, { key: 'a', code: 'KeyA' },
		{ key: undefined }]) {
		const event = field.tell('keydown', more);
		assert.equal(event.defaultPrevented, false);
		field.tell('keyup', more);
	}
	assert.deepEqual(field.sent, []);
});

test('which keys paste', () => {
	const down = (more) => pasteKey({ key: 'v', code: 'KeyV',
		ctrlKey: true, shiftKey: false, altKey: false, metaKey: false,
		...more })?.keysym ?? 0;
	assert.equal(down({}), 0x76);
	assert.equal(down({ key: 'V', shiftKey: true }), 0x56);
	assert.equal(down({ key: 'м' }), 0x76);
	assert.equal(down({ key: 'М', shiftKey: true }), 0x56);
	assert.equal(down({ key: 'v', code: 'Period' }), 0x76);
	assert.equal(down({ key: 'v', code: '' }), 0x76);
	assert.equal(down({ key: 'Insert', code: 'Insert', ctrlKey: false,
		shiftKey: true }), 0xff63);
	for (const more of [{ key: 'k' }, { key: 'м', code: 'KeyC' },
		{ ctrlKey: false }, { altKey: true }, { key: 'Unidentified' },
		{ key: '.', code: 'KeyV' }, { ctrlKey: false, metaKey: true },
		{ key: 'Insert', code: 'Insert' }, { key: 'é' }])
		assert.equal(down(more), 0, JSON.stringify(more));
});
