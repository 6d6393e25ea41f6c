/* SPDX-License-Identifier: ISC */
/*
 * What the parts of the testcard share. README.md here tells what it draws,
 * says and can be made to do wrong.
 */
#ifndef VB_TESTCARD_H
#define VB_TESTCARD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define CARD_PRINTF(f, a)   __attribute__((format(printf, f, a)))

#define CARD_COLOURS	    9 /* eight bars and the block */
#define CARD_BLOCK_PIXELS   32
#define CARD_STEP_PIXELS    8 /* that the block moves with each picture */
#define CARD_SIDE_MIN	    (CARD_BLOCK_PIXELS * 2)
#define CARD_SIDE_MAX	    8192

#define RFB_VERSION_BYTES   12
#define RFB_CHALLENGE_BYTES 16 /* RFC 6143, 7.2.2 */

#define CARD_NEVER	    INT64_MAX /* a limit in bytes that is not reached */

struct knobs {
	int64_t stall_after; /* bytes sent, then neither read nor write */
	int64_t cut_after;   /* bytes sent, then close */
	int64_t source;	     /* raw mode: bytes to send, 0 endless, -1 no */
	const char *cut_text;
	bool stall_greeting;
	bool flood;
	bool cut_with_rst;
	bool garbage;
	bool no_read;
	bool sink;
	bool echo;
	bool half_close;
};

struct card {
	uint16_t width;
	uint16_t height;
	uint32_t frame; /* number of the picture, one more with each tick */
	const char *name;
	const char *password; /* NULL: security type None */
	struct knobs knobs;
};

struct rect {
	uint16_t x, y, w, h;
};

struct pixel_format {
	uint8_t bits; /* 8, 16 or 32 */
	uint8_t depth;
	bool is_big_endian;
	bool is_true_colour;
	uint16_t max[3]; /* red, green, blue */
	uint8_t shift[3];
};

/* A queue of bytes: what is at data + off, len of them. */
struct buf {
	uint8_t *data;
	size_t off, len, cap;
};

enum conn_state {
	CONN_VERSION = 1, /* the client's 12 bytes are due */
	CONN_SECURITY,
	CONN_AUTH,
	CONN_INIT,
	CONN_NORMAL,
	CONN_RAW,    /* source, sink, echo: no RFB any more */
	CONN_MUTE,   /* garbage, stall-greeting: input is only counted */
	CONN_CLOSING /* what is queued is sent, then it closes */
};

struct conn {
	struct conn *next;
	const struct card *card;
	unsigned id;
	int fd;
	uint32_t events; /* that epoll watches */
	enum conn_state state;
	bool is_dead; /* to be freed at the end of the turn */
	bool is_stalled;
	bool is_deaf; /* no-read is in force */
	bool peer_has_ended;
	bool is_shut; /* our own FIN is sent */
	uint64_t in_bytes, out_bytes;
	int64_t stall_at, cut_at; /* out_bytes, CARD_NEVER: no more */
	const char *reason;	  /* why it ended */
	struct buf in, out;

	uint8_t challenge[RFB_CHALLENGE_BYTES];
	struct pixel_format format;
	uint8_t palette[CARD_COLOURS][4]; /* as they go over the wire */
	bool wants_update, wants_all;
	struct rect area; /* of a request that is not incremental */
	uint64_t updates;
	uint32_t shown_frame;
	struct rect rects[2]; /* of the update that is being sent */
	unsigned rect_count, rect_at;
	uint32_t row;

	uint8_t seed[RFB_VERSION_BYTES];
	uint64_t source_left, source_block;
	bool source_is_endless;
	EVP_MD_CTX *sink_hash;
	uint64_t sink_bytes;
};

/* main.c: one line on stdout, "conn=ID " before it. */
void report(const struct conn *c, const char *fmt, ...) CARD_PRINTF(2, 3);

/* conn.c: the socket's side of a connection. */
struct conn *conn_new(const struct card *card, int fd, unsigned id);
void conn_free(struct conn *c); /* **Takes** c; reports the end. */
/* Reads, works and writes as far as it goes; events of epoll, or 0. */
void conn_run(struct conn *c, uint32_t events);
/* What epoll must watch for. */
uint32_t conn_wanted_events(const struct conn *c);
/* Ends a stall and no-read (SIGUSR1). */
void conn_resume(struct conn *c);
/* Sends what is queued, then closes; **keeps** the constant reason. */
void conn_finish(struct conn *c, const char *reason);

/* buf.c. buf_reserve and buf_append end the program without memory. */
uint8_t *buf_reserve(struct buf *b, size_t len);
void buf_append(struct buf *b, const void *data, size_t len);
void buf_append_u32(struct buf *b, uint32_t value); /* network order */
void buf_append_u16(struct buf *b, uint16_t value);
void buf_drain(struct buf *b, size_t len);
void buf_clear(struct buf *b);

/* rfb.c: the protocol's side. */
void rfb_greet(struct conn *c);
void rfb_input(struct conn *c); /* Uses what it can of c->in. */
void rfb_fill(struct conn *c);	/* Queues a part of an update that is due. */
bool rfb_has_more(const struct conn *c);

/* stream.c: the raw mode. */
void stream_start(struct conn *c, const uint8_t seed[RFB_VERSION_BYTES]);
void stream_input(struct conn *c);
void stream_fill(struct conn *c);
bool stream_has_more(const struct conn *c);
void stream_report_end(struct conn *c);

/* auth.c: what the client must answer to a challenge, RFC 6143, 7.2.2. */
void auth_make_challenge(uint8_t challenge[RFB_CHALLENGE_BYTES]);
bool auth_is_right(const char *password,
    const uint8_t challenge[RFB_CHALLENGE_BYTES],
    const uint8_t response[RFB_CHALLENGE_BYTES]);

/* pattern.c: the picture. */
struct rect pattern_block(const struct card *card, uint32_t frame);
bool pattern_format_is_good(const struct pixel_format *f);
void pattern_make_palette(
    const struct pixel_format *f, uint8_t palette[CARD_COLOURS][4]);
/* Writes one row of a rectangle, r->w pixels. */
void pattern_draw_row(
    const struct conn *c, const struct rect *r, uint32_t row, uint8_t *out);

/* knobs.c: reads one -x argument; false if there is no such knob. */
void knobs_init(struct knobs *k);
bool knobs_set(struct knobs *k, const char *text);

#endif
