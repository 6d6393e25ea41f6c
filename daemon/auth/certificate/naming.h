/* SPDX-License-Identifier: ISC */
/* Whom a client's certificate makes a user, and of which groups. */
#ifndef VB_AUTH_NAMING_H
#define VB_AUTH_NAMING_H

#include <openssl/types.h>

#include "common/proto_auth.h"
#include "common/proto_prove.h"

/*
 * The user's name, from that part of it (enum cert_part). Returns NULL, or why
 * there is none: a constant. One that has two of them names nobody.
 */
const char *naming_user(X509 *cert, uint32_t part, char out[AUTH_NAME_MAX]);

typedef void naming_group(void *arg, const char *name);

/* Calls on() for each of that part that can be a group's name. */
void naming_groups(X509 *cert, uint32_t part, naming_group *on, void *arg);

#endif
