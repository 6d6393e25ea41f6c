/* SPDX-License-Identifier: ISC */
/*
 * The messages about how names are looked up: the part of proto.h that no other
 * covers.
 */
#ifndef VB_PROTO_NAMES_H
#define VB_PROTO_NAMES_H

#include <stdint.h>

#include "common/addr.h"

/*
 * Structure for MSG_CONF_NAMESERVER: master to broker and fetch. Instead of
 * those in resolv.conf.
 */
struct msg_conf_nameserver {
	struct addr addr;
};

enum host_file {
	HOST_FILE_HOSTS = 1,
	HOST_FILE_RESOLV_CONF,
	/* a NETLINK_ROUTE socket, for the broker: which addresses are own */
	HOST_FILE_ROUTES,
	HOST_FILE_COUNT
};

/*
 * Structure for MSG_HOST_FILE: master to broker and fetch, before the first
 * CONF_START and whenever the file is another one; the socket once. fd passed:
 * the open file or socket, if there is one. It applies at once, whatever the
 * configuration is.
 */
struct msg_host_file {
	uint32_t kind; /* enum host_file */
};

#endif
