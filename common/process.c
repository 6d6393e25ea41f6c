/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/process.h"

#define LAST_WORDS_MS 1000

/* A process has one master; atexit(3) hands nothing over. */
static struct {
	struct event_base *base;
	struct ipc *master;
} process;

void
process_begin(const char *title)
{
	static int early_fd = PROCESS_MASTER_FD;

	if (fcntl(PROCESS_MASTER_FD, F_GETFD) == -1)
		log_fatal("not started by vncbridged");
	closefrom(PROCESS_MASTER_FD + 1);
	log_to_sink(ipc_log_early, &early_fd);
	prctl(PR_SET_NAME, title, 0, 0, 0);
}

static void
ignore_signals(void)
{
	/* SIGXFSZ: stderr may be a file, and it writes no other */
	static const int ignored[] = {
	    SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ};
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

struct event_base *
process_loop(void)
{
	struct event_base *base;
	struct event_config *config;

	ignore_signals();
	log_take_libevent();
	config = event_config_new();
	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == -1 ||
	    (base = event_base_new_with_config(config)) == NULL)
		log_fatal("the event loop cannot start");
	event_config_free(config);
	return base;
}

struct ipc *
process_connect(struct event_base *base, int fd, enum proto_role self,
    const struct ipc_ops *ops, void *arg)
{
	process.base = base;
	process.master = ipc_new(base, fd, self, ROLE_MASTER, ops, arg);
	return process.master;
}

/* What log_fatal() has said must reach the master. */
static void
send_last_words(void)
{
	if (process.master != NULL &&
	    ipc_flush(process.master, LAST_WORDS_MS) < 0)
		return; /* there is no one to tell */
}

static void
lose_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)line;
	(void)arg;
}

void
process_forget(void)
{
	log_to_sink(lose_line, NULL);
	process.master = NULL;
}

void
process_speak(void)
{
	log_to_sink(ipc_log_sink, process.master);
	atexit(send_last_words);
}

int
process_run(void)
{
	return event_base_dispatch(process.base) == -1 ? 1 : 0;
}

void
process_check_version(const struct msg_conf_start *start)
{
	if (start->proto_version != PROTO_VERSION)
		log_fatal("the master speaks protocol version %u, this program "
			  "%u: restart the daemon",
		    start->proto_version, PROTO_VERSION);
}

void
process_sandbox(const struct settings *settings, const struct sandbox *sandbox)
{
	char report[SANDBOX_REPORT_MAX];

	if (!settings->sandbox) {
		log_warn("sandbox off: the configuration says so");
		return;
	}
	if (sandbox_enter(sandbox, report) < 0)
		log_fatal("%s", report);
	log_info("%s", report);
}

void
process_ready(void)
{
	struct msg_ready ready = {PROTO_VERSION};

	if (ipc_send(process.master, MSG_READY, &ready, -1) < 0)
		log_fatal("READY cannot be sent");
	ipc_set_phase(process.master, PHASE_RUN);
}

/* From the loop: that it turns is what the master wants to know. */
int
process_on_probe(void *arg, const void *body, int *fd)
{
	const struct msg_probe *probe = body;
	struct msg_alive alive = {probe->number};

	(void)arg;
	(void)fd;
	/* to be out of memory once is no reason to end: it is asked again */
	if (ipc_send(process.master, MSG_ALIVE, &alive, -1) < 0)
		log_debug("ALIVE cannot be sent");
	return 0;
}

int
process_on_drain(void *arg, const void *body, int *fd)
{
	(void)arg;
	(void)body;
	(void)fd;
	return 0;
}

/* What cannot be said now is asked again. */
int
process_on_count(void *arg, const void *body, int *fd)
{
	const struct msg_count *count = body;
	struct msg_counted counted;

	(void)arg;
	(void)fd;
	memset(&counted, 0, sizeof(counted));
	counted.number = count->number;
	metrics_fill(&counted);
	if (ipc_send(process.master, MSG_COUNTED, &counted, -1) < 0)
		log_debug("COUNTED cannot be sent");
	return 0;
}

void
process_on_closed(void *arg, int reason)
{
	(void)arg;
	if (reason != VB_ECLOSED)
		log_fatal("master: %s", vb_strerror(reason));
	event_base_loopbreak(process.base);
}
