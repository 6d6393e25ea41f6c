/* SPDX-License-Identifier: ISC */
/*
 * What is typed is what arrives: on a phone's keyboard, on a hardware
 * keyboard that is joined to the phone, and with Ctrl+V or Cmd+V.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test }
	from 'node:test';

import { startBridge } from './lib/bridge.mjs';
import { phase, startBrowser } from './lib/browser.mjs';
import { Stack } from './lib/process.mjs';
import { startRecorder } from './lib/recorder.mjs';
import { until } from './lib/wait.mjs';

const BACKSPACE = 0xff08;
const TAB = 0xff09;
const RETURN = 0xff0d;
const CONTROL = 0xffe3;
const ALT = 0xffe9;

const ANDROID = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) ' +
    'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36';

/* CDP's Input.dispatchKeyEvent: modifiers. */
const ALT_BIT = 1, CTRL_BIT = 2, META_BIT = 4, SHIFT_BIT = 8;

const stack = new Stack();
let bridge, server, page, cdp, pages;

before(async () => {
	bridge = stack.add(await startBridge());
	server = stack.add(await startRecorder());
}, { timeout: 30000 });

after(() => stack.stop());

async function openPage() {
	page = await pages.open(`${bridge.url}127.0.0.1:${server.port}`);
	await phase(page, 'connected');
	cdp = await page.context().newCDPSession(page);
}

const closePage = () => pages.close(page);

/*
 * All that arrived for what act does, which presses Tab so many times. The Tab
 * of the bar, pressed last, tells that nothing more is to come.
 */
async function arrived(act, tabs = 0) {
	server.events.length = 0;
	await act();
	await page.evaluate(() => document.getElementById('key-tab').click());
	const isEnd = ({ keysym, isDown }) => keysym === TAB && !isDown;
	await until('the last key is there',
	    () => server.events.filter(isEnd).length > tabs);
	return server.events.slice(0, -2);
}

const presses = (...keysyms) => keysyms.flatMap((keysym) =>
	[{ keysym, isDown: true }, { keysym, isDown: false }]);
const textKeys = (text) => presses(...[...text].map((c) => c.codePointAt(0)));

/* The text that keys write at the end of another. */
function written(events, before_ = '') {
	const text = [...before_];
	for (const { keysym, isDown } of events)
		if (isDown && keysym === BACKSPACE)
			text.pop();
		else if (isDown)
			text.push(String.fromCodePoint(keysym & 0xffffff));
	return text.join('');
}

const key = (type, more) => cdp.send('Input.dispatchKeyEvent',
    { type, ...more });

/* A key as a keyboard of another layout or system sends it. */
async function pressKey(more, whileDown = async () => {}) {
	await key('rawKeyDown', more);
	await whileDown();
	await key('keyUp', { ...more, commands: [] });
}

/* What a phone's keyboard edits has no key: only a command for the field. */
const edit = (command) => pressKey({ key: 'Unidentified',
	windowsVirtualKeyCode: 229, commands: [command] });

const compose = (text) => cdp.send('Input.imeSetComposition',
    { text, selectionStart: text.length, selectionEnd: text.length });
const commit = (text) => page.keyboard.insertText(text);

function onPhone(what, options, declareTests) {
	describe(what, { timeout: 120000 }, () => {
		before(async () => {
			pages = stack.add(await startBrowser({
				viewport: { width: 390, height: 780 },
				hasTouch: true, isMobile: true, ...options
			}));
		});
		beforeEach(async () => {
			await openPage();
			await page.locator('#handle').tap();
			await page.locator('#keyboard').tap();
		});
		afterEach(closePage);
		declareTests();
	});
}

onPhone('the keyboard of a phone', {}, () => {
	test('sends the keys that are no text', async () => {
		const keys = { Escape: 0xff1b, Tab: TAB, ArrowLeft: 0xff51,
			ArrowUp: 0xff52, ArrowRight: 0xff53, ArrowDown: 0xff54,
			Home: 0xff50, End: 0xff57, PageUp: 0xff55,
			PageDown: 0xff56, Insert: 0xff63, Delete: 0xffff,
			Backspace: BACKSPACE, Enter: RETURN };
		for (let i = 1; i <= 12; i++)
			keys[`F${i}`] = 0xffbd + i;
		for (const [name, keysym] of Object.entries(keys))
			assert.deepEqual(
			    await arrived(() => page.keyboard.press(name),
			        keysym === TAB ? 1 : 0),
			    presses(keysym), name);
	});

	test('writes the same after any key that moves a caret', async () => {
		for (const name of ['Home', 'End', 'ArrowLeft', 'ArrowUp',
			'PageUp', 'Control+Home', 'Control+A', 'Shift+ArrowLeft']) {
			await arrived(() => page.keyboard.press(name));
			assert.deepEqual(await arrived(() => commit('c')),
			    textKeys('c'), name);
			assert.deepEqual(
			    await arrived(() => edit('deleteBackward')),
			    presses(BACKSPACE), name);
		}
	});

	test('writes the same wherever a gesture put the caret', async () => {
		for (const [from, to] of [[0, 0], [3, 3], [61, 61], [0, 64],
			[0, 10], [10, 64], [63, 64]]) {
			const select = () => page.locator('#keyboard-field')
			    .evaluate((field, at) =>
				    field.setSelectionRange(...at),
			    [from, to]);
			const where = `${from} to ${to}`;
			await select();
			assert.deepEqual(await arrived(() => commit('x')),
			    textKeys('x'), where);
			await select();
			assert.deepEqual(await arrived(() => commit('_')),
			    textKeys('_'), where);
			await select();
			assert.deepEqual(
			    await arrived(() => edit('deleteBackward')),
			    presses(BACKSPACE), where);
		}
	});

	test('never erases more than was asked for', async () => {
		for (const command of ['deleteToBeginningOfLine',
			'deleteToBeginningOfParagraph']) {
			const keys = await arrived(() => edit(command));
			assert.ok(keys.length <= 2, command);
		}
		const word = await arrived(() => edit('deleteWordBackward'));
		assert.deepEqual(word, [{ keysym: CONTROL, isDown: true },
			...presses(BACKSPACE),
			{ keysym: CONTROL, isDown: false }]);
		assert.deepEqual(await arrived(() => edit('selectAll')), []);
		assert.deepEqual(await arrived(() => commit('z')),
		    textKeys('z'));
		await arrived(() => commit('abc'));
		assert.deepEqual(await arrived(() => edit('undo')), []);
		assert.deepEqual(await arrived(() => edit('redo')), []);
	});

	test('writes whole words, lines and other scripts', async () => {
		assert.deepEqual(await arrived(() => commit('ls -l\n/tmp')),
		    presses(...[...'ls -l'].map((c) => c.charCodeAt(0)), RETURN,
			...[...'/tmp'].map((c) => c.charCodeAt(0))));
		/* The same as from a hardware keyboard: noVNC's table. */
		assert.deepEqual(await arrived(() => commit('éš€жλא가😀')),
		    presses(0xe9, 0x1b9, 0x20ac, 0x6d6, 0x7eb, 0xce0, 0x100ac00,
			0x101f600));
	});

	test('sends of an input method only what was chosen', async () => {
		assert.deepEqual(await arrived(async () => {
			for (const text of ['k', 'か', 'かん', 'かんj', 'かんじ'])
				await compose(text);
			await commit('漢字');
		}), presses(0x1006f22, 0x1005b57));
		assert.deepEqual(await arrived(async () => {
			for (const text of ['n', 'ni', 'ni h', 'ni hao', ''])
				await compose(text);
		}), []);
		assert.deepEqual(await arrived(() => commit('o')), textKeys('o'));
	});

	test('gives Ctrl and Alt with a hardware key', async () => {
		assert.deepEqual(
		    await arrived(() => page.keyboard.press('Control+C')),
		    [{ keysym: CONTROL, isDown: true }, ...textKeys('C'),
			    { keysym: CONTROL, isDown: false }]);
		assert.deepEqual(
		    await arrived(() => page.keyboard.press('Alt+f')),
		    [{ keysym: ALT, isDown: true }, ...textKeys('f'),
			    { keysym: ALT, isDown: false }]);
		assert.deepEqual(await arrived(async () => {
			await page.keyboard.down('Control');
			await page.locator('#keyboard').tap();
		}), [{ keysym: CONTROL, isDown: true },
			{ keysym: CONTROL, isDown: false }]);
		await page.keyboard.up('Control');
	});

	test('needs no Ctrl for AltGr', async () => {
		assert.deepEqual(await arrived(async () => {
			const altGr = { key: 'AltGraph', code: 'AltRight',
				modifiers: CTRL_BIT | ALT_BIT };
			await key('rawKeyDown', { key: 'Control',
				code: 'ControlLeft', modifiers: CTRL_BIT });
			await key('rawKeyDown', altGr);
			await commit('@');
			await key('keyUp', altGr);
			await key('keyUp', { key: 'Control', code: 'ControlLeft' });
		}), [...presses(CONTROL), ...textKeys('@')]);
	});
});

onPhone('a keyboard of Android', { userAgent: ANDROID }, () => {
	test('shows each letter at once, and corrects its words', async () => {
		const shown = [];
		const events = await arrived(async () => {
			for (const text of ['t', 'te', 'teh']) {
				await compose(text);
				await until(`${text} is there`,
				    () => written(server.events) === text);
				shown.push(text);
			}
			await commit('the ');
		});
		assert.equal(shown.length, 3);
		assert.equal(written(events, 'before '), 'before the ');
		/* Two of "teh" are wrong: nothing else is erased. */
		assert.equal(events.filter(({ keysym, isDown }) =>
			isDown && keysym === BACKSPACE).length, 2);
	});

	test('takes back a word that is given up', async () => {
		const events = await arrived(async () => {
			await compose('wor');
			await compose('');
		});
		assert.equal(written(events, 'kept'), 'kept');
		assert.deepEqual(await arrived(() => edit('deleteBackward')),
		    presses(BACKSPACE));
	});

	test('keeps back what an input method converts', async () => {
		const events = await arrived(async () => {
			for (const text of ['か', 'かん', 'かんじ'])
				await compose(text);
			await commit('漢字');
		});
		assert.deepEqual(events, presses(0x1006f22, 0x1005b57));
	});
});

/* Puts text on the browser's clipboard, without any permission. */
async function copyHere(text) {
	await page.locator('#clipboard-text').evaluate((field, t) => {
		const shown = [field.closest('#bar'), field.closest('section')];
		shown.forEach((element) => { element.hidden = false; });
		field.value = t;
		field.select();
		document.execCommand('copy');
		field.value = '';
		shown.forEach((element) => { element.hidden = true; });
	}, text);
	await page.locator('#screen canvas').focus();
}

const V = { code: 'KeyV', windowsVirtualKeyCode: 86,
	commands: ['paste'] };

describe('Ctrl+V', { timeout: 120000 }, () => {
	before(async () => {
		pages = stack.add(await startBrowser());
	});
	beforeEach(openPage);
	afterEach(closePage);

	const ctrlV = (letter, more = {}) => async () => {
		const held = { key: 'Control', code: 'ControlLeft',
			windowsVirtualKeyCode: 17 };
		await key('rawKeyDown', { ...held, modifiers: CTRL_BIT });
		await pressKey({ ...V, key: letter, modifiers: CTRL_BIT,
			...more });
		await until('the key has arrived', () => server.events.some(
		    ({ keysym, isDown }) => !isDown && keysym !== CONTROL));
		await key('keyUp', held);
	};
	const pasted = (text, keysym = 0x76) => [
		{ keysym: CONTROL, isDown: true }, ...text ? [{ text }] : [],
		...presses(keysym), { keysym: CONTROL, isDown: false }];

	test('pastes with any layout', async () => {
		for (const letter of ['v', 'м', 'ω', 'ה', 'ر', 'ვ', 'น']) {
			const text = `with ${letter.codePointAt(0)}`;
			await copyHere(text);
			assert.deepEqual(await arrived(ctrlV(letter)),
			    pasted(text), letter);
		}
	});

	test('is another key where V is elsewhere', async () => {
		await copyHere('Dvorak');
		assert.deepEqual(await arrived(ctrlV('k', { commands: [] })),
		    pasted('', 0x6b));
		assert.deepEqual(await arrived(ctrlV('v',
		    { code: 'Period', windowsVirtualKeyCode: 86 })),
		pasted('Dvorak'));
	});

	test('pastes with Shift, too', async () => {
		await copyHere('with Shift');
		assert.deepEqual(await arrived(ctrlV('V',
		    { modifiers: CTRL_BIT | SHIFT_BIT })),
		pasted('with Shift', 0x56));
	});

	test('holds where nothing is pasted, however short', async () => {
		const events = await arrived(async () => {
			const held = { key: 'Control', code: 'ControlLeft' };
			await key('rawKeyDown', { ...held, modifiers: CTRL_BIT });
			await pressKey({ ...V, key: 'v', modifiers: CTRL_BIT,
				commands: [] });
			await key('keyUp', held);
			await until('V has arrived', () => server.events.some(
			    ({ keysym, isDown }) =>
				    !isDown && keysym === 0x76));
		});
		let isHeld = false;
		for (const { keysym, isDown } of events)
			if (keysym === CONTROL)
				isHeld = isDown;
			else
				assert.ok(isHeld, 'a V without its Ctrl');
	});

	test('pastes into the on-screen keyboard\'s field', async () => {
		await copyHere('in the field');
		await page.locator('#keyboard-field').focus();
		assert.deepEqual(await arrived(ctrlV('м')),
		    pasted('in the field'));
	});
});

describe('Cmd+V on a Mac', { timeout: 60000 }, () => {
	before(async () => {
		pages = stack.add(await startBrowser());
		await pages.context.addInitScript(() => Object.defineProperty(
		    navigator, 'platform', { get: () => 'MacIntel' }));
	});
	beforeEach(openPage);
	afterEach(closePage);

	test('pastes as Ctrl+V, and leaves Cmd as it was', async () => {
		for (const letter of ['v', 'м']) {
			const text = `from a Mac ${letter.codePointAt(0)}`;
			const held = { key: 'Meta', code: 'MetaLeft', location: 1 };
			await copyHere(text);
			const events = await arrived(async () => {
				await key('rawKeyDown',
				    { ...held, modifiers: META_BIT });
				await key('rawKeyDown', { ...V, key: letter,
					modifiers: META_BIT });
				await until('V has arrived', () => server.events.some(
				    ({ keysym }) => keysym === 0x76));
				await key('keyUp', held);
			});
			assert.deepEqual(events, [
				{ keysym: ALT, isDown: true }, { text },
				{ keysym: CONTROL, isDown: true },
				{ keysym: ALT, isDown: false },
				...presses(0x76),
				{ keysym: ALT, isDown: true },
				{ keysym: CONTROL, isDown: false },
				{ keysym: ALT, isDown: false }]);
		}
	});
});
