/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/unit/asked_rig.h"
#include "tests/unit/breach.h"
#include "tests/unit/pam_ask_rig.h"

static union proto_any any_message;

void
pam_rig_join(struct pam_desk *pam)
{
	uint32_t fence;
	int fd = asked_join(&fence);

	ck_assert_int_eq(pam_join(pam, fence, fd), 0);
}

void
pam_rig_wait(const unsigned *count)
{
	while (*count == 0)
		ck_assert_int_ne(event_base_loop(asked_base, EVLOOP_ONCE), -1);
}

int
pam_rig_hear(union proto_any *any)
{
	int fd;

	if (!asked_has_heard())
		return 0;
	return ipc_read_message(asked_end, ROLE_PAM, ROLE_AUTH, any, &fd);
}

uint64_t
pam_rig_hear_ask(const char *name, const char *password)
{
	ck_assert_int_eq(pam_rig_hear(&any_message), MSG_PAM_ASK);
	ck_assert_str_eq(any_message.pam_ask.name, name);
	ck_assert_str_eq(any_message.pam_ask.password, password);
	ck_assert_uint_ne(any_message.pam_ask.id, 0);
	return any_message.pam_ask.id;
}

void
pam_rig_say(const struct msg_pam_said *said)
{
	ck_assert_int_eq(breach_say(asked_end, MSG_PAM_SAID, said, -1), 0);
	asked_run();
}

void
pam_rig_say_verdict(uint64_t id, enum pam_verdict verdict)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = id;
	said.verdict = verdict;
	strlcpy(said.text, "as the test says", sizeof(said.text));
	if (verdict == PAM_IS_RIGHT)
		strlcpy(said.name, "alice", sizeof(said.name));
	pam_rig_say(&said);
}

void
pam_rig_say_right(uint64_t id, const char *name, const char *groups)
{
	struct msg_pam_said said;

	memset(&said, 0, sizeof(said));
	said.id = id;
	strlcpy(said.name, name, sizeof(said.name));
	strlcpy(said.groups, groups, sizeof(said.groups));
	pam_rig_say(&said);
}

uint32_t
pam_rig_unjoined(void)
{
	return asked_unjoined(ROLE_PAM);
}
