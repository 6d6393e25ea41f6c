/* SPDX-License-Identifier: ISC */
/* What children may say to the audit trail, and what becomes of it. */
#include <sys/stat.h>

#include <check.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/audit/read.h"
#include "daemon/bundle/bundle.h"
#include "daemon/master/audit/audit.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define HEARD_MAX 64
#define FULL	  "/dev/full"

static struct event_base *base;
static struct audit *audit;
static struct conf conf;
static struct bundle bundle;
static char heard[HEARD_MAX][AUDIT_LINE_MAX + 1];
static unsigned heard_count, refusals;
static int refusing, lives;

static void
on_refuse(void *arg, int must_refuse)
{
	(void)arg;
	refusals++;
	refusing = must_refuse;
}

static int
on_worker_lives(void *arg, uint32_t worker)
{
	(void)arg;
	(void)worker;
	return lives;
}

static const struct audit_ops ops = {
    .refuse = on_refuse,
    .worker_lives = on_worker_lives,
};

static void
on_heard(void *arg, const char *line, size_t len)
{
	struct audit_record record;

	(void)arg;
	ck_assert_uint_eq(strlen(line), len);
	ck_assert_int_eq(audit_read(line, len, &record), 0);
	ck_assert_uint_lt(heard_count, HEARD_MAX);
	strcpy(heard[heard_count++], line);
}

static unsigned logged;
static char last_line[LOG_LINE_MAX];

static void
on_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strlcpy(last_line, line, sizeof(last_line));
	logged++;
}

static void
begin(int fd)
{
	memset(&conf, 0, sizeof(conf));
	memset(&bundle, 0, sizeof(bundle));
	conf.settings.has_audit = 1;
	bundle.conf = &conf;
	bundle.audit_fd = fd;
	lives = 1;
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(base = event_base_new());
	ck_assert_ptr_nonnull(audit = audit_new(base, &ops, NULL));
	audit_listen(audit, on_heard, NULL);
	audit_use(audit, &bundle);
}

static void
end(void)
{
	audit_free(audit);
	event_base_free(base);
}

static struct msg_audit
of(enum audit_kind kind, uint32_t worker, uint64_t conn_id)
{
	struct msg_audit said;

	memset(&said, 0, sizeof(said));
	said.kind = kind;
	said.worker = worker;
	said.conn_id = conn_id;
	return said;
}

static int
say(enum proto_role role, enum audit_kind kind, uint32_t worker, uint64_t conn)
{
	struct msg_audit said = of(kind, worker, conn);

	return audit_hear(audit, role, &said);
}

/* The last record is of that kind, and has these texts. */
static void
expect(const char *kind, const char *first, const char *second)
{
	char wanted[64];

	ck_assert_uint_gt(heard_count, 0);
	snprintf(wanted, sizeof(wanted), "\"kind\":\"%s\"", kind);
	ck_assert_ptr_nonnull(strstr(heard[heard_count - 1], wanted));
	ck_assert_msg(strstr(heard[heard_count - 1], first) != NULL, "%s",
	    heard[heard_count - 1]);
	ck_assert_msg(strstr(heard[heard_count - 1], second) != NULL, "%s",
	    heard[heard_count - 1]);
}

/* Who may say what: else anybody could make up a login. */
START_TEST(audit_hears_each_kind_from_its_own_role_only)
{
	static const enum proto_role roles[] = {ROLE_MASTER, ROLE_WORKER,
	    ROLE_BROKER, ROLE_KEEPER, ROLE_AUTH, ROLE_FETCH, ROLE_PAM};
	static const unsigned may[AUDIT_KIND_COUNT] = {
	    [AUDIT_START] = ROLE_MASTER,
	    [AUDIT_STOP] = ROLE_MASTER,
	    [AUDIT_RELOAD] = ROLE_MASTER,
	    [AUDIT_HOOK] = ROLE_MASTER,
	    [AUDIT_LOGIN] = ROLE_AUTH,
	    [AUDIT_FAILURE] = ROLE_AUTH,
	    [AUDIT_LOGOUT] = ROLE_AUTH,
	    [AUDIT_OPEN] = ROLE_BROKER,
	    [AUDIT_REFUSE] = ROLE_BROKER,
	    [AUDIT_ASK] = ROLE_BROKER,
	    [AUDIT_TAKEOVER] = ROLE_BROKER,
	    [AUDIT_KICK] = ROLE_BROKER,
	    [AUDIT_END] = ROLE_BROKER,
	    [AUDIT_HELD] = ROLE_BROKER,
	    [AUDIT_HELD_END] = ROLE_BROKER,
	    [AUDIT_GONE] = ROLE_BROKER,
	};
	unsigned kind;
	size_t i;

	begin(-1);
	for (kind = 0; kind < AUDIT_KIND_COUNT + 3; kind++)
		for (i = 0; i < COUNT(roles); i++)
			ck_assert_int_eq(
			    say(roles[i], (enum audit_kind)kind, 0, kind + 1),
			    kind < AUDIT_KIND_COUNT && (may[kind] & roles[i])
				? 0
				: VB_EBADMSG);
	ck_assert_int_eq(
	    say(ROLE_BROKER, (enum audit_kind)UINT32_MAX, 0, 1), VB_EBADMSG);
	end();
}
END_TEST

START_TEST(audit_refuses_what_has_no_end_or_no_number)
{
	static const size_t texts[][2] = {
	    {offsetof(struct msg_audit, user),
		sizeof(((struct msg_audit *)0)->user)},
	    {offsetof(struct msg_audit, by),
		sizeof(((struct msg_audit *)0)->by)},
	    {offsetof(struct msg_audit, how),
		sizeof(((struct msg_audit *)0)->how)},
	    {offsetof(struct msg_audit, target),
		sizeof(((struct msg_audit *)0)->target)},
	    {offsetof(struct msg_audit, reason),
		sizeof(((struct msg_audit *)0)->reason)},
	};
	struct msg_audit said;
	size_t i;

	begin(-1);
	for (i = 0; i < COUNT(texts); i++) {
		said = of(AUDIT_REFUSE, 0, 1);
		memset((char *)&said + texts[i][0], 0xff, texts[i][1]);
		ck_assert_int_eq(
		    audit_hear(audit, ROLE_BROKER, &said), VB_EBADMSG);
		((char *)&said)[texts[i][0] + texts[i][1] - 1] = '\0';
		ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	}
	ck_assert_uint_eq(heard_count, COUNT(texts));
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_END, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_HELD, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_GONE, 0, 0), VB_EBADMSG);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 256, 1), VB_EBADMSG);
	ck_assert_int_eq(
	    say(ROLE_BROKER, AUDIT_HELD_END, UINT32_MAX, 0), VB_EBADMSG);
	ck_assert_uint_eq(heard_count, COUNT(texts));
	end();
}
END_TEST

START_TEST(audit_writes_all_that_was_said)
{
	struct msg_audit said = of(AUDIT_TAKEOVER, 3, UINT64_MAX);

	begin(-1);
	said.login_id = 0xabc;
	said.lost = 4;
	said.code = 4510;
	said.client.family = ADDR_V4;
	memcpy(said.client.ip, "\x0a\x00\x00\x05", 4);
	said.addr = said.client;
	said.addr.port = 5901;
	strcpy(said.user, "J\xc3\xbcrgen");
	strcpy(said.by, "a\"b");
	strcpy(said.how, "x");
	strcpy(said.target, "desk\n1");
	strcpy(said.reason, "because");
	ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	expect("takeover",
	    "\"worker\":3,\"conn\":18446744073709551615,"
	    "\"login\":\"0000000000000abc\",\"client\":\"10.0.0.5\","
	    "\"user\":\"J\\u00fcrgen\",\"by\":\"a\\\"b\",\"how\":\"x\","
	    "\"target\":\"desk\\u000a1\",\"address\":\"10.0.0.5:5901\","
	    "\"code\":4510,\"reason\":\"because\",\"unsaid\":4}",
	    "");
	end();
}
END_TEST

/* ---- one end for each open ---- */

START_TEST(audit_ends_a_session_with_what_it_has_moved)
{
	struct msg_audit said = of(AUDIT_END, 1, 2);

	begin(-1);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 1, 2), 0);
	expect("open", "\"worker\":1,\"conn\":2", "");
	/* a broker that opens it twice has lost its mind */
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 1, 2), VB_EBADMSG);
	said.to_client_bytes = 7;
	said.to_target_bytes = UINT64_MAX;
	ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	expect("end", "\"to_client\":7,\"to_target\":18446744073709551615,",
	    "\"duration_ms\":");
	/* and of what has ended nothing more is said */
	ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_GONE, 1, 2), 0);
	ck_assert_uint_eq(heard_count, 2);
	ck_assert_uint_eq(audit_open_count(audit), 0);
	end();
}
END_TEST

START_TEST(audit_reconciles_with_a_new_broker)
{
	struct ctl_audit status = {0};

	begin(-1);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 2), 0);
	ck_assert_uint_eq(heard_count, 2);
	audit_child_died(audit, ROLE_BROKER, 0);
	ck_assert_uint_eq(heard_count, 2);
	/* no second record of what goes on */
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_HELD, 0, 1), 0);
	ck_assert_uint_eq(heard_count, 2);
	/* but one of what the old one had no time to say */
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_HELD, 0, 3), 0);
	expect("open", "\"conn\":3", "\"late\":1");
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_HELD_END, 0, 0), 0);
	expect("end", "\"conn\":2", "nobody could say so");
	ck_assert_uint_eq(heard_count, 4);
	audit_fill_status(audit, &status);
	ck_assert_uint_eq(status.opened, 3);
	ck_assert_uint_eq(status.ended, 1);
	ck_assert_uint_eq(status.running, 2);
	ck_assert_uint_eq(status.seq, 4);
	ck_assert_uint_eq(strlen(status.hash), 64);
	audit_finish(audit);
	expect("stop", "", "");
	ck_assert_uint_eq(heard_count, 7);
	ck_assert_ptr_nonnull(strstr(heard[5], "the bridge has ended"));
	end();
}
END_TEST

START_TEST(audit_ends_what_a_dead_worker_had)
{
	struct msg_audit said = of(AUDIT_GONE, 0, 1);

	begin(-1);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 1, 1), 0);
	audit_child_died(audit, ROLE_WORKER, 0);
	ck_assert_uint_eq(heard_count, 2);
	said.to_client_bytes = 99;
	ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	expect("end", "\"worker\":0,\"conn\":1,\"to_client\":99,",
	    "its worker has died");
	ck_assert_uint_eq(audit_open_count(audit), 1);
	end();
}
END_TEST

START_TEST(audit_takes_no_session_from_the_future)
{
	struct msg_audit said = of(AUDIT_HELD, 0, 1);

	begin(-1);
	said.since_sec = UINT64_MAX;
	ck_assert_int_eq(audit_hear(audit, ROLE_BROKER, &said), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	ck_assert_ptr_null(strstr(heard[1], "\"duration_ms\":1844"));
	end();
}
END_TEST

/* ---- what the configuration says ---- */

START_TEST(audit_is_nothing_where_it_is_not_wanted)
{
	struct ctl_audit status = {0};

	begin(-1);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	conf.settings.has_audit = 0;
	audit_use(audit, &bundle);
	ck_assert_uint_eq(audit_open_count(audit), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 2), 0);
	ck_assert_int_eq(say(ROLE_WORKER, AUDIT_OPEN, 0, 2), VB_EBADMSG);
	audit_text_number(audit_begin(audit, AUDIT_RELOAD), "generation", 2);
	audit_end(audit);
	audit_finish(audit);
	ck_assert_uint_eq(heard_count, 1);
	audit_fill_status(audit, &status);
	ck_assert_uint_eq(status.is_on, 0);
	end();
}
END_TEST

/* Runs the loop until what it has to do is done. */
static void
turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

/* The writer's own copy of the full one: the only other that is open. */
static int
replace_full(int file)
{
	struct stat full, st;
	int fd;

	if (stat(FULL, &full) == -1)
		return -1;
	for (fd = bundle.audit_fd + 1; fd < 256; fd++)
		if (fstat(fd, &st) == 0 && st.st_rdev == full.st_rdev &&
		    S_ISCHR(st.st_mode))
			return dup2(file, fd) == -1 ? -1 : 0;
	return -1;
}

START_TEST(audit_refuses_sessions_while_it_must_and_can_not_write)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	struct ctl_audit status = {0};
	int full = open(FULL, O_RDWR | O_APPEND), file;

	ck_assert_int_ne(full, -1);
	begin(full);
	conf.settings.audit_required = 1;
	audit_use(audit, &bundle);
	ck_assert_uint_eq(refusals, 0);
	log_to_sink(on_line, NULL);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	ck_assert_int_eq(refusing, 0); /* at the end of the turn */
	turn();
	ck_assert_int_eq(refusing, 1);
	ck_assert_int_eq(audit_must_refuse(audit), 1);
	ck_assert_uint_eq(refusals, 1);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_END, 0, 1), 0);
	turn();
	ck_assert_uint_eq(refusals, 1); /* said once */
	ck_assert_uint_eq(logged, 1);
	audit_fill_status(audit, &status);
	ck_assert_uint_ne(status.error, 0);
	/* another file takes it */
	file = mkstemp(path);
	ck_assert_int_ne(file, -1);
	bundle.audit_fd = file;
	audit_use(audit, &bundle);
	ck_assert_int_eq(refusing, 0);
	ck_assert_uint_eq(refusals, 2);
	unlink(path);
	close(file);
	close(full);
	end();
}
END_TEST

START_TEST(audit_goes_on_where_it_need_not_write)
{
	int full = open(FULL, O_RDWR | O_APPEND);

	begin(full);
	log_to_sink(on_line, NULL);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	turn();
	ck_assert_uint_eq(refusals, 0);
	ck_assert_int_eq(audit_must_refuse(audit), 0);
	close(full);
	end();
}
END_TEST

/* Another file is at the number of the full one, when its event comes. */
START_TEST(audit_tries_again_by_itself)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	int full = open(FULL, O_RDWR | O_APPEND), file = mkstemp(path);

	begin(full);
	conf.settings.audit_required = 1;
	audit_use(audit, &bundle);
	log_to_sink(on_line, NULL);
	log_set_level(LOG_LEVEL_INFO);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_OPEN, 0, 1), 0);
	turn();
	ck_assert_int_eq(refusing, 1);
	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(replace_full(file), 0);
	while (refusing && event_base_loop(base, EVLOOP_ONCE) == 0)
		continue;
	ck_assert_int_eq(refusing, 0);
	ck_assert_ptr_nonnull(strstr(last_line, "is written again"));
	ck_assert_int_eq(lseek(file, 0, SEEK_END) > 0, 1);
	unlink(path);
	close(file);
	close(full);
	end();
}
END_TEST

START_TEST(audit_writes_a_flood_in_portions_and_all_of_it)
{
	char path[] = "/tmp/vb-audit-XXXXXX";
	struct ctl_audit status = {0};
	int file = mkstemp(path), i;

	ck_assert_int_ne(file, -1);
	begin(file);
	audit_listen(audit, NULL, NULL);
	/* within one turn, more than may wait */
	for (i = 1; i <= 3000; i++)
		ck_assert_int_eq(say(ROLE_BROKER, AUDIT_REFUSE, 0, 1), 0);
	audit_finish(audit);
	audit_fill_status(audit, &status);
	ck_assert_uint_eq(status.lost, 0);
	ck_assert_uint_eq(status.seq, 3001);
	ck_assert_int_gt(lseek(file, 0, SEEK_END), 3000 * 150);
	unlink(path);
	close(file);
	end();
}
END_TEST

START_TEST(audit_logs_what_proves_the_line)
{
	char hash[AUDIT_HASH_BYTES];

	begin(-1);
	conf.settings.audit_syslog = 1;
	audit_use(audit, &bundle);
	log_set_level(LOG_LEVEL_INFO);
	log_to_sink(on_line, NULL);
	ck_assert_int_eq(say(ROLE_BROKER, AUDIT_REFUSE, 2, 1), 0);
	ck_assert_uint_eq(logged, 1);
	audit_hash(heard[0], strlen(heard[0]), hash);
	ck_assert_ptr_nonnull(strstr(last_line, hash));
	ck_assert_ptr_nonnull(
	    strstr(last_line, ",\"kind\":\"refuse\",\"worker\":2,\"conn\":1}"));
	ck_assert_int_eq(strncmp(last_line, "audit {\"seq\":1,", 15), 0);
	end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit_said");
	TCase *tc = tcase_create("audit_said");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, audit_hears_each_kind_from_its_own_role_only);
	tcase_add_test(tc, audit_refuses_what_has_no_end_or_no_number);
	tcase_add_test(tc, audit_writes_all_that_was_said);
	tcase_add_test(tc, audit_ends_a_session_with_what_it_has_moved);
	tcase_add_test(tc, audit_reconciles_with_a_new_broker);
	tcase_add_test(tc, audit_ends_what_a_dead_worker_had);
	tcase_add_test(tc, audit_takes_no_session_from_the_future);
	tcase_add_test(tc, audit_is_nothing_where_it_is_not_wanted);
	tcase_add_test(
	    tc, audit_refuses_sessions_while_it_must_and_can_not_write);
	tcase_add_test(tc, audit_goes_on_where_it_need_not_write);
	tcase_add_test(tc, audit_tries_again_by_itself);
	tcase_add_test(tc, audit_writes_a_flood_in_portions_and_all_of_it);
	tcase_add_test(tc, audit_logs_what_proves_the_line);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
