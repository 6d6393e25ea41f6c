/* SPDX-License-Identifier: ISC */
/* What an Accept field prefers (RFC 9110, 12.5.1). Pure, as http.h. */
#ifndef VB_ACCEPT_H
#define VB_ACCEPT_H

#include "worker/parse/http_value.h"

#define ACCEPT_OPENMETRICS "application/openmetrics-text"

/*
 * True if OpenMetrics 1.0.0 is named, and wanted as much as plain text. Who
 * says nothing, or takes anything, gets plain text.
 */
int accept_prefers_openmetrics(const struct http_head *head);

#endif
