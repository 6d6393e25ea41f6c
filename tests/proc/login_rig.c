/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/login_rig.h"
#include "worker/parse/cookie.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct worker_rig login_w;
union proto_any login_any;
int login_broker, login_auth;
uint32_t login_fence;
uint64_t login_last_id;
static const char *const names[] = {"lab1", NULL};
uint8_t login_alice[AUTH_COOKIE_BYTES], login_bob[AUTH_COOKIE_BYTES];

/* ---- auth ---- */

void
login_join_auth(void)
{
	struct msg_peer peer = {
	    .fence = ++login_fence, .role = ROLE_AUTH, .asker = ROLE_WORKER};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	worker_tell(&login_w, MSG_PEER, &peer, fds[1]);
	if (login_auth > 0)
		close(login_auth);
	login_auth = fds[0];
}

void
login_begin_with(void (*change)(void))
{
	login_fence = LOGIN_FENCE;
	memset(login_alice, 'a', sizeof(login_alice));
	memset(login_bob, 'b', sizeof(login_bob));
	worker_spawn(&login_w);
	login_w.settings.has_auth = 1;
	login_w.settings.has_password = 1;
	login_w.settings.login_max_sec = 3600;
	login_w.peer = "127.0.0.1";
	login_w.targets = names;
	if (change != NULL)
		change();
	worker_configure(&login_w);
	worker_wait_ready(&login_w);
	login_broker = rig_connect_worker(&login_w.rig, 0);
	broker_read(login_broker, MSG_HELD_END, &login_any);
	login_join_auth();
}

void
login_begin(void)
{
	login_begin_with(NULL);
}

void
login_end(void)
{
	close(login_auth);
	close(login_broker);
	login_auth = -1;
	rig_stop(&login_w.rig);
}

/* The next message to auth, which must be that. Returns its id. */
uint64_t
login_hear(enum msg_type type)
{
	int fd, got;

	got = ipc_read_message(
	    login_auth, ROLE_AUTH, ROLE_WORKER, &login_any, &fd);
	ck_assert_msg(got == (int)type, "%s instead of %s",
	    got < 0 ? vb_strerror(got) : proto_row((uint32_t)got)->name,
	    proto_row(type)->name);
	ck_assert_int_eq(fd, -1);
	return login_any.who.id; /* all of them begin with it */
}

void
login_say(enum msg_type type, const void *body)
{
	ck_assert_int_eq(ipc_write_message(login_auth, type, body, -1), 0);
}

void
login_say_who(uint64_t id, enum who_state state, const char *name)
{
	struct msg_who_is said = {.id = id, .state = state, .ends_sec = 60};

	strcpy(said.name, name);
	login_say(MSG_WHO_IS, &said);
}

void
login_say_logged_in(uint64_t id, enum login_code code, const uint8_t *cookie)
{
	struct msg_logged_in said = {.id = id, .code = code, .wait_sec = 7};

	if (cookie != NULL)
		memcpy(said.cookie, cookie, sizeof(said.cookie));
	login_say(MSG_LOGGED_IN, &said);
}

void
login_say_oidc(
    uint64_t id, enum oidc_code code, const char *next, const char *url)
{
	struct msg_oidc_said said = {.id = id, .code = code};

	memcpy(said.cookie, login_bob, sizeof(said.cookie));
	strcpy(said.next, next);
	strcpy(said.url, url);
	login_say(MSG_OIDC_SAID, &said);
}

/* ---- providers ---- */

void
login_name_buttons(struct worker_rig *w)
{
	static const char *const texts[] = {"Example", "<A & \"B\">"};
	struct msg_conf_button button;
	size_t i;

	for (i = 0; i < COUNT(texts); i++) {
		memset(&button, 0, sizeof(button));
		strcpy(button.text, texts[i]);
		worker_tell(w, MSG_CONF_BUTTON, &button, -1);
	}
}

void
login_have_providers(void)
{
	login_w.tell_more = login_name_buttons;
}

/* ---- browsers ---- */

int
login_new_client(void)
{
	return worker_give_client(&login_w, ++login_last_id, 0);
}

static const char *
cookie_line(const uint8_t *cookie)
{
	static char line[128];
	char text[COOKIE_TEXT + 1];

	line[0] = '\0';
	if (cookie == NULL)
		return line;
	cookie_format(cookie, text);
	snprintf(line, sizeof(line), "Cookie: x=y; vncbridge=%s\r\n", text);
	return line;
}

const char *
login_request(const char *line, const uint8_t *cookie, const char *more)
{
	static char text[8192];

	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: h\r\n%s%s\r\n", line,
	    cookie_line(cookie), more);
	return text;
}

const char *
login_form(const char *path, const uint8_t *cookie, const char *body)
{
	static char text[8192];

	snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\nHost: h\r\n%s" LOGIN_FORM
	    "Content-Length: %zu\r\n\r\n%s",
	    path, cookie_line(cookie), strlen(body), body);
	return text;
}

void
login_expect(const char *answer, const char *status, const char *part)
{
	ck_assert_msg(
	    strncmp(answer + strlen("HTTP/1.1 "), status, strlen(status)) == 0,
	    "not %s: %s", status, answer);
	ck_assert_msg(
	    strstr(answer, part) != NULL, "no \"%s\" in: %s", part, answer);
}

void
login_expect_no(const char *answer, const char *part)
{
	ck_assert_msg(
	    strstr(answer, part) == NULL, "\"%s\" is in: %s", part, answer);
}
