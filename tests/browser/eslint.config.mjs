/* SPDX-License-Identifier: ISC */
/* For share/novnc and tests/browser; run from the top of the tree. */

import js from '@eslint/js';
import globals from 'globals';

const strict = {
	'eqeqeq': 'error',
	'func-style': ['error', 'declaration', { allowArrowFunctions: true }],
	'max-len': ['error', { code: 80, tabWidth: 8, ignoreUrls: true,
		ignoreStrings: true, ignoreTemplateLiterals: true }],
	'max-lines': ['error', 500],
	'max-lines-per-function': ['error', 80],
	'no-console': ['error', { allow: ['error'] }],
	'no-eval': 'error',
	'no-implied-eval': 'error',
	'no-new-func': 'error',
	'no-restricted-properties': ['error',
		{ property: 'innerHTML', message: 'Text goes in as text.' },
		{ property: 'outerHTML', message: 'Text goes in as text.' },
		{ property: 'insertAdjacentHTML',
			message: 'Text goes in as text.' }],
	'no-shadow': 'error',
	'no-var': 'error',
	'prefer-const': 'error',
	'semi': ['error', 'always']
};

export default [
	{ ignores: ['**/node_modules/', '**/built/', '**/build/',
		'**/artifacts/'] },
	js.configs.recommended,
	{
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: strict
	},
	{
		files: ['share/novnc/js/**'],
		languageOptions: { globals: globals.browser }
	},
	{
		files: ['share/novnc/*.mjs', 'tests/browser/**'],
		languageOptions: { globals: globals.node }
	},
	{
		files: ['tests/browser/*.mjs', 'tests/browser/lib/boardpage.mjs',
			'tests/browser/lib/browser.mjs',
			'tests/browser/lib/people.mjs'],
		languageOptions: { globals: { ...globals.node,
			document: 'readonly', window: 'readonly',
			innerWidth: 'readonly', navigator: 'readonly',
			dispatchEvent: 'readonly',
			ErrorEvent: 'readonly' } },
		/* A test's describe() is as long as its tests. */
		rules: { 'max-lines-per-function': 'off' }
	}
];
