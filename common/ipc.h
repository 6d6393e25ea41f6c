/* SPDX-License-Identifier: ISC */
/*
 * A channel between two processes, on an event loop. Outgoing messages wait
 * in a bounded queue and leave in batches at the end of the loop's turn. What
 * bounds each queue, and what happens there: PROTOCOL.md.
 */
#ifndef VB_IPC_H
#define VB_IPC_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

struct event_base;
struct ipc;

/*
 * Handles one message; body has the size that the table says (zero after what a
 * lasting one brought), and is valid only during the call. **Borrows** body.
 * *fd is the descriptor or -1: a handler that **takes** it sets *fd to -1;
 * otherwise it is closed after the call. A negative answer is the sender's
 * fault and costs it the channel: the closed callback runs, with the answer as
 * reason.
 */
typedef int ipc_handler(void *arg, const void *body, int *fd);

/*
 * The other end has closed (VB_ECLOSED), broke the rules (VB_EBADMSG,
 * VB_ENOFD or a handler's answer), or reads too slowly (VB_EFULL). The
 * channel is dead: nothing more is sent or received; the callback frees
 * it (ipc_free may be called in it).
 */
typedef void ipc_closed(void *arg, int reason);

/* The kernel has taken all that was queued. */
typedef void ipc_drained(void *arg);

/*
 * Hears of a message that the table does not have for peer and self, if a peer
 * of another version may ask and wants an answer. Returns as a handler.
 */
typedef int ipc_unknown(void *arg, uint32_t type);

struct ipc_ops {
	ipc_handler *on[MSG_TYPE_COUNT]; /* one for each row of self, peer */
	ipc_unknown *unknown;		 /* NULL: it costs the channel */
	ipc_closed *closed;
	ipc_drained *drained; /* or NULL */
};

/*
 * Makes a channel. **Takes** fd (SOCK_SEQPACKET, made nonblocking) also on
 * failure; **keeps** ops and arg. self and peer are roles. The table and
 * ops->on must agree exactly: a message that peer may send to self and that
 * has no handler, or the other way, is a broken invariant (log_fatal).
 * Begins in PHASE_SETUP. NULL without memory.
 */
struct ipc *ipc_new(struct event_base *base, int fd, enum proto_role self,
    enum proto_role peer, const struct ipc_ops *ops, void *arg);

/* Ends the channel and closes what waits in it. NULL is allowed. */
void ipc_free(struct ipc *ipc);

/* From now on messages of this phase only are accepted. */
void ipc_set_phase(struct ipc *ipc, enum proto_phase phase);

/*
 * Queues a message; body is copied, its size is the table's. **Takes** fd
 * (-1: none) on every path. Returns 0, VB_ENOMEM, VB_EFULL (the queue's
 * bound, bytes; see ipc_set_bound), or VB_ECLOSED.
 */
VB_MUST_CHECK int
ipc_send(struct ipc *ipc, enum msg_type type, const void *body, int fd);

/* Bound of the queue in bytes; the default is IPC_QUEUE_BYTES. */
#define IPC_QUEUE_BYTES (4 * 1024 * 1024)
void ipc_set_bound(struct ipc *ipc, size_t bytes);

/*
 * This end owes answers to the other, which asks at its own pace: while more
 * than that many bytes wait for it, no more of its questions are read. So an
 * answer always has room: what waits is bounded by what was asked before. The
 * other end must read at all times, or both wait forever.
 */
#define IPC_ANSWERS_BYTES (256 * 1024) /* a few times what a socket takes */
void ipc_serve(struct ipc *ipc, size_t bytes);

/* Messages, and bytes, queued and not yet taken by the kernel. */
size_t ipc_queued(const struct ipc *ipc);
size_t ipc_queued_bytes(const struct ipc *ipc);

/*
 * Sends what is queued now, waiting up to timeout_ms: for the last words
 * of a process that ends, or before more descriptors can be had. Returns 0, or
 * a negative error: VB_EFULL if something is still queued.
 */
VB_MUST_CHECK int ipc_flush(struct ipc *ipc, int timeout_ms);

/*
 * Handles all that the other end has sent before it ended, up to its end
 * (closed is called then): for the last words of a process that has died.
 */
void ipc_drain(struct ipc *ipc);

/*
 * The log sink of a child: sends the line as MSG_LOG, counts what is lost.
 * arg is the struct ipc of the master.
 */
void ipc_log_sink(int level, const char *line, void *arg);

/*
 * The same before there is a loop, at once; arg is the number of the channel,
 * an int *. If that is none, the line goes to standard error: someone has
 * started the program by hand.
 */
void ipc_log_early(int level, const char *line, void *arg);

/*
 * One message on a blocking socket, without a loop (vncbridgectl, tests).
 * ipc_write_message **takes** fd. Both return 0 (ipc_read_message: the
 * type, with the body in *any, *fd the descriptor or -1) or an error.
 */
VB_MUST_CHECK int
ipc_write_message(int channel, enum msg_type type, const void *body, int fd);
VB_MUST_CHECK int ipc_read_message(int channel, enum proto_role self,
    enum proto_role peer, union proto_any *any, int *fd);

#endif
