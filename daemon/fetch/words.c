/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "daemon/fetch/words.h"

#define DETAIL_MAX 110

/* Of libraries and of certificates: nothing that a log could obey. */
static void
tidy(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"')
			*text = '\'';
		else if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

/* As it stands behind a colon. */
static const char *
lower(const char *text, char out[DETAIL_MAX])
{
	strlcpy(out, text, DETAIL_MAX);
	if (isupper((unsigned char)out[0]) && !isupper((unsigned char)out[1]))
		out[0] = (char)tolower((unsigned char)out[0]);
	return out;
}

static void
tell_certificate(const struct words_failure *failure, const char *place,
    char out[FETCH_ERROR_MAX])
{
	/* libcurl compares names itself, before it notes a result */
	if (failure->verify_result == X509_V_OK ||
	    failure->verify_result == X509_V_ERR_UNSPECIFIED ||
	    failure->verify_result == X509_V_ERR_HOSTNAME_MISMATCH)
		snprintf(out, FETCH_ERROR_MAX,
		    "the certificate of %.100s is for another name", place);
	else
		snprintf(out, FETCH_ERROR_MAX,
		    "the certificate of %.100s is not trusted: %.*s", place,
		    DETAIL_MAX,
		    X509_verify_cert_error_string(failure->verify_result));
}

static void
tell_connect(const struct words_failure *failure, const char *place,
    char out[FETCH_ERROR_MAX])
{
	char why[DETAIL_MAX];

	if (failure->system_error == 0)
		snprintf(
		    out, FETCH_ERROR_MAX, "cannot connect to %.100s", place);
	else
		snprintf(out, FETCH_ERROR_MAX, "cannot connect to %.100s: %s",
		    place, lower(strerror((int)failure->system_error), why));
}

static void
tell_other(const struct words_failure *failure, const char *place,
    char out[FETCH_ERROR_MAX])
{
	snprintf(out, FETCH_ERROR_MAX, "no answer from %.100s: %.*s", place,
	    DETAIL_MAX,
	    failure->detail[0] != '\0' ? failure->detail
				       : curl_easy_strerror(failure->result));
}

void
words_tell(const struct words_failure *failure, const struct url *url,
    char out[FETCH_ERROR_MAX])
{
	char place[TARGET_TEXT_MAX];

	url_format(url, place);
	if (failure->is_too_large || failure->result == CURLE_FILESIZE_EXCEEDED)
		snprintf(out, FETCH_ERROR_MAX,
		    "the answer of %.100s is larger than %d KiB", place,
		    FETCH_ANSWER_MAX / 1024);
	else if (failure->result == CURLE_PEER_FAILED_VERIFICATION)
		tell_certificate(failure, place, out);
	else if (failure->result == CURLE_COULDNT_CONNECT)
		tell_connect(failure, place, out);
	else if (failure->result == CURLE_OPERATION_TIMEDOUT)
		snprintf(out, FETCH_ERROR_MAX,
		    "cannot connect to %.100s in %u s", place,
		    failure->connect_sec);
	else if (failure->result == CURLE_PARTIAL_FILE)
		snprintf(out, FETCH_ERROR_MAX,
		    "%.100s has ended the connection before the end of its "
		    "answer",
		    place);
	else if (failure->result == CURLE_OUT_OF_MEMORY)
		snprintf(out, FETCH_ERROR_MAX, "not enough memory");
	else
		tell_other(failure, place, out);
	tidy(out);
}
