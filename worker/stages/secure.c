/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "common/metrics.h"
#include "worker/client/journal.h"
#include "worker/client/signing.h"
#include "worker/leg/leg_tls.h"
#include "worker/stages/secure.h"
#include "worker/stages/serve.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_conf.h"
#include "worker/tls/tls_listener.h"

void
secure_begin(struct client *c, const struct addr *local)
{
	struct tls_listener *listener =
	    tls_conf_find(c->worker->conf->tls, local);
	struct tls *tls;

	if (listener == NULL)
		return;
	if ((tls = tls_new(listener, c)) == NULL) {
		c->state = CLIENT_OVER;
		return;
	}
	c->http.is_redirected = (uint8_t)tls_listener_redirects(listener);
	leg_secure(&c->client, tls);
	c->state = CLIENT_SECURING; /* the deadline is that of the head */
}

/*
 * A browser that was told http:// sends a request. What it hears must be
 * plain, too. Returns 1 if this is one, 0 if it speaks TLS, -1 if nothing has
 * come.
 */
static int
is_plain(struct client *c)
{
	unsigned char first;
	ssize_t n = recv(c->client.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -1;
	if (n == 1)
		return first != TLS_HANDSHAKE_TYPE;
	c->state = CLIENT_OVER;
	return -1;
}

static void
begin_plain(struct client *c)
{
	leg_secure(&c->client, NULL);
	c->http.is_misplaced = 1;
	c->state = CLIENT_HEAD;
	serve_read_head(c);
}

static void
lose(struct client *c)
{
	int error = errno;
	const struct tls *tls = c->client.tls;
	const char *why = tls_fault(tls);

	journal_insecure(c, why == NULL ? strerror(error) : why);
	c->state = CLIENT_OVER;
}

void
secure_go_on(struct client *c)
{
	enum leg_watch what = LEG_READ;
	int step = TLS_SIGN;

	if (!c->securing.has_begun) {
		if ((step = is_plain(c)) < 0)
			return;
		c->securing.has_begun = 1;
		if (step == 1) {
			begin_plain(c);
			return;
		}
	}
	if (signing_has_turn(c))
		step = leg_handshake(&c->client);
	if (step < 0) {
		lose(c);
		return;
	}
	if (step == TLS_SIGN)
		what = LEG_HANGUP;
	if (step == TLS_DONE) {
		c->tls_version = tls_version(c->client.tls);
		metrics_count(tls_is_resumed(c->client.tls) ? METRIC_TLS_RESUMED
							    : METRIC_TLS_FULL);
		c->state = CLIENT_HEAD;
	}
	if (leg_watch(&c->client, what) < 0)
		c->state = CLIENT_OVER;
}
