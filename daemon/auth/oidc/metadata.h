/* SPDX-License-Identifier: ISC */
/*
 * What a provider says of itself at /.well-known/openid-configuration (OpenID
 * Connect Discovery 1.0, 3; RFC 8414, 2). Pure.
 */
#ifndef VB_OIDC_METADATA_H
#define VB_OIDC_METADATA_H

#include "daemon/auth/oidc/object.h"
#include "daemon/auth/oidc/url.h"

/* How the bridge shows the provider who it is, at its token endpoint. */
enum metadata_method {
	METADATA_BASIC = 1, /* client_secret_basic */
	METADATA_POST = 2,  /* client_secret_post */
	METADATA_PUBLIC = 4 /* none: it has no secret */
};

struct metadata {
	char authorization_endpoint[URL_MAX];
	char token_endpoint[URL_MAX];
	char jwks_uri[URL_MAX];
	char userinfo_endpoint[URL_MAX];    /* "": it has none */
	char end_session_endpoint[URL_MAX]; /* "": it has none */
	unsigned methods;		    /* of enum metadata_method */
	int has_iss;	      /* "iss" comes with a code (RFC 9207) */
	int has_back_channel; /* it tells of logouts, perhaps with sid */
	int has_sid;
};

/*
 * Reads it; **borrows** text and issuer, which has to be the same to the byte.
 * is_http allows addresses of "http://". Returns 0, VB_ESYNTAX with *fault, a
 * constant text for the log, or VB_ENOMEM; *out is zeroed then.
 */
VB_MUST_CHECK int metadata_parse(const char *text, size_t len,
    const char *issuer, int is_http, struct metadata *out, const char **fault);

#endif
