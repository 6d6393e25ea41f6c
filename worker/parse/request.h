/* SPDX-License-Identifier: ISC */
/*
 * What a request head asks for. Pure, as http.h: it decides by memory
 * alone, and serve.c acts.
 */
#ifndef VB_REQUEST_H
#define VB_REQUEST_H

#include <stdint.h>

#include "common/target.h"
#include "worker/parse/fault.h"
#include "worker/parse/handshake.h"
#include "worker/parse/http.h"
#include "worker/parse/names.h"
#include "worker/parse/path.h"

enum request_kind {
	REQUEST_START = 1,  /* GET / : the start page */
	REQUEST_VIEWER,	    /* GET /TARGET : the viewer page */
	REQUEST_ASSET,	    /* GET /assets/NAME : path is the table's key */
	REQUEST_TARGETS,    /* GET /api/targets : JSON of configured targets */
	REQUEST_EVENTS,	    /* GET /events : the board, live */
	REQUEST_HEALTH,	    /* GET /healthz */
	REQUEST_ROBOTS,	    /* GET /robots.txt */
	REQUEST_ACCOUNT,    /* GET, POST /api/login : JSON of who one is */
	REQUEST_LOGIN,	    /* GET, POST /login, where people log in */
	REQUEST_LOGOUT,	    /* POST /logout, the same */
	REQUEST_OIDC,	    /* GET /login/oidc[/NAME], to a provider and back */
	REQUEST_OIDC_TOKEN, /* POST /login/oidc/logout, by a provider */
	REQUEST_INTENT,	    /* POST /api/intent : what to do with a target */
	REQUEST_METRICS,    /* GET /metrics, where nothing else is served */
	REQUEST_PROXY	    /* GET /proxy?target=... with an upgrade */
};

#define REQUEST_PATH_MAX 128
#define REQUEST_FORM_MAX 4096 /* bytes of what a form posts */

struct request_rules {	       /* from the configuration; borrowed */
	const char *base_path; /* "" or "/prefix", no slash at its end */
	uint16_t default_port;
	int has_auth;		   /* people log in */
	int is_metrics;		   /* /metrics and /healthz alone */
	const struct names *names; /* that the bridge answers to */
	struct origin_rules origins;
};

struct request {
	enum request_kind kind;
	int is_head; /* HEAD: no body in the answer */
	int is_post; /* a form, whose body follows the head */
	size_t body_len;
	struct http_span body;	/* the caller's, once it has come */
	struct http_span query; /* of the path */
	int keep_alive;		/* the client wants, and may have, another */
	int accepts_gzip;	/* Accept-Encoding allows gzip (q=0 does not) */
	struct http_span if_none_match; /* len 0: none */
	/* REQUEST_ASSET: "/assets/NAME"; REQUEST_OIDC: "NAME" or "" */
	char path[REQUEST_PATH_MAX];
	char location[PATH_LOCATION_MAX]; /* 308: where to, instead */
	char target[TARGET_TEXT_MAX];	  /* decoded text, not yet parsed */
	struct handshake handshake;	  /* REQUEST_PROXY */
	char fault[FAULT_MAX]; /* for the log, what is refused and why */
};

/*
 * Classifies a head. Returns 0, or the HTTP status to answer instead (the
 * connection closes after it unless *may_continue is set; keep_alive and
 * is_head are valid then, too):
 * 308 a page, but for slashes, the prefix alone or /index.html (may continue)
 * 400 no target, two targets, bad escapes, bad handshake fields (RFC 6455,
 *     4.2.1), a request body on an upgrade, /proxy with HTTP/1.0
 * 403 Origin missing, "null" or of somewhere else; a form of another site
 * 404 not in any of the shapes above (may continue)
 * 405 a method other than GET and HEAD, or POST of a form
 * 411 a form without Content-Length
 * 413 a request with a body, or a form with a large one
 * 415 a form of another type
 * 421 its host is none of the bridge's (names.h); /healthz answers all
 * 426 /proxy without an upgrade, by HEAD, or with another
 *     Sec-WebSocket-Version
 * Paths are matched with and without base_path, since some reverse proxies
 * strip it. Extra slashes, between or at the end, matter only for a page, whose
 * relative addresses would miss. A page's query is ignored. The Origin rule
 * (DESIGN 4) is for REQUEST_PROXY only: scheme https, or http where TLS is not
 * spoken here, and host and port the same as the request's own Host; default
 * ports count as equal to a missing one; else is_listed() decides.
 */
VB_MUST_CHECK int request_classify(const struct http_head *head,
    const struct request_rules *rules, struct request *out, int *may_continue);

/*
 * True if the request is for a name of this bridge. One without a host is:
 * a browser always sends it, and only HTTP/1.0 may leave it out.
 */
int request_is_ours(
    const struct http_head *head, const struct request_rules *rules);

#endif
