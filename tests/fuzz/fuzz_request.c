/* SPDX-License-Identifier: ISC */
/*
 * From a request head to what it asks for. The first byte chooses the rules.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/accept.h"
#include "worker/parse/request.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int holds)
{
	if (!holds)
		abort();
}

static int
is_panel(const struct http_span *origin, void *arg)
{
	return http_span_is(origin, arg);
}

static void
check_asset(const struct request *req)
{
	const char *p;

	must(strncmp(req->path, "/assets/", 8) == 0);
	must(strstr(req->path, "//") == NULL);
	must(strstr(req->path, "/./") == NULL);
	must(strstr(req->path, "/../") == NULL);
	for (p = req->path; *p != '\0'; p++)
		must(*p > ' ' && *p < 0x7f && *p != '%' && *p != '\\');
	must(p[-1] != '/');
}

static void
check_proxy(const struct http_head *head, const struct request_rules *rules,
    const struct request *req)
{
	char answer[512];
	int len;

	must(http_span_is(&head->method, "GET") && head->minor > 0);
	must(http_has_token(head, "Upgrade", "websocket"));
	must(http_has_token(head, "Connection", "upgrade"));
	must(!rules->origins.is_required ||
	    http_find_field(head, "Origin") != NULL);
	must(strlen(req->handshake.key) == HANDSHAKE_KEY_LEN);
	must(req->target[0] != '\0');
	len = handshake_format_answer(&req->handshake, answer, sizeof(answer));
	must(len > 4 && memcmp(answer + len - 4, "\r\n\r\n", 4) == 0);
	must((strstr(answer, "Protocol: binary") != NULL) ==
	    (req->handshake.offers_binary != 0));
}

/* Within the site, and nothing that ends its line. */
static void
check_location(const struct request *req)
{
	const char *p = req->location;

	must(req->kind == REQUEST_START || req->kind == REQUEST_VIEWER ||
	    req->kind == REQUEST_LOGIN || req->kind == REQUEST_OIDC);
	must(strlen(p) < PATH_LOCATION_MAX);
	must(strncmp(p, "./", 2) == 0 || strncmp(p, "../", 3) == 0);
	must(strcspn(p, "\r\n \"<>\\#") == strlen(p));
	p += strncmp(p, "./", 2) == 0 ? 2 : 0;
	while (strncmp(p, "../", 3) == 0)
		p += 3;
	must(p[0] != '/');
}

/* What does something is not done by a look. */
static void
check_login(const struct http_head *head, const struct request_rules *rules,
    const struct request *req)
{
	must(rules->has_auth);
	if (req->kind == REQUEST_LOGOUT || req->kind == REQUEST_OIDC_TOKEN)
		must(req->is_post && !req->is_head);
	if (req->kind == REQUEST_OIDC)
		must(!req->is_post);
	if (req->is_post)
		must(http_span_is(&head->method, "POST"));
}

static void
check_request(const struct http_head *head, const struct request_rules *rules,
    const struct request *req)
{
	struct target target;

	(void)accept_prefers_openmetrics(head);
	must(req->kind >= REQUEST_START && req->kind <= REQUEST_PROXY);
	must(memchr(req->target, '\0', sizeof(req->target)) != NULL);
	must(memchr(req->path, '\0', sizeof(req->path)) != NULL);
	must(rules->is_metrics
		? req->kind == REQUEST_METRICS || req->kind == REQUEST_HEALTH
		: req->kind != REQUEST_METRICS);
	if (req->kind == REQUEST_ASSET)
		check_asset(req);
	if (req->kind == REQUEST_PROXY)
		check_proxy(head, rules, req);
	if (req->kind == REQUEST_LOGIN || req->kind == REQUEST_LOGOUT ||
	    req->kind == REQUEST_OIDC || req->kind == REQUEST_OIDC_TOKEN)
		check_login(head, rules, req);
	if (req->kind == REQUEST_VIEWER)
		must(target_parse(req->target, rules->default_port, &target) ==
		    0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char panel[] = "https://panel.example";
	static struct names *names;
	struct request_rules rules = {
	    .default_port = 5901, .origins = {.arg = panel}};
	struct http_head head;
	struct request req;
	char *buf;
	int status, may_continue;

	if (size == 0)
		return 0;
	if (names == NULL) {
		names = names_new();
		must(names != NULL &&
		    names_add(names, "h", 1, NAMES_ANY_LABELS) == 0);
		names_sort(names);
	}
	rules.names = names;
	rules.base_path = (*data & 1) != 0 ? "/vnc" : "";
	rules.origins.is_required = (*data & 2) != 0;
	rules.has_auth = (*data & 8) != 0;
	rules.is_metrics = (*data & 16) != 0;
	rules.origins.is_listed = (*data & 4) != 0 ? is_panel : NULL;
	data++;
	size--;
	buf = malloc(size > 0 ? size : 1);
	must(buf != NULL);
	memcpy(buf, data, size);
	if (http_parse_head(buf, size, HTTP_HEAD_MAX, &head) > 0) {
		status = request_classify(&head, &rules, &req, &may_continue);
		must(status == 0 || status == 308 ||
		    (status >= 400 && status <= 426));
		must(!may_continue ||
		    ((status == 404 || status == 308) && req.keep_alive));
		if (status == 308)
			check_location(&req);
		must(request_is_ours(&head, &rules) || status == 421 ||
		    req.kind == REQUEST_HEALTH);
		if (status == 0)
			check_request(&head, &rules, &req);
	}
	free(buf);
	return 0;
}
