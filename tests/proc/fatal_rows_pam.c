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
fill_service(union proto_any *body)
{
	strcpy(body->conf_pam.service, "vncbridged");
}

static void
fill_service_endless(union proto_any *body)
{
	memset(body->conf_pam.service, 'a', sizeof(body->conf_pam.service));
}

static void
fill_pam(union proto_any *body)
{
	body->peer.role = ROLE_PAM;
	body->peer.asker = ROLE_AUTH;
}

static void
fill_pam_worker(union proto_any *body)
{
	fill_pam(body);
	body->peer.asker = ROLE_WORKER;
}

static void
fill_pam_index(union proto_any *body)
{
	fill_pam(body);
	body->peer.index = 1;
}

const struct fatal_row fatal_rows_pam[] = {
    {ROLE_PAM, MSG_CONF_START, "another version", fill_version, NULL, 0, ENDS},
    {ROLE_PAM, MSG_CONF_PAM, "too early", fill_service, NULL, 0, ENDS},
    {ROLE_PAM, MSG_CONF_PAM, "in its place", fill_service, NULL, 1, GOES_ON},
    {ROLE_PAM, MSG_CONF_PAM, "endless", fill_service_endless, NULL, 1, ENDS},
    {ROLE_PAM, MSG_CONF_GROUP, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_PAM, MSG_CONF_GROUP, "endless", fill_service_endless, NULL, 1, ENDS},
    {ROLE_PAM, MSG_CONF_END, "too early", breach_fill_nothing, NULL, 0, ENDS},
    {ROLE_PAM, MSG_CONF_END, "another generation", fill_generation, NULL, 1,
	ENDS},
    {ROLE_PAM, MSG_PEER, "of no role", breach_fill_nothing, breach_null, 1,
	ENDS},
    {ROLE_PAM, MSG_PEER, "of who asks nothing", fill_pam_worker,
	fatal_make_listener, 1, ENDS},
    {ROLE_PAM, MSG_PEER, "a second auth", fill_pam_index, fatal_make_listener,
	1, ENDS},
    {ROLE_PAM, MSG_PEER, "a regular file", fill_pam, breach_file, 1, ENDS},
    {ROLE_PAM, MSG_PEER, "a listener", fill_pam, fatal_make_listener, 1,
	GOES_ON},
    {ROLE_PAM, MSG_DRAIN, "at any time", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_PAM, MSG_PROBE, "at any time", breach_fill_nothing, NULL, 1, GOES_ON},
    {ROLE_PAM, MSG_COUNT, "at any time", breach_fill_nothing, NULL, 1, GOES_ON},
};

const size_t fatal_row_pam_count =
    sizeof(fatal_rows_pam) / sizeof(fatal_rows_pam[0]);
