/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fetch/transfer.h"
#include "daemon/fetch/words.h"

#define ADDRS_MAX	   32
#define ANSWER_FIRST_BYTES 16384
#define HEAD_MAX	   65536 /* bytes of an answer's fields */
#define AUTHORIZATION	   "Authorization: "
#define PORT_TEXT_MAX	   8

struct transfer {
	struct wires *wires;
	CURL *easy;
	CURLU *where;
	struct curl_slist *fields;
	struct curl_slist *resolve;
	const struct url *url;
	struct addr addrs[ADDRS_MAX];
	size_t addr_count;
	X509_STORE *ca;
	transfer_done *done;
	void *arg;
	uint8_t *answer; /* owned */
	size_t len;
	size_t size;
	size_t head_bytes;
	int is_too_large;
	char detail[CURL_ERROR_SIZE];
};

/* ---- what libcurl asks back ---- */

/* Only what was looked up and judged: whatever libcurl may believe. */
static int
may_connect(const struct transfer *t, const struct sockaddr *sa)
{
	struct addr addr;
	size_t i;

	addr_from_sockaddr(sa, &addr);
	if (addr.port != t->url->port)
		return 0;
	for (i = 0; i < t->addr_count; i++)
		if (addr_is_same_ip(&addr, &t->addrs[i]))
			return 1;
	return 0;
}

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(arg, &address->addr))
		return CURL_SOCKET_BAD;
	return socket(address->family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

static int
grow(struct transfer *t, size_t wanted)
{
	size_t size = t->size == 0 ? ANSWER_FIRST_BYTES : t->size;
	uint8_t *grown;

	while (size < wanted)
		size *= 2;
	if (size == t->size)
		return 1;
	if ((grown = malloc(size)) == NULL)
		return 0;
	if (t->len > 0)
		memcpy(grown, t->answer, t->len);
	if (t->answer != NULL)
		explicit_bzero(t->answer, t->len);
	free(t->answer);
	t->answer = grown;
	t->size = size;
	return 1;
}

static size_t
take_body(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;

	(void)one;
	if (len > FETCH_ANSWER_MAX - t->len) {
		t->is_too_large = 1;
		return 0;
	}
	if (!grow(t, t->len + len))
		return 0;
	memcpy(t->answer + t->len, data, len);
	t->len += len;
	return len;
}

/* None is of use; but they come without end from who means ill. */
static size_t
take_field(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *t = arg;

	(void)data;
	(void)one;
	if (len > HEAD_MAX - t->head_bytes) {
		t->is_too_large = 1;
		return 0;
	}
	t->head_bytes += len;
	return len;
}

static CURLcode
set_ca(CURL *easy, void *ctx, void *arg)
{
	struct transfer *t = arg;

	(void)easy;
	if (t->ca == NULL)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set1_cert_store(ctx, t->ca);
	return CURLE_OK;
}

/* ---- options ---- */

/* Another reader of the same text must come to the same place. */
static int
is_read_alike(struct transfer *t, const char *text)
{
	char *host = NULL, *port = NULL, *scheme = NULL, bare[FETCH_HOST_MAX];
	size_t len;
	int same;

	t->where = curl_url();
	same = t->where != NULL &&
	    curl_url_set(t->where, CURLUPART_URL, text,
		CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) == CURLUE_OK &&
	    curl_url_get(t->where, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(t->where, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(t->where, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		CURLUE_OK;
	if (same) {
		strlcpy(bare, host + (host[0] == '['), sizeof(bare));
		if (host[0] == '[' && (len = strlen(bare)) > 0)
			bare[len - 1] = '\0';
		same = strcasecmp(bare, t->url->host) == 0 &&
		    strtoul(port, NULL, 10) == t->url->port &&
		    strcmp(scheme, t->url->is_plain ? "http" : "https") == 0;
	}
	curl_free(host);
	curl_free(port);
	curl_free(scheme);
	return same;
}

/* "host:port:addr,addr": then libcurl looks no name up. */
static int
set_addresses(struct transfer *t)
{
	char text[FETCH_HOST_MAX + PORT_TEXT_MAX + ADDRS_MAX * ADDR_TEXT_MAX];
	char one[ADDR_TEXT_MAX];
	size_t i;

	if (t->url->is_address)
		return 1;
	snprintf(text, sizeof(text), "%s:%u:", t->url->host, t->url->port);
	for (i = 0; i < t->addr_count; i++) {
		if (i > 0)
			strlcat(text, ",", sizeof(text));
		strlcat(text, addr_format_ip(&t->addrs[i], one), sizeof(text));
	}
	t->resolve = curl_slist_append(NULL, text);
	return t->resolve != NULL &&
	    curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolve) == CURLE_OK;
}

static int
add_field(struct transfer *t, const char *line)
{
	struct curl_slist *longer = curl_slist_append(t->fields, line);

	if (longer == NULL)
		return 0;
	t->fields = longer;
	return 1;
}

static int
set_fields(struct transfer *t, const struct msg_fetch *fetch)
{
	char line[sizeof(AUTHORIZATION) + FETCH_AUTHORIZATION_MAX];
	int is_set =
	    add_field(t, "Accept: application/json") && add_field(t, "Expect:");

	if (is_set && fetch->authorization[0] != '\0') {
		snprintf(line, sizeof(line), AUTHORIZATION "%s",
		    fetch->authorization);
		is_set = add_field(t, line);
		explicit_bzero(line, sizeof(line));
	}
	return is_set &&
	    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->fields) ==
	    CURLE_OK;
}

#define SET(name, value)                                                    \
	if (curl_easy_setopt(t->easy, CURLOPT_##name, (value)) != CURLE_OK) \
	return 0

/* Nothing of another connection, of a file or of the environment. */
static int
set_limits(struct transfer *t)
{
	SET(PROTOCOLS_STR, t->url->is_plain ? "http" : "https");
	SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(FOLLOWLOCATION, 0L);
	SET(DISALLOW_USERNAME_IN_URL, 1L);
	SET(PROXY, "");
	SET(NOPROXY, "*");
	SET(NETRC, (long)CURL_NETRC_IGNORED);
	SET(FRESH_CONNECT, 1L);
	SET(FORBID_REUSE, 1L);
	SET(NOSIGNAL, 1L);
	SET(CONNECTTIMEOUT_MS, (long)TRANSFER_CONNECT_MS);
	SET(MAXFILESIZE, (long)FETCH_ANSWER_MAX);
	SET(OPENSOCKETFUNCTION, open_socket);
	SET(OPENSOCKETDATA, t);
	return 1;
}

/* Who vouches is the configuration's alone. */
static int
set_tls(struct transfer *t)
{
	SET(SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(SSL_VERIFYPEER, 1L);
	SET(SSL_VERIFYHOST, 2L);
	SET(SSL_SESSIONID_CACHE, 0L);
	/* or one provider's authorities would vouch for the next one, too */
	SET(CA_CACHE_TIMEOUT, 0L);
	SET(CAINFO, NULL);
	SET(CAPATH, NULL);
	SET(SSL_CTX_FUNCTION, set_ca);
	SET(SSL_CTX_DATA, t);
	return 1;
}

static int
set_question(struct transfer *t, const struct msg_fetch *fetch)
{
	SET(CURLU, t->where);
	SET(USERAGENT, "vncbridged");
	if (fetch->is_post) {
		SET(POST, 1L);
		SET(POSTFIELDS, fetch->body);
		SET(POSTFIELDSIZE, (long)strlen(fetch->body));
	} else
		SET(HTTPGET, 1L);
	SET(WRITEFUNCTION, take_body);
	SET(WRITEDATA, t);
	SET(HEADERFUNCTION, take_field);
	SET(HEADERDATA, t);
	SET(ERRORBUFFER, t->detail);
	SET(PRIVATE, t);
	return set_fields(t, fetch);
}

/* ---- life ---- */

static void
release(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_url_cleanup(t->where);
	curl_slist_free_all(t->fields);
	curl_slist_free_all(t->resolve);
	X509_STORE_free(t->ca);
	if (t->answer != NULL)
		explicit_bzero(t->answer, t->len);
	free(t->answer);
	free(t);
}

struct transfer *
transfer_start(struct wires *wires, const struct transfer_question *question,
    transfer_done *done, void *arg)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->wires = wires;
	t->url = question->url;
	t->done = done;
	t->arg = arg;
	t->addr_count =
	    question->addr_count < ADDRS_MAX ? question->addr_count : ADDRS_MAX;
	memcpy(t->addrs, question->addrs, t->addr_count * sizeof(t->addrs[0]));
	if (question->ca != NULL && X509_STORE_up_ref(question->ca) == 1)
		t->ca = question->ca;
	t->easy = curl_easy_init();
	if (t->easy == NULL || !is_read_alike(t, question->fetch->url) ||
	    !set_limits(t) || !set_tls(t) || !set_addresses(t) ||
	    !set_question(t, question->fetch) ||
	    wires_add(wires, t->easy) < 0) {
		release(t);
		return NULL;
	}
	return t;
}

static void
explain(struct transfer *t, CURLcode result, char error[FETCH_ERROR_MAX])
{
	struct words_failure failure = {.result = result,
	    .connect_sec = TRANSFER_CONNECT_MS / 1000,
	    .is_too_large = t->is_too_large,
	    .detail = t->detail};

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &failure.system_error);
	curl_easy_getinfo(
	    t->easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify_result);
	words_tell(&failure, t->url, error);
}

void
transfer_over(void *private, CURLcode result)
{
	struct transfer *t = private;
	struct transfer_answer answer = {0};
	char error[FETCH_ERROR_MAX] = "";
	long status = 0;

	answer.error = error;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result == CURLE_OK && status > 0) {
		answer.status = (uint32_t)status;
		answer.body = t->answer;
		answer.len = t->len;
	} else
		explain(t, result, error);
	t->done(t->arg, &answer);
	release(t);
}

void
transfer_stop(struct transfer *transfer)
{
	if (transfer == NULL)
		return;
	wires_remove(transfer->wires, transfer->easy);
	release(transfer);
}
