/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/proc/fatal_rows.h"
#include "tests/proc/worker_rig.h"

#define PAGE_BYTES BREACH_FILE_BYTES

static void
fill_button(union proto_any *body)
{
	memset(body->conf_button.text, 'a', sizeof(body->conf_button.text));
}

static void
fill_why_user(union proto_any *body)
{
	memset(body->why.user, 'a', sizeof(body->why.user));
}

static void
fill_why_target(union proto_any *body)
{
	memset(body->why.target, 'a', sizeof(body->why.target));
}

static void
fill_access(union proto_any *body)
{
	memset(body->conf_access.name, 'a', sizeof(body->conf_access.name));
}

static void
fill_access_times(union proto_any *body)
{
	body->conf_access.times.count = SCHEDULE_SPANS_MAX + 1;
}

static void
fill_version(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION - 1;
}

static void
fill_worker_count(union proto_any *body)
{
	body->conf_start.proto_version = PROTO_VERSION;
	body->conf_start.worker_count = UINT32_MAX;
}

static void
fill_size(union proto_any *body)
{
	body->conf_pages.size_bytes = PAGE_BYTES;
}

static void
fill_huge_size(union proto_any *body)
{
	body->conf_pages.size_bytes = UINT64_MAX;
}

static void
fill_origin(union proto_any *body)
{
	memset(&body->conf_origin, 'a', sizeof(body->conf_origin));
}

static void
fill_name(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.name, 'a', sizeof(body->conf_target.name));
}

static void
fill_description(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.description, 'a',
	    sizeof(body->conf_target.description));
}

static void
fill_address_name(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.address.name, 'a',
	    sizeof(body->conf_target.address.name));
}

static void
fill_mode(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	body->conf_target.mode = LEASE_MODE_COUNT;
}

static void
fill_group(union proto_any *body)
{
	body->conf_target.address.port = 5901;
	memset(body->conf_target.group, 'a', sizeof(body->conf_target.group));
}

static void
fill_claim_of_nothing(union proto_any *body)
{
	body->conf_claim.target = PROTO_TARGETS_MAX;
}

static void
fill_claim_of_no_right(union proto_any *body)
{
	body->conf_claim.right = CLAIM_RIGHT_COUNT;
}

static void
fill_order(union proto_any *body)
{
	body->order.kind = ORDER_KICK;
	body->order.scopes = ORDER_SCOPES;
	strcpy(body->order.what, "nobody");
}

static void
fill_order_kind(union proto_any *body)
{
	body->order.kind = ORDER_COUNT;
}

static void
fill_order_what(union proto_any *body)
{
	fill_order(body);
	memset(body->order.what, 'a', sizeof(body->order.what));
}

static void
fill_order_text(union proto_any *body)
{
	fill_order(body);
	memset(body->order.text, 'a', sizeof(body->order.text));
}

static void
fill_targets(union proto_any *body)
{
	body->targets.first = UINT64_MAX;
}

static void
fill_gone(union proto_any *body)
{
	body->gone.index = UINT32_MAX;
}

static void
fill_rule_name(union proto_any *body)
{
	memset(
	    body->conf_rule.rule.name, 'a', sizeof(body->conf_rule.rule.name));
}

static void
fill_generation(union proto_any *body)
{
	body->conf_end.generation = UINT32_MAX;
}

static void
fill_tls(union proto_any *body)
{
	body->conf_tls.cert_count = 1;
}

static void
fill_tls_count(union proto_any *body)
{
	body->conf_tls.cert_count = PROTO_LISTENER_CERTS + 1;
}

static void
fill_tls_verify(union proto_any *body)
{
	body->conf_tls.cert_count = 1;
	body->conf_tls.verify_client = VERIFY_CLIENT_REQUIRE + 1;
}

static void
fill_ca_kind(union proto_any *body)
{
	body->conf_ca.kind = CONF_CA_REVOKED + 1;
}

static void
fill_tls_text(union proto_any *body)
{
	memset(&body->conf_tls_text, 'a', sizeof(body->conf_tls_text));
}

/* The first field of all that have one. */
static void
fill_cert(union proto_any *body)
{
	body->conf_cert.cert_id = 1;
}

static void
fill_keeper(union proto_any *body)
{
	body->peer.role = ROLE_KEEPER;
}

static void
fill_broker(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
	body->peer.asker = ROLE_WORKER;
}

static void
fill_brokers_keeper(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
	body->peer.asker = ROLE_KEEPER;
}

static void
fill_brokers_auth(union proto_any *body)
{
	body->peer.role = ROLE_AUTH;
	body->peer.asker = ROLE_BROKER;
}

static void
fill_users_name(union proto_any *body)
{
	memset(body->conf_access_user.name, 'a',
	    sizeof(body->conf_access_user.name));
}

static void
fill_user(union proto_any *body)
{
	strcpy(body->conf_access_user.name, "alice");
}

/* Of both roles: only the index is wrong. */
static void
fill_brokers_index(union proto_any *body)
{
	body->peer.role = ROLE_BROKER;
	body->peer.asker = ROLE_WORKER;
	body->peer.index = UINT32_MAX;
}

static void
fill_keepers_index(union proto_any *body)
{
	body->peer.role = ROLE_KEEPER;
	body->peer.index = UINT32_MAX;
}

static void
fill_auth(union proto_any *body)
{
	body->peer.role = ROLE_AUTH;
	body->peer.asker = ROLE_WORKER;
}

/* ---- descriptors of other kinds ---- */

int
fatal_make_listener(void)
{
	uint16_t port = 0;

	return listen_on("127.0.0.1", &port);
}

const struct fatal_row fatal_rows[] = {
    {ROLE_BROKER, MSG_HOST_FILE, "no kind", breach_fill_nothing, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_START, "too many workers", fill_worker_count, NULL,
	0, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "an endless name", fill_name, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "an endless address", fill_address_name,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "no port", breach_fill_nothing, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "no such mode", fill_mode, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_TARGET, "an endless group", fill_group, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CLAIM, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CLAIM, "of no target", fill_claim_of_nothing, NULL,
	1, ENDS},
    {ROLE_BROKER, MSG_CONF_CLAIM, "of no right", fill_claim_of_no_right, NULL,
	1, ENDS},
    {ROLE_BROKER, MSG_GONE, "no such index", fill_gone, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_RULE, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_RULE, "an endless name", fill_rule_name, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "an endless name", fill_access, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS, "endless times", fill_access_times, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_USER, "too early", fill_user, NULL, 0, ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_USER, "of no section", fill_user, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_USER, "an endless name", fill_users_name,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_FROM, "of no section", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_ACCESS_TARGET, "of no section", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_BROKER, MSG_CONF_LISTENER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_NAMESERVER, "too early", breach_fill_nothing, NULL,
	0, ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "too early", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "of no kind", fill_ca_kind, breach_file, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_CA, "a pipe", breach_fill_nothing, breach_pipe, 1,
	ENDS},
    {ROLE_BROKER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_BROKER, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "of no role", breach_fill_nothing,
	fatal_make_listener, 1, ENDS},
    {ROLE_BROKER, MSG_PEER, "of another role", fill_keeper, fatal_make_listener,
	1, ENDS},
    {ROLE_BROKER, MSG_PEER, "a keeper that asks", fill_brokers_keeper,
	fatal_make_listener, 1, ENDS},
    {ROLE_BROKER, MSG_PEER, "a worker's auth", fill_auth, fatal_make_listener,
	1, ENDS},
    {ROLE_BROKER, MSG_PEER, "auth, a regular file", fill_brokers_auth,
	breach_file, 1, ENDS},
    {ROLE_BROKER, MSG_PEER, "auth, a listener", fill_brokers_auth,
	fatal_make_listener, 1, GOES_ON},
    {ROLE_BROKER, MSG_PEER, "no such index", fill_brokers_index, breach_null, 1,
	ENDS},
    {ROLE_BROKER, MSG_PEER, "a regular file", fill_broker, breach_file, 1,
	ENDS},
    /* to be read like an empty channel, or one whose end has gone */
    {ROLE_BROKER, MSG_PEER, "a listener", fill_broker, fatal_make_listener, 1,
	GOES_ON},
    /* these have no field that could be wrong */
    {ROLE_BROKER, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_LIST, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_AUDITING, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_WHY, "an endless user", fill_why_user, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_WHY, "an endless target", fill_why_target, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_WHY, "of nothing", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_BROKER, MSG_CONF_LEASES, "twice", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_BROKER, MSG_ORDER, "of no kind", breach_fill_nothing, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_ORDER, "of a kind that is none", fill_order_kind, NULL, 1,
	ENDS},
    {ROLE_BROKER, MSG_ORDER, "an endless word", fill_order_what, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_ORDER, "an endless text", fill_order_text, NULL, 1, ENDS},
    {ROLE_BROKER, MSG_ORDER, "of nobody", fill_order, NULL, 1, GOES_ON},
    {ROLE_BROKER, MSG_TARGETS, "behind the last", fill_targets, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_BROKER, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},

    {ROLE_KEEPER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_KEEPER, MSG_CONF_STAMP, "a pipe", breach_fill_nothing, breach_pipe, 0,
	ENDS},
    {ROLE_KEEPER, MSG_CONF_CERT, "too early", fill_cert, breach_file, 0, ENDS},
    {ROLE_KEEPER, MSG_CONF_CERT, "of no number", breach_fill_nothing,
	breach_file, 1, ENDS},
    /* the operator's mistakes are told in KEPT */
    {ROLE_KEEPER, MSG_CONF_CERT, "an empty file", fill_cert, breach_file, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_CONF_CERT, "a pipe", fill_cert, breach_pipe, 1, GOES_ON},
    {ROLE_KEEPER, MSG_CONF_KEY, "too early", fill_cert, breach_file, 0, ENDS},
    {ROLE_KEEPER, MSG_CONF_KEY, "without a certificate", fill_cert, breach_file,
	1, ENDS},
    {ROLE_KEEPER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_KEEPER, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "of another role", fill_broker, fatal_make_listener,
	1, ENDS},
    {ROLE_KEEPER, MSG_PEER, "no such index", fill_keepers_index, breach_null, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "a regular file", fill_keeper, breach_file, 1,
	ENDS},
    {ROLE_KEEPER, MSG_PEER, "a listener", fill_keeper, fatal_make_listener, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_KEEPER, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},

    {ROLE_WORKER, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "too early", fill_size, breach_file, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "not sealed", fill_size, breach_file, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "of no size", breach_fill_nothing,
	breach_file, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "huge", fill_huge_size, breach_file, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "a pipe", fill_size, breach_pipe, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PAGES, "a device", fill_size, breach_null, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_LISTENER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_ORIGIN, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_ORIGIN, "an endless text", fill_origin, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_HOST, "too early", fill_origin, NULL, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_HOST, "endless", fill_origin, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_PROXY, "of no family", fill_origin, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_HEADER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_HEADER, "endless", fill_button, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_HEADER, "of none", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_CONF_BUTTON, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_BUTTON, "endless", fill_button, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_BUTTON, "empty", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_CONF_TARGET, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET, "an endless name", fill_name, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET, "an endless text", fill_description, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CERT, "too early", breach_fill_nothing, breach_file,
	0, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "too early", fill_tls, NULL, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "without certificates", breach_fill_nothing,
	NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "more than fit", fill_tls_count, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_TLS, "verifies like none", fill_tls_verify, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CA, "too early", breach_fill_nothing, breach_file, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_CA, "of no kind", fill_ca_kind, breach_file, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TLS_TEXT, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TLS_TEXT, "an endless text", fill_tls_text, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET_CA, "too early", breach_fill_nothing,
	breach_file, 0, ENDS},
    {ROLE_WORKER, MSG_CONF_TARGET_TLS, "unverified", fill_cert, NULL, 1, ENDS},
    {ROLE_WORKER, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_WORKER, MSG_CONF_END, "without pages", breach_fill_nothing, NULL, 1,
	ENDS},
    {ROLE_WORKER, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    /* no channel, as without memory for it: the sessions need none */
    {ROLE_WORKER, MSG_PEER, "a regular file", fill_broker, breach_file, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_PEER, "a pipe", fill_broker, breach_pipe, 1, GOES_ON},
    {ROLE_WORKER, MSG_PEER, "a listener", fill_broker, fatal_make_listener, 1,
	GOES_ON},
    /* a client's socket is read like any other, and what fails is ended */
    {ROLE_WORKER, MSG_CLIENT, "a regular file", breach_fill_nothing,
	breach_file, 1, GOES_ON},
    {ROLE_WORKER, MSG_CLIENT, "a pipe", breach_fill_nothing, breach_pipe, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_CLIENT, "a listener", breach_fill_nothing,
	fatal_make_listener, 1, GOES_ON},
    {ROLE_WORKER, MSG_DRAIN, "of no time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_WORKER, MSG_METRICS_ARE, "nobody asked", breach_fill_nothing, NULL, 1,
	ENDS},
};

const size_t fatal_row_count = sizeof(fatal_rows) / sizeof(fatal_rows[0]);
