/* SPDX-License-Identifier: ISC */
/* What vncbridgectl asks, through the master: handlers of its messages. */
#ifndef VB_AUTH_OPERATOR_H
#define VB_AUTH_OPERATOR_H

#include "daemon/auth/auth.h"

int operator_on_logins(void *arg, const void *body, int *fd);
int operator_on_expel(void *arg, const void *body, int *fd);
int operator_on_whose(void *arg, const void *body, int *fd);

#endif
