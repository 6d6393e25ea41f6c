/* SPDX-License-Identifier: ISC */
/*
 * The messages of OpenID Connect: part of proto.h, whose table says who may
 * send them. Those with a code, a token, a secret or a cookie in them are wiped
 * by who has sent or read them.
 */
#ifndef VB_PROTO_OIDC_H
#define VB_PROTO_OIDC_H

#include <stdint.h>

#include "common/addr.h"
#include "common/proto_auth.h"
#include "common/proto_fetch.h"
#include "common/target.h"

#define OIDC_PROVIDERS_MAX FETCH_SOURCES_MAX
#define OIDC_URL_MAX	   3072 /* all of these with their NUL */
#define OIDC_ISSUER_MAX	   512
#define OIDC_CLIENT_MAX	   256
#define OIDC_SCOPE_MAX	   256
#define OIDC_CLAIM_MAX	   128
#define OIDC_BUTTON_MAX	   64
#define OIDC_NAME_MAX	   32
#define OIDC_SECRET_MAX	   1024
#define OIDC_REDIRECT_MAX  512
#define OIDC_STATE_MAX	   64
#define OIDC_CODE_MAX	   2048
#define OIDC_ERROR_MAX	   64
#define OIDC_TOKEN_MAX	   4096

/*
 * Structure for MSG_CONF_OIDC: master to auth, one for each provider.
 * fd passed: a sealed copy of the file with the client's secret; or none,
 * where the client is a public one (RFC 6749, 2.1).
 */
struct msg_conf_oidc {
	uint32_t secret_bytes; /* 0: none */
	uint32_t zero;
	char issuer[OIDC_ISSUER_MAX];
	char client_id[OIDC_CLIENT_MAX];
	char scope[OIDC_SCOPE_MAX]; /* RFC 6749, 3.3: words and blanks */
	char user_claim[OIDC_CLAIM_MAX];
	char groups_claim[OIDC_CLAIM_MAX]; /* "": nobody has groups */
	char button[OIDC_BUTTON_MAX];
	char name[OIDC_NAME_MAX]; /* in its redirect URI; "": none */
};

/*
 * Structure for MSG_CONF_BUTTON: master to worker, one for each provider, in
 * the order of CONF_OIDC.
 */
struct msg_conf_button {
	char text[OIDC_BUTTON_MAX];
};

enum oidc_step {
	OIDC_LOGIN,
	OIDC_LOGOUT /* at the provider: here it was before */
};

/*
 * Structure for MSG_OIDC_BEGIN: worker to auth. Somebody wants to go to the
 * provider. Answered by one OIDC_SAID. All fields untrusted.
 */
struct msg_oidc_begin {
	uint64_t id; /* given back */
	struct addr client;
	uint32_t provider; /* from 0 */
	uint32_t step;	   /* enum oidc_step */
	/* where the provider is to send the browser back to, an URI: auth adds
	 * the provider's name to that of a login */
	char redirect[OIDC_REDIRECT_MAX];
	char next[TARGET_TEXT_MAX]; /* given back, when it is over */
};

/*
 * Structure for MSG_OIDC_BACK: worker to auth. The provider has sent somebody
 * back (RFC 6749, 4.1.2; RFC 9207). Answered by one OIDC_SAID. All fields
 * untrusted.
 */
struct msg_oidc_back {
	uint64_t id; /* given back */
	struct addr client;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* of OIDC_GO */
	char state[OIDC_STATE_MAX];
	char code[OIDC_CODE_MAX];     /* "": there is an error */
	char error[OIDC_ERROR_MAX];   /* "": there is a code */
	char issuer[OIDC_ISSUER_MAX]; /* "": it was not said */
	char name[OIDC_NAME_MAX];     /* at the end of the path, or "" */
};

/*
 * Structure for MSG_OIDC_TOKEN: worker to auth. Somebody, who says to be a
 * provider, wants a login to end (OpenID Connect Back-Channel Logout 1.0).
 * Answered by one OIDC_SAID. All fields untrusted.
 */
struct msg_oidc_token {
	uint64_t id; /* given back */
	struct addr client;
	char token[OIDC_TOKEN_MAX];
};

enum oidc_code {
	OIDC_GO,       /* url; for a login, the cookie of who comes back */
	OIDC_IN,       /* the cookie of a login, and next */
	OIDC_TAKEN,    /* the token of a logout */
	OIDC_DENIED,   /* by the person, or by the provider */
	OIDC_UNPROVEN, /* what came back proves nothing */
	OIDC_NAMELESS, /* it proves somebody who has no name here */
	OIDC_OVER,     /* nobody is known to have gone there */
	OIDC_BUSY,     /* too many are on their way */
	OIDC_DOWN,     /* the provider can't be asked */
	OIDC_NOWHERE   /* there is no such provider, or it has no logout */
};

/* Structure for MSG_OIDC_SAID: auth to worker. */
struct msg_oidc_said {
	uint64_t id;
	uint32_t code; /* enum oidc_code; another costs the channel */
	uint32_t zero;
	uint8_t cookie[AUTH_COOKIE_BYTES]; /* GO, IN; else zero */
	char next[TARGET_TEXT_MAX];
	char url[OIDC_URL_MAX];
};

#endif
