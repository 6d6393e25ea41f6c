/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/socket.h>

#include <check.h>
#include <crypt.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"

#define CODE_STEP_SEC 30

static void
tell(struct auth_rig *a, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(a->rig.master, type, body, fd), 0);
}

/* ---- users ---- */

static const char *
hash_of(const char *setting, const char *password)
{
	static struct crypt_data data;

	memset(&data, 0, sizeof(data));
	return crypt_r(password, setting, &data);
}

static void
write_users(struct auth_rig *a)
{
	static const char recovery[] = "QK7M3XWAZT5CNB2E";
	/* some seconds, of whatever password */
	static const char slow[] = "$2b$15$abcdefghijklmnopqrstuu"
				   "abcdefghijklmnopqrstuvwxyzabcde";
	uint8_t sum[32];
	char hex[65];
	FILE *file = fmemopen(a->users, sizeof(a->users), "w");
	size_t i;

	ck_assert_ptr_nonnull(file);
	EVP_Digest(recovery, strlen(recovery), sum, NULL, EVP_sha256(), NULL);
	for (i = 0; i < sizeof(sum); i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	fprintf(file, "alice:%s::\n",
	    hash_of("$y$j75$2S4j0MIUdLYdsyTSh8eVA.", "wonder"));
	fprintf(file, "bob:%s:students,staff:\n",
	    hash_of("$6$rounds=1000$saltsalt", "builder"));
	fprintf(file, "carol:%s:staff:totp=" AUTH_SEED_32 ",recovery=%s\n",
	    hash_of("$2b$04$abcdefghijklmnopqrstuu", "christmas"), hex);
	fprintf(file, "dave:!%s::\n",
	    hash_of("$y$j75$2S4j0MIUdLYdsyTSh8eVA.", "locked"));
	fprintf(file, "slow:%s::\n", slow);
	ck_assert_int_eq(fclose(file), 0);
}

const char *
auth_code_at(int steps)
{
	static char code[8];

	ck_assert_int_eq(
	    oath_totp_generate(AUTH_SEED, strlen(AUTH_SEED),
		time(NULL) + steps * CODE_STEP_SEC, CODE_STEP_SEC, 0, 6, code),
	    OATH_OK);
	return code;
}

/* ---- start ---- */

/* A sanitizer holds back what is freed, which would look like growth. */
static void
hold_nothing_back(void)
{
	const char *usual = getenv("ASAN_OPTIONS");
	char options[512];

	if (usual != NULL && strstr(usual, "quarantine") != NULL)
		return;
	snprintf(options, sizeof(options), "%s:quarantine_size_mb=1",
	    usual != NULL ? usual : "");
	ck_assert_int_eq(setenv("ASAN_OPTIONS", options, 1), 0);
}

void
auth_begin(struct auth_rig *a)
{
	memset(a, 0, sizeof(*a));
	a->last_fence = RIG_FENCE;
	a->memory = memfd_create("vncbridge-logins", MFD_CLOEXEC);
	ck_assert_int_ne(a->memory, -1);
	write_users(a);
#define X(name, field, def, min, max, unit) a->settings.field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) a->settings.field = def;
	SETTINGS_SWITCHES(X)
#undef X
	a->settings.has_auth = 1;
	strcpy(a->groups[0].name, "students");
	strcpy(a->groups[1].name, "staff");
	hold_nothing_back();
}

void
auth_spawn(struct auth_rig *a)
{
	struct rig_conf conf = {0};
	uint32_t generation = a->rig.generation;

	a->rig = rig_spawn_program(
	    a->settings.sandbox ? "VB_CONFINED_AUTH" : "VB_AUTH", &conf);
	a->rig.generation = generation;
}

void
auth_conf_logins(struct auth_rig *a)
{
	struct msg_conf_logins logins = {0};

	tell(a, MSG_CONF_LOGINS, &logins, fcntl(a->memory, F_DUPFD_CLOEXEC, 0));
}

void
auth_conf_start(struct auth_rig *a)
{
	struct msg_conf_start start;
	size_t i;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = ++a->rig.generation;
	start.settings = a->settings;
	tell(a, MSG_CONF_START, &start, -1);
	for (i = 0; a->groups[i].name[0] != '\0'; i++)
		tell(a, MSG_CONF_GROUP, &a->groups[i], -1);
}

void
auth_conf_users(struct auth_rig *a, const char *text)
{
	struct msg_conf_users users = {strlen(text)};
	int fd = memfd_create("users", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	ck_assert_int_eq(
	    fcntl(fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL),
	    0);
	tell(a, MSG_CONF_USERS, &users, fd);
}

void
auth_conf_end(struct auth_rig *a)
{
	struct msg_conf_end end = {a->rig.generation};

	tell(a, MSG_CONF_END, &end, -1);
}

static void
note_line(struct auth_rig *a, const struct msg_log *log)
{
	if (getenv("VB_TEST_VERBOSE") != NULL)
		fprintf(stderr, "auth: %s\n", log->line);
	strlcat(a->log, log->line, sizeof(a->log));
	strlcat(a->log, "\n", sizeof(a->log));
}

/* The next message of that type; what comes before it is remembered. */
static void
read_master(struct auth_rig *a, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    a->rig.master, ROLE_MASTER, ROLE_AUTH, any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
		ck_assert_int_eq(fd, -1);
		if (type == MSG_LOG)
			note_line(a, &any->log);
		else if (type == MSG_DROPPED) {
			a->dropped++;
			a->last_dropped = any->dropped;
		}
	} while (type != (int)wanted);
}

void
auth_wait_known(struct auth_rig *a)
{
	union proto_any any;

	read_master(a, MSG_KNOWN, &any);
	a->known = any.known;
	ck_assert_uint_eq(a->known.generation, a->rig.generation);
	ck_assert(PROTO_IS_TEXT(a->known.text));
	ck_assert_int_eq(a->known.is_refused, a->known.text[0] != '\0');
}

void
auth_wait_ready(struct auth_rig *a)
{
	union proto_any any;

	read_master(a, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

void
auth_probe(struct auth_rig *a)
{
	static uint64_t number;
	struct msg_probe probe = {++number};
	union proto_any any;

	tell(a, MSG_PROBE, &probe, -1);
	read_master(a, MSG_ALIVE, &any);
	ck_assert_uint_eq(any.alive.number, number);
}

void
auth_configure(struct auth_rig *a, const char *text)
{
	auth_conf_start(a);
	auth_conf_users(a, text);
	auth_conf_end(a);
	auth_wait_known(a);
}

static int
join(struct auth_rig *a, enum proto_role asker, uint32_t index)
{
	struct msg_peer peer = {.index = index,
	    .fence = ++a->last_fence,
	    .role = ROLE_AUTH,
	    .asker = asker};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	tell(a, MSG_PEER, &peer, fds[1]);
	return fds[0];
}

void
auth_join_worker(struct auth_rig *a, uint32_t index)
{
	a->workers[index] = join(a, ROLE_WORKER, index);
	a->fences[index] = a->last_fence;
}

void
auth_join_broker(struct auth_rig *a)
{
	a->broker = join(a, ROLE_BROKER, 0);
	a->broker_fence = a->last_fence;
}

void
auth_run(struct auth_rig *a)
{
	uint32_t i;

	auth_spawn(a);
	auth_conf_logins(a);
	auth_configure(a, a->users);
	ck_assert_msg(
	    !a->known.is_refused, "%u: %s", a->known.line, a->known.text);
	auth_wait_ready(a);
	for (i = 0; i < AUTH_WORKERS; i++)
		auth_join_worker(a, i);
	auth_join_broker(a);
}

void
auth_start(struct auth_rig *a)
{
	auth_begin(a);
	auth_run(a);
}

static void
leave(struct auth_rig *a)
{
	uint32_t i;

	for (i = 0; i < AUTH_WORKERS; i++)
		close(a->workers[i]);
	close(a->broker);
}

void
auth_replace(struct auth_rig *a)
{
	leave(a);
	close(a->rig.master);
	auth_run(a);
}

void
auth_stop(struct auth_rig *a)
{
	pid_t helpers[AUTH_HELPERS_MAX];
	unsigned n;

	auth_probe(a);
	n = auth_helpers(a, helpers);
	ck_assert_uint_gt(n, 0);
	rig_stop(&a->rig);
	auth_wait_gone(helpers, n);
	leave(a);
	close(a->memory);
}

/* ---- workers ---- */

static void
say(int peer, enum msg_type type, const void *body)
{
	ck_assert_int_eq(ipc_write_message(peer, type, body, -1), 0);
}

void
auth_read(
    int peer, enum proto_role self, enum msg_type wanted, union proto_any *any)
{
	int fd, type = ipc_read_message(peer, self, ROLE_AUTH, any, &fd);

	ck_assert_msg(type == (int)wanted, "%s instead of %s",
	    type < 0 ? vb_strerror(type) : proto_row((uint32_t)type)->name,
	    proto_row(wanted)->name);
	ck_assert_int_eq(fd, -1);
}

void
auth_ask_login(int worker, uint64_t id, const char *client, const char *name,
    const char *password)
{
	struct msg_login login;

	memset(&login, 0, sizeof(login));
	login.id = id;
	ck_assert_int_eq(addr_parse_ip(client, &login.client), 0);
	strlcpy(login.name, name, sizeof(login.name));
	strlcpy(login.password, password, sizeof(login.password));
	say(worker, MSG_LOGIN, &login);
}

void
auth_ask_code(int worker, uint64_t id, const uint8_t cookie[AUTH_COOKIE_BYTES],
    const char *code)
{
	struct msg_login_code login;

	memset(&login, 0, sizeof(login));
	login.id = id;
	ck_assert_int_eq(addr_parse_ip(AUTH_CLIENT, &login.client), 0);
	memcpy(login.cookie, cookie, sizeof(login.cookie));
	strlcpy(login.code, code, sizeof(login.code));
	say(worker, MSG_LOGIN_CODE, &login);
}

/* Only a login has a cookie. */
static enum login_code
read_answer(int worker, uint64_t id, uint8_t cookie[AUTH_COOKIE_BYTES])
{
	static const uint8_t none[AUTH_COOKIE_BYTES];
	union proto_any any;
	struct msg_logged_in *in = &any.logged_in;

	auth_read(worker, ROLE_WORKER, MSG_LOGGED_IN, &any);
	ck_assert_uint_eq(in->id, id);
	ck_assert_uint_le(in->code, LOGIN_FAILED);
	ck_assert_int_eq(memcmp(in->cookie, none, sizeof(none)) != 0,
	    in->code == LOGIN_OK || in->code == LOGIN_CODE_WANTED);
	ck_assert_int_eq(in->wait_sec > 0, in->code == LOGIN_WAIT);
	memcpy(cookie, in->cookie, sizeof(in->cookie));
	return in->code;
}

enum login_code
auth_try(int worker, const char *name, const char *password,
    uint8_t cookie[AUTH_COOKIE_BYTES])
{
	static uint64_t id;

	auth_ask_login(worker, ++id, AUTH_CLIENT, name, password);
	return read_answer(worker, id, cookie);
}

enum login_code
auth_try_code(int worker, uint8_t cookie[AUTH_COOKIE_BYTES], const char *code)
{
	static uint64_t id = 1ull << 63;

	auth_ask_code(worker, ++id, cookie, code);
	return read_answer(worker, id, cookie);
}

enum who_state
auth_who(int worker, const uint8_t cookie[AUTH_COOKIE_BYTES], int is_use,
    struct msg_who_is *who)
{
	static uint64_t id;
	struct msg_who question = {.id = ++id, .is_use = (uint32_t)is_use};
	union proto_any any;

	memcpy(question.cookie, cookie, sizeof(question.cookie));
	say(worker, MSG_WHO, &question);
	auth_read(worker, ROLE_WORKER, MSG_WHO_IS, &any);
	ck_assert_uint_eq(any.who_is.id, id);
	ck_assert_uint_le(any.who_is.state, WHO_USER);
	ck_assert_int_eq(
	    any.who_is.name[0] != '\0', any.who_is.state == WHO_USER);
	if (who != NULL)
		*who = any.who_is;
	return any.who_is.state;
}

void
auth_logout(int worker, const uint8_t cookie[AUTH_COOKIE_BYTES])
{
	static uint64_t id;
	struct msg_logout logout = {.id = ++id};
	union proto_any any;

	memcpy(logout.cookie, cookie, sizeof(logout.cookie));
	ck_assert_int_eq(addr_parse_ip(AUTH_CLIENT, &logout.client), 0);
	say(worker, MSG_LOGOUT, &logout);
	auth_read(worker, ROLE_WORKER, MSG_LOGGED_OUT, &any);
	ck_assert_uint_eq(any.logged_out.id, id);
}

/* ---- the broker ---- */

uint64_t
auth_vouch(int broker, const uint8_t cookie[AUTH_COOKIE_BYTES],
    uint64_t login_id, struct msg_vouched *vouched)
{
	static uint64_t number;
	struct msg_vouch vouch = {.number = ++number, .login_id = login_id};
	union proto_any any;

	if (cookie != NULL)
		memcpy(vouch.cookie, cookie, sizeof(vouch.cookie));
	say(broker, MSG_VOUCH, &vouch);
	auth_read(broker, ROLE_BROKER, MSG_VOUCHED, &any);
	ck_assert_uint_eq(any.vouched.number, number);
	ck_assert_int_eq(
	    any.vouched.name[0] != '\0', any.vouched.login_id != 0);
	if (vouched != NULL)
		*vouched = any.vouched;
	return any.vouched.login_id;
}

void
auth_used(int broker, const uint64_t *ids, uint32_t count)
{
	struct msg_used used;

	memset(&used, 0, sizeof(used));
	used.count = count;
	memcpy(used.login_ids, ids, count * sizeof(*ids));
	say(broker, MSG_USED, &used);
}

void
auth_expect_over(int broker, uint64_t login_id, const char *words)
{
	union proto_any any;

	auth_read(broker, ROLE_BROKER, MSG_LOGIN_OVER, &any);
	ck_assert_uint_eq(any.login_over.login_id, login_id);
	ck_assert(PROTO_IS_TEXT(any.login_over.reason));
	ck_assert_msg(strstr(any.login_over.reason, words) != NULL,
	    "\"%s\" without \"%s\"", any.login_over.reason, words);
}

void
auth_expect_broker_silence(int broker)
{
	static const uint8_t nobodys[AUTH_COOKIE_BYTES];

	ck_assert_uint_eq(auth_vouch(broker, nobodys, 0, NULL), 0);
}
