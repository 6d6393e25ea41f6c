/* SPDX-License-Identifier: ISC */
/* The Remote Framebuffer Protocol 3.8, RFC 6143, a server's side. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "tests/testcard/testcard.h"

#define SECURITY_NONE	   1 /* RFC 6143, 7.1.2 */
#define SECURITY_VNC	   2

#define GARBAGE_BYTES	   256
#define CUT_TEXT_MAX_BYTES (1024 * 1024)
#define SHOWN_BYTES	   200 /* of foreign text, in a report */

static const char greeting[] = "RFB 003.008\n";

static const struct pixel_format native_format = {.bits = 32,
    .depth = 24,
    .is_true_colour = true,
    .max = {255, 255, 255},
    .shift = {16, 8, 0}};

/* Does one message; returns its length, 0 when more is needed. */
typedef size_t message_handler(struct conn *c, const uint8_t *p, size_t len);

static uint16_t
get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)get_u16(p) << 16 | get_u16(p + 2);
}

void
rfb_greet(struct conn *c)
{
	const struct knobs *k = &c->card->knobs;
	uint8_t *garbage;

	c->state = CONN_VERSION;
	c->format = native_format;
	pattern_make_palette(&c->format, c->palette);
	if (k->stall_greeting) {
		c->state = CONN_MUTE;
	} else if (k->garbage) {
		c->state = CONN_MUTE;
		garbage = buf_reserve(&c->out, GARBAGE_BYTES);
		if (RAND_bytes(garbage, GARBAGE_BYTES) != 1)
			memset(garbage, 0x55, GARBAGE_BYTES);
		garbage[0] |= 0x80; /* never an 'R' by chance */
	} else {
		buf_append(&c->out, greeting, RFB_VERSION_BYTES);
	}
}

/* Copies what a peer wrote so that it can stand in a report. */
static const char *
show(const uint8_t *text, size_t len, char out[SHOWN_BYTES + 1])
{
	size_t i;

	for (i = 0; i < len && i < SHOWN_BYTES; i++) {
		out[i] = (char)text[i];
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"')
			out[i] = '?';
	}
	out[i] = '\0';
	return out;
}

/* RFC 6143, 7.1.3: a failure has a reason. */
static void
refuse(struct conn *c, const char *reason)
{
	buf_append_u32(&c->out, 1);
	buf_append_u32(&c->out, (uint32_t)strlen(reason));
	buf_append(&c->out, reason, strlen(reason));
	conn_finish(c, reason);
}

static size_t
on_version(struct conn *c, const uint8_t *p, size_t len)
{
	const struct knobs *k = &c->card->knobs;
	char shown[SHOWN_BYTES + 1];
	uint8_t type = c->card->password ? SECURITY_VNC : SECURITY_NONE;
	uint8_t types[2] = {1, type};

	if (len < RFB_VERSION_BYTES)
		return 0;
	if (memcmp(p, "RFB ", 4) != 0 || p[RFB_VERSION_BYTES - 1] != '\n') {
		conn_finish(c, "bad version");
		return RFB_VERSION_BYTES;
	}
	report(c, "version text=\"%s\"", show(p, RFB_VERSION_BYTES - 1, shown));
	if (k->source >= 0 || k->sink || k->echo) {
		c->is_deaf = k->no_read;
		stream_start(c, p);
	} else if (memcmp(p, greeting, RFB_VERSION_BYTES) != 0) {
		conn_finish(c, "version is not 3.8");
	} else {
		buf_append(&c->out, types, sizeof(types));
		c->state = CONN_SECURITY;
	}
	return RFB_VERSION_BYTES;
}

static size_t
on_security(struct conn *c, const uint8_t *p, size_t len)
{
	(void)len;
	report(c, "security type=%u", p[0]);
	if (p[0] == SECURITY_NONE && c->card->password == NULL) {
		buf_append_u32(&c->out, 0);
		c->state = CONN_INIT;
	} else if (p[0] == SECURITY_VNC && c->card->password != NULL) {
		auth_make_challenge(c->challenge);
		buf_append(&c->out, c->challenge, sizeof(c->challenge));
		c->state = CONN_AUTH;
	} else {
		refuse(c, "security type was not offered");
	}
	return 1;
}

static size_t
on_auth(struct conn *c, const uint8_t *p, size_t len)
{
	bool is_right;

	if (len < RFB_CHALLENGE_BYTES)
		return 0;
	is_right = auth_is_right(c->card->password, c->challenge, p);
	report(c, "auth ok=%d", is_right);
	if (is_right) {
		buf_append_u32(&c->out, 0);
		c->state = CONN_INIT;
	} else {
		refuse(c, "wrong password");
	}
	return RFB_CHALLENGE_BYTES;
}

static void
append_format(struct buf *b, const struct pixel_format *f)
{
	uint8_t head[4] = {
	    f->bits, f->depth, f->is_big_endian, f->is_true_colour};
	uint8_t zero[3] = {0, 0, 0};
	int i;

	buf_append(b, head, sizeof(head));
	for (i = 0; i < 3; i++)
		buf_append_u16(b, f->max[i]);
	buf_append(b, f->shift, sizeof(f->shift));
	buf_append(b, zero, sizeof(zero));
}

static void
append_cut_text(struct conn *c, const char *text)
{
	static const uint8_t head[4] = {3, 0, 0, 0}; /* RFC 6143, 7.6.4 */

	buf_append(&c->out, head, sizeof(head));
	buf_append_u32(&c->out, (uint32_t)strlen(text));
	buf_append(&c->out, text, strlen(text));
}

static size_t
on_init(struct conn *c, const uint8_t *p, size_t len)
{
	const struct card *card = c->card;

	(void)len;
	report(c, "init shared=%u", p[0]);
	buf_append_u16(&c->out, card->width);
	buf_append_u16(&c->out, card->height);
	append_format(&c->out, &c->format);
	buf_append_u32(&c->out, (uint32_t)strlen(card->name));
	buf_append(&c->out, card->name, strlen(card->name));
	if (card->knobs.cut_text != NULL)
		append_cut_text(c, card->knobs.cut_text);
	c->is_deaf = card->knobs.no_read;
	c->state = CONN_NORMAL;
	return 1;
}

static size_t
on_set_pixel_format(struct conn *c, const uint8_t *p, size_t len)
{
	struct pixel_format f;
	int i;

	if (len < 20)
		return 0;
	p += 4;
	f.bits = p[0];
	f.depth = p[1];
	f.is_big_endian = p[2] != 0;
	f.is_true_colour = p[3] != 0;
	for (i = 0; i < 3; i++) {
		f.max[i] = get_u16(p + 4 + 2 * i);
		f.shift[i] = p[10 + i];
	}
	report(c, "pixel-format bits=%u depth=%u big-endian=%d", f.bits,
	    f.depth, f.is_big_endian);
	if (!pattern_format_is_good(&f)) {
		conn_finish(c, "pixel format is not supported");
		return 20;
	}
	c->format = f;
	pattern_make_palette(&c->format, c->palette);
	return 20;
}

/* Raw (0) is understood by every client, so what is listed changes nothing. */
static size_t
on_set_encodings(struct conn *c, const uint8_t *p, size_t len)
{
	size_t count;

	if (len < 4)
		return 0;
	count = get_u16(p + 2);
	if (len < 4 + 4 * count)
		return 0;
	report(c, "encodings count=%zu", count);
	return 4 + 4 * count;
}

static size_t
on_update_request(struct conn *c, const uint8_t *p, size_t len)
{
	uint32_t x, y, w, h;

	if (len < 10)
		return 0;
	c->wants_update = true;
	if (p[1] != 0 && c->updates > 0)
		return 10;
	x = get_u16(p + 2);
	y = get_u16(p + 4);
	w = get_u16(p + 6);
	h = get_u16(p + 8);
	if (x >= c->card->width || y >= c->card->height || w == 0 || h == 0) {
		conn_finish(c, "update request out of the picture");
		return 10;
	}
	if (w > c->card->width - x)
		w = c->card->width - x;
	if (h > c->card->height - y)
		h = c->card->height - y;
	c->area =
	    (struct rect){(uint16_t)x, (uint16_t)y, (uint16_t)w, (uint16_t)h};
	c->wants_all = true;
	return 10;
}

static size_t
on_key(struct conn *c, const uint8_t *p, size_t len)
{
	if (len < 8)
		return 0;
	report(c, "key keysym=0x%x down=%u", get_u32(p + 4), p[1]);
	return 8;
}

static size_t
on_pointer(struct conn *c, const uint8_t *p, size_t len)
{
	if (len < 6)
		return 0;
	report(c, "pointer x=%u y=%u buttons=%u", get_u16(p + 2),
	    get_u16(p + 4), p[1]);
	return 6;
}

static size_t
on_cut_text(struct conn *c, const uint8_t *p, size_t len)
{
	char shown[SHOWN_BYTES + 1];
	size_t text_len;

	if (len < 8)
		return 0;
	text_len = get_u32(p + 4);
	if (text_len > CUT_TEXT_MAX_BYTES) {
		conn_finish(c, "cut text too long");
		return 8;
	}
	if (len < 8 + text_len)
		return 0;
	report(c, "cut-text bytes=%zu text=\"%s\"", text_len,
	    show(p + 8, text_len, shown));
	return 8 + text_len;
}

static size_t
on_message(struct conn *c, const uint8_t *p, size_t len)
{
	static message_handler *const handlers[] = {/* RFC 6143, 7.5 */
	    on_set_pixel_format, NULL, on_set_encodings, on_update_request,
	    on_key, on_pointer, on_cut_text};

	if (p[0] >= sizeof(handlers) / sizeof(handlers[0]) ||
	    handlers[p[0]] == NULL) {
		report(c, "unknown type=%u", p[0]);
		conn_finish(c, "unknown message");
		return len;
	}
	return handlers[p[0]](c, p, len);
}

void
rfb_input(struct conn *c)
{
	static message_handler *const by_state[] = {
	    [CONN_VERSION] = on_version,
	    [CONN_SECURITY] = on_security,
	    [CONN_AUTH] = on_auth,
	    [CONN_INIT] = on_init,
	    [CONN_NORMAL] = on_message,
	};
	size_t used;

	while (c->in.len > 0 && c->state <= CONN_NORMAL) {
		used = by_state[c->state](c, c->in.data + c->in.off, c->in.len);
		if (used == 0)
			return;
		buf_drain(&c->in, used);
	}
}

/* Decides whether an update begins now, and of which rectangles. */
static void
begin_update(struct conn *c)
{
	const struct card *card = c->card;
	uint8_t head[2] = {0, 0}; /* RFC 6143, 7.6.1 */
	bool is_flood = card->knobs.flood;

	if (c->wants_all || is_flood) {
		c->rect_count = 1;
		c->rects[0] = is_flood
		    ? (struct rect){0, 0, card->width, card->height}
		    : c->area;
		c->shown_frame = card->frame;
	} else {
		c->rect_count = 2;
		c->rects[0] = pattern_block(card, c->shown_frame);
		c->shown_frame = card->frame;
		c->rects[1] = pattern_block(card, c->shown_frame);
	}
	c->wants_all = false;
	c->wants_update = false;
	c->rect_at = 0;
	c->row = 0;
	buf_append(&c->out, head, sizeof(head));
	buf_append_u16(&c->out, (uint16_t)c->rect_count);
}

bool
rfb_has_more(const struct conn *c)
{
	if (c->rect_at < c->rect_count || c->card->knobs.flood)
		return true;
	return c->wants_update &&
	    (c->wants_all || c->shown_frame != c->card->frame);
}

void
rfb_fill(struct conn *c)
{
	const struct rect *r;

	if (c->rect_at >= c->rect_count)
		begin_update(c);
	r = &c->rects[c->rect_at];
	if (c->row == 0) {
		buf_append_u16(&c->out, r->x);
		buf_append_u16(&c->out, r->y);
		buf_append_u16(&c->out, r->w);
		buf_append_u16(&c->out, r->h);
		buf_append_u32(&c->out, 0); /* Raw */
	}
	pattern_draw_row(c, r, c->row,
	    buf_reserve(&c->out, (size_t)r->w * c->format.bits / 8));
	if (++c->row == r->h) {
		c->row = 0;
		if (++c->rect_at == c->rect_count)
			c->updates++;
	}
}
