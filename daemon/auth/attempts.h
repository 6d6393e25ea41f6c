/* SPDX-License-Identifier: ISC */
/*
 * How long somebody has to wait after wrong passwords. It grows with what was
 * wrong from one address (of v6, its /64) for one name, and from one address
 * for any names. What was wrong for a name from elsewhere makes that longer
 * for an address that has been wrong itself, and for nobody else: nobody can
 * lock another out.
 *
 * The table has a fixed size; of what does not fit, those that have to wait
 * the shortest time are forgotten first.
 */
#ifndef VB_AUTH_ATTEMPTS_H
#define VB_AUTH_ATTEMPTS_H

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"

#define ATTEMPTS_FREE	      3	 /* wrong ones of address and name */
#define ATTEMPTS_FREE_ADDRESS 20 /* of an address: a school has one */
#define ATTEMPTS_FREE_NAME    20
#define ATTEMPTS_WAIT_MAX_SEC 60
#define ATTEMPTS_FORGET_SEC   900 /* without another wrong one */

struct attempts;

/* NULL without memory, or without random numbers. */
struct attempts *attempts_new(void);
void attempts_free(struct attempts *attempts); /* NULL is allowed */

/* Seconds until it may be tried again; 0: now. now_sec never goes back. */
uint32_t attempts_wait_sec(struct attempts *attempts, const struct addr *client,
    const char *name, uint64_t now_sec);

void attempts_failed(struct attempts *attempts, const struct addr *client,
    const char *name, uint64_t now_sec);

/* Forgets what was wrong for this name from this address, and only that. */
void attempts_succeeded(
    struct attempts *attempts, const struct addr *client, const char *name);

#endif
