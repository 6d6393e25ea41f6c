/* SPDX-License-Identifier: ISC */
/*
 * What vncbridgectl sends for a reload: the configuration's text, and a
 * descriptor for all that the text names. Collected here, looked at, and
 * made into a bundle by the same function as at the start.
 */
#ifndef VB_UPLOAD_H
#define VB_UPLOAD_H

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/bundle/bundle.h"

struct upload;

/* generation is that of the bundle which the new one is to follow. */
struct upload *upload_new(uint32_t generation); /* NULL without memory */
void upload_free(struct upload *upload);	/* NULL is allowed */
uint32_t upload_generation(const struct upload *upload);

/*
 * Each takes one message, and **takes** *fd where it returns 0. What breaks
 * a rule is the sender's fault: VB_EBADMSG, VB_ENOFD, VB_EFULL; or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int upload_take_text(
    struct upload *upload, const struct msg_ctl_reload_text *text, int *fd);
VB_MUST_CHECK int upload_take_listener(struct upload *upload,
    const struct msg_ctl_reload_listener *listener, int *fd);
VB_MUST_CHECK int upload_take_pages(
    struct upload *upload, const struct msg_ctl_reload_pages *pages, int *fd);
VB_MUST_CHECK int upload_take_file(
    struct upload *upload, const struct msg_ctl_reload_file *file, int *fd);
VB_MUST_CHECK int upload_take_audit(struct upload *upload, int *fd);

/* The end: whether all that was sent has come. */
VB_MUST_CHECK int
upload_take_end(struct upload *upload, const struct msg_ctl_reload_end *end);

/*
 * bundle_build() with what was sent; options is the daemon's own command
 * line. **Gives** *out. On failure error tells why. Returns 0 or an error.
 */
VB_MUST_CHECK int
upload_build(struct upload *upload, const struct conf_options *options,
    const struct bundle *old, struct bundle **out, char error[CONF_ERROR_MAX]);

#endif
