/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "worker/parse/rfb_watch.h"
#include "worker/stages/onlooker.h"

/* What it says after such a login could be anything. */
static void
end_hidden(struct client *c)
{
	client_end(c, CODE_NOT_ALLOWED,
	    "this desktop can't be watched: to look on, log in with None or "
	    "VncAuth");
}

void
onlooker_begin(struct client *c)
{
	if (c->input.phase == RFB_INPUT_BLIND)
		client_end(c, CODE_NOT_ALLOWED,
		    "this desktop can't be watched: it speaks another RFB than "
		    "3.7 or 3.8");
}

size_t
onlooker_filter(struct client *c, uint8_t *data, size_t len)
{
	int is_login = rfb_watch_is_login(&c->input);
	size_t passed;
	int result = rfb_watch_take(&c->input, data, len, &passed);

	if (result > 0)
		c->input_ms = clock_tick_ms();
	if (result >= 0)
		return passed;
	if (is_login)
		end_hidden(c);
	else
		client_end(c, CODE_NOT_ALLOWED,
		    "who looks on may not say that: a message of a type that "
		    "is not known");
	return 0;
}
