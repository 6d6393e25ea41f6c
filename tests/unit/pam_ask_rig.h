/* SPDX-License-Identifier: ISC */
/* asked_rig.h, where pam is asked. */
#ifndef VB_TEST_PAM_ASK_RIG_H
#define VB_TEST_PAM_ASK_RIG_H

#include "daemon/auth/login_pam.h"
#include "tests/unit/asked_rig.h"

/* Another pam; the loop, the master and pam's end are asked_rig.h's. */
void pam_rig_join(struct pam_desk *pam);

/* Waits until that is not 0 any more. */
void pam_rig_wait(const unsigned *count);

/* The next message that has come for pam, or 0: none has. */
int pam_rig_hear(union proto_any *any);

/* The number of a PAM_ASK that has come, which must be. */
uint64_t pam_rig_hear_ask(const char *name, const char *password);

/* Says that; and what is in it else is sound. */
void pam_rig_say(const struct msg_pam_said *said);
void pam_rig_say_verdict(uint64_t id, enum pam_verdict verdict);

/* What a RIGHT says. */
void pam_rig_say_right(uint64_t id, const char *name, const char *groups);

/* The reason of an UNJOINED that has come; 0: none has. */
uint32_t pam_rig_unjoined(void);

#endif
