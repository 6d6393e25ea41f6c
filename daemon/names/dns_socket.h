/* SPDX-License-Identifier: ISC */
/*
 * The sockets of c-ares. Another version of it asks for other calls and
 * flags (MSG_FASTOPEN among them), which the sandbox would kill: so all of
 * them are made here, as its rows have them.
 */
#ifndef VB_DNS_SOCKET_H
#define VB_DNS_SOCKET_H

#include <ares.h>

/* Makes the channel use these sockets, until it is destroyed. */
void dns_socket_use(ares_channel channel);

#endif
