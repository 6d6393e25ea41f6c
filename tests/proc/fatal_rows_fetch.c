/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/proc/fatal_rows.h"

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
fill_host(union proto_any *body)
{
	body->conf_fetch_host.port = 443;
	strcpy(body->conf_fetch_host.host, "id.example.com");
}

static void
fill_host_port(union proto_any *body)
{
	fill_host(body);
	body->conf_fetch_host.port = UINT16_MAX + 1;
}

static void
fill_host_source(union proto_any *body)
{
	fill_host(body);
	body->conf_fetch_host.source = FETCH_SOURCES_MAX;
}

static void
fill_host_name(union proto_any *body)
{
	fill_host(body);
	memset(body->conf_fetch_host.host, 'a', FETCH_HOST_MAX);
}

static void
fill_ca_source(union proto_any *body)
{
	body->conf_fetch_ca.source = UINT32_MAX;
}

static void
fill_routes(union proto_any *body)
{
	body->host_file.kind = HOST_FILE_ROUTES;
}

static void
fill_hosts_file(union proto_any *body)
{
	body->host_file.kind = HOST_FILE_HOSTS;
}

static void
fill_fetch(union proto_any *body)
{
	body->peer.role = ROLE_FETCH;
	body->peer.asker = ROLE_AUTH;
}

static void
fill_fetch_worker(union proto_any *body)
{
	fill_fetch(body);
	body->peer.asker = ROLE_WORKER;
}

static void
fill_fetch_index(union proto_any *body)
{
	fill_fetch(body);
	body->peer.index = 1;
}

const struct fatal_row fatal_rows_fetch[] = {
    {ROLE_FETCH, MSG_HOST_FILE, "no kind", breach_fill_nothing, NULL, 1, ENDS},
    {ROLE_FETCH, MSG_HOST_FILE, "routes", fill_routes, breach_null, 1, ENDS},
    {ROLE_FETCH, MSG_HOST_FILE, "no file", fill_hosts_file, NULL, 1, GOES_ON},
    {ROLE_FETCH, MSG_HOST_FILE, "a pipe", fill_hosts_file, breach_pipe, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_HOST_FILE, "zeroes", fill_hosts_file, breach_file, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_CONF_START, "another version", fill_version, NULL, 0,
	ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "too early", fill_host, NULL, 0, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "in its place", fill_host, NULL, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "no host", breach_fill_nothing, NULL, 1,
	ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "a port that is none", fill_host_port,
	NULL, 1, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "no such provider", fill_host_source,
	NULL, 1, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_HOST, "an endless name", fill_host_name, NULL,
	1, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_CA, "too early", breach_fill_nothing,
	breach_file, 0, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_CA, "no such provider", fill_ca_source,
	breach_file, 1, ENDS},
    {ROLE_FETCH, MSG_CONF_FETCH_CA, "none in it", breach_fill_nothing,
	breach_file, 1, GOES_ON},
    {ROLE_FETCH, MSG_CONF_FETCH_CA, "a pipe", breach_fill_nothing, breach_pipe,
	1, GOES_ON},
    {ROLE_FETCH, MSG_CONF_NAMESERVER, "too early", breach_fill_nothing, NULL, 0,
	ENDS},
    {ROLE_FETCH, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_FETCH, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_FETCH, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    {ROLE_FETCH, MSG_PEER, "of who asks nothing", fill_fetch_worker,
	fatal_make_listener, 1, ENDS},
    {ROLE_FETCH, MSG_PEER, "a second auth", fill_fetch_index,
	fatal_make_listener, 1, ENDS},
    {ROLE_FETCH, MSG_PEER, "a regular file", fill_fetch, breach_file, 1, ENDS},
    {ROLE_FETCH, MSG_PEER, "a listener", fill_fetch, fatal_make_listener, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
    {ROLE_FETCH, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1,
	GOES_ON},
};

const size_t fatal_row_fetch_count =
    sizeof(fatal_rows_fetch) / sizeof(fatal_rows_fetch[0]);
