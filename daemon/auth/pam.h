/* SPDX-License-Identifier: ISC */
/*
 * What auth asks of PAM, through the process pam. Places are given as those of
 * helpers for hashes are (jobs.h); pam_talk.h says what becomes of a question.
 */
#ifndef VB_AUTH_PAM_H
#define VB_AUTH_PAM_H

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/auth/pam_talk.h"

#define PAM_RESTING_MAX 256 /* beyond, a wrong one is told at once */

/* **Keeps** base, and where the master's channel will be. */
void pam_init(
    struct pam_desk *pam, struct event_base *base, struct ipc *const *master);

/*
 * Asks for the name, password and client of a job. **Takes** job. may_ask:
 * somebody can be asked for a code. **Gives** the talk's number. Returns 0, and
 * done is called from within, or later; or VB_EFULL or VB_ENOMEM, and it is
 * not.
 */
VB_MUST_CHECK int pam_ask(struct pam_desk *pam, struct job *job, int may_ask,
    pam_done *done, void *arg, uint64_t *id);

/*
 * Asks whether somebody may still log in, and of which groups they are.
 * **Borrows** name. Returns 0; or VB_EFULL (PAM_LOOKS_MAX), VB_ENOTFOUND (no
 * process is there), VB_ENOMEM, and done is not called.
 */
VB_MUST_CHECK int
pam_look(struct pam_desk *pam, const char *name, pam_done *done, void *arg);

/* What was typed, after PAM_ASKS. Returns 0, or VB_ENOTFOUND: it has ended. */
VB_MUST_CHECK int pam_code(struct pam_desk *pam, uint64_t id, const char *code);

/* Nobody will; done is not called any more. */
void pam_leave(struct pam_desk *pam, uint64_t id);

/* A channel instead of any before. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int pam_join(struct pam_desk *pam, uint32_t fence, int fd);

#endif
