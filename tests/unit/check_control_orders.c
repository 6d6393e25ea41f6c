/* SPDX-License-Identifier: ISC */
/* Orders of an operator: who may give them, what is passed on, what is told. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/control/control.h"
#include "daemon/master/control/control_orders.h"
#include "daemon/master/control/inquirer.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
fill_order(union proto_any *body)
{
	memset(body, 0, sizeof(*body));
	body->ctl_order.proto_version = PROTO_VERSION;
	body->ctl_order.order.kind = ORDER_KICK;
	body->ctl_order.order.scopes = ORDER_SCOPES;
	strcpy(body->ctl_order.order.what, "alice");
	strcpy(body->ctl_order.order.text, "f\xc3\xbcr heute");
}

static void
order(int fd)
{
	static union proto_any body;

	fill_order(&body);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_ORDER, &body, -1), 0);
	rig_run();
}

static void
ask_targets(int fd, uint32_t first)
{
	static union proto_any body;

	memset(&body, 0, sizeof(body));
	body.ctl_targets.proto_version = PROTO_VERSION;
	body.ctl_targets.first = first;
	ck_assert_int_eq(breach_say(fd, MSG_CTL_TARGETS, &body, -1), 0);
	rig_run();
}

static const struct msg_ctl_ordered *
expect_ordered(int fd, enum ctl_code code)
{
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_ORDERED);
	ck_assert_uint_eq(rig_any.ctl_ordered.code, code);
	return &rig_any.ctl_ordered;
}

START_TEST(control_passes_an_order_on_and_its_answer_back)
{
	struct msg_ordered said = {.code = ORDER_DONE,
	    .scopes = ORDER_SCOPE_USER,
	    .count = 3,
	    .left = 1};
	const struct msg_ctl_ordered *answer;
	int fd;

	rig_start();
	fd = rig_dial();
	order(fd);
	ck_assert_uint_eq(rig.orders, 1);
	ck_assert_uint_eq(rig.order.kind, ORDER_KICK);
	ck_assert_uint_eq(rig.order.scopes, ORDER_SCOPES);
	ck_assert_str_eq(rig.order.what, "alice");
	ck_assert_str_eq(rig.order.text, "f\xc3\xbcr heute");
	said.cookie = rig.order.cookie + 1; /* of nobody */
	control_on_ordered(rig.control, &said);
	said.cookie = rig.order.cookie;
	control_on_ordered(rig.control, &said);
	answer = expect_ordered(fd, CTL_DONE);
	ck_assert_uint_eq(answer->ordered.count, 3);
	ck_assert_uint_eq(answer->ordered.left, 1);
	ck_assert_uint_eq(answer->ordered.cookie, 0);
	order(fd); /* and the next */
	ck_assert_uint_eq(rig.orders, 2);
	close(fd);
	rig_run();
	said.cookie = rig.order.cookie;
	control_on_ordered(rig.control, &said); /* nobody hears it */
	rig_stop();
}
END_TEST

START_TEST(control_passes_a_page_of_targets_back)
{
	struct msg_targets_are are;
	int fd;

	rig_start();
	fd = rig_dial();
	ask_targets(fd, 12);
	ck_assert_uint_eq(rig.targets_asked, 1);
	ck_assert_uint_eq(rig.targets.first, 12);
	memset(&are, 0, sizeof(are));
	are.cookie = rig.targets.cookie;
	are.total = 13;
	are.count = 1;
	strcpy(are.entries[0].name, "lab13");
	control_on_targets_are(rig.control, &are);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_TARGETS_ARE);
	ck_assert_uint_eq(rig_any.ctl_targets_are.code, CTL_DONE);
	ck_assert_uint_eq(rig_any.ctl_targets_are.targets.total, 13);
	ck_assert_str_eq(
	    rig_any.ctl_targets_are.targets.entries[0].name, "lab13");
	close(fd);
	rig_stop();
}
END_TEST

/* As a member of control-group has it. */
START_TEST(control_takes_orders_of_those_alone_who_may_change)
{
	struct inquirer *op;
	int fd;

	rig_start();
	fd = rig_dial();
	rig_expect_status(fd); /* it has been accepted */
	TAILQ_FOREACH (op, &rig.control->inquirers, entry)
		op->may_change = 0;
	order(fd);
	expect_ordered(fd, CTL_FORBIDDEN);
	ck_assert_uint_eq(rig.orders, 0);
	ask_targets(fd, 0); /* that is to read */
	ck_assert_uint_eq(rig.targets_asked, 1);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_says_to_ask_again_without_a_broker)
{
	int fd, other;

	rig_start();
	fd = rig_dial();
	other = rig_dial();
	order(fd);
	ask_targets(other, 0);
	control_on_lost(rig.control, ROLE_BROKER);
	expect_ordered(fd, CTL_BUSY);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_TARGETS_ARE);
	ck_assert_uint_eq(rig_any.ctl_targets_are.code, CTL_BUSY);
	rig.has_no_broker = 1;
	order(fd);
	expect_ordered(fd, CTL_BUSY);
	ask_targets(other, 0);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_TARGETS_ARE);
	ck_assert_uint_eq(rig_any.ctl_targets_are.code, CTL_BUSY);
	ck_assert_uint_eq(rig.orders, 1);
	close(fd);
	close(other);
	rig_stop();
}
END_TEST

static void
break_kind(union proto_any *body)
{
	body->ctl_order.order.kind = ORDER_COUNT;
}

static void
clear_kind(union proto_any *body)
{
	body->ctl_order.order.kind = 0;
}

static void
break_scopes(union proto_any *body)
{
	body->ctl_order.order.scopes = ORDER_SCOPES + 1;
}

static void
break_what(union proto_any *body)
{
	memset(body->ctl_order.order.what, 'a',
	    sizeof(body->ctl_order.order.what));
}

static void
break_text(union proto_any *body)
{
	memset(body->ctl_order.order.text, 'a',
	    sizeof(body->ctl_order.order.text));
}

static void
put_escape(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "a\033[2Jb");
}

static void
put_line_end(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "a\nb");
}

static void
put_delete(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "a\x7f");
}

/* A page's WebSocket ends over that. */
static void
put_half_a_character(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "f\xc3");
}

static void
put_latin1(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "f\xfcr heute");
}

static void
put_surrogate(union proto_any *body)
{
	strcpy(body->ctl_order.order.text, "\xed\xa0\x80");
}

static void (*const breaks[])(union proto_any *body) = {break_kind, clear_kind,
    break_scopes, break_what, break_text, put_escape, put_line_end, put_delete,
    put_half_a_character, put_latin1, put_surrogate};

START_TEST(control_drops_who_orders_what_is_no_order)
{
	static union proto_any body;
	int fd;

	rig_start();
	fd = rig_dial();
	fill_order(&body);
	breaks[_i](&body);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_ORDER, &body, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(fd));
	ck_assert_uint_eq(rig.orders, 0);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_takes_one_order_at_a_time)
{
	int fd;

	rig_start();
	fd = rig_dial();
	if (_i == 0)
		order(fd);
	else
		ask_targets(fd, 0);
	if (_i < 2)
		order(fd);
	else
		ask_targets(fd, 0);
	ck_assert(rig_is_closed(fd));
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_answers_another_version_with_its_own)
{
	static union proto_any body;
	int fd;

	rig_start();
	fd = rig_dial();
	fill_order(&body);
	body.ctl_order.proto_version++;
	ck_assert_int_eq(breach_say(fd, MSG_CTL_ORDER, &body, -1), 0);
	rig_run();
	ck_assert_uint_eq(
	    expect_ordered(fd, CTL_FAILED)->proto_version, PROTO_VERSION);
	memset(&body, 0, sizeof(body));
	ck_assert_int_eq(breach_say(fd, MSG_CTL_TARGETS, &body, -1), 0);
	rig_run();
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_TARGETS_ARE);
	ck_assert_uint_eq(rig_any.ctl_targets_are.code, CTL_FAILED);
	ck_assert_uint_eq(rig.orders + rig.targets_asked, 0);
	close(fd);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("orders");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, control_passes_an_order_on_and_its_answer_back);
	tcase_add_test(tc, control_passes_a_page_of_targets_back);
	tcase_add_test(tc, control_takes_orders_of_those_alone_who_may_change);
	tcase_add_test(tc, control_says_to_ask_again_without_a_broker);
	tcase_add_loop_test(
	    tc, control_drops_who_orders_what_is_no_order, 0, COUNT(breaks));
	tcase_add_loop_test(tc, control_takes_one_order_at_a_time, 0, 3);
	tcase_add_test(tc, control_answers_another_version_with_its_own);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
