/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "daemon/audit/read.h"
#include "tests/unit/audit_rig.h"

struct audit_rig audit_rig;

static void
on_refuse(void *arg, int must_refuse)
{
	(void)arg;
	audit_rig.refusals++;
	audit_rig.refusing = must_refuse;
}

static int
on_worker_lives(void *arg, uint32_t worker)
{
	(void)arg;
	(void)worker;
	return 1;
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
	ck_assert_uint_lt(audit_rig.heard_count, AUDIT_RIG_HEARD_MAX);
	strcpy(audit_rig.heard[audit_rig.heard_count++], line);
}

static void
on_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	strlcpy(audit_rig.last_line, line, sizeof(audit_rig.last_line));
	audit_rig.logged++;
}

void
audit_rig_take_log(void)
{
	log_to_sink(on_line, NULL);
}

void
audit_rig_begin(int fd)
{
	memset(&audit_rig, 0, sizeof(audit_rig));
	audit_rig.conf.settings.has_audit = 1;
	audit_rig.bundle.conf = &audit_rig.conf;
	audit_rig.bundle.audit_fd = fd;
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(audit_rig.base = event_base_new());
	audit_rig.audit = audit_new(audit_rig.base, &ops, NULL);
	ck_assert_ptr_nonnull(audit_rig.audit);
	audit_listen(audit_rig.audit, on_heard, NULL);
	audit_use(audit_rig.audit, &audit_rig.bundle);
}

void
audit_rig_end(void)
{
	audit_free(audit_rig.audit);
	event_base_free(audit_rig.base);
}

struct msg_audit
audit_rig_of(enum audit_kind kind, uint32_t worker, uint64_t conn_id)
{
	struct msg_audit said;

	memset(&said, 0, sizeof(said));
	said.kind = kind;
	said.worker = worker;
	said.conn_id = conn_id;
	return said;
}

int
audit_rig_say(enum proto_role role, enum audit_kind kind, uint32_t worker,
    uint64_t conn_id)
{
	struct msg_audit said = audit_rig_of(kind, worker, conn_id);

	return audit_hear(audit_rig.audit, role, &said);
}
