/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/hook_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct event_base *base;
struct hooks hooks;
struct jobs jobs;
char logged[HOOK_RIG_LOG_BYTES];
unsigned says;
char mark[HOOK_RIG_MARK_MAX];
struct hook_told told;

static struct event child_ev;
static struct outputs outputs;

static void
on_log(int level, const char *line, void *arg)
{
	size_t used = strlen(logged);

	(void)level;
	(void)arg;
	says += strstr(line, "says=") != NULL;
	snprintf(logged + used, sizeof(logged) - used, "%s\n", line);
}

static void
on_answer(void *arg, const struct msg_ran *ran)
{
	ck_assert_ptr_eq(arg, &told);
	ck_assert_uint_lt(told.count, COUNT(told.all));
	told.all[told.count++] = *ran;
	told.ran = *ran;
}

static void
on_child_cb(evutil_socket_t sig, short what, void *arg)
{
	pid_t pid;

	(void)sig;
	(void)what;
	(void)arg;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		(void)!jobs_reap(&jobs, pid);
}

void
hook_rig_setup(void)
{
	memset(&jobs, 0, sizeof(jobs));
	memset(&told, 0, sizeof(told));
	logged[0] = '\0';
	says = 0;
	snprintf(mark, sizeof(mark), "1000.%d", (int)getpid());
	ck_assert_int_eq(setenv("MARK", mark, 1), 0);
	ck_assert_int_eq(setenv("HIDDEN", "x", 1), 0);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	log_to_sink(on_log, NULL);
	ck_assert_ptr_nonnull(base = event_base_new());
	ck_assert_int_eq(event_assign(&child_ev, base, SIGCHLD,
			     EV_SIGNAL | EV_PERSIST, on_child_cb, NULL),
	    0);
	ck_assert_int_eq(event_add(&child_ev, NULL), 0);
	hooks_init(&hooks);
	outputs_init(&outputs, base);
	jobs.base = base;
	jobs.hooks = &hooks;
	jobs.outputs = &outputs;
	jobs.answer = on_answer;
	jobs.arg = &told;
	ck_assert_int_eq(jobs_init(&jobs), 0);
	hooks.generation = 1;
	hooks.timeout_sec = HOOK_RIG_AMPLE_SEC;
}

void
hook_rig_teardown(void)
{
	jobs_end(&jobs);
	outputs_clear(&outputs);
	hooks_clear(&hooks);
	event_del(&child_ev);
	event_base_free(base);
}

void
hook_rig_target(const char *name, uint32_t timeout_sec)
{
	struct msg_conf_hook_name variable = {"MARK"};
	struct msg_conf_hook head;

	memset(&head, 0, sizeof(head));
	strlcpy(head.target, name, sizeof(head.target));
	strlcpy(head.address.name, "host.example", sizeof(head.address.name));
	head.address.port = 5907;
	head.start_timeout_sec = timeout_sec;
	ck_assert_int_eq(hooks_add(&hooks, &head), 0);
	hooks.name_count = 0;
	ck_assert_int_eq(hooks_add_name(&hooks, &variable), 0);
}

/* By a shell, which the command names itself. */
void
hook_rig_command(enum hook_kind kind, const char *script)
{
	static const char *const words[] = {"/bin/sh", "-c"};
	struct msg_conf_command command;
	size_t i, used = 0;

	memset(&command, 0, sizeof(command));
	command.kind = kind;
	command.argc = COUNT(words) + 1;
	for (i = 0; i < COUNT(words); i++)
		used += strlcpy(command.argv + used, words[i],
			    sizeof(command.argv) - used) +
		    1;
	ck_assert_uint_lt(used + strlen(script), sizeof(command.argv));
	strlcpy(command.argv + used, script, sizeof(command.argv) - used);
	ck_assert_int_eq(hooks_add_command(&hooks, &command), 0);
}

void
hook_rig_ask(const char *target, enum hook_kind kind, uint64_t number)
{
	struct msg_run run;

	memset(&run, 0, sizeof(run));
	run.number = number;
	run.generation = 1;
	run.kind = kind;
	strlcpy(run.target, target, sizeof(run.target));
	ck_assert_int_eq(jobs_ask(&jobs, &run), 0);
}

void
hook_rig_run(unsigned count)
{
	while (told.count < count)
		ck_assert_int_eq(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(told.count, count);
}

/* What has to end does so soon; one that is dead is not counted. */
unsigned
hook_rig_marked(void)
{
	char path[64], text[512];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	unsigned n = 0;
	ssize_t len;
	int fd;

	ck_assert_ptr_nonnull(proc);
	while ((entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(
		    path, sizeof(path), "/proc/%.20s/cmdline", entry->d_name);
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			continue;
		len = read(fd, text, sizeof(text));
		close(fd);
		n += len > 0 &&
		    memmem(text, (size_t)len, mark, strlen(mark)) != NULL;
	}
	closedir(proc);
	return n;
}

void
hook_rig_start(const char *script, uint32_t timeout_sec)
{
	hook_rig_target("vm", timeout_sec);
	hook_rig_command(HOOK_START, script);
	hook_rig_ask("vm", HOOK_START, 7);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.number, 7);
	ck_assert_str_eq(told.ran.target, "vm");
}
