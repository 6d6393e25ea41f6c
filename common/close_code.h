/* SPDX-License-Identifier: ISC */
/*
 * The close codes of the bridge's own (RFC 6455, 7.4.2: private use): what a
 * client hears of the end of its session, and the log. The causes are those of
 * vncbridged(8); the page's words are in share/novnc/js/words.js. "make lint"
 * compares the three. Codes of WebSocket itself are in worker/parse/frame.h.
 */
#ifndef VB_CLOSE_CODE_H
#define VB_CLOSE_CODE_H

/* code, name, cause */
#define CLOSE_CODES(X)                                                        \
	X(4500, TCP_ERROR, "the TCP connection failed; the text says how")    \
	X(4501, NO_ANSWER,                                                    \
	    "the target or the DNS server did not answer, or the target did " \
	    "not greet, in time")                                             \
	X(4502, NOT_FOUND, "no host has that name")                           \
	X(4503, NOT_VNC, "the target answered, but is not a VNC server")      \
	X(4504, UNVERIFIED,                                                   \
	    "the target's TLS or certificate does not match the "             \
	    "configuration; the text says why")                               \
	X(4505, NOT_STARTED,                                                  \
	    "the target could not be started; the text says why")             \
	X(4510, IN_USE,                                                       \
	    "the target is in use; the text says by whom and since when")     \
	X(4511, TAKEN_OVER, "someone else took the target over")              \
	X(4512, MOVED, "the user moved to another device")                    \
	X(4513, ENDED_BY_ADMIN,                                               \
	    "an administrator ended the session, or who was watched has "     \
	    "left")                                                           \
	X(4514, TIME_OVER, "the session reached its time limit")              \
	X(4515, IDLE, "the session was idle for too long")                    \
	X(4516, LOCKED, "an administrator has locked the target")             \
	X(4517, ENDED_BY_USER, "the user ended the session from the board")   \
	X(4520, NOT_ALLOWED,                                                  \
	    "the target is not allowed, or is not a host and port")           \
	X(4521, ENDED,                                                        \
	    "the login is over, or the client's certificate has expired or "  \
	    "was revoked")                                                    \
	X(4522, TOO_MANY, "there are too many sessions")                      \
	X(4530, SILENT, "the client does not respond")                        \
	X(4580, RESTARTING, "the bridge is stopping or restarting")           \
	X(4581, NO_SERVICE,                                                   \
	    "the bridge can't open sessions to any target at the moment")

enum close_code {
#define X(code, name, cause) CODE_##name = code,
	CLOSE_CODES(X)
#undef X
};

#endif
