/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tests/proc/worker_rows.h"

static void
fill_endless_target(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 4500;
	memset(body->opened.target, 'a', sizeof(body->opened.target));
}

static void
fill_endless_reason(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 4500;
	memset(body->opened.reason, 'a', sizeof(body->opened.reason));
}

static void
fill_endless_subject(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 4500;
	memset(
	    body->opened.subject.name, 'a', sizeof(body->opened.subject.name));
}

static void
fill_endless_names(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 4500;
	memset(body->opened.subject.others, 'a',
	    sizeof(body->opened.subject.others));
}

static void
fill_code_of_protocol(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 1006;
}

static void
fill_code_wrap(union proto_any *body)
{
	body->opened.conn_id = WORKER_WAITING;
	body->opened.code = 65536 + 4500;
}

void
worker_fill_opened_nobody(union proto_any *body)
{
	body->opened.conn_id = WORKER_NOBODY;
	body->opened.code = 4500;
}

/* It has been answered; what comes now is not for it. */
static void
fill_opened_again(union proto_any *body)
{
	body->opened.conn_id = WORKER_FIRST;
	body->opened.code = 4513;
}

static void
fill_count(union proto_any *body)
{
	body->stated.total = PROTO_TARGETS_MAX;
	body->stated.count = PROTO_STATED_MAX + 1;
}

static void
fill_total(union proto_any *body)
{
	body->stated.total = PROTO_TARGETS_MAX + 1;
}

static void
fill_beyond_total(union proto_any *body)
{
	body->stated.total = 8;
	body->stated.first = 8;
	body->stated.count = 1;
}

static void
fill_between(union proto_any *body)
{
	body->stated.total = 16;
	body->stated.first = 7;
}

static void
fill_count_wrap(union proto_any *body)
{
	body->stated.total = 16;
	body->stated.first = 8;
	body->stated.count = UINT32_MAX;
}

/* One that has not asked for the state, but for a target. */
static void
fill_end_endless(union proto_any *body)
{
	body->end.conn_id = WORKER_FIRST;
	body->end.code = 4520;
	memset(body->end.reason, 'a', sizeof(body->end.reason));
}

static void
fill_end_code(union proto_any *body)
{
	body->end.conn_id = WORKER_FIRST;
	body->end.code = 1000;
}

static void
fill_end_nobody(union proto_any *body)
{
	body->end.conn_id = WORKER_NOBODY;
	body->end.code = 4520;
}

static void
fill_end_waiting(union proto_any *body)
{
	body->end.conn_id = WORKER_WAITING;
	body->end.code = 4520;
}

static void
fill_stated_unasked(union proto_any *body)
{
	body->stated.number = WORKER_WAITING;
	body->stated.total = PROTO_TARGETS_MAX;
	body->stated.count = PROTO_STATED_MAX;
}

void
worker_fill_stated_nobody(union proto_any *body)
{
	body->stated.number = WORKER_NOBODY;
}

static void
fill_tell_kind(union proto_any *body)
{
	body->tell.conn_id = WORKER_FIRST;
	body->tell.kind = TELL_COUNT;
}

static void
fill_tell_user(union proto_any *body)
{
	body->tell.conn_id = WORKER_FIRST;
	body->tell.kind = TELL_NOTICE;
	memset(body->tell.user, 'a', sizeof(body->tell.user));
}

static void
fill_tell_text(union proto_any *body)
{
	body->tell.conn_id = WORKER_FIRST;
	body->tell.kind = TELL_NOTICE;
	memset(body->tell.text, 'a', sizeof(body->tell.text));
}

static void
fill_tell_wait(union proto_any *body)
{
	body->tell.conn_id = WORKER_FIRST;
	body->tell.kind = TELL_QUEUED;
	body->tell.is_waiting = 1;
	body->tell.wait_sec = UINT32_MAX;
}

static void
fill_tell_nobody(union proto_any *body)
{
	body->tell.conn_id = WORKER_NOBODY;
	body->tell.kind = TELL_NOTICE;
}

/* It has not said that it shows text: it is sent none. */
static void
fill_tell_other(union proto_any *body)
{
	body->tell.conn_id = WORKER_FIRST;
	body->tell.kind = TELL_NOTICE;
	strcpy(body->tell.text, "the lab closes at six");
}

static void
fill_intended_reason(union proto_any *body)
{
	body->intended.conn_id = WORKER_FIRST;
	memset(body->intended.reason, 'a', sizeof(body->intended.reason));
}

static void
fill_intended_unasked(union proto_any *body)
{
	body->intended.conn_id = WORKER_FIRST;
}

static void
fill_intended_nobody(union proto_any *body)
{
	body->intended.conn_id = WORKER_NOBODY;
}

static void
fill_wait(union proto_any *body)
{
	body->wait.conn_id = WORKER_WAITING;
	body->wait.seconds = PROTO_WAIT_MAX_SEC;
}

static void
fill_wait_long(union proto_any *body)
{
	body->wait.conn_id = WORKER_WAITING;
	body->wait.seconds = PROTO_WAIT_MAX_SEC + 1;
}

static void
fill_wait_nobody(union proto_any *body)
{
	body->wait.conn_id = WORKER_NOBODY;
}

static void
fill_sees_nobody(union proto_any *body)
{
	body->board_sees.board_id = WORKER_NOBODY;
	body->board_sees.total = 16;
	body->board_sees.count = 16;
}

static void
fill_sees_session(union proto_any *body)
{
	fill_sees_nobody(body);
	body->board_sees.board_id = WORKER_FIRST;
}

static void
fill_sees_total(union proto_any *body)
{
	fill_sees_nobody(body);
	body->board_sees.total = PROTO_TARGETS_MAX + 1;
}

static void
fill_sees_count(union proto_any *body)
{
	fill_sees_nobody(body);
	body->board_sees.total = PROTO_TARGETS_MAX;
	body->board_sees.count = BOARD_SLICE_MAX + 1;
}

static void
fill_sees_wrap(union proto_any *body)
{
	fill_sees_nobody(body);
	body->board_sees.first = 8;
	body->board_sees.count = UINT32_MAX;
}

static void
fill_sees_between(union proto_any *body)
{
	fill_sees_nobody(body);
	body->board_sees.first = 9;
	body->board_sees.count = 7;
}

static void
fill_states(union proto_any *body)
{
	body->board_states.count = BOARD_STATES_MAX;
}

static void
fill_states_count(union proto_any *body)
{
	body->board_states.count = BOARD_STATES_MAX + 1;
}

static void
fill_over_nobody(union proto_any *body)
{
	body->board_over.board_id = WORKER_NOBODY;
}

static void
fill_over_session(union proto_any *body)
{
	body->board_over.board_id = WORKER_FIRST;
}

static void
fill_over_endless(union proto_any *body)
{
	fill_over_nobody(body);
	memset(body->board_over.reason, 'a', sizeof(body->board_over.reason));
}

const struct worker_row worker_rows[] = {
    {MSG_WAIT, "longer than anybody may wait", fill_wait_long, 0},
    {MSG_WAIT, "for one that waits", fill_wait, 1},
    {MSG_WAIT, "for nobody", fill_wait_nobody, 1},
    {MSG_TELL, "of no kind", breach_fill_nothing, 0},
    {MSG_TELL, "of a kind that is none", fill_tell_kind, 0},
    {MSG_TELL, "a user without an end", fill_tell_user, 0},
    {MSG_TELL, "a text without an end", fill_tell_text, 0},
    {MSG_TELL, "a time that wraps", fill_tell_wait, 0},
    {MSG_TELL, "for nobody", fill_tell_nobody, 1},
    {MSG_TELL, "for one that shows nothing", fill_tell_other, 1},
    {MSG_INTENDED, "a reason without an end", fill_intended_reason, 0},
    {MSG_INTENDED, "not asked for", fill_intended_unasked, 1},
    {MSG_INTENDED, "for nobody", fill_intended_nobody, 1},
    {MSG_OPENED, "a target without an end", fill_endless_target, 0},
    {MSG_OPENED, "a reason without an end", fill_endless_reason, 0},
    {MSG_OPENED, "a subject without an end", fill_endless_subject, 0},
    {MSG_OPENED, "names without an end", fill_endless_names, 0},
    {MSG_OPENED, "a code that is not its to say", fill_code_of_protocol, 0},
    {MSG_OPENED, "a code that wraps", fill_code_wrap, 0},
    {MSG_OPENED, "for nobody", worker_fill_opened_nobody, 1},
    {MSG_OPENED, "twice", fill_opened_again, 1},
    {MSG_END, "a reason without an end", fill_end_endless, 0},
    {MSG_END, "a code that is not its to say", fill_end_code, 0},
    {MSG_END, "for nobody", fill_end_nobody, 1},
    {MSG_END, "for one that waits", fill_end_waiting, 1},
    {MSG_STATED, "more than fit", fill_count, 0},
    {MSG_STATED, "a count that wraps", fill_count_wrap, 0},
    {MSG_STATED, "of more than there can be", fill_total, 0},
    {MSG_STATED, "beyond what there is", fill_beyond_total, 0},
    {MSG_STATED, "from between two bytes", fill_between, 0},
    {MSG_STATED, "not asked for", fill_stated_unasked, 1},
    {MSG_STATED, "for nobody", worker_fill_stated_nobody, 1},
    {MSG_BOARD_SEES, "more than there can be", fill_sees_total, 0},
    {MSG_BOARD_SEES, "more than fit", fill_sees_count, 0},
    {MSG_BOARD_SEES, "a count that wraps", fill_sees_wrap, 0},
    {MSG_BOARD_SEES, "from between two bytes", fill_sees_between, 0},
    {MSG_BOARD_SEES, "for nobody", fill_sees_nobody, 1},
    {MSG_BOARD_SEES, "for one that has no board", fill_sees_session, 1},
    {MSG_BOARD_STATES, "more than fit", fill_states_count, 0},
    {MSG_BOARD_STATES, "where nobody has a board", fill_states, 1},
    {MSG_BOARD_OVER, "a reason without an end", fill_over_endless, 0},
    {MSG_BOARD_OVER, "for nobody", fill_over_nobody, 1},
    {MSG_BOARD_OVER, "for one that has no board", fill_over_session, 1},
};

const size_t worker_row_count = sizeof(worker_rows) / sizeof(worker_rows[0]);
