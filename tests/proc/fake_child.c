/* SPDX-License-Identifier: ISC */
/*
 * A child of the master that lies: built as vncbridge-worker, -broker,
 * -keeper, -auth, -fetch, -pam and -runner, it does what the end of base-path
 * says if that begins with its own role ("/worker/exit"), and nothing wrong
 * otherwise. A fault comes when the master has sent PEER for the broker and
 * the keeper (LIST for some of the broker's, PROBE for "alive-..."), since all
 * of them have started then; those called
 * "early-..." come instead of READY, and "kept-..." are in or around KEPT, or
 * auth's KNOWN.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"

#define MASTER_FD   3
#define SPARE_FD    9
#define FLOOD_LINES 50000
#define EXIT_STATUS 7

static enum proto_role self;
static char fault[BASE_PATH_MAX];
static union proto_any any;

static int
is_fault(const char *name)
{
	return strcmp(fault, name) == 0;
}

static void
say(enum msg_type type, const void *body, int fd)
{
	if (ipc_write_message(MASTER_FD, type, body, fd) < 0)
		exit(0); /* the master has had enough */
}

static void
say_ready(uint32_t version)
{
	struct msg_ready ready = {version};

	say(MSG_READY, &ready, -1);
}

static void
say_log(uint32_t level, const char *line, int fd)
{
	struct msg_log log;

	memset(&log, 0, sizeof(log));
	log.level = level;
	snprintf(log.line, sizeof(log.line), "%s", line);
	say(MSG_LOG, &log, fd);
}

static void
say_load(uint32_t taken, uint32_t ended)
{
	struct msg_load load = {taken, ended, 0};

	say(MSG_LOAD, &load, -1);
}

static void
fault_flood(void)
{
	int i;

	for (i = 0; i < FLOOD_LINES; i++)
		say_log(2, "flood of lines", -1);
}

static void
fault_endless_line(void)
{
	struct msg_log log;

	memset(&log, 'a', sizeof(log));
	log.level = 2;
	say(MSG_LOG, &log, -1);
}

static void
complain(uint32_t fence)
{
	struct msg_unjoined unjoined = {fence, UNJOINED_NONSENSE, ROLE_BROKER};

	say(MSG_UNJOINED, &unjoined, -1);
}

static void
commit_as_worker(uint32_t fence)
{
	if (is_fault("exit"))
		_exit(EXIT_STATUS);
	else if (is_fault("trap"))
		__builtin_trap();
	else if (is_fault("garbage"))
		(void)!send(MASTER_FD, "garbage", 7, 0);
	else if (is_fault("empty"))
		(void)!send(MASTER_FD, "", 0, 0);
	else if (is_fault("ready-twice"))
		say_ready(PROTO_VERSION);
	else if (is_fault("load-taken"))
		say_load(1, 0);
	else if (is_fault("load-ended"))
		say_load(0, 1);
	else if (is_fault("load-wraps"))
		say_load(UINT32_MAX, UINT32_MAX);
	else if (is_fault("unjoined"))
		complain(fence);
	else if (is_fault("log-level"))
		say_log(4, "level", -1);
	else if (is_fault("log-endless"))
		fault_endless_line();
	else if (is_fault("log-descriptor"))
		say_log(2, "descriptor", dup2(MASTER_FD, SPARE_FD));
	else if (is_fault("log-escapes"))
		say_log(2, "red \x1b[31m\nforged line", -1);
	else if (is_fault("log-flood"))
		fault_flood();
	else if (is_fault("listed")) {
		memset(&any, 0, sizeof(any));
		say(MSG_LISTED, &any.listed, -1);
	}
}

static void
commit_as_broker(const struct msg_list *list)
{
	static struct msg_listed listed;

	memset(&listed, 0, sizeof(listed));
	listed.cookie = list->cookie;
	if (is_fault("listed-count"))
		listed.count = PROTO_LIST_MAX + 1;
	else if (is_fault("listed-endless")) {
		listed.count = 1;
		memset(listed.entries[0].target, 'a',
		    sizeof(listed.entries[0].target));
	} else if (is_fault("listed-unasked")) {
		/* for others, and for nobody, before the right one */
		listed.cookie = list->cookie + 1;
		say(MSG_LISTED, &listed, -1);
		listed.cookie = 0;
		say(MSG_LISTED, &listed, -1);
		listed.cookie = list->cookie;
	} else if (is_fault("list-exit"))
		_exit(EXIT_STATUS);
	say(MSG_LISTED, &listed, -1);
}

static void
answer_probe(uint64_t number)
{
	struct msg_alive alive = {number};

	if (is_fault("alive-never"))
		return;
	if (is_fault("alive-number"))
		alive.number++;
	say(MSG_ALIVE, &alive, -1);
	if (is_fault("alive-twice"))
		say(MSG_ALIVE, &alive, -1);
}

static void
say_kept(uint32_t generation)
{
	static struct msg_kept kept;

	kept.generation = generation;
	if (is_fault("kept-generation"))
		kept.generation++;
	else if (is_fault("kept-unknown"))
		kept.cert_id = 4711;
	else if (is_fault("kept-endless"))
		memset(kept.text, 'a', sizeof(kept.text));
	if (!is_fault("kept-never"))
		say(MSG_KEPT, &kept, -1);
	if (is_fault("kept-twice"))
		say(MSG_KEPT, &kept, -1);
}

static void
say_known(uint32_t generation)
{
	static struct msg_known known;

	known.generation = generation;
	if (is_fault("kept-generation"))
		known.generation++;
	else if (is_fault("kept-endless"))
		memset(known.text, 'a', sizeof(known.text));
	else if (is_fault("kept-refused")) {
		known.is_refused = 1;
		known.line = 7;
		strcpy(known.text, "no such user");
	}
	if (!is_fault("kept-never"))
		say(MSG_KNOWN, &known, -1);
	if (is_fault("kept-twice"))
		say(MSG_KNOWN, &known, -1);
}

static void
become_ready(void)
{
	if (is_fault("early-exit"))
		_exit(EXIT_STATUS);
	else if (is_fault("early-load"))
		say_load(0, 0);
	else if (is_fault("early-version"))
		say_ready(PROTO_VERSION + 1);
	else if (!is_fault("early-silence"))
		say_ready(PROTO_VERSION);
}

static void
meet(const struct msg_peer *peer)
{
	static int has_keeper, has_broker;
	static uint32_t fence;

	if (peer->role == ROLE_BROKER) {
		has_broker = 1;
		fence = peer->fence;
	} else if (peer->role == ROLE_KEEPER)
		has_keeper = 1;
	if (has_broker && has_keeper)
		commit_as_worker(fence);
}

static void
take_conf(const struct settings *settings)
{
	char begin[32];
	int len = snprintf(begin, sizeof(begin), "/%s/", proto_role_name(self));

	if (strncmp(settings->base_path, begin, (size_t)len) == 0)
		snprintf(fault, sizeof(fault), "%s", settings->base_path + len);
}

static enum proto_role
role_of(const char *program)
{
	if (strstr(program, "keeper") != NULL)
		return ROLE_KEEPER;
	if (strstr(program, "bridge-auth") != NULL)
		return ROLE_AUTH;
	if (strstr(program, "bridge-fetch") != NULL)
		return ROLE_FETCH;
	if (strstr(program, "bridge-pam") != NULL)
		return ROLE_PAM;
	if (strstr(program, "bridge-runner") != NULL)
		return ROLE_RUNNER;
	return strstr(program, "broker") != NULL ? ROLE_BROKER : ROLE_WORKER;
}

int
main(int argc, char **argv)
{
	int fd, type, is_ready = 0;

	(void)argc;
	/* the master made it nonblocking; here is no loop */
	if (fcntl(MASTER_FD, F_SETFL, 0) == -1)
		return 1;
	self = role_of(argv[0]);
	while ((type = ipc_read_message(
		    MASTER_FD, self, ROLE_MASTER, &any, &fd)) > 0) {
		if (fd != -1)
			close(fd);
		if (type == MSG_CONF_START)
			take_conf(&any.conf_start.settings);
		else if (type == MSG_CONF_END) {
			if (self == ROLE_KEEPER)
				say_kept(any.conf_end.generation);
			if (self == ROLE_AUTH)
				say_known(any.conf_end.generation);
			if (!is_ready++)
				become_ready();
		} else if (type == MSG_PEER && self == ROLE_WORKER)
			meet(&any.peer);
		else if (type == MSG_PROBE)
			answer_probe(any.probe.number);
		else if (type == MSG_LIST)
			commit_as_broker(&any.list);
		else if (type == MSG_DRAIN && self == ROLE_WORKER)
			return 0;
	}
	return 0;
}
