/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/clock.h"
#include "worker/stages/answer.h"
#include "worker/stages/health.h"
#include "worker/client/signing.h"
#include "worker/tls/tls_conf.h"

static int
speaks_tls(const struct worker_conf *conf)
{
	uint32_t i;

	for (i = 0; i < conf->listener_count; i++)
		if (tls_conf_find(conf->tls, &conf->listeners[i].addr) != NULL)
			return 1;
	return 0;
}

const char *
health_broker_fault(const struct worker *w)
{
	return w->broker == NULL
	    ? "there is no broker, which opens the sessions"
	    : "the broker, which opens the sessions, does not answer";
}

/* What is wrong, as far as this process knows; or NULL. */
static const char *
known_fault(const struct client *c)
{
	const struct worker *w = c->worker;

	if (w->drain_deadline_ms != 0)
		return "the bridge is stopping";
	if (c->http.is_refused)
		return "max-connections reached";
	if (signing_is_silent(w) && speaks_tls(w->conf))
		return "the keeper, which signs the TLS handshakes, does not "
		       "answer";
	if (w->auth == NULL && w->conf->settings.has_auth)
		return "there is no auth, which knows who may log in";
	/* one question is under way at a time: that is how long it hangs */
	if (w->is_state_asked && clock_now_ms() - w->state_ms > HEALTH_MS)
		return health_broker_fault(w);
	return NULL;
}

void
health_answer(struct client *c, const char *fault)
{
	if (fault != NULL)
		answer_unavailable(c, c->http.is_head_query, fault);
	else
		answer_text(c, c->http.is_head_query,
		    "text/plain; charset=utf-8", "ok\n", strlen("ok\n"));
}

int
health_begin(struct client *c, int is_head)
{
	const char *fault = known_fault(c);

	c->http.is_head_query = (uint8_t)is_head;
	c->http.is_health = 1;
	if (fault != NULL)
		health_answer(c, fault);
	return fault != NULL;
}
