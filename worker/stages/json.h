/* SPDX-License-Identifier: ISC */
/* JSON that we write (RFC 8259). */
#ifndef VB_JSON_H
#define VB_JSON_H

struct evbuffer;

/* A string, with its quotes; '<' is escaped too, so that it may be in HTML. */
void json_add_string(struct evbuffer *out, const char *text);

#endif
