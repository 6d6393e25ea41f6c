/* SPDX-License-Identifier: ISC */
/*
 * The cards on the page, as Board.view() gives them. What stays is the same
 * element, changed in place: it keeps the focus, and a reader its place.
 */

import { actionsOf } from './board.js';
import { ACTION_LABELS, describeCard, describeGroup } from './boardwords.js';

const find = (id) => document.getElementById(id);

function element(tag, className, ...children) {
	const made = document.createElement(tag);
	made.className = className;
	made.append(...children);
	return made;
}

function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/* Makes these the children, and moves none that is where it should be. */
function place(parent, wanted) {
	const stays = new Set(wanted);

	for (const child of [...parent.children])
		if (!stays.has(child))
			child.remove();
	wanted.forEach((child, i) => {
		if (parent.children[i] !== child)
			parent.insertBefore(child, parent.children[i] ?? null);
	});
}

class Item {
	#card;
	#act;
	#name = element('span', 'target-name');
	#about = element('span', 'target-about');
	#state = element('span', 'target-state');
	#notes = element('span', 'target-notes');
	#actions = element('div', 'card-actions');
	#shown = '';
	link = element('a', 'target', this.#name, this.#about, this.#state,
	    this.#notes);
	li = element('li', 'card', this.link, this.#actions);

	constructor(act) {
		this.#act = act;
	}

	update(card, user, nowSec) {
		const { kind, label, notes } = describeCard(card, user, nowSec);
		const actions = actionsOf(card, user);

		this.#card = card;
		this.link.href = card.href;
		this.link.dataset.name = this.li.dataset.name = card.name;
		setText(this.#name, card.label);
		setText(this.#about, card.about);
		setText(this.#state, label);
		setText(this.#notes, notes.join('. '));
		this.#state.dataset.kind = kind;
		if (this.#shown === actions.join())
			return;
		this.#shown = actions.join();
		this.#showActions(actions);
	}

	/* Who was on a button that goes is on the card then. */
	#showActions(actions) {
		const had = this.#actions.contains(document.activeElement);
		const old = [...this.#actions.children];

		place(this.#actions, actions.map((kind) =>
			old.find((one) => one.dataset.kind === kind) ??
			    this.#makeAction(kind)));
		if (had && !this.#actions.contains(document.activeElement))
			this.link.focus({ preventScroll: true });
	}

	#makeAction(kind) {
		const isLink = kind === 'queue';
		const made = element(isLink ? 'a' : 'button', 'button',
		    ACTION_LABELS[kind]);

		made.dataset.kind = kind;
		made.setAttribute('aria-label',
		    `${ACTION_LABELS[kind]} ${this.#card.label}`);
		if (isLink) {
			made.href = this.#card.href;
			return made;
		}
		made.type = 'button';
		made.addEventListener('click', () =>
			this.#act(kind, this.#card, made));
		return made;
	}
}

class Section {
	#isOpen = true;
	#title = element('h3', '');
	#count = element('span', 'group-count');
	list = element('ul', 'targets');
	details = element('details', 'group',
	    element('summary', '', this.#title, this.#count), this.list);

	constructor(name, toggled) {
		this.list.setAttribute('role', 'list'); /* without its dots */
		this.details.open = true;
		this.#title.textContent = name;
		/* Told later, also of what was done here. */
		this.details.addEventListener('toggle', () => {
			if (this.details.open === this.#isOpen)
				return;
			this.#isOpen = this.details.open;
			toggled(name, this.#isOpen);
		});
	}

	update({ isOpen, count, used }) {
		this.#isOpen = isOpen;
		if (this.details.open !== isOpen)
			this.details.open = isOpen;
		setText(this.#count, describeGroup(count, used));
	}
}

export class Cards {
	#on;
	#items = new Map(); /* by name */
	#sections = new Map();

	/* on: act(kind, card, button), toggled(group, isOpen) */
	constructor(on) {
		this.#on = on;
	}

	/* The name of the card that has the focus, or null. */
	get focused() {
		return document.activeElement?.closest('li.card')
		    ?.dataset.name ?? null;
	}

	focus(name) {
		(this.#items.get(name)?.link ?? find('configured-title')).focus();
	}

	/* Of all that are on the page. */
	get names() {
		return [...this.#items.keys()];
	}

	render({ groups }, user, nowSec) {
		const focused = document.activeElement;
		const items = new Map();
		const sections = new Map();
		const listItems = (cards) => cards.map((card) => {
			const item = this.#items.get(card.name) ??
			    new Item(this.#on.act);
			item.update(card, user, nowSec);
			items.set(card.name, item);
			return item.li;
		});

		place(find('targets'), listItems(groups.find(
		    ({ name }) => name === '')?.cards ?? []));
		find('targets').hidden = find('targets').children.length === 0;
		for (const group of groups) {
			if (group.name === '')
				continue;
			const section = this.#sections.get(group.name) ??
			    new Section(group.name, this.#on.toggled);
			section.update(group);
			place(section.list, listItems(group.cards));
			sections.set(group.name, section);
		}
		place(find('groups'),
		    [...sections.values()].map(({ details }) => details));
		this.#items = items;
		this.#sections = sections;
		keepFocus(focused);
	}
}

/* What was moved, or is gone, has lost it. */
function keepFocus(focused) {
	if (focused === null || document.activeElement === focused ||
	    document.activeElement !== document.body)
		return;
	(focused.isConnected ? focused : find('configured-title'))
	    .focus({ preventScroll: true });
}
