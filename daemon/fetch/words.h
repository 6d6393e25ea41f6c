/* SPDX-License-Identifier: ISC */
/* Why there is no answer, in words for the log. Pure. */
#ifndef VB_FETCH_WORDS_H
#define VB_FETCH_WORDS_H

#include <curl/curl.h>

#include "common/proto.h"
#include "daemon/fetch/url.h"

struct words_failure {
	CURLcode result;
	unsigned connect_sec; /* what a connection may take */
	int is_too_large;
	long system_error;  /* errno of the connection, 0: none */
	long verify_result; /* of OpenSSL; X509_V_OK: not that */
	const char *detail; /* libcurl's; "": none. Foreign text */
};

/* Writes it: printable ASCII, without quotation marks. */
void words_tell(const struct words_failure *failure, const struct url *url,
    char out[FETCH_ERROR_MAX]);

#endif
