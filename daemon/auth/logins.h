/* SPDX-License-Identifier: ISC */
/*
 * The table of logins. It is in a memory file that outlives the process: one
 * that is killed logs nobody out. The file has the hashes of cookies, so that
 * to read it is not to be somebody.
 *
 * All times are seconds since the machine's start (CLOCK_BOOTTIME), as the
 * file's: nobody gains or loses by a change of the clock.
 */
#ifndef VB_AUTH_LOGINS_H
#define VB_AUTH_LOGINS_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"
#include "common/proto_auth.h"

/* at a time; then one that is half goes, or the longest unused */
#define LOGINS_MAX	   8192
#define LOGINS_OF_USER_MAX 32 /* the same, among the user's own */
#define LOGINS_NAME_MAX	   AUTH_NAME_MAX
#define LOGINS_GROUPS_MAX  AUTH_GROUPS_MAX
#define LOGIN_COOKIE_BYTES AUTH_COOKIE_BYTES
#define LOGIN_PROOF_BYTES  32  /* SHA-256 */
#define LOGIN_HALF_SEC	   300 /* for the second factor */

enum login_state {
	LOGIN_NONE,
	LOGIN_HALF, /* the password was right; a code is awaited */
	LOGIN_WHOLE
};

/* What has proved who it is. */
enum login_kind {
	LOGIN_BY_PASSWORD,
	LOGIN_BY_BASIC, /* with each request */
	LOGIN_BY_OIDC,
	LOGIN_BY_HEADER,
	LOGIN_BY_CERTIFICATE,
	LOGIN_BY_PAM
};

/* What a new one is made of. */
struct login_who {
	enum login_kind kind;
	const char *name;
	const char *groups;
	/* of what proved it: when that changes, the login ends */
	uint8_t proof[LOGIN_PROOF_BYTES];
	/*
	 * Of a provider: whom it means, in which of its sessions. Of a
	 * certificate: by what it is revoked, and who vouches for it. Or zero.
	 */
	uint8_t subject[LOGIN_PROOF_BYTES];
	uint8_t session[LOGIN_PROOF_BYTES];
	uint64_t until_sec; /* the epoch's: it ends then; 0: it does not */
	struct addr client;
};

/* How long it may last; 0: without an end. */
struct login_limits {
	uint32_t idle_sec;
	uint32_t max_sec;
};

/* A login, as it is in the file. */
struct login_record {
	uint32_t state; /* enum login_state; written last */
	uint32_t wrong_codes;
	/*
	 * Never 0, and never another one's; rising, and half of it random: a
	 * worker that was taken over knows those alone that it was told.
	 */
	uint64_t id;
	uint64_t began_sec;
	uint64_t used_sec;
	uint64_t since_sec;		    /* the epoch's; for people */
	uint64_t until_sec;		    /* as in struct login_who */
	struct addr client;		    /* where from; for people */
	uint8_t cookie[LOGIN_COOKIE_BYTES]; /* SHA-256 of it */
	uint8_t proof[LOGIN_PROOF_BYTES];
	uint8_t subject[LOGIN_PROOF_BYTES]; /* as in struct login_who */
	uint8_t session[LOGIN_PROOF_BYTES];
	uint32_t kind; /* enum login_kind */
	uint32_t zero;
	char name[LOGINS_NAME_MAX];
	char groups[LOGINS_GROUPS_MAX];
};

struct logins;

/* The bytes that the file must have. */
uint64_t logins_file_bytes(void);

/*
 * Uses the file, and finds what the process before has left there. A file of
 * another version is begun anew. **Borrows** fd. Returns 0, VB_ESYS or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int logins_open(int fd, struct logins **out);

/* Forgets the process's own part; the file stays. NULL is allowed. */
void logins_close(struct logins *logins);

/*
 * Called before a whole login ends to make room, by logins_begin(). **Borrows**
 * the login.
 */
typedef void logins_evicted(void *arg, const struct login_record *login);
void
logins_tell_evicted(struct logins *logins, logins_evicted *evicted, void *arg);

/*
 * Begins a login, with a new cookie, for which **gives** its bytes: they are
 * nowhere else. Returns 0, or VB_ESYS where there is no random number.
 * *out is borrowed, until it ends.
 */
VB_MUST_CHECK int logins_begin(struct logins *logins, enum login_state state,
    const struct login_who *who, uint64_t now_sec,
    uint8_t cookie[LOGIN_COOKIE_BYTES], const struct login_record **out);

/* The same with a cookie that the caller has made, of as many random bits. */
VB_MUST_CHECK int logins_begin_as(struct logins *logins, enum login_state state,
    const struct login_who *who, uint64_t now_sec,
    const uint8_t cookie[LOGIN_COOKIE_BYTES], const struct login_record **out);

/* Whose cookie it is, or NULL: nobody's, not any more, or not that state's. */
const struct login_record *logins_find(struct logins *logins,
    enum login_state state, const uint8_t cookie[LOGIN_COOKIE_BYTES],
    const struct login_limits *limits, uint64_t now_sec);
const struct login_record *logins_find_id(struct logins *logins, uint64_t id);
void logins_use(
    struct logins *logins, const struct login_record *login, uint64_t now_sec);

/* One more code was wrong. Returns how many have been. */
uint32_t
logins_add_wrong(struct logins *logins, const struct login_record *login);

void logins_end(struct logins *logins, const struct login_record *login);

/* When it ends if nobody uses it, or 0: never. */
uint64_t logins_end_sec(
    const struct login_record *login, const struct login_limits *limits);

/* Each in turn, the oldest first; NULL after the last. */
const struct login_record *logins_first(const struct logins *logins);
const struct login_record *
logins_next(const struct logins *logins, const struct login_record *login);

uint32_t logins_count(const struct logins *logins);

#endif
