/* SPDX-License-Identifier: ISC */
/* What broker_rig.h's master orders, and asks of the targets. */
#include <check.h>
#include <fcntl.h>

#include "common/sealed.h"
#include "tests/proc/broker_rig.h"

void
rig_leases(struct rig *rig, int fd, uint32_t is_refusing)
{
	struct msg_conf_leases leases = {is_refusing};
	int copy =
	    fd == -1 ? sealed_new("leases") : fcntl(fd, F_DUPFD_CLOEXEC, 0);

	ck_assert_int_ne(copy, -1);
	rig_send_body(rig, MSG_CONF_LEASES, &leases, copy);
	rig->has_leases = 1;
}

void
rig_order(
    struct rig *rig, const struct msg_order *order, struct msg_ordered *said)
{
	union proto_any any;

	rig_send_body(rig, MSG_ORDER, order, -1);
	rig_read_master(rig, MSG_ORDERED, &any);
	ck_assert_uint_eq(any.ordered.cookie, order->cookie);
	*said = any.ordered;
}

void
rig_targets(struct rig *rig, uint64_t first, struct msg_targets_are *are)
{
	struct msg_targets ask = {first + 1, first};
	union proto_any any;

	rig_send_body(rig, MSG_TARGETS, &ask, -1);
	rig_read_master(rig, MSG_TARGETS_ARE, &any);
	ck_assert_uint_eq(any.targets_are.cookie, first + 1);
	*are = any.targets_are;
}
