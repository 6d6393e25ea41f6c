/* SPDX-License-Identifier: ISC */
/* Whether somebody may open a target, and the rule that decides. */
#ifndef VB_CTL_WHY_H
#define VB_CTL_WHY_H

struct why_question {
	const char *user; /* "-": nobody has logged in */
	const char *address;
	const char *target;
};

/* Returns 0 if they may, 1 if not; what is no question or answer, 2. */
int why_show(int fd, const struct why_question *question, int is_json);

/* Returns 1 if it is one; else tells what is wrong. */
int why_is_question(const struct why_question *question);

#endif
