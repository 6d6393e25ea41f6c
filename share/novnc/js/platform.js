/* SPDX-License-Identifier: ISC */
/* What keyboards do differently on some systems. Asked at each use. */

/* Cmd is where others have Ctrl, and keys are not released while it is. */
export const isApple = () =>
	/^(Mac|iP)/.test(globalThis.navigator?.platform ?? '');

/* Its keyboards compose every word, letter by letter. */
export const isAndroid = () =>
	/Android/.test(globalThis.navigator?.userAgent ?? '');
