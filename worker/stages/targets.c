/* SPDX-License-Identifier: ISC */
#include <event2/buffer.h>
#include <string.h>

#include "common/bits.h"
#include "worker/client/person.h"
#include "worker/stages/answer.h"
#include "worker/stages/json.h"
#include "worker/stages/standing.h"
#include "worker/stages/targets.h"

static const char begin[] = "{\"targets\":[";

static void
add_target(struct evbuffer *out, const struct worker_conf *conf, uint32_t i,
    const struct msg_stated *stated)
{
	const struct msg_conf_target *target = &conf->targets[i];
	/* "{"targets":[" is all there is so far */
	int is_first = evbuffer_get_length(out) == sizeof(begin) - 1;

	evbuffer_add_printf(out, "%s\n{\"name\":", is_first ? "" : ",");
	json_add_string(out, target->name);
	evbuffer_add_printf(out, ",\"description\":");
	json_add_string(out, target->description);
	if (stated == NULL)
		evbuffer_add_printf(out, ",\"sessions\":null");
	else
		evbuffer_add_printf(out, ",\"sessions\":%u",
		    stated->sessions[i - stated->first]);
	evbuffer_add_printf(out, ",\"exclusive\":%s,\"max_sessions\":%u}",
	    target->mode != LEASE_MODE_SHARE ? "true" : "false",
	    conf_target_places(target, conf->settings.max_sessions_of_target));
}

struct evbuffer *
targets_begin(void)
{
	struct evbuffer *out = evbuffer_new();

	if (out != NULL)
		evbuffer_add(out, begin, sizeof(begin) - 1);
	return out;
}

int
targets_add(struct evbuffer *out, const struct worker *w,
    const struct msg_stated *stated)
{
	const struct worker_conf *conf = w->conf;
	uint32_t i;

	/* counts of another configuration are of other targets */
	if (stated->generation != conf->generation ||
	    stated->total != conf->target_count)
		return 0;
	for (i = 0; i < stated->count; i++)
		if (!bits_have(stated->hidden, i))
			add_target(out, conf, stated->first + i, stated);
	return 1;
}

struct evbuffer *
targets_end(struct evbuffer *out)
{
	if (out == NULL)
		return NULL;
	evbuffer_add_printf(out, "\n]}\n");
	if (evbuffer_pullup(out, -1) != NULL)
		return out;
	evbuffer_free(out);
	return NULL;
}

struct evbuffer *
targets_unknown(const struct worker *w)
{
	const struct worker_conf *conf = w->conf;
	struct evbuffer *out;
	uint32_t i;

	/* what may be shown, only the broker knows */
	if (conf->settings.has_access || conf->settings.has_auth ||
	    (out = targets_begin()) == NULL)
		return NULL;
	for (i = 0; i < conf->target_count; i++)
		add_target(out, conf, i, NULL);
	return targets_end(out);
}

void
targets_answer(struct client *c, struct evbuffer *text)
{
	person_forget_cookie(c->person);
	/* a reload may have come while the broker was asked */
	if (standing_of(c, REQUEST_TARGETS) != STANDING_GOOD) {
		c->http.keeps_alive = 0;
		answer_outdated(c, c->http.is_head_query);
	} else if (text == NULL)
		answer_unavailable(c, c->http.is_head_query,
		    "The bridge can't tell what is open to you. Try again in a "
		    "moment.");
	else
		answer_text(c, c->http.is_head_query, "application/json",
		    (const char *)evbuffer_pullup(text, -1),
		    evbuffer_get_length(text));
}
