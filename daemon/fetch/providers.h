/* SPDX-License-Identifier: ISC */
/*
 * The providers of a configuration: where each may be asked, and who vouches
 * for it.
 */
#ifndef VB_FETCH_PROVIDERS_H
#define VB_FETCH_PROVIDERS_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/fetch/url.h"

struct providers;

/* NULL without memory. */
struct providers *providers_new(void);
void providers_free(struct providers *providers); /* NULL is allowed */

/* Return 0, VB_EBADMSG (a number, or a text that can't be) or VB_EFULL. */
VB_MUST_CHECK int providers_add_host(
    struct providers *providers, const struct msg_conf_fetch_host *host);

/*
 * All certificates of a PEM file, of which there may be none: then that
 * provider can't be asked. **Borrows** fd. Returns 0, VB_EBADMSG or VB_ENOMEM.
 */
VB_MUST_CHECK int
providers_set_ca(struct providers *providers, uint32_t source, int fd);

/*
 * Whether that provider may be asked there. Returns NULL, or why not, a static
 * text for the log.
 */
const char *providers_judge(const struct providers *providers, uint32_t source,
    const struct url *url) VB_MUST_CHECK;

/* Who vouches for it; NULL: nobody. **Gives** a reference. */
X509_STORE *providers_ca(const struct providers *providers, uint32_t source);

#define PROVIDERS_PORTS_MAX (FETCH_SOURCES_MAX * FETCH_HOSTS_MAX)

/* The ports of all hosts, each once. Returns how many there are. */
size_t providers_ports(
    const struct providers *providers, uint16_t ports[PROVIDERS_PORTS_MAX]);

#endif
