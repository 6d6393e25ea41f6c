/* SPDX-License-Identifier: ISC */
/*
 * A configuration as the broker uses it: one object, never changed once it
 * is complete, which requests that began with it keep until they are done.
 */
#ifndef VB_BROKER_CONF_H
#define VB_BROKER_CONF_H

#include <sys/queue.h>
#include <stddef.h>
#include <stdint.h>

#include "common/proto.h"
#include "daemon/names/names.h"

struct authorities;
struct lease;
struct policy;
struct rights;
struct session;

/* A configured target; its sessions are the only thing that changes. */
struct configured {
	struct msg_conf_target conf;
	TAILQ_HEAD(, session) holders; /* pending or open */
	unsigned open_count;
	unsigned holder_count;
	uint64_t down_sec; /* could not be reached then, the epoch's; or 0 */
	unsigned watcher_count; /* who look on, pending or open: no holders */
	uint32_t most; /* of holders; 0: any number. From conf_complete on */
	struct lease *lease; /* of the current configuration's; or NULL */
};

struct conf {
	unsigned refs;
	struct msg_conf_start start;
	struct policy *policy;
	struct rights *rights;
	struct authorities *authorities;
	size_t target_count;
	struct configured *targets; /* in the file's order */
	size_t claim_count;
	struct msg_conf_claim *claims;
	struct configured **by_name;	 /* from conf_complete on */
	struct configured **by_address;	 /* from conf_complete on */
	struct name_servers nameservers; /* none: the host's */
};

/*
 * Begins a configuration with one hold on it. NULL without memory. The
 * others collect, and return 0 or a negative error.
 */
struct conf *conf_new(const struct msg_conf_start *start);
VB_MUST_CHECK int
conf_add_target(struct conf *conf, const struct msg_conf_target *target);
VB_MUST_CHECK int
conf_add_claim(struct conf *conf, const struct msg_conf_claim *claim);
VB_MUST_CHECK int
conf_add_nameserver(struct conf *conf, const struct addr *server);

/* Makes it usable. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int conf_complete(struct conf *conf);

struct conf *conf_ref(struct conf *conf); /* returns conf */
void conf_unref(struct conf *conf);	  /* NULL is allowed */

/*
 * The configured target that a client's text names (case ignored, no port),
 * or NULL. **Borrows** conf.
 */
struct configured *conf_find_name(const struct conf *conf, const char *text);

#define CONF_BY_NAME 1 /* a configured target, and by its name */

/*
 * What a client's text is for: where it is, and its canonical form, a
 * configured target's name or host and port. *t is the configured target, or
 * NULL. Returns 0, CONF_BY_NAME, or an error of target_parse().
 */
VB_MUST_CHECK int conf_find_target(const struct conf *conf, const char *text,
    struct configured **t, struct target *where,
    char canonical[TARGET_TEXT_MAX]);

/* The first configured target with this address (name or IP) and port. */
struct configured *
conf_find_address(const struct conf *conf, const struct target *address);
struct configured *
conf_find_addr(const struct conf *conf, const struct addr *addr, uint16_t port);

/*
 * The TLS settings of any configured target with this address and port, or 0
 * if all of them are plain: what one of them must not do, no one does by typing
 * its address.
 */
uint32_t
conf_tls_of_address(const struct conf *conf, const struct target *address);
uint32_t conf_tls_of_addr(const struct conf *conf, const struct addr *addr);

/* How t (NULL: not a configured target) is to greet. */
void conf_fill_greeting(const struct conf *conf, const struct configured *t,
    struct msg_opened *opened);

#define CONF_PORTS_MAX 65535 /* all of them */

/*
 * Fills ports with all that may be dialled, name servers' included, each
 * once. Returns the number.
 */
int conf_ports(const struct conf *conf, uint16_t ports[CONF_PORTS_MAX]);

#endif
