/* SPDX-License-Identifier: ISC */
/*
 * The ops of a client script (client_script.c), and how many bytes of
 * arguments each has, for the mutator.
 */
#ifndef VB_FUZZ_CLIENT_SCRIPT_H
#define VB_FUZZ_CLIENT_SCRIPT_H

/* The first byte: the conditions. RELOAD takes the last four. */
#define SCRIPT_SETTLE	   1 /* all sides read at the end */
#define SCRIPT_SMALL	   2 /* the kernel takes little at a time */
#define SCRIPT_NO_BROKER   4
#define SCRIPT_PEOPLE	   8  /* log in, behind a balancer */
#define SCRIPT_NO_GREETING 16 /* require-rfb = no */
#define SCRIPT_NO_PING	   32
#define SCRIPT_IDLE	   64  /* an idle-timeout */
#define SCRIPT_LONG	   128 /* a max-session */

/* name, bytes of arguments, whether bytes of the input's own follow */
#define SCRIPT_OPS(X)          \
	X(CLIENT, 1, 0)        \
	X(ODD_CLIENT, 1, 0)    \
	X(SESSION, 0, 0)       \
	X(HEAD, 4, 0)          \
	X(CLIENT_RAW, 1, 1)    \
	X(FRAME, 4, 0)         \
	X(CLIENT_SHUT, 0, 0)   \
	X(CLIENT_CLOSE, 0, 0)  \
	X(CLIENT_READ, 1, 0)   \
	X(OPENED, 1, 0)        \
	X(STATED, 1, 0)        \
	X(GREET, 1, 0)         \
	X(TARGET_SEND, 1, 0)   \
	X(TARGET_RAW, 1, 1)    \
	X(TARGET_SHUT, 0, 0)   \
	X(TARGET_CLOSE, 0, 0)  \
	X(TARGET_READ, 1, 0)   \
	X(BROKER_RAW, 1, 1)    \
	X(BROKER_LEAVES, 0, 0) \
	X(PEER, 0, 0)          \
	X(TICK, 1, 0)          \
	X(DRAIN, 1, 0)         \
	X(RELOAD, 1, 0)        \
	X(STARVE, 1, 0)        \
	X(PREFACE, 2, 0)       \
	X(AUTH_SAYS, 1, 0)     \
	X(AUTH_RAW, 1, 1)      \
	X(AUTH_LEAVES, 0, 0)   \
	X(AUTH_PEER, 0, 0)     \
	X(BOARD_SAYS, 2, 1)

enum script_op {
#define X(name, args, has_data) OP_##name,
	SCRIPT_OPS(X)
#undef X
	OP_COUNT
};

#endif
