/* SPDX-License-Identifier: ISC */
/* The table of messages: each rule broken once, and what is told of it. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define DOCUMENT_MAX  (256 * 1024)
#define WORD_MAX      64
#define PATH_BYTES    4096
#define ROLES_ALL     (ROLE_MASTER | ROLE_CHILD | ROLE_CTL)
#define FIRST_UNKNOWN MSG_TYPE_COUNT

struct datagram {
	struct msg_head head;
	union proto_any body;
	char surplus; /* room for one byte too many */
};

static struct datagram datagram;

/* A datagram of that type, as long as it must be. */
static size_t
fill(uint32_t type)
{
	memset(&datagram, 0, sizeof(datagram));
	datagram.head.type = type;
	return sizeof(datagram.head) + proto_row(type)->body_size;
}

/* One of a set of roles: the sets' members are judged alike. */
static unsigned
any_of(unsigned set)
{
	return set & -set;
}

static int
judge(size_t len, int has_fd, unsigned from, unsigned to, unsigned phase)
{
	return proto_check(&datagram, len, has_fd, from, to, phase);
}

START_TEST(proto_takes_each_message_from_each_of_its_senders)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	size_t len = fill((uint32_t)_i);
	int has_fd = row->fd == FD_MUST;
	unsigned from, to, phase;

	for (from = 1; from <= ROLE_RUNNER; from <<= 1)
		for (to = 1; to <= ROLE_RUNNER; to <<= 1)
			for (phase = 1; phase <= PHASE_RUN; phase <<= 1)
				ck_assert_int_eq(
				    judge(len, has_fd, from, to, phase),
				    (row->from & from) && (row->to & to) &&
					    (row->phase & phase)
					? _i
					: VB_EBADMSG);
}
END_TEST

START_TEST(proto_refuses_each_message_of_another_size)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	size_t len = fill((uint32_t)_i), i;
	const size_t wrong[] = {0, 1, sizeof(struct msg_head) - 1,
	    sizeof(struct msg_head), len - 1, len + 1};

	if (row->is_lasting)
		return; /* the test that follows */
	for (i = 0; i < COUNT(wrong); i++)
		ck_assert_int_eq(
		    judge(wrong[i], row->fd == FD_MUST, any_of(row->from),
			any_of(row->to), any_of(row->phase)),
		    VB_EBADMSG);
}
END_TEST

/* Another version's may be longer or shorter, but tells its version. */
START_TEST(proto_takes_a_lasting_message_of_any_size_with_a_version)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	size_t len;

	ck_assert_uint_eq(row->is_lasting, 1);
	ck_assert_uint_eq(row->fd, FD_NONE);
	fill((uint32_t)_i);
	for (len = 0; len <= sizeof(datagram); len++)
		ck_assert_int_eq(judge(len, 0, any_of(row->from),
				     any_of(row->to), any_of(row->phase)),
		    len < sizeof(struct msg_head) + sizeof(uint32_t)
			? VB_EBADMSG
			: _i);
}
END_TEST

/* As they were when vncbridgectl's first was said to last. */
START_TEST(proto_numbers_that_last_are_those_that_were)
{
	static const char *const names[] = {"CTL_STATUS", "CTL_STATUS_IS",
	    "CTL_STOP", "CTL_STOPPING", "CTL_REREAD", "CTL_RELOADED",
	    "CTL_UNKNOWN", "CTL_CERTS", "CTL_CERTS_ARE", "CTL_SESSIONS",
	    "CTL_SESSIONS_ARE", "CTL_RELOAD", "CTL_RELOAD_GO"};
	uint32_t i;

	for (i = 0; i < COUNT(names); i++)
		ck_assert_str_eq(proto_row(i + 1)->name, names[i]);
	ck_assert_uint_eq(MSG_LASTING_MAX, COUNT(names));
}
END_TEST

START_TEST(proto_tells_what_is_of_another_version_from_what_is_broken)
{
	size_t len = fill(MSG_READY);
	uint32_t type;

	/* a worker may say it to the master, nobody else to nobody */
	ck_assert(
	    !proto_is_foreign(&datagram, len, ROLE_WORKER, ROLE_MASTER, &type));
	ck_assert(
	    proto_is_foreign(&datagram, len, ROLE_CTL, ROLE_MASTER, &type));
	ck_assert_uint_eq(type, MSG_READY);
	datagram.head.type = UINT32_MAX;
	ck_assert(
	    proto_is_foreign(&datagram, len, ROLE_CTL, ROLE_MASTER, &type));
	ck_assert_uint_eq(type, UINT32_MAX);
	datagram.head.type = MSG_NONE; /* no version's */
	ck_assert(
	    !proto_is_foreign(&datagram, len, ROLE_CTL, ROLE_MASTER, &type));
	datagram.head.type = UINT32_MAX;
	datagram.head.zero = 1;
	ck_assert(
	    !proto_is_foreign(&datagram, len, ROLE_CTL, ROLE_MASTER, &type));
	ck_assert(!proto_is_foreign(&datagram, sizeof(struct msg_head) - 1,
	    ROLE_CTL, ROLE_MASTER, &type));
}
END_TEST

START_TEST(proto_wants_a_descriptor_where_the_table_does_and_nowhere_else)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	size_t len = fill((uint32_t)_i);
	int with, without;

	with = judge(
	    len, 1, any_of(row->from), any_of(row->to), any_of(row->phase));
	without = judge(
	    len, 0, any_of(row->from), any_of(row->to), any_of(row->phase));
	ck_assert_int_eq(with, row->fd == FD_NONE ? VB_EBADMSG : _i);
	ck_assert_int_eq(without, row->fd == FD_MUST ? VB_ENOFD : _i);
}
END_TEST

START_TEST(proto_refuses_a_head_that_is_not_zero)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	size_t len = fill((uint32_t)_i);
	int bit;

	for (bit = 0; bit < 32; bit++) {
		datagram.head.zero = UINT32_C(1) << bit;
		ck_assert_int_eq(
		    judge(len, row->fd == FD_MUST, any_of(row->from),
			any_of(row->to), any_of(row->phase)),
		    VB_EBADMSG);
	}
}
END_TEST

START_TEST(proto_refuses_types_that_are_not_in_the_table)
{
	const uint32_t types[] = {
	    MSG_NONE, FIRST_UNKNOWN, FIRST_UNKNOWN + 1, INT32_MAX, UINT32_MAX};
	size_t i, len;

	for (i = 0; i < COUNT(types); i++) {
		memset(&datagram, 0, sizeof(datagram));
		datagram.head.type = types[i];
		ck_assert_ptr_null(proto_row(types[i]));
		for (len = 0; len <= sizeof(datagram); len++)
			ck_assert_int_eq(
			    judge(len, 0, ROLES_ALL, ROLES_ALL, PHASE_ANY),
			    VB_EBADMSG);
	}
}
END_TEST

START_TEST(proto_judges_a_datagram_that_is_not_aligned)
{
	unsigned char bytes[1 + sizeof(struct datagram)];
	size_t len = fill(MSG_READY);

	memcpy(bytes + 1, &datagram, len);
	ck_assert_int_eq(proto_check(bytes + 1, len, 0, ROLE_WORKER,
			     ROLE_MASTER, PHASE_SETUP),
	    MSG_READY);
}
END_TEST

/* What the table says is the design: who is weaker may say this and no more. */
static const struct {
	unsigned from;
	unsigned to;
	const char *names; /* a space behind each */
} channels[] = {
    {ROLE_WORKER, ROLE_MASTER,
	"READY LOG LEFT LOAD UNJOINED ALIVE COUNTED METRICS "},
    {ROLE_BROKER, ROLE_MASTER,
	"READY LOG LISTED WHYED AUDIT ORDERED TARGETS_ARE DROPPED UNJOINED "
	"ALIVE COUNTED "},
    {ROLE_KEEPER, ROLE_MASTER, "KEPT READY LOG DROPPED ALIVE COUNTED "},
    {ROLE_AUTH, ROLE_MASTER,
	"KNOWN READY LOG AUDIT DROPPED UNJOINED LOGINS_ARE EXPELLED "
	"GROUPS ALIVE COUNTED "},
    {ROLE_FETCH, ROLE_MASTER, "READY LOG DROPPED ALIVE COUNTED "},
    {ROLE_AUTH, ROLE_FETCH, "FETCH "},
    {ROLE_FETCH, ROLE_AUTH, "FETCHED "},
    {ROLE_FETCH, ROLE_WORKER | ROLE_BROKER | ROLE_KEEPER, ""},
    {ROLE_PAM, ROLE_MASTER, "READY LOG DROPPED ALIVE COUNTED "},
    {ROLE_AUTH, ROLE_PAM, "PAM_ASK PAM_CODE PAM_LEAVE "},
    {ROLE_PAM, ROLE_AUTH, "PAM_SAID "},
    {ROLE_PAM, ROLE_WORKER | ROLE_BROKER | ROLE_KEEPER | ROLE_FETCH, ""},
    {ROLE_WORKER | ROLE_BROKER | ROLE_KEEPER | ROLE_FETCH, ROLE_PAM, ""},
    {ROLE_WORKER | ROLE_BROKER | ROLE_KEEPER, ROLE_FETCH, ""},
    {ROLE_RUNNER, ROLE_MASTER, "READY LOG DROPPED ALIVE COUNTED "},
    {ROLE_BROKER, ROLE_RUNNER, "RUN "},
    {ROLE_RUNNER, ROLE_BROKER, "RAN "},
    {ROLE_RUNNER, ROLE_WORKER | ROLE_KEEPER | ROLE_AUTH | ROLE_FETCH | ROLE_PAM,
	""},
    {ROLE_WORKER | ROLE_KEEPER | ROLE_AUTH | ROLE_FETCH | ROLE_PAM, ROLE_RUNNER,
	""},
    {ROLE_RUNNER, ROLE_RUNNER, ""},
    {ROLE_WORKER, ROLE_AUTH,
	"LOGIN LOGIN_CODE WHO NAMED PROVE LOGOUT OIDC_BEGIN OIDC_BACK "
	"OIDC_TOKEN "},
    {ROLE_AUTH, ROLE_WORKER, "LOGGED_IN WHO_IS LOGGED_OUT OIDC_SAID "},
    {ROLE_BROKER, ROLE_AUTH, "VOUCH USED "},
    {ROLE_AUTH, ROLE_BROKER, "VOUCHED LOGIN_OVER "},
    {ROLE_AUTH, ROLE_KEEPER, ""},
    {ROLE_KEEPER, ROLE_AUTH, ""},
    {ROLE_WORKER, ROLE_KEEPER, "SIGN "},
    {ROLE_KEEPER, ROLE_WORKER, "SIGNED TICKETS "},
    {ROLE_BROKER, ROLE_KEEPER, ""},
    {ROLE_KEEPER, ROLE_BROKER, ""},
    {ROLE_WORKER, ROLE_BROKER,
	"PRESENTED OPEN SAID INTEND CLOSED HELD HELD_END TRAFFIC STATE "
	"BOARD BOARD_END "},
    {ROLE_BROKER, ROLE_WORKER,
	"OPENED WAIT END TELL INTENDED STATED BOARD_SEES BOARD_STATES "
	"BOARD_OVER "},
    {ROLE_CTL, ROLE_MASTER,
	"CTL_STATUS CTL_STOP CTL_REREAD CTL_CERTS CTL_SESSIONS CTL_RELOAD "
	"CTL_RELOAD_TEXT "
	"CTL_RELOAD_LISTENER CTL_RELOAD_PAGES CTL_RELOAD_FILE "
	"CTL_RELOAD_END CTL_LOGINS CTL_LOGOUT CTL_WHY CTL_RELOAD_AUDIT "
	"CTL_METRICS CTL_ORDER CTL_TARGETS "},
    {ROLE_WORKER, ROLE_WORKER, ""},
    {ROLE_AUTH, ROLE_AUTH, ""},
    {ROLE_FETCH, ROLE_FETCH, ""},
    {ROLE_PAM, ROLE_PAM, ""},
    {ROLE_BROKER, ROLE_BROKER, ""},
    {ROLE_CTL, ROLE_CHILD, ""},
    {ROLE_CHILD, ROLE_CTL, ""},
};

START_TEST(proto_lets_the_weaker_say_what_the_design_says_and_no_more)
{
	const struct proto_row *row;
	char names[512] = "";
	uint32_t type;

	for (type = 1; type < MSG_TYPE_COUNT; type++) {
		row = proto_row(type);
		if ((row->from & channels[_i].from) == 0 ||
		    (row->to & channels[_i].to) == 0)
			continue;
		strcat(strcat(names, row->name), " ");
		/* nothing that a weaker process opened gets in */
		if (strcmp(row->name, "OPENED") != 0 && row->from != ROLE_CTL)
			ck_assert_int_eq(row->fd, FD_NONE);
	}
	ck_assert_str_eq(names, channels[_i].names);
}
END_TEST

START_TEST(proto_datagram_of_any_message_fits_the_receivers_slot)
{
	uint32_t type;

	for (type = 1; type < MSG_TYPE_COUNT; type++)
		ck_assert_uint_le(
		    sizeof(struct msg_head) + proto_row(type)->body_size,
		    PROTO_DATAGRAM_MAX);
}
END_TEST

/* ---- the document and the comments ---- */

static char document[DOCUMENT_MAX];

static void
read_document(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[PATH_BYTES];
	FILE *file;
	size_t n;

	snprintf(
	    path, sizeof(path), "%s/%s", srcdir != NULL ? srcdir : ".", name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s: cannot be read", path);
	n = fread(document, 1, sizeof(document) - 1, file);
	ck_assert(feof(file));
	(void)fclose(file);
	document[n] = '\0';
}

START_TEST(proto_document_names_each_message)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	char quoted[WORD_MAX];

	read_document("common/PROTOCOL.md");
	snprintf(quoted, sizeof(quoted), "`%s`", row->name);
	ck_assert_msg(
	    strstr(document, quoted) != NULL, "PROTOCOL.md has no %s", quoted);
}
END_TEST

/* Words of capitals in the document that are no messages. */
static const char *const not_messages[] = {"PROTO_MESSAGES", "SOCK_SEQPACKET",
    "PHASE_SETUP", "PHASE_RUN", "CLIENT_CROWDED", "CLIENT_LIMITED", "DNS",
    "GET", "HTTP", "PEM", "PROXY", "RFB", "RFC", "TLS", "SIGHUP", "SIGTERM",
    "URL", "HTTPS", "POST", "PAM", "PAM_ASKS", "TELL_IN_USE", "TELL_ASKED",
    "TELL_WATCHED", "TELL_WATCH_OVER", "JSON"};

static int
is_known(const char *word)
{
	uint32_t type;
	size_t i;

	for (type = 1; type < MSG_TYPE_COUNT; type++)
		if (strcmp(proto_row(type)->name, word) == 0)
			return 1;
	for (i = 0; i < COUNT(not_messages); i++)
		if (strcmp(not_messages[i], word) == 0)
			return 1;
	return 0;
}

START_TEST(proto_document_speaks_of_no_message_that_is_not_there)
{
	const char *p = document;
	char word[WORD_MAX];
	unsigned found = 0;
	size_t len, capitals;

	read_document("common/PROTOCOL.md");
	for (; *p != '\0'; p += len > 0 ? len : 1) {
		for (len = 0; isalnum((unsigned char)p[len]) || p[len] == '_';)
			len++;
		snprintf(word, sizeof(word), "%.*s", (int)len, p);
		capitals = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		/* "HELDs" is a plural, "Each" no name at all */
		if (capitals < 3 ||
		    (word[capitals] != '\0' && strcmp(word + capitals, "s")))
			continue;
		word[capitals] = '\0';
		found++;
		ck_assert_msg(is_known(word),
		    "PROTOCOL.md: %s is no message, nor in not_messages", word);
	}
	ck_assert_uint_gt(found, MSG_TYPE_COUNT);
}
END_TEST

static unsigned
roles_in(const char *text, size_t len)
{
	static const struct {
		const char *name;
		unsigned role;
	} names[] = {{"master", ROLE_MASTER}, {"worker", ROLE_WORKER},
	    {"broker", ROLE_BROKER}, {"ctl", ROLE_CTL}, {"keeper", ROLE_KEEPER},
	    {"auth", ROLE_AUTH}, {"fetch", ROLE_FETCH}, {"pam", ROLE_PAM},
	    {"runner", ROLE_RUNNER}};
	unsigned roles = 0;
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (memmem(text, len, names[i].name, strlen(names[i].name)))
			roles |= names[i].role;
	return roles;
}

START_TEST(proto_comment_at_each_struct_tells_its_direction)
{
	const struct proto_row *row = proto_row((uint32_t)_i);
	static const char *const parts[] = {"common/proto.h",
	    "common/proto_session.h", "common/proto_tls.h",
	    "common/proto_access.h", "common/proto_audit.h",
	    "common/proto_auth.h", "common/proto_fetch.h",
	    "common/proto_oidc.h", "common/proto_pam.h", "common/proto_prove.h",
	    "common/proto_why.h", "common/proto_names.h", "common/proto_ctl.h",
	    "common/proto_lease.h", "common/proto_metrics.h",
	    "common/proto_order.h", "common/proto_runner.h",
	    "common/proto_board.h"};
	char begin[WORD_MAX + 32];
	const char *p, *to;
	size_t end, i;

	snprintf(begin, sizeof(begin), "Structure for MSG_%s:", row->name);
	for (i = 0, p = NULL; p == NULL && i < COUNT(parts); i++) {
		read_document(parts[i]);
		p = strstr(document, begin);
	}
	ck_assert_msg(p != NULL, "proto.h has no \"%s\"", begin);
	p += strlen(begin);
	end = strcspn(p, ".,");
	to = memmem(p, end, " to ", 4);
	ck_assert_msg(to != NULL, "%s tells no direction", begin);
	ck_assert_msg(roles_in(p, (size_t)(to - p)) == row->from &&
		roles_in(to, end - (size_t)(to - p)) == row->to,
	    "%s%.*s, but the table has it differently", begin, (int)end, p);
	/* and whether a descriptor comes with it */
	end = (size_t)(strstr(p, "*/") - p);
	ck_assert_int_eq(
	    memmem(p, end, "fd passed", 9) != NULL, row->fd != FD_NONE);
}
END_TEST

static Suite *
proto_suite(void)
{
	Suite *suite = suite_create("proto");
	TCase *tc = tcase_create("proto");

	tcase_add_loop_test(tc,
	    proto_takes_each_message_from_each_of_its_senders, 1,
	    MSG_TYPE_COUNT);
	tcase_add_loop_test(
	    tc, proto_refuses_each_message_of_another_size, 1, MSG_TYPE_COUNT);
	tcase_add_loop_test(tc,
	    proto_takes_a_lasting_message_of_any_size_with_a_version, 1,
	    MSG_LASTING_MAX + 1);
	tcase_add_test(tc, proto_numbers_that_last_are_those_that_were);
	tcase_add_test(
	    tc, proto_tells_what_is_of_another_version_from_what_is_broken);
	tcase_add_loop_test(tc,
	    proto_wants_a_descriptor_where_the_table_does_and_nowhere_else, 1,
	    MSG_TYPE_COUNT);
	tcase_add_loop_test(
	    tc, proto_refuses_a_head_that_is_not_zero, 1, MSG_TYPE_COUNT);
	tcase_add_test(tc, proto_refuses_types_that_are_not_in_the_table);
	tcase_add_test(tc, proto_judges_a_datagram_that_is_not_aligned);
	tcase_add_loop_test(tc,
	    proto_lets_the_weaker_say_what_the_design_says_and_no_more, 0,
	    COUNT(channels));
	tcase_add_test(
	    tc, proto_datagram_of_any_message_fits_the_receivers_slot);
	tcase_add_loop_test(
	    tc, proto_document_names_each_message, 1, MSG_TYPE_COUNT);
	tcase_add_test(
	    tc, proto_document_speaks_of_no_message_that_is_not_there);
	tcase_add_loop_test(tc,
	    proto_comment_at_each_struct_tells_its_direction, 1,
	    MSG_TYPE_COUNT);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(proto_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
