/* SPDX-License-Identifier: ISC */
/*
 * Invariants: one that is not WAITING has a socket, and a process but for the
 * time between its death and the end of the turn; the password of a question is
 * here only while it is WAITING.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/orphans.h"
#include "daemon/pam/talk.h"
#include "daemon/pam/talks.h"

#define TALKS_MAX (PAM_RUNNING_MAX + PAM_LOOKS_MAX + PAM_HALVES_MAX)

enum talk_state {
	TALK_WAITING,
	TALK_RUNNING,
	TALK_ASKING
};

struct talk {
	LIST_ENTRY(talk) entry;
	struct talks *talks;
	enum talk_state state;
	struct msg_pam_ask ask;
	pid_t pid; /* 0: none, or it was reaped */
	int fd;	   /* -1: none */
	struct event fd_ev;
	struct event deadline_ev;
};

static struct talk *
find(struct talks *talks, uint64_t id)
{
	struct talk *talk;

	LIST_FOREACH (talk, &talks->list, entry)
		if (talk->ask.id == id)
			break;
	return talk;
}

static void
free_talk(struct talk *talk)
{
	LIST_REMOVE(talk, entry);
	talk->talks->count--;
	event_del(&talk->deadline_ev);
	if (talk->fd != -1) {
		event_del(&talk->fd_ev);
		close(talk->fd);
	}
	if (talk->pid != 0)
		kill(talk->pid, SIGKILL);
	explicit_bzero(talk, sizeof(*talk));
	free(talk);
}

static void
end(struct talk *talk, const struct msg_pam_said *said)
{
	struct talks *talks = talk->talks;

	free_talk(talk);
	talks->answer(talks->arg, said);
}

static void
fail(struct talk *talk, const char *why)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = talk->ask.id;
	said.verdict = PAM_HAS_FAILED;
	strlcpy(said.text, why, sizeof(said.text));
	end(talk, &said);
}

static int
set_deadline(struct talk *talk, uint32_t ms)
{
	struct timeval tv = clock_timeval(ms);

	return event_add(&talk->deadline_ev, &tv) == -1 ? VB_ENOMEM : 0;
}

static void
on_deadline_cb(evutil_socket_t fd, short what, void *arg)
{
	struct talk *talk = arg;
	char why[PAM_TEXT_MAX];

	(void)fd;
	(void)what;
	if (talk->state == TALK_ASKING)
		strlcpy(why, "nobody has typed what it asked for", sizeof(why));
	else
		snprintf(why, sizeof(why),
		    "its modules had not answered in %d s: killed pid=%d",
		    PAM_TIMEOUT_MS / 1000, (int)talk->pid);
	fail(talk, why);
}

/* ---- what its process says ---- */

/* It may be anything: modules have run in that process. */
static int
is_sound(const struct talk *talk, const struct msg_pam_said *said)
{
	return said->id == talk->ask.id && talk->state == TALK_RUNNING &&
	    said->verdict <= PAM_HAS_FAILED &&
	    (said->verdict != PAM_ASKS || talk->ask.may_ask) &&
	    said->delay_ms <= PAM_DELAY_MAX_MS && PROTO_IS_TEXT(said->name) &&
	    PROTO_IS_TEXT(said->groups) && PROTO_IS_TEXT(said->text);
}

/* Returns 1 if something has come. */
static int
hear(struct talk *talk)
{
	struct talks *talks = talk->talks;
	struct msg_pam_said said;
	ssize_t n = recv(talk->fd, &said, sizeof(said), MSG_DONTWAIT);

	if (n <= 0)
		return 0;
	if (n != (ssize_t)sizeof(said) || !is_sound(talk, &said)) {
		fail(talk, "its process said what makes no sense");
	} else if (said.verdict != PAM_ASKS) {
		end(talk, &said);
	} else {
		talk->state = TALK_ASKING;
		if (set_deadline(talk, PAM_CODE_TIMEOUT_MS) < 0)
			fail(talk, vb_strerror(VB_ENOMEM));
		else
			talks->answer(talks->arg, &said);
	}
	return 1;
}

/* At its end alone: how it ended SIGCHLD tells. */
static void
on_said_cb(evutil_socket_t fd, short what, void *arg)
{
	struct talk *talk = arg;

	(void)fd;
	(void)what;
	if (!hear(talk))
		event_del(&talk->fd_ev);
}

/* Its last words may still be there. */
static void
on_died(struct talk *talk, int status)
{
	char why[PAM_TEXT_MAX];

	talk->pid = 0;
	if (talk->state == TALK_RUNNING && hear(talk))
		return;
	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why),
		    "its process has died of signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		snprintf(why, sizeof(why),
		    "a module has ended its process, with status %d",
		    WEXITSTATUS(status));
	fail(talk, why);
}

static int
is_talk(const void *arg, pid_t pid)
{
	const struct talks *talks = arg;
	const struct talk *talk;

	LIST_FOREACH (talk, &talks->list, entry)
		if (talk->pid == pid)
			return 1;
	return 0;
}

static void
end_orphans(struct talks *talks)
{
	int n = orphans_kill(is_talk, talks);

	if (n > 0)
		log_debug("ended processes=%d: modules had left them", n);
	if (n >= 0 || talks->has_warned)
		return;
	talks->has_warned = 1;
	log_warn("/proc does not list children (CONFIG_PROC_CHILDREN): what a "
		 "module starts may outlive it");
}

static void
on_child_cb(evutil_socket_t sig, short what, void *arg)
{
	struct talks *talks = arg;
	struct talk *talk;
	pid_t pid;
	int status;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		LIST_FOREACH (talk, &talks->list, entry)
			if (talk->pid == pid)
				break;
		if (talk != NULL)
			on_died(talk, status);
	}
	end_orphans(talks);
}

/* ---- its start ---- */

/* In the new process: nothing of the others is to be in its memory. */
static void __attribute__((noreturn))
become(struct talk *talk, int fd, pid_t parent)
{
	struct talks *talks = talk->talks;
	struct msg_pam_ask ask = talk->ask;
	char service[PAM_SERVICE_NAME_MAX];
	struct group_names groups;
	struct talk *other;

	memcpy(service, talks->service, sizeof(service));
	groups = talks->groups;
	LIST_FOREACH (other, &talks->list, entry)
		explicit_bzero(&other->ask, sizeof(other->ask));
	talk_run(fd, parent, service, &groups, &ask);
}

static int
start(struct talk *talk)
{
	pid_t parent = getpid(), pid;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return VB_ESYS;
	if ((pid = fork()) == 0)
		become(talk, pair[1], parent);
	close(pair[1]);
	explicit_bzero(talk->ask.password, sizeof(talk->ask.password));
	if (pid == -1) {
		close(pair[0]);
		return VB_ESYS;
	}
	talk->state = TALK_RUNNING;
	talk->pid = pid;
	talk->fd = pair[0];
	if (event_assign(&talk->fd_ev, talk->talks->base, talk->fd,
		EV_READ | EV_PERSIST, on_said_cb, talk) == -1 ||
	    event_add(&talk->fd_ev, NULL) == -1 ||
	    set_deadline(talk, PAM_TIMEOUT_MS) < 0)
		return VB_ENOMEM;
	return 0;
}

/* From the loop: the messages that came with it are wiped by now. */
static void
on_begin_cb(evutil_socket_t fd, short what, void *arg)
{
	struct talks *talks = arg;
	struct talk *talk, *next;

	(void)fd;
	(void)what;
	LIST_FOREACH_SAFE (talk, &talks->list, entry, next)
		if (talk->state == TALK_WAITING &&
		    talk->ask.generation <= talks->generation &&
		    start(talk) < 0)
			fail(talk, "no process could be started for it");
}

/* ---- for the channels ---- */

void
talks_use(struct talks *talks, const char *service, uint32_t generation)
{
	strlcpy(talks->service, service, sizeof(talks->service));
	talks->generation = generation;
	event_active(&talks->begin_ev, EV_TIMEOUT, 0);
}

int
talks_ask(struct talks *talks, const struct msg_pam_ask *ask)
{
	struct talk *talk;

	if (talks->count == TALKS_MAX || find(talks, ask->id) != NULL)
		return VB_EBADMSG;
	if ((talk = calloc(1, sizeof(*talk))) == NULL)
		return VB_ENOMEM;
	talk->talks = talks;
	talk->fd = -1;
	talk->ask = *ask;
	if (event_assign(&talk->deadline_ev, talks->base, -1, 0, on_deadline_cb,
		talk) == -1) {
		explicit_bzero(talk, sizeof(*talk));
		free(talk);
		return VB_ENOMEM;
	}
	LIST_INSERT_HEAD(&talks->list, talk, entry);
	talks->count++;
	event_active(&talks->begin_ev, EV_TIMEOUT, 0);
	return 0;
}

int
talks_code(struct talks *talks, const struct msg_pam_code *code)
{
	struct talk *talk = find(talks, code->id);

	if (talk == NULL)
		return 0;
	if (talk->state != TALK_ASKING)
		return VB_EBADMSG;
	talk->state = TALK_RUNNING;
	if (send(talk->fd, code->code, sizeof(code->code),
		MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof(code->code))
		fail(talk, "its process does not listen");
	else if (set_deadline(talk, PAM_TIMEOUT_MS) < 0)
		fail(talk, vb_strerror(VB_ENOMEM));
	return 0;
}

void
talks_leave(struct talks *talks, uint64_t id)
{
	struct talk *talk = find(talks, id);

	if (talk != NULL)
		free_talk(talk);
}

void
talks_clear(struct talks *talks)
{
	struct talk *talk;

	while ((talk = LIST_FIRST(&talks->list)) != NULL)
		free_talk(talk);
}

void
talks_end(struct talks *talks)
{
	talks_clear(talks);
	orphans_end();
}

int
talks_init(struct talks *talks, struct event_base *base)
{
	talks->base = base;
	LIST_INIT(&talks->list);
	return event_assign(
		   &talks->begin_ev, base, -1, 0, on_begin_cb, talks) == -1 ||
		event_assign(&talks->child_ev, base, SIGCHLD,
		    EV_SIGNAL | EV_PERSIST, on_child_cb, talks) == -1 ||
		event_add(&talks->child_ev, NULL) == -1
	    ? VB_ENOMEM
	    : 0;
}
