/* SPDX-License-Identifier: ISC */
/*
 * Of what a client that only looks on says, what may go to the server: the
 * login, as far as it can be followed, and what asks for pictures. Keys,
 * pointer, clipboard, and all else that does something, stays behind. What is
 * passed on are whole messages of five types, of which a server reads none
 * otherwise for what has been left out.
 */
#ifndef VB_RFB_WATCH_H
#define VB_RFB_WATCH_H

#include "common/errors.h"
#include "worker/parse/rfb_input.h"

/* Whether it is still logging in: a fault is then one of its login. */
int rfb_watch_is_login(const struct rfb_input *in);

/*
 * Takes len bytes of data, in pieces of any size, and moves what may go on to
 * its front; *passed is how many bytes that are. ClientInit asks for a shared
 * desktop, whatever it asked for: nobody else is to be thrown out. Returns as
 * rfb_input_take(); or VB_EBADMSG if it can't be followed any more, or never
 * could: then nothing is passed, and nothing may be from then on.
 */
VB_MUST_CHECK int
rfb_watch_take(struct rfb_input *in, uint8_t *data, size_t len, size_t *passed);

#endif
