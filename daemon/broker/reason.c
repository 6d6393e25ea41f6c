/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/broker/reason.h"

const char *
reason_name(const char *name, char out[REASON_NAME_MAX])
{
	size_t len = strlen(name);

	if (len < REASON_NAME_MAX) {
		memcpy(out, name, len + 1);
	} else {
		memcpy(out, name, REASON_NAME_MAX - 4);
		memcpy(out + REASON_NAME_MAX - 4, "...", 4);
	}
	return out;
}

#define UTF8_IS_NEXT(c) (((unsigned char)(c)&0xc0) == 0x80)

/* Of the character that begins with that byte. */
static size_t
utf8_length(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

char *
reason_mend(char reason[PROTO_REASON_MAX])
{
	size_t len = strlen(reason), i = len;

	while (i > 0 && UTF8_IS_NEXT(reason[i - 1]))
		i--;
	if (i > 0 && len - (i - 1) < utf8_length((unsigned char)reason[i - 1]))
		reason[i - 1] = '\0';
	return reason;
}

static const char *
error_text(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused";
	case ECONNRESET:
		return "connection reset";
	case EHOSTUNREACH:
		return "no route to host";
	case ENETUNREACH:
		return "network is unreachable";
	case EACCES:
	case EPERM:
		return "the system does not permit it";
	default:
		return strerror(error);
	}
}

uint32_t
reason_of_dial(const struct dial_outcome *outcome, uint32_t timeout_sec,
    char out[PROTO_REASON_MAX])
{
	char text[ADDR_TEXT_MAX];

	addr_format(&outcome->addr, text);
	switch (outcome->error) {
	case ETIMEDOUT:
		snprintf(out, PROTO_REASON_MAX, "%s did not answer within %u s",
		    text, timeout_sec);
		return CODE_NO_ANSWER;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		snprintf(out, PROTO_REASON_MAX,
		    "the bridge has too many connections now");
		return CODE_TOO_MANY;
	default:
		snprintf(out, PROTO_REASON_MAX, "%s: %s", text,
		    error_text(outcome->error));
		return CODE_TCP_ERROR;
	}
}

/* RFC 6762, 3: what a desktop of the same network calls another. */
static int
is_multicast_name(const char *name)
{
	size_t len = strlen(name), tail = sizeof(".local") - 1;

	return len > tail && strcmp(name + len - tail, ".local") == 0;
}

uint32_t
reason_of_lookup(enum resolve_status status, const char *name,
    const char *detail, char out[PROTO_REASON_MAX])
{
	char cut[REASON_NAME_MAX];

	reason_name(name, cut);
	switch (status) {
	case RESOLVE_NOT_FOUND:
		snprintf(out, PROTO_REASON_MAX, "%s: name not found%s", cut,
		    is_multicast_name(name)
			? " (only DNS and /etc/hosts are asked)"
			: "");
		return CODE_NOT_FOUND;
	case RESOLVE_TIMEOUT:
		snprintf(out, PROTO_REASON_MAX,
		    "%s: the name server did not answer in time", cut);
		return CODE_NO_ANSWER;
	default:
		snprintf(out, PROTO_REASON_MAX, "%s: %s", cut, detail);
		return CODE_NOT_FOUND;
	}
}

uint32_t
reason_of_verdict(
    enum presented_verdict verdict, const char *why, char out[PROTO_REASON_MAX])
{
	switch (verdict) {
	case PRESENTED_ENDED:
		snprintf(out, PROTO_REASON_MAX, "your certificate: %s", why);
		return CODE_ENDED;
	case PRESENTED_NO_LISTENER: /* or it is ahead of us in a reload */
		snprintf(out, PROTO_REASON_MAX,
		    "this connection is older than the bridge's configuration");
		return CODE_RESTARTING;
	case PRESENTED_MISSING:
		snprintf(out, PROTO_REASON_MAX,
		    "a certificate is required, and your browser sent none");
		return CODE_NOT_ALLOWED;
	default:
		snprintf(
		    out, PROTO_REASON_MAX, "your certificate is not accepted");
		return CODE_NOT_ALLOWED;
	}
}
