/* SPDX-License-Identifier: ISC */
/* More of supervise_rig.h: answers to a configuration; fetch's part. */
#include <check.h>
#include <string.h>

#include "tests/unit/supervise_rig.h"

void
rig_say_kept(uint32_t cert_id)
{
	struct msg_kept kept;

	memset(&kept, 0, sizeof(kept));
	kept.generation = rig.keeper.generation;
	kept.cert_id = cert_id;
	ck_assert_int_eq(rig_say(&rig.keeper, MSG_KEPT, &kept), 0);
	rig_run();
}

void
rig_say_known(const char *why_not)
{
	struct msg_known known;

	memset(&known, 0, sizeof(known));
	known.generation = rig.auth.generation;
	known.is_refused = why_not != NULL;
	known.line = why_not != NULL ? 3 : 0;
	strlcpy(known.text, why_not == NULL ? "" : why_not, sizeof(known.text));
	ck_assert_int_eq(rig_say(&rig.auth, MSG_KNOWN, &known), 0);
	rig_run();
}

static void
set_provider(struct conf *c, uint16_t port)
{
	struct msg_conf_fetch_host *host = &c->fetch[0].hosts[0];

	*c = *rig.sup->bundle->conf;
	c->fetch_count = port != 0;
	c->fetch[0].host_count = 1;
	host->port = port;
	host->is_plain = 1;
	strlcpy(host->host, "127.0.0.1", sizeof(host->host));
}

void
rig_reload_fetch(uint16_t port)
{
	static struct bundle bundles[2];
	static struct conf confs[2];
	static unsigned turn;
	struct bundle *next = &bundles[++turn % 2];

	set_provider(&confs[turn % 2], port);
	*next = *rig.sup->bundle;
	next->conf = &confs[turn % 2];
	next->generation++;
	supervisor_reload(rig.sup, next);
	rig_run();
}

void
rig_start_fetch(void)
{
	rig_start_auth();
	rig_reload_fetch(RIG_PORT);
	ck_assert_int_gt(rig.fetch.fd, 0);
	rig_ready(&rig.fetch);
	ck_assert_uint_eq(rig.fetch.fetch_peers, 1);
	ck_assert_uint_eq(rig.auth.fetch_peers, 1);
}
