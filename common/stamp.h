/* SPDX-License-Identifier: ISC */
/*
 * When the keeper has signed a handshake, so that auth knows it: a worker
 * carries it, and can make up none. The key is in a memory file that the two
 * have, and which outlives them.
 */
#ifndef VB_STAMP_H
#define VB_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto_prove.h"

#define STAMP_KEY_BYTES	 32
#define STAMP_FILE_BYTES 4096 /* of the memory file */

/*
 * **Borrows** fd, of CONF_STAMP; **gives** the key, which is kept until the
 * process ends. The first that opens the file makes one. NULL: it can't be.
 */
const uint8_t *stamp_open(int fd);

/* Of what a server has signed, the transcript's hash. Returns 0 or VB_ESYS. */
VB_MUST_CHECK int stamp_make(const uint8_t *key, uint64_t now_sec,
    const uint8_t *hash, size_t len, struct stamp *out);

/* Whether it is of that hash, and not older than that. */
int stamp_is_good(const uint8_t *key, const struct stamp *stamp,
    uint64_t now_sec, uint64_t most_sec, const uint8_t *hash, size_t len);

#endif
