/* SPDX-License-Identifier: ISC */
/*
 * The master as a whole, and what may be asked of it: by main.c (start,
 * signals, end) and by operator.c (vncbridgectl).
 */
#ifndef VB_MASTER_H
#define VB_MASTER_H

#include <sys/types.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "daemon/bundle/bundle.h"
#include "daemon/master/audit/audit.h"
#include "daemon/master/control/control.h"
#include "daemon/bundle/privs.h"
#include "daemon/master/reload.h"

struct master {
	struct conf_options options;
	struct bundle *bundle;
	struct privs privs;
	int pid_fd;
	int control_fd;
	gid_t control_group; /* CONTROL_NO_GROUP */
	uint64_t since_sec;
	struct event_base *base;
	struct supervisor *supervisor;
	struct acceptor *acceptor;
	struct control *control;
	struct reload *reload;
	struct audit *audit;
	struct event term_ev;
	struct event int_ev;
	struct event hup_ev;
	struct event expiry_ev; /* certificates are looked at */
	uint8_t is_draining;
	uint8_t is_started;
	uint8_t wants_reload; /* after the start, or the one under way */
	uint8_t has_failed;
	uint8_t has_audit;  /* the record of its start was made */
	uint8_t is_drained; /* and waits for the last words of sessions */
};

/* Ends the daemon in good order; why is for the log. */
void master_drain(struct master *m, const char *why);

/* A reload has ended, whoever asked for it; error is NULL if it applies. */
void master_note_reload(struct master *m, const char *error);

/* No worker is left: the daemon ends, when sessions' ends have been heard. */
void master_end_drained(struct master *m);

/* Logs certificates that end soon, or have ended. */
void master_check_expiry(const struct master *m);

/*
 * Reads the configuration again, with the daemon's own rights; done as in
 * reload.h, with m as arg.
 */
void master_reread(struct master *m, reload_done *done);

/* The same, with the log alone to hear what comes of it. */
void master_reload(struct master *m);

#endif
