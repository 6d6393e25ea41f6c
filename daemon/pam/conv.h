/* SPDX-License-Identifier: ISC */
/*
 * What modules ask, and what they are told (pam_conv(3)): the name where a
 * prompt echoes, then the password, and what somebody types for the next. What
 * they say is kept, for the log.
 */
#ifndef VB_PAM_CONV_H
#define VB_PAM_CONV_H

#include <stddef.h>
#include <stdint.h>

#include "common/proto.h"

struct pam_message;
struct pam_response;

struct conv {
	const char *name;
	const char *password; /* NULL: nothing is answered */
	/*
	 * Fills code with what somebody types. Returns 0, or -1 where nobody
	 * does. NULL: nobody can be asked.
	 */
	int (*ask)(void *arg, char code[AUTH_CODE_MAX]);
	void *arg;
	uint8_t has_told_name;
	uint8_t has_told_password;
	uint8_t has_asked;
	uint32_t delay_ms;	 /* that a module wants after a wrong one */
	char said[PAM_TEXT_MAX]; /* by modules, as far as it fits */
};

/* For struct pam_conv; arg is a struct conv. */
int conv_answer(int count, const struct pam_message **messages,
    struct pam_response **responses, void *arg);

/* For PAM_FAIL_DELAY: keeps it. */
void conv_delay(int result, unsigned usec, void *arg);

#endif
