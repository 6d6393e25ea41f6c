/* SPDX-License-Identifier: ISC */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/broker/own_host.h"

#define ANSWER_MAX 8192
#define V4_BYTES   4
#define V6_BYTES   16

struct question {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr to;
	uint8_t ip[V6_BYTES];
};

static int netlink = -1;
static uint32_t last_seq;

void
own_host_use(int fd)
{
	if (netlink != -1)
		close(netlink);
	netlink = fd;
}

static int
ask(const struct addr *a)
{
	size_t ip_len = a->family == ADDR_V4 ? V4_BYTES : V6_BYTES;
	struct question q;
	ssize_t n;

	memset(&q, 0, sizeof(q));
	q.head.nlmsg_len = (uint32_t)(offsetof(struct question, ip) + ip_len);
	q.head.nlmsg_type = RTM_GETROUTE;
	q.head.nlmsg_flags = NLM_F_REQUEST;
	q.head.nlmsg_seq = ++last_seq;
	q.route.rtm_family = a->family == ADDR_V4 ? AF_INET : AF_INET6;
	q.route.rtm_dst_len = (uint8_t)(ip_len * 8);
	q.to.rta_type = RTA_DST;
	q.to.rta_len = (uint16_t)RTA_LENGTH(ip_len);
	memcpy(q.ip, a->ip, ip_len);
	n = send(netlink, &q, q.head.nlmsg_len, MSG_NOSIGNAL);
	return n == (ssize_t)q.head.nlmsg_len ? 0 : VB_ESYS;
}

/* What the kernel said of the route. */
static int
is_own(const struct nlmsghdr *head)
{
	const struct nlmsgerr *error = NLMSG_DATA(head);
	const struct rtmsg *route = NLMSG_DATA(head);

	if (head->nlmsg_type == RTM_NEWROUTE &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(*route)))
		return route->rtm_type == RTN_LOCAL ||
		    route->rtm_type == RTN_ANYCAST;
	if (head->nlmsg_type != NLMSG_ERROR ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(error->error)))
		return 1;
	switch (-error->error) {
	case ENETUNREACH:  /* no route */
	case EHOSTUNREACH: /* "unreachable" */
	case EACCES:	   /* "prohibit" */
	case EINVAL:	   /* "blackhole" */
	case EAFNOSUPPORT: /* a host without v6 */
	case EOPNOTSUPP:
		return 0;
	default:
		return 1;
	}
}

int
own_host_has(const struct addr *a)
{
	union {
		struct nlmsghdr head;
		uint8_t bytes[ANSWER_MAX];
	} answer;
	ssize_t n;

	if (a->family == ADDR_NONE)
		return 0;
	if (netlink == -1 || ask(a) < 0)
		return 1; /* if we can't tell, we must refuse */
	do {
		/* the kernel has answered before ask() came back */
		n = recv(netlink, &answer, sizeof(answer), MSG_DONTWAIT);
		if (n < (ssize_t)sizeof(answer.head) ||
		    (size_t)n < answer.head.nlmsg_len)
			return 1;
	} while (
	    answer.head.nlmsg_seq != last_seq); /* of another's, long ago */
	return is_own(&answer.head);
}
