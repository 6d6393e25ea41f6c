/* SPDX-License-Identifier: ISC */
/* What an operator orders: see enum order_kind. */
#ifndef VB_ORDER_H
#define VB_ORDER_H

#include "daemon/broker/broker.h"

/* Does it, and fills in all but the cookie. */
void order_follow(struct broker *broker, const struct msg_order *order,
    struct msg_ordered *said);

#endif
