/* SPDX-License-Identifier: ISC */
/*
 * Whether an accepted connection is let in: max-connections-of-address and
 * connections-per-second-of-address. The master decides, before a worker has
 * any work with it.
 *
 * Not limited are this host's own programs and trusted-proxies: behind one of
 * them may be everybody. Who that is, a worker reads later; what they open is
 * counted by the broker (max-sessions-of-address).
 */
#ifndef VB_ADMIT_H
#define VB_ADMIT_H

#include "common/proto.h"
#include "daemon/bundle/conf.h"

struct admit;
struct child;
struct event_base;
struct supervisor;

struct admit *admit_new(struct event_base *base); /* NULL without memory */
void admit_free(struct admit *admit);		  /* NULL is allowed */

/*
 * Fills in place, and the flag with which the worker refuses it. Returns 0 if
 * it is to be closed without a word. **Borrows** all; fd is the connection.
 */
int admit_client(struct admit *admit, struct supervisor *sup,
    const struct conf *conf, const struct child *worker, int fd,
    struct msg_client *client);

#endif
