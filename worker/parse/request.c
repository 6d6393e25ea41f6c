/* SPDX-License-Identifier: ISC */
/*
 * What a request head asks for: the table of paths, and what every answer
 * needs to know.
 */
#include <ctype.h>
#include <string.h>

#include "common/proto_oidc.h"
#include "worker/parse/fault.h"
#include "worker/parse/http_fields.h"
#include "worker/parse/request.h"

#define BAD_REQUEST	   400
#define MOVED		   308
#define NOT_FOUND	   404
#define METHOD_NOT_ALLOWED 405
#define LENGTH_REQUIRED	   411
#define CONTENT_TOO_LARGE  413
#define UNSUPPORTED_TYPE   415
#define MISDIRECTED	   421
#define UPGRADE_REQUIRED   426

#define ASSETS		   "/assets/"
#define ICON		   "/assets/favicon.svg"
#define PROVIDERS	   "/login/oidc/"
#define INDEX		   "/index.html"
#define PARAMETER	   "target"

/* Room for a parameter's name, decoded: any longer one is not ours. */
#define PARAMETER_MAX 16

static int
is_text(const struct http_span *span, const char *text)
{
	return span->len == strlen(text) &&
	    memcmp(span->p, text, span->len) == 0;
}

static int
has_prefix(const struct http_span *span, const char *prefix, size_t len)
{
	return span->len >= len && memcmp(span->p, prefix, len) == 0;
}

/* One or more segments of [A-Za-z0-9._-], none empty, none of dots only. */
static int
is_asset_name(const struct http_span *name)
{
	struct http_span rest = *name, segment;
	size_t i, dots;

	do {
		segment = rest;
		rest = http_span_cut(&segment, '/');
		for (i = 0, dots = 0; i < segment.len; i++) {
			if (!isalnum((unsigned char)segment.p[i]) &&
			    strchr("._-", segment.p[i]) == NULL)
				return 0;
			dots += segment.p[i] == '.' ? 1 : 0;
		}
		if (dots == segment.len)
			return 0;
	} while (segment.p + segment.len < name->p + name->len);
	return 1;
}

/* "/TARGET": what target_parse() takes, so no slash, escaped or not. */
static int
is_viewer_path(const struct http_span *path, const struct request_rules *rules,
    struct request *req)
{
	struct http_span segment = {path->p + 1, path->len - 1};
	struct target target;

	if (http_percent_decode(&segment, req->target, sizeof(req->target)) < 0)
		return 0;
	return target_parse(req->target, rules->default_port, &target) == 0;
}

/* "/login/oidc/NAME": where one provider of several sends people back to. */
static int
is_provider_path(const struct http_span *path, struct request *req)
{
	size_t n = sizeof(PROVIDERS) - 1;
	struct http_span name = {path->p + n, path->len - n};

	if (!has_prefix(path, PROVIDERS, n) || name.len >= OIDC_NAME_MAX ||
	    memchr(name.p, '/', name.len) != NULL || !is_asset_name(&name))
		return 0;
	memcpy(req->path, name.p, name.len);
	return 1;
}

/* Without logins these paths are desktops of that name. */
static int
is_login(enum request_kind kind)
{
	return kind == REQUEST_LOGIN || kind == REQUEST_LOGOUT ||
	    kind == REQUEST_OIDC || kind == REQUEST_OIDC_TOKEN;
}

/* To look at it must do nothing. */
static int
is_form_only(enum request_kind kind)
{
	return kind == REQUEST_LOGOUT || kind == REQUEST_OIDC_TOKEN ||
	    kind == REQUEST_INTENT;
}

static int
is_form(enum request_kind kind)
{
	return kind == REQUEST_LOGIN || kind == REQUEST_ACCOUNT ||
	    is_form_only(kind);
}

/* At a listener of metrics: no desktop is reached, and no page is there. */
static int
classify_scrape(const struct http_span *path, struct request *req)
{
	if (is_text(path, "/metrics"))
		req->kind = REQUEST_METRICS;
	else if (is_text(path, "/healthz"))
		req->kind = REQUEST_HEALTH;
	else
		return NOT_FOUND;
	return 0;
}

/* Finds the kind by the path below the base. Returns 0 or NOT_FOUND. */
static int
classify_path(const struct http_span *path, const struct request_rules *rules,
    struct request *req)
{
	static const struct {
		const char *path;
		enum request_kind kind;
	} fixed[] = {
	    {"/", REQUEST_START},
	    {"/healthz", REQUEST_HEALTH},
	    {"/proxy", REQUEST_PROXY},
	    {"/api/targets", REQUEST_TARGETS},
	    {"/events", REQUEST_EVENTS},
	    {"/robots.txt", REQUEST_ROBOTS},
	    {"/api/login", REQUEST_ACCOUNT},
	    {"/api/intent", REQUEST_INTENT},
	    {"/login", REQUEST_LOGIN},
	    {"/logout", REQUEST_LOGOUT},
	    {"/login/oidc", REQUEST_OIDC},
	    {"/login/oidc/logout", REQUEST_OIDC_TOKEN},
	};
	struct http_span name;
	size_t i, n = sizeof(ASSETS) - 1;

	if (rules->is_metrics)
		return classify_scrape(path, req);
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (is_text(path, fixed[i].path) &&
		    (rules->has_auth || !is_login(fixed[i].kind))) {
			req->kind = fixed[i].kind;
			return 0;
		}
	if (rules->has_auth && is_provider_path(path, req)) {
		req->kind = REQUEST_OIDC;
		return 0;
	}
	if (is_text(path, "/favicon.ico")) { /* browsers ask by themselves */
		strlcpy(req->path, ICON, sizeof(req->path));
		req->kind = REQUEST_ASSET;
		return 0;
	}
	if (has_prefix(path, ASSETS, n)) {
		name.p = path->p + n;
		name.len = path->len - n;
		if (path->len >= sizeof(req->path) || !is_asset_name(&name))
			return NOT_FOUND;
		memcpy(req->path, path->p, path->len);
		req->kind = REQUEST_ASSET;
		return 0;
	}
	if (!is_viewer_path(path, rules, req))
		return NOT_FOUND;
	req->kind = REQUEST_VIEWER;
	return 0;
}

/*
 * Finds the one parameter there is. '+' stays '+': what is parsed here is a
 * host, not a form.
 */
static int
find_target(const struct http_span *query, struct request *req)
{
	struct http_span rest = *query, value, name;
	char text[PARAMETER_MAX];
	int n, found = 0;

	while (rest.len > 0) {
		value = rest;
		rest = http_span_cut(&value, '&');
		name = value;
		value = http_span_cut(&name, '=');
		n = http_percent_decode(&name, text, sizeof(text));
		if (n == VB_ESYNTAX)
			return fault_note(req->fault, BAD_REQUEST,
			    "the query has a bad escape");
		if (n < 0 || strcmp(text, PARAMETER) != 0)
			continue;
		/* two of them: a proxy in front may have judged the other */
		if (found)
			return fault_note(req->fault, BAD_REQUEST,
			    "the query names two targets");
		if (http_percent_decode(
			&value, req->target, sizeof(req->target)) <= 0)
			return fault_note(req->fault, BAD_REQUEST,
			    "the query's target is not a target");
		found = 1;
	}
	return found ? 0
		     : fault_note(req->fault, BAD_REQUEST,
			   "the query names no target: ?target=HOST");
}

static int
classify_proxy(const struct http_head *head, const struct request_rules *rules,
    const struct http_span *query, struct request *req)
{
	int status;

	if (req->is_head)
		/* as GET without one (9110, 9.3.2) */
		return fault_note(
		    req->fault, UPGRADE_REQUIRED, "HEAD of a WebSocket's path");
	if (head->minor == 0) /* RFC 9110, 7.8; RFC 6455, 4.2.1 */
		return fault_note(req->fault, BAD_REQUEST,
		    "a WebSocket over HTTP/1.0: the proxy in front must speak "
		    "HTTP/1.1");
	if ((status = handshake_check(
		 head, &rules->origins, &req->handshake, req->fault)) != 0)
		return status;
	if (http_has_body(head))
		return fault_note(req->fault, BAD_REQUEST,
		    "a WebSocket's request has a body");
	return find_target(query, req);
}

/* What the browser's address is read against: relative links, the target. */
static int
is_page(enum request_kind kind)
{
	return kind == REQUEST_START || kind == REQUEST_VIEWER ||
	    kind == REQUEST_LOGIN || kind == REQUEST_OIDC;
}

/* Finds out what is asked for. Returns 0 or NOT_FOUND. */
static int
read_path(const struct http_span *raw, const struct request_rules *rules,
    struct path *path, struct request *req)
{
	if (path_read(raw, rules->base_path, path) < 0)
		return NOT_FOUND;
	if (is_text(&path->below, INDEX)) { /* where web servers have it */
		path->text[path->below.p - path->text + 1] = '\0';
		path->below.len = 1;
		path->is_proper = 0;
	}
	if (path->is_folder &&
	    (is_text(&path->below, "/api") ||
		is_text(&path->below, "/assets") ||
		has_prefix(&path->below, ASSETS, strlen(ASSETS))))
		return NOT_FOUND; /* nothing lists what is in them */
	return classify_path(&path->below, rules, req);
}

/* Returns 0, or the status of one that is not to be read. */
static int
read_length(const struct http_head *head, struct request *req)
{
	const struct http_span *text = http_find_field(head, "Content-Length");
	size_t i;

	if (http_find_field(head, "Transfer-Encoding") != NULL)
		return fault_note(req->fault, LENGTH_REQUIRED,
		    "a form without Content-Length");
	/* RFC 9112, 6.3: without either there is no body */
	for (i = 0;
	     text != NULL && i < text->len && req->body_len <= REQUEST_FORM_MAX;
	     i++)
		req->body_len = req->body_len * 10 + (size_t)(text->p[i] - '0');
	return req->body_len <= REQUEST_FORM_MAX
	    ? 0
	    : fault_note(
		  req->fault, CONTENT_TOO_LARGE, "the form is too large");
}

/* As browsers send a form; the others have nothing in their body. */
static int
check_type(const struct http_head *head, struct request *req)
{
	const struct http_span *field = http_find_field(head, "Content-Type");
	struct http_span type = {"", 0};

	if (req->kind != REQUEST_LOGIN && req->kind != REQUEST_OIDC_TOKEN &&
	    req->kind != REQUEST_INTENT)
		return 0;
	if (field != NULL)
		type = *field;
	http_span_cut(&type, ';');
	http_span_trim(&type);
	return http_span_is(&type, "application/x-www-form-urlencoded")
	    ? 0
	    : fault_note(req->fault, UNSUPPORTED_TYPE,
		  "the form is not application/x-www-form-urlencoded");
}

static int
classify_form(const struct http_head *head, const struct request_rules *rules,
    struct request *req)
{
	int status;

	req->is_post = 1;
	if ((status = handshake_check_form(
		 head, &rules->origins, req->fault)) != 0 ||
	    (status = read_length(head, req)) != 0)
		return status;
	return check_type(head, req);
}

int
request_is_ours(const struct http_head *head, const struct request_rules *rules)
{
	return head->host.p == NULL || names_have(rules->names, &head->host);
}

int
request_classify(const struct http_head *head,
    const struct request_rules *rules, struct request *out, int *may_continue)
{
	const struct http_span *tag = http_find_field(head, "If-None-Match");
	struct http_span raw = head->target, query;
	struct path path;
	char text[FAULT_FIELD_MAX];
	int status;

	memset(out, 0, sizeof(*out));
	*may_continue = 0;
	out->is_head = is_text(&head->method, "HEAD");
	out->keep_alive = http_keeps_alive(head);
	out->accepts_gzip = http_takes_gzip(head);
	if (tag != NULL)
		out->if_none_match = *tag;

	query = out->query = http_span_cut(&raw, '?');
	status = read_path(&raw, rules, &path, out);
	/* a health check, by whatever name, learns nothing else */
	if (!(status == 0 && out->kind == REQUEST_HEALTH) &&
	    !request_is_ours(head, rules))
		return fault_note(out->fault, MISDIRECTED,
		    "host \"%s\" is not a name of this bridge; add it to hosts",
		    fault_field(&head->host, text));
	if (status == 0 && out->kind == REQUEST_PROXY &&
	    (out->is_head || is_text(&head->method, "GET")))
		return classify_proxy(head, rules, &query, out);
	if (status == 0 && is_form(out->kind) && is_text(&head->method, "POST"))
		return classify_form(head, rules, out);
	if (http_has_body(head))
		return fault_note(
		    out->fault, CONTENT_TOO_LARGE, "the request has a body");
	if (status == 0 && is_form_only(out->kind))
		status = NOT_FOUND;
	if (!out->is_head && !is_text(&head->method, "GET"))
		return fault_note(out->fault, METHOD_NOT_ALLOWED,
		    "method \"%s\" is not GET or HEAD",
		    fault_field(&head->method, text));
	if (status == 0 && !path.is_proper && is_page(out->kind)) {
		path_locate(&path, &query, out->location);
		status = MOVED;
	}
	*may_continue = status != 0 && out->keep_alive;
	return status;
}
