/* SPDX-License-Identifier: ISC */
/*
 * The real auth over socket pairs, with the test as its master, its workers
 * and its broker. VB_AUTH names the program, and VB_CONFINED_AUTH the one that
 * runs it in the sandbox of the daemon's master, as most tests have it.
 */
#ifndef VB_TEST_AUTH_RIG_H
#define VB_TEST_AUTH_RIG_H

#include "tests/proc/broker_rig.h"

#define AUTH_WORKERS	 2
#define AUTH_HELPERS_MAX 16
#define AUTH_USERS_TEXT	 16384
#define AUTH_CLIENT	 "192.0.2.7" /* where people are, if nothing is said */

/* carol's second factor */
#define AUTH_SEED     "12345678901234567890"
#define AUTH_SEED_32  "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define AUTH_RECOVERY "QK7M-3XWA-ZT5C-NB2E"

struct auth_rig {
	struct rig rig;
	int memory; /* the file of logins: the next program's, too */
	int workers[AUTH_WORKERS];
	int broker;
	uint32_t fences[AUTH_WORKERS]; /* of their channels */
	uint32_t broker_fence;
	uint32_t last_fence;
	struct settings settings; /* of the next CONF_START */
	struct msg_known known;	  /* the last */
	unsigned dropped;	  /* DROPPEDs that came */
	struct msg_dropped last_dropped;
	char log[65536]; /* lines that came, as far as they fit */
	/*
	 * alice "wonder" (yescrypt); bob "builder" (SHA-512), of students and
	 * staff; carol "christmas" (bcrypt), with a second factor; dave
	 * "locked", who is; and slow, with whom a hash takes seconds, and no
	 * password is right.
	 */
	char users[AUTH_USERS_TEXT];
	/* that the next CONF_START is followed by; "" after the last */
	struct msg_conf_group groups[4];
};

/* The parts of a start, in their order. auth_begin() makes the file, too. */
void auth_begin(struct auth_rig *a);
void auth_spawn(struct auth_rig *a);
void auth_conf_logins(struct auth_rig *a);
void auth_conf_start(struct auth_rig *a);
void auth_conf_users(struct auth_rig *a, const char *text);
void auth_conf_end(struct auth_rig *a);
void auth_wait_known(struct auth_rig *a);
void auth_wait_ready(struct auth_rig *a);

/* All of a configuration, with what KNOWN says to it in a->known. */
void auth_configure(struct auth_rig *a, const char *text);

/* A channel; the end of the one that asks is a->workers[index], a->broker. */
void auth_join_worker(struct auth_rig *a, uint32_t index);
void auth_join_broker(struct auth_rig *a);

/* All but the first of it, with a->users and a->settings. */
void auth_run(struct auth_rig *a);

/* All of it; and the end, with the helpers'. */
void auth_start(struct auth_rig *a);
void auth_stop(struct auth_rig *a);

/* A new program in the place of one that has ended, with the same file. */
void auth_replace(struct auth_rig *a);

/* Asks for a sign of life, and reads all that was said before it. */
void auth_probe(struct auth_rig *a);

/* ---- what workers say ---- */

void auth_ask_login(int worker, uint64_t id, const char *client,
    const char *name, const char *password);
void auth_ask_code(int worker, uint64_t id,
    const uint8_t cookie[AUTH_COOKIE_BYTES], const char *code);

/* Waits for the next message, which must be of that type. */
void auth_read(
    int peer, enum proto_role self, enum msg_type wanted, union proto_any *any);

/* Both at once, for a client of AUTH_CLIENT; the cookie is written. */
enum login_code auth_try(int worker, const char *name, const char *password,
    uint8_t cookie[AUTH_COOKIE_BYTES]);
enum login_code
auth_try_code(int worker, uint8_t cookie[AUTH_COOKIE_BYTES], const char *code);

/* Whose it is; who may be NULL. */
enum who_state auth_who(int worker, const uint8_t cookie[AUTH_COOKIE_BYTES],
    int is_use, struct msg_who_is *who);
void auth_logout(int worker, const uint8_t cookie[AUTH_COOKIE_BYTES]);

/* The code of carol's authenticator, that many steps from now. */
const char *auth_code_at(int steps);

/* ---- what the broker says ---- */

/* By cookie, or where that is NULL by id. Returns the login's id, or 0. */
uint64_t auth_vouch(int broker, const uint8_t cookie[AUTH_COOKIE_BYTES],
    uint64_t login_id, struct msg_vouched *vouched);
void auth_used(int broker, const uint64_t *ids, uint32_t count);

/* The next LOGIN_OVER, which must be of that login, with these words in it. */
void auth_expect_over(int broker, uint64_t login_id, const char *words);

/* Nothing more has been said to it. */
void auth_expect_broker_silence(int broker);

/* ---- processes ---- */

/* Its helpers that run. Returns how many. */
unsigned auth_helpers(const struct auth_rig *a, pid_t pids[AUTH_HELPERS_MAX]);

/* Kills it, and waits for its end. */
void auth_kill(struct auth_rig *a);

/* Stops its helpers, and lets them go on. Returns how many there are. */
unsigned auth_freeze(const struct auth_rig *a);
void auth_thaw(const struct auth_rig *a);

/* Waits until none of them runs. */
void auth_wait_gone(const pid_t *pids, unsigned count);

/* Whether we may look into its memory: it is not dumpable, and root may. */
int auth_may_look(pid_t pid);

/* Whether the bytes are in a process's memory. */
int auth_has_in_memory(pid_t pid, const void *bytes, size_t len);

#endif
