/* SPDX-License-Identifier: ISC */
/*
 * The messages about what is asked of providers, who say who somebody is: part
 * of proto.h, whose table says who may send them. Those with a secret in them
 * are wiped by who has sent or read them.
 */
#ifndef VB_PROTO_FETCH_H
#define VB_PROTO_FETCH_H

#include <stdint.h>

#define FETCH_SOURCES_MAX	8	     /* providers */
#define FETCH_HOSTS_MAX		16	     /* of a provider */
#define FETCH_HOST_MAX		254	     /* TARGET_NAME_MAX */
#define FETCH_URL_MAX		4096	     /* with its NUL */
#define FETCH_AUTHORIZATION_MAX 4096	     /* with its NUL */
#define FETCH_BODY_MAX		8192	     /* with its NUL */
#define FETCH_CHUNK_BYTES	8192	     /* of an answer */
#define FETCH_ANSWER_MAX	(256 * 1024) /* bytes of an answer */
#define FETCH_ERROR_MAX		256
#define FETCH_TIMEOUT_MS	10000 /* from a FETCH to its last FETCHED */

/*
 * Structure for MSG_CONF_FETCH_HOST: master to auth and fetch. That provider
 * may be asked there, and nowhere else. auth hears it before the CONF_OIDC of
 * that number, and learns only whether something has changed.
 */
struct msg_conf_fetch_host {
	uint32_t source; /* below FETCH_SOURCES_MAX */
	uint32_t port;
	uint32_t is_plain;	   /* by http: the host is loopback */
	char host[FETCH_HOST_MAX]; /* lower case; an address without [] */
};

/*
 * Structure for MSG_CONF_FETCH_CA: master to auth and fetch, one for each
 * provider.
 * fd passed: a sealed copy of the certificates that vouch for it, in PEM.
 */
struct msg_conf_fetch_ca {
	uint32_t source;
};

/*
 * Structure for MSG_FETCH: auth to fetch. Answered by one FETCHED or more. All
 * fields untrusted: the URL may be of a provider's making.
 */
struct msg_fetch {
	uint64_t id;	     /* given back */
	uint32_t source;     /* the provider whose hosts may be asked */
	uint32_t is_post;    /* with body, a form; else a GET */
	uint32_t generation; /* auth's: fetch waits until it has it, too */
	uint32_t zero;
	char url[FETCH_URL_MAX];
	char authorization[FETCH_AUTHORIZATION_MAX]; /* the field; "": none */
	char body[FETCH_BODY_MAX];
};

/*
 * Structure for MSG_FETCHED: fetch to auth. The parts of an answer come in
 * their order, with nothing of that id between them; together they have up to
 * FETCH_ANSWER_MAX bytes. There is one, at least.
 */
struct msg_fetched {
	uint64_t id;
	uint32_t status;	     /* of HTTP; 0: there is no answer */
	uint32_t has_more;	     /* it is not the last */
	uint32_t len;		     /* of data */
	char error[FETCH_ERROR_MAX]; /* why there is none, for the log */
	uint8_t data[FETCH_CHUNK_BYTES];
};

#endif
