/* SPDX-License-Identifier: ISC */
/*
 * The picture: eight upright bars of equal width in the order of the table,
 * and a grey block that wanders from left to right through the middle row.
 * Bar i covers the columns from i * width / 8 to (i + 1) * width / 8.
 */
#include <arpa/inet.h>
#include <string.h>

#include "tests/testcard/testcard.h"

#define BARS  8
#define BLOCK 8 /* its place in the table */

static const uint8_t colours[CARD_COLOURS][3] = {
    {255, 255, 255}, /* white */
    {255, 255, 0},   /* yellow */
    {0, 255, 255},   /* cyan */
    {0, 255, 0},     /* green */
    {255, 0, 255},   /* magenta */
    {255, 0, 0},     /* red */
    {0, 0, 255},     /* blue */
    {0, 0, 0},	     /* black */
    {128, 128, 128}  /* the block */
};

struct rect
pattern_block(const struct card *card, uint32_t frame)
{
	uint32_t way = card->width - CARD_BLOCK_PIXELS;
	struct rect r;

	r.x = (uint16_t)(frame * (uint64_t)CARD_STEP_PIXELS % way);
	r.y = (uint16_t)((card->height - CARD_BLOCK_PIXELS) / 2);
	r.w = CARD_BLOCK_PIXELS;
	r.h = CARD_BLOCK_PIXELS;
	return r;
}

bool
pattern_format_is_good(const struct pixel_format *f)
{
	int i;

	if (!f->is_true_colour)
		return false;
	if (f->bits != 8 && f->bits != 16 && f->bits != 32)
		return false;
	for (i = 0; i < 3; i++)
		if (f->max[i] == 0 || f->shift[i] >= f->bits ||
		    ((uint64_t)f->max[i] << f->shift[i]) >> f->bits != 0)
			return false;
	return true;
}

void
pattern_make_palette(
    const struct pixel_format *f, uint8_t palette[CARD_COLOURS][4])
{
	unsigned i, k, bytes = f->bits / 8;
	uint32_t value;

	for (i = 0; i < CARD_COLOURS; i++) {
		value = 0;
		for (k = 0; k < 3; k++)
			value |= (uint32_t)(colours[i][k] * f->max[k] / 255)
			    << f->shift[k];
		for (k = 0; k < bytes; k++)
			palette[i][f->is_big_endian ? bytes - 1 - k : k] =
			    (uint8_t)(value >> (8 * k));
	}
}

static bool
is_inside(const struct rect *r, uint32_t x, uint32_t y)
{
	return x >= r->x && x < (uint32_t)r->x + r->w && y >= r->y &&
	    y < (uint32_t)r->y + r->h;
}

void
pattern_draw_row(
    const struct conn *c, const struct rect *r, uint32_t row, uint8_t *out)
{
	const struct card *card = c->card;
	struct rect block = pattern_block(card, c->shown_frame);
	unsigned bytes = c->format.bits / 8, colour;
	uint32_t x, y = r->y + row;

	for (x = r->x; x < (uint32_t)r->x + r->w; x++) {
		/* the greatest i for which i * width / 8 is not beyond x */
		colour = ((x + 1) * BARS - 1) / card->width;
		if (is_inside(&block, x, y))
			colour = BLOCK;
		memcpy(out, c->palette[colour], bytes);
		out += bytes;
	}
}
