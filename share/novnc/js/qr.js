/* SPDX-License-Identifier: ISC */
/* A QR code as a picture: dark on light, whatever the page's colours are. */

import qrcode from 'qrcode-generator';

const SVG = 'http://www.w3.org/2000/svg';
const QUIET = 4; /* modules around it, ISO 18004, 9.1 */

export function drawCode(text) {
	const code = qrcode(0, 'M');
	code.addData(text, 'Byte');
	code.make();

	const count = code.getModuleCount();
	const size = count + 2 * QUIET;
	let path = '';
	for (let row = 0; row < count; row++)
		for (let column = 0; column < count; column++)
			if (code.isDark(row, column))
				path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;

	const svg = document.createElementNS(SVG, 'svg');
	const ground = document.createElementNS(SVG, 'rect');
	const dark = document.createElementNS(SVG, 'path');
	svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
	svg.setAttribute('role', 'img');
	svg.setAttribute('aria-label', 'The link as a QR code');
	svg.setAttribute('shape-rendering', 'crispEdges');
	ground.setAttribute('width', size);
	ground.setAttribute('height', size);
	ground.setAttribute('fill', '#fff');
	dark.setAttribute('d', path);
	dark.setAttribute('fill', '#000');
	svg.append(ground, dark);
	return svg;
}
