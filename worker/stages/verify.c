/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "worker/leg/leg_tls.h"
#include "worker/stages/greet.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"
#include "worker/stages/verify.h"

#define SHOWN_MAX 24 /* bytes of what is no TLS, in a reason */

static void
refuse(struct client *c, const char *why)
{
	client_end(c, CODE_UNVERIFIED, "%s: %s", c->lease.target_text, why);
}

/*
 * A target that speaks plainly is told apart from one that speaks TLS badly.
 * Returns 1 if it answers in TLS, or has gone, which the handshake finds; 0 if
 * nothing has come, or it was refused.
 */
static int
answers_in_tls(struct client *c)
{
	char said[SHOWN_MAX], shown[4 * SHOWN_MAX + 1];
	ssize_t n =
	    recv(c->target.fd, said, sizeof(said), MSG_PEEK | MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || said[0] == TLS_HANDSHAKE_TYPE ||
	    said[0] == TLS_ALERT_TYPE)
		return 1;
	log_escape(said, (size_t)n, shown, sizeof(shown));
	client_end(c, CODE_UNVERIFIED, "%s: does not speak TLS, it says %s",
	    c->lease.target_text, shown);
	return 0;
}

/* What is wrong with its TLS goes before how the connection ended then. */
static void
fail(struct client *c, int error)
{
	const char *fault = leg_fault(&c->target);

	if (fault != NULL)
		refuse(c, fault);
	else if (error == ECONNRESET || error == EPIPE)
		refuse(c, "closed the connection in the TLS handshake");
	else
		refuse(c, strerror(error));
}

static void
shake_hands(struct client *c)
{
	int step = leg_handshake(&c->target);

	if (step < 0)
		fail(c, errno);
	else if (step == TLS_DONE) {
		c->target_tls_version = tls_version(c->target.tls);
		metrics_count(METRIC_TLS_TARGET);
		greet_begin(c);
	}
}

void
verify_begin(struct client *c, uint32_t tls_id)
{
	const struct settings *s = client_settings(c);
	const struct tls_target *target =
	    tls_conf_find_target(c->worker->conf->tls, tls_id);
	struct tls *tls;

	if (target == NULL) { /* the broker is reloads ahead, or behind */
		client_end(c, CODE_RESTARTING, "the bridge is being reloaded");
		return;
	}
	if ((tls = tls_new_to(target)) == NULL) {
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
		return;
	}
	leg_secure(&c->target, tls);
	client_enter(
	    c, CLIENT_VERIFYING, (uint64_t)s->connect_timeout_sec * MS_PER_SEC);
	if (leg_watch(&c->target, LEG_READ) < 0)
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
	else if (leg_begin_handshake(&c->target) < 0)
		fail(c, errno);
}

void
verify_go_on(struct client *c)
{
	if (!c->has_replied) {
		if (!answers_in_tls(c))
			return;
		c->has_replied = 1;
	}
	shake_hands(c);
}
