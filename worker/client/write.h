/* SPDX-License-Identifier: ISC */
/*
 * What goes to a session's client, and what becomes of it where that fails:
 * it ends, as client_end() says.
 */
#ifndef VB_WRITE_H
#define VB_WRITE_H

#include "worker/client/client.h"

/* Payload of a frame to the client, at most. */
#define CLIENT_FRAME_BYTES (64 * 1024)

/* As leg_watch(), of a leg that may be closed. */
void client_watch(struct client *c, struct leg *leg, enum leg_watch what);

/* The client's connection broke: nothing more can be told to it. */
void client_lose(struct client *c, const char *why);

/* result is what leg_write() said of the client's leg. */
void client_after_write(struct client *c, int result);

/* Writes frames, as leg_write(). */
void client_write(struct client *c, struct iovec *iov, int count);

/*
 * Target bytes, as frames of at most CLIENT_FRAME_BYTES, in one write. The
 * WS_SERVER_HEAD_MAX bytes in front of data are overwritten.
 */
void client_send(struct client *c, uint8_t *data, size_t len);

#endif
