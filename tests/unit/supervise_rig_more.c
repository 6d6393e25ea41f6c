/* SPDX-License-Identifier: ISC */
/*
 * More of supervise_rig.h: answers to a configuration, what children hear;
 * fetch's part.
 */
#include <check.h>
#include <string.h>
#include <sys/stat.h>

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

static void
hear_peer(struct fake *fake, const struct msg_peer *peer)
{
	fake->asker = peer->asker;
	switch (peer->role) {
	case ROLE_AUTH:
		fake->auth_fence = peer->fence;
		fake->auth_peers++;
		break;
	case ROLE_FETCH:
		fake->fetch_fence = peer->fence;
		fake->fetch_peers++;
		break;
	case ROLE_PAM:
		fake->pam_fence = peer->fence;
		fake->pam_peers++;
		break;
	case ROLE_RUNNER:
		fake->runner_fence = peer->fence;
		fake->runner_peers++;
		break;
	case ROLE_KEEPER:
		fake->keeper_fence = peer->fence;
		fake->keeper_peers++;
		break;
	default:
		fake->fence = peer->fence;
		fake->peers++;
		break;
	}
}

void
rig_hear(struct fake *fake, int type, const union proto_any *any, int fd)
{
	struct stat st;

	switch (type) {
	case MSG_PEER:
		hear_peer(fake, &any->peer);
		break;
	case MSG_CONF_END:
		fake->generation = any->conf_end.generation;
		fake->ends++;
		break;
	case MSG_CONF_LEASES:
	case MSG_CONF_LOGINS:
		if (type == MSG_CONF_LEASES)
			fake->is_refusing = any->conf_leases.is_refusing;
		ck_assert_int_eq(fstat(fd, &st), 0);
		fake->logins_file = st.st_ino;
		fake->logins++;
		break;
	case MSG_DRAIN:
		fake->drains++;
		break;
	case MSG_GONE:
		fake->gone++;
		break;
	case MSG_CONF_START:
		fake->hosts = fake->services = fake->commands = 0;
		break;
	case MSG_CONF_FETCH_HOST:
		fake->hosts++;
		fake->port = any->conf_fetch_host.port;
		break;
	case MSG_CONF_COMMAND:
		fake->commands++;
		break;
	case MSG_EVENT:
		fake->events++;
		break;
	case MSG_CONF_PAM:
		fake->services++;
		break;
	case MSG_HOST_FILE:
		fake->host_files++;
		break;
	case MSG_CONF_USERS:
		fake->users++;
		break;
	case MSG_LIST:
		fake->cookie = any->list.cookie;
		fake->lists++;
		break;
	case MSG_PROBE:
		fake->probe_number = any->probe.number;
		fake->probes++;
		break;
	case MSG_COUNT:
		fake->count_number = any->count.number;
		fake->counts++;
		break;
	case MSG_METRICS_ARE:
		fake->metrics_number = any->metrics_are.number;
		fake->metrics_bytes =
		    fd == -1 ? 0 : any->metrics_are.size_bytes;
		fake->metrics_are++;
		break;
	default:
		break;
	}
}
