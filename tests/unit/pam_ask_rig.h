/* SPDX-License-Identifier: ISC */
/*
 * auth's side of the channel to pam, with the test as pam and as the master.
 */
#ifndef VB_TEST_PAM_ASK_RIG_H
#define VB_TEST_PAM_ASK_RIG_H

#include "daemon/auth/login_pam.h"

extern struct event_base *pam_rig_base;
extern struct ipc *pam_rig_master;
extern int pam_rig_end; /* pam's, of the last channel */

/* The channel to the master, and a loop. */
void pam_rig_start(void);
void pam_rig_stop(void);

/* Another pam; and its end. */
void pam_rig_join(struct pam_desk *pam);
void pam_rig_close(void);

void pam_rig_run(void); /* what there is to do in the loop */

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
