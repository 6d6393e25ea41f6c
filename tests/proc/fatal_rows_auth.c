/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/proc/fatal_rows.h"
#include "tests/proc/worker_rig.h"

#define PAGE_BYTES BREACH_FILE_BYTES

static void
fill_logins(union proto_any *body)
{
	body->logins.after_id = UINT64_MAX;
}

static void
fill_issuer(union proto_any *body)
{
	memset(body->conf_oidc.issuer, 'a', sizeof(body->conf_oidc.issuer));
}

static void
fill_oidc_button(union proto_any *body)
{
	memset(body->conf_oidc.button, 'a', sizeof(body->conf_oidc.button));
}

static void
fill_secret(union proto_any *body)
{
	body->conf_oidc.secret_bytes = BREACH_FILE_BYTES;
}

static void
fill_secret_huge(union proto_any *body)
{
	body->conf_oidc.secret_bytes = UINT32_MAX;
}

static void
fill_host_source(union proto_any *body)
{
	body->conf_fetch_host.source = FETCH_SOURCES_MAX;
}

static void
fill_host_name(union proto_any *body)
{
	memset(body->conf_fetch_host.host, 'a', FETCH_HOST_MAX);
}

static void
fill_ca_source(union proto_any *body)
{
	body->conf_fetch_ca.source = UINT32_MAX;
}

static void
fill_group(union proto_any *body)
{
	memset(body->conf_group.name, 'a', sizeof(body->conf_group.name));
}

static void
fill_button(union proto_any *body)
{
	memset(body->conf_button.text, 'a', sizeof(body->conf_button.text));
}

static void
fill_expel(union proto_any *body)
{
	memset(body->expel.user, 'a', sizeof(body->expel.user));
}

static void
fill_version(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION - 1;
}

static void
fill_generation(union proto_any *body)
{
	body->conf_end.generation = UINT32_MAX;
}

static void
fill_broker(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
	body->peer.asker = ROLE_WORKER;
}

static void
fill_auth(union proto_any *body)
{
	body->peer.role = ROLE_AUTH;
	body->peer.asker = ROLE_WORKER;
}

static void
fill_auths_index(union proto_any *body)
{
	fill_auth(body);
	body->peer.index = UINT32_MAX;
}

static void
fill_auths_brokers(union proto_any *body)
{
	fill_auth(body);
	body->peer.asker = ROLE_BROKER;
	body->peer.index = 1;
}

static void
fill_auths_asker(union proto_any *body)
{
	fill_auth(body);
	body->peer.asker = ROLE_KEEPER;
}

static void
fill_part(union proto_any *body)
{
	body->conf_certificate.user = CERT_PART_COUNT;
}

static void
fill_users_size(union proto_any *body)
{
	body->conf_users.size_bytes = BREACH_FILE_BYTES + 1;
}

static void
fill_users_huge(union proto_any *body)
{
	body->conf_users.size_bytes = UINT64_MAX;
}

static void
fill_service(union proto_any *body)
{
	memset(body->conf_pam.service, 'a', sizeof(body->conf_pam.service));
}

const struct fatal_row fatal_rows_auth[] = {
    {ROLE_AUTH, MSG_CONF_LOGINS, "twice", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_STAMP, "a pipe", breach_fill_nothing, breach_pipe, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_START, "another version", fill_version, NULL, 0, ENDS},
    {ROLE_AUTH, MSG_CONF_USERS, "too early", breach_fill_nothing, breach_file,
	0, ENDS},
    /* the operator's mistakes, and what becomes of them, are told in KNOWN */
    {ROLE_AUTH, MSG_CONF_USERS, "an empty file", breach_fill_nothing,
	breach_file, 1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_USERS, "less than it says", fill_users_size,
	breach_file, 1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_USERS, "huge", fill_users_huge, breach_file, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_USERS, "a pipe", fill_users_size, breach_pipe, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_OIDC, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_AUTH, MSG_CONF_OIDC, "an endless issuer", fill_issuer, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_OIDC, "an endless button", fill_oidc_button, NULL, 1,
	ENDS},
    {ROLE_AUTH, MSG_CONF_OIDC, "an empty secret", breach_fill_nothing,
	breach_file, 1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_OIDC, "a huge secret", fill_secret_huge, breach_file,
	1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_OIDC, "a pipe", fill_secret, breach_pipe, 1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_OIDC, "of nobody", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_FETCH_HOST, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_FETCH_HOST, "no such provider", fill_host_source, NULL,
	1, ENDS},
    {ROLE_AUTH, MSG_CONF_FETCH_HOST, "an endless name", fill_host_name, NULL, 1,
	ENDS},
    {ROLE_AUTH, MSG_CONF_FETCH_CA, "too early", breach_fill_nothing,
	breach_file, 0, ENDS},
    {ROLE_AUTH, MSG_CONF_FETCH_CA, "no such provider", fill_ca_source,
	breach_file, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_FETCH_CA, "a pipe", breach_fill_nothing, breach_pipe,
	1, ENDS},
    {ROLE_AUTH, MSG_CONF_GROUP, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_GROUP, "endless", fill_group, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_GROUP, "of no name", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_HEADER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_HEADER, "endless", fill_button, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_HEADER, "of none", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_CERTIFICATE, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_AUTH, MSG_CONF_CERTIFICATE, "of no part", fill_part, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_CERTIFICATE, "of nobody", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_CONF_CERT, "where none is a login", breach_fill_nothing,
	breach_file, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_LISTENER, "where none is a login", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_CA, "where none is a login", breach_fill_nothing,
	breach_file, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_PAM, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_AUTH, MSG_CONF_PAM, "endless", fill_service, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_CONF_PAM, "of none", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_AUTH, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_AUTH, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_AUTH, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    {ROLE_AUTH, MSG_PEER, "of another role", fill_broker, fatal_make_listener,
	1, ENDS},
    {ROLE_AUTH, MSG_PEER, "of who asks nothing", fill_auths_asker,
	fatal_make_listener, 1, ENDS},
    {ROLE_AUTH, MSG_PEER, "no such index", fill_auths_index, breach_null, 1,
	ENDS},
    {ROLE_AUTH, MSG_PEER, "a second broker", fill_auths_brokers,
	fatal_make_listener, 1, ENDS},
    {ROLE_AUTH, MSG_PEER, "a regular file", fill_auth, breach_file, 1, ENDS},
    {ROLE_AUTH, MSG_PEER, "a listener", fill_auth, fatal_make_listener, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_LOGINS, "after the last", fill_logins, NULL, 1, GOES_ON},
    {ROLE_AUTH, MSG_EXPEL, "an endless name", fill_expel, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_WHOSE, "an endless name", fill_expel, NULL, 1, ENDS},
    {ROLE_AUTH, MSG_WHOSE, "of nobody", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_AUTH, MSG_EXPEL, "of nobody", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_AUTH, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_AUTH, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},

};

const size_t fatal_row_auth_count =
    sizeof(fatal_rows_auth) / sizeof(fatal_rows_auth[0]);
