/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "daemon/master/audit/fields.h"

#define LOGIN_BYTES 20

static void
add_text(struct audit_text *t, const char *name, const char *value)
{
	if (value[0] != '\0')
		audit_text_string(t, name, value);
}

static void
add_number(struct audit_text *t, const char *name, uint64_t value)
{
	if (value != 0)
		audit_text_number(t, name, value);
}

static void
add_addr(struct audit_text *t, const char *name, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	if (addr->family == ADDR_NONE)
		return;
	audit_text_string(t, name,
	    addr->port == 0 ? addr_format_ip(addr, text)
			    : addr_format(addr, text));
}

static void
add_session(struct audit_text *t, uint32_t worker, uint64_t conn_id)
{
	audit_text_number(t, "worker", worker);
	audit_text_number(t, "conn", conn_id);
}

/* Longer than what other readers' numbers can be: a text. */
static void
add_login(struct audit_text *t, uint64_t login_id)
{
	char text[LOGIN_BYTES];

	if (login_id == 0)
		return;
	snprintf(text, sizeof(text), "%016llx", (unsigned long long)login_id);
	audit_text_string(t, "login", text);
}

static void
add_end(struct audit_text *t, const struct open_session *s, uint64_t time_ms)
{
	uint64_t ms = time_ms > s->since_ms ? time_ms - s->since_ms : 0;

	audit_text_number(t, "to_client", s->to_client_bytes);
	audit_text_number(t, "to_target", s->to_target_bytes);
	audit_text_number(t, "duration_ms", ms);
}

void
fields_of_said(struct audit_text *t, const struct msg_audit *m,
    const struct open_session *ends, uint64_t time_ms)
{
	if (m->conn_id != 0)
		add_session(t, m->worker, m->conn_id);
	add_login(t, m->login_id);
	add_addr(t, "client", &m->client);
	add_text(t, "user", m->user);
	add_text(t, "by", m->by);
	add_text(t, "how", m->how);
	add_text(t, "target", m->target);
	add_addr(t, "address", &m->addr);
	if (m->is_watching)
		audit_text_number(t, "watch", 1);
	if (ends != NULL)
		add_end(t, ends, time_ms);
	add_number(t, "code", m->code);
	add_text(t, "reason", m->reason);
	add_number(t, "unsaid", m->lost);
	if (m->kind == AUDIT_HELD)
		audit_text_number(t, "late", 1);
}

void
fields_of_folded(struct audit_text *t, const struct folded *folded)
{
	add_addr(t, "client", &folded->client);
	audit_text_number(t, "repeated", folded->repeated);
}

void
fields_of_end(struct audit_text *t, const struct open_session *s,
    uint64_t time_ms, const char *why)
{
	add_session(t, s->worker, s->conn_id);
	add_end(t, s, time_ms);
	audit_text_string(t, "reason", why);
}
