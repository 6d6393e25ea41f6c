/* SPDX-License-Identifier: ISC */
/*
 * Who can reach what from where, by a configuration: in sentences for "-n", and
 * whether it is an open proxy, which lets anybody reach anything.
 */
#ifndef VB_EXPOSURE_H
#define VB_EXPOSURE_H

#include <stdio.h>

#include "daemon/bundle/conf.h"

/*
 * Returns 0, or VB_ERANGE with error where anybody from beyond this host could
 * reach whole networks beyond this host without being asked who they are, and
 * the configuration does not say that it knows.
 */
VB_MUST_CHECK int
exposure_check(const struct conf *conf, char error[CONF_ERROR_MAX]);

/* Writes the report. */
void exposure_report(const struct conf *conf, FILE *out);

#endif
