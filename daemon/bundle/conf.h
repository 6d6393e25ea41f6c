/* SPDX-License-Identifier: ISC */
/*
 * What vncbridge.conf(5) says. conf_load.h reads it.
 */
#ifndef VB_CONF_H
#define VB_CONF_H

#include <limits.h>
#include <stddef.h>

#include "common/errors.h"
#include "common/proto.h"
#include "common/settings.h"

struct source;

#define CONF_ERROR_MAX (PATH_MAX + 1024) /* a path fits in it */
#define CONF_USER_MAX  64

/* What the command line says over the file. Borrowed while it is used. */
struct conf_options {
	const char *file;    /* -f, or NULL: the default, if it exists */
	const char **listen; /* -l */
	size_t listen_count;
	const char **allow; /* -a */
	size_t allow_count;
	uint8_t verbosity; /* how many -v; 2 at most */
	int is_foreground; /* -d */
	/* where text and files come from; NULL: source_files */
	const struct source *source;
};

/* A certificate and its key, of one or more listeners. */
struct conf_cert {
	char *certificate;
	char *key; /* the certificate's own file, if none is named */
	int line;  /* of the file, 0: unknown */
};

/* What a listener section says of TLS; cert_count 0: it speaks plain HTTP. */
struct conf_tls {
	uint32_t cert_count;
	uint32_t certs[PROTO_LISTENER_CERTS]; /* indexes of struct conf's */
	char *client_ca;		      /* or NULL */
	char *client_crl;		      /* or NULL */
	int ca_line;			      /* of the file, 0: unknown */
	int crl_line;
	uint32_t verify_client;
	uint8_t redirect;
	uint8_t proxy_protocol; /* of those that speak plain HTTP, too */
	uint8_t metrics;	/* the same: it serves /metrics, and no page */
};

/* The authorities of targets. */
struct conf_target_ca {
	char *path;
	int line; /* of the file, 0: unknown */
};

/* A provider that people log in by: where it is asked, and who vouches. */
struct conf_fetch {
	struct msg_conf_fetch_host hosts[FETCH_HOSTS_MAX]; /* source: any */
	size_t host_count;
	char *ca_file; /* owned; NULL: the system's */
	int line;      /* of ca_file, or the section; 0: unknown */
};

/* An access section. */
struct conf_access {
	struct msg_conf_access head;
	struct msg_conf_access_user *users;
	size_t user_count;
	struct network *from;
	size_t from_count;
	struct msg_conf_access_target *targets;
	size_t target_count;
	int line; /* of the file, 0: unknown */
};

/* An auth "oidc" section: a provider of OpenID Connect. */
struct conf_oidc {
	struct msg_conf_oidc head; /* but for secret_bytes */
	char *secret_file;	   /* or NULL: the client has none */
	int line;		   /* of the file, 0: unknown */
};

/* A target's hooks, and how it is woken; a command without words is none. */
struct conf_hook {
	struct msg_conf_hook head;
	struct msg_conf_command commands[HOOK_TARGET_KINDS];
};

/* Where the file gives a setting; 0: it does not. */
struct conf_lines {
	int none; /* 0 */
	int user;
	int pid_file;
	int control_socket;
	int control_group;
	int pages;
	int audit_file;
	int max_connections;
};

struct conf {
	struct settings settings;
	struct conf_lines lines;
	char *file; /* as it was named; NULL: all from the command line */
	char user[CONF_USER_MAX];
	char pid_file[PATH_MAX];
	char control_socket[PATH_MAX];
	char control_group[CONF_USER_MAX]; /* "": none */
	char pages[PATH_MAX];
	char audit_file[PATH_MAX]; /* "": none */
	int has_pid_file;	   /* the file names it */
	int has_control_socket;
	int has_max_connections;
	struct addr *listeners;
	int *listener_lines;  /* one for each; 0: it is not in the file */
	struct conf_tls *tls; /* one for each listener */
	size_t listener_count;
	struct conf_cert *certs; /* each pair of files once */
	size_t cert_count;
	struct msg_conf_tls_text tls_text;
	struct rule *rules;
	size_t rule_count;
	/* their tls_id counts from 1; conf_send.c makes it unique */
	struct msg_conf_target *targets;
	struct msg_conf_target_tls *target_tls; /* one for each; 0: none */
	size_t target_count;
	struct msg_conf_claim *claims;
	size_t claim_count;
	struct conf_target_ca target_cas[PROTO_TARGET_CAS_MAX];
	size_t target_ca_count; /* each file once */
	struct msg_conf_origin *origins;
	size_t origin_count;
	struct msg_conf_origin *framers; /* of frame-ancestors */
	size_t framer_count;
	struct msg_conf_host *hosts;
	size_t host_count;
	struct network *proxies; /* of trusted-proxies */
	size_t proxy_count;
	struct addr *nameservers;
	size_t nameserver_count;
	char *users_file; /* of auth "password"; NULL: there is none */
	int auth_line;	  /* of the file, 0: unknown */
	struct msg_conf_header header;		 /* user "": there is none */
	struct msg_conf_certificate certificate; /* its user: the same */
	struct msg_conf_pam pam;		 /* service "": the same */
	struct conf_oidc *oidc; /* OIDC_PROVIDERS_MAX at most */
	size_t oidc_count;
	struct conf_fetch fetch[FETCH_SOURCES_MAX]; /* one for each of oidc */
	size_t fetch_count;
	struct conf_hook *hooks; /* of the targets that have any */
	size_t hook_count;
	struct msg_conf_command event; /* on-event; without words: none */
	struct msg_conf_hook_name *hook_names;
	size_t hook_name_count;
	int knows_open_proxy;
	struct conf_access *access; /* in the file's order */
	size_t access_count;
};

#define CONF_PLACE_MAX (PATH_MAX + 16)

/*
 * How a message about what is in the file begins: "FILE:LINE: "; "" where line
 * is 0. Returns out.
 */
const char *
conf_place(const struct conf *conf, int line, char out[CONF_PLACE_MAX]);

/* Puts that before what is wrong, if something is; errno stays. */
void
conf_add_place(const struct conf *conf, int line, char error[CONF_ERROR_MAX]);

/*
 * What a child has no room for would end it. Returns 0, or VB_EFULL with error
 * set, if there are more than most. line: where they begin, 0: unknown.
 */
VB_MUST_CHECK int conf_check_count(const struct conf *conf, int line,
    const char *what, size_t n, size_t most, char error[CONF_ERROR_MAX]);

/* Which file is read: the one that is asked for, or the usual one. */
const char *conf_path(const struct conf_options *options);

void conf_free(struct conf *conf); /* NULL is allowed */

#endif
