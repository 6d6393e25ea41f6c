/* SPDX-License-Identifier: ISC */
/*
 * Handlers of the configuration's messages. The master is trusted: what makes
 * no sense ends the process; what the operator did wrong is told in KNOWN.
 */
#include <sys/stat.h>

#include <event2/event.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/auth/audit.h"
#include "daemon/auth/conf.h"
#include "daemon/auth/conf_certificates.h"
#include "daemon/auth/login_pam.h"
#include "daemon/auth/named.h"
#include "daemon/auth/recheck.h"
#include "daemon/auth/sandbox.h"
#include "daemon/auth/watch.h"

#define HELPERS_MIN 2 /* one may end, and what is slow is not all */
#define HELPERS_MAX 4 /* a hash takes some MiB, and all of a core */

/* The tables, one after the other, each from a page's beginning on. */
static uint64_t
spent_offset(void)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return (logins_file_bytes() + page - 1) / page * page;
}

int
conf_on_logins(void *arg, const void *body, int *fd)
{
	struct auth *auth = arg;
	uint64_t bytes = spent_offset() + spent_bytes();
	struct stat st;

	(void)body;
	if (*fd == -1)
		log_fatal("CONF_LOGINS: %s", vb_strerror(VB_ENOFD));
	if (auth->desk.logins != NULL)
		log_fatal("CONF_LOGINS comes twice");
	if (fstat(*fd, &st) == -1 ||
	    ((uint64_t)st.st_size < bytes &&
		ftruncate(*fd, (off_t)bytes) == -1) ||
	    logins_open(*fd, &auth->desk.logins) < 0 ||
	    spent_open(*fd, spent_offset(), &auth->desk.spent) < 0)
		log_fatal("CONF_LOGINS: the file can't be used");
	return 0;
}

/* Logins outlive it. Who is at a provider's just now would begin again. */
static void
on_pool_lost(void *arg, unsigned left)
{
	struct auth *auth = arg;

	if (left == 0)
		log_fatal("no helper is left that computes password hashes");
	if (!LIST_EMPTY(&auth->desk.errands))
		return;
	log_warn("helpers for password hashes left=%u: auth begins anew, with "
		 "all of them",
	    left);
	event_base_loopexit(auth->base, NULL);
}

static unsigned
count_helpers(void)
{
	cpu_set_t set;
	unsigned n;

	if (sched_getaffinity(0, sizeof(set), &set) == -1)
		return HELPERS_MIN;
	n = (unsigned)CPU_COUNT(&set);
	if (n < HELPERS_MIN)
		return HELPERS_MIN;
	return n > HELPERS_MAX ? HELPERS_MAX : n;
}

/* Once: helpers first, while nothing is known that they must not have. */
static void
begin(struct auth *auth, const struct settings *settings)
{
	int fds[POOL_HELPERS_MAX], n;

	if (auth->has_begun)
		return;
	auth->has_begun = 1;
	if (auth->desk.logins == NULL)
		log_fatal("CONF_START before CONF_LOGINS");
	if ((n = pool_start(count_helpers(), settings->sandbox, fds)) < 0)
		log_fatal("helpers for password hashes cannot be started");
	auth_sandbox_enter(settings);
	auth->desk.pool =
	    pool_new(auth->base, fds, (unsigned)n, on_pool_lost, auth);
	auth->desk.attempts = attempts_new();
	if (auth->desk.pool == NULL || auth->desk.attempts == NULL)
		log_fatal("no memory");
}

int
conf_on_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct auth *auth = arg;

	(void)fd;
	process_check_version(start);
	begin(auth, &start->settings);
	auth->staged = *start;
	auth->is_staged = 1;
	users_free(auth->staged_users);
	auth->staged_users = NULL;
	providers_clear(&auth->staged_providers);
	group_names_clear(&auth->staged_groups);
	memset(&auth->staged_trust, 0, sizeof(auth->staged_trust));
	memset(&auth->staged_header, 0, sizeof(auth->staged_header));
	conf_forget_certificates(auth);
	memset(&auth->staged_pam, 0, sizeof(auth->staged_pam));
	memset(&auth->fault, 0, sizeof(auth->fault));
	auth->fault_provider = 0;
	return 0;
}

static int
read_all(int fd, char *text, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = pread(fd, text + got, len - got, (off_t)got);
		if (n <= 0)
			return 0;
		got += (size_t)n;
	}
	return 1;
}

/* What is wrong with them is remembered for KNOWN. */
static void
read_users(struct auth *auth, int fd, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL || !read_all(fd, text, len))
		strlcpy(auth->fault.text,
		    text == NULL ? "there is not enough memory for it"
				 : "it can't be read",
		    sizeof(auth->fault.text));
	else if (users_parse(text, len, &auth->staged_users, &auth->fault) ==
	    VB_ENOMEM)
		strlcpy(auth->fault.text, "there is not enough memory for it",
		    sizeof(auth->fault.text));
	if (text != NULL)
		explicit_bzero(text, len);
	free(text);
}

int
conf_on_users(void *arg, const void *body, int *fd)
{
	const struct msg_conf_users *users = body;
	struct auth *auth = arg;

	if (*fd == -1)
		log_fatal("CONF_USERS: %s", vb_strerror(VB_ENOFD));
	if (!auth->is_staged || auth->staged_users != NULL)
		log_fatal("CONF_USERS: out of order");
	if (users->size_bytes > USERS_TEXT_MAX)
		strlcpy(auth->fault.text, "it is too large",
		    sizeof(auth->fault.text));
	else
		read_users(auth, *fd, (size_t)users->size_bytes);
	return 0;
}

/* Its last line's end is none of the secret. */
static int
read_secret(int fd, size_t len, char out[OIDC_SECRET_MAX])
{
	if (len >= OIDC_SECRET_MAX || !read_all(fd, out, len))
		return 0;
	out[len] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] != '\0';
}

/* The first fault is the one that is told. */
static void
fault_secret(struct auth *auth)
{
	if (auth->fault.text[0] != '\0')
		return;
	auth->fault_provider = auth->staged_providers.count + 1;
	strlcpy(auth->fault.text, "there is no secret in its first line",
	    sizeof(auth->fault.text));
}

int
conf_on_fetch_host(void *arg, const void *body, int *fd)
{
	struct auth *auth = arg;

	(void)fd;
	if (!auth->is_staged || trust_add_host(&auth->staged_trust, body) < 0)
		log_fatal("CONF_FETCH_HOST: out of order, or no host");
	return 0;
}

int
conf_on_fetch_ca(void *arg, const void *body, int *fd)
{
	struct auth *auth = arg;

	if (*fd == -1)
		log_fatal("CONF_FETCH_CA: %s", vb_strerror(VB_ENOFD));
	if (!auth->is_staged ||
	    trust_add_ca(&auth->staged_trust, body, *fd) < 0)
		log_fatal("CONF_FETCH_CA: out of order, or no file");
	return 0;
}

int
conf_on_oidc(void *arg, const void *body, int *fd)
{
	const struct msg_conf_oidc *oidc = body;
	struct auth *auth = arg;
	char secret[OIDC_SECRET_MAX] = "";
	uint32_t number = auth->staged_providers.count;
	struct provider *provider;

	if (!auth->is_staged || number >= FETCH_SOURCES_MAX ||
	    !PROTO_IS_TEXT(oidc->issuer) || !PROTO_IS_TEXT(oidc->client_id) ||
	    !PROTO_IS_TEXT(oidc->scope) || !PROTO_IS_TEXT(oidc->user_claim) ||
	    !PROTO_IS_TEXT(oidc->groups_claim) ||
	    !PROTO_IS_TEXT(oidc->button) || !PROTO_IS_TEXT(oidc->name))
		log_fatal("CONF_OIDC: out of order, or no text");
	if (*fd != -1 && !read_secret(*fd, oidc->secret_bytes, secret)) {
		explicit_bzero(secret, sizeof(secret));
		fault_secret(auth);
		return 0;
	}
	provider = provider_new(oidc, auth->staged_trust.marks[number], secret,
	    number, &auth->fetcher);
	explicit_bzero(secret, sizeof(secret));
	if (provider == NULL ||
	    providers_add(&auth->staged_providers, provider) < 0)
		log_fatal("CONF_OIDC: %s", vb_strerror(VB_ENOMEM));
	return 0;
}

int
conf_on_group(void *arg, const void *body, int *fd)
{
	const struct msg_conf_group *group = body;
	struct auth *auth = arg;

	(void)fd;
	if (!auth->is_staged || !PROTO_IS_TEXT(group->name))
		log_fatal("CONF_GROUP: out of order, or no text");
	if (group_names_add(&auth->staged_groups, group->name) < 0)
		log_fatal("CONF_GROUP: %s", vb_strerror(VB_ENOMEM));
	return 0;
}

int
conf_on_header(void *arg, const void *body, int *fd)
{
	const struct msg_conf_header *header = body;
	struct auth *auth = arg;

	(void)fd;
	if (!auth->is_staged || !PROTO_IS_TEXT(header->user) ||
	    !PROTO_IS_TEXT(header->groups) || !PROTO_IS_TEXT(header->logout))
		log_fatal("CONF_HEADER: out of order, or no text");
	auth->staged_header = *header;
	return 0;
}

int
conf_on_pam(void *arg, const void *body, int *fd)
{
	const struct msg_conf_pam *pam = body;
	struct auth *auth = arg;

	(void)fd;
	if (!auth->is_staged || !PROTO_IS_TEXT(pam->service))
		log_fatal("CONF_PAM: out of order, or no text");
	auth->staged_pam = *pam;
	return 0;
}

static void
take_pam(struct auth *auth)
{
	const struct settings *s = &auth->staged.settings;
	struct login_desk *desk = &auth->desk;

	desk->has_pam = auth->staged_pam.service[0] != '\0';
	desk->pam.generation = auth->staged.generation;
	if (login_pam_prove(auth->staged_pam.service, desk->pam_proof) < 0)
		log_fatal("%s", vb_strerror(VB_ENOMEM));
	desk->has_pam_basic = s->has_pam_basic;
	desk->no_file_basic = s->has_pam_basic && !s->has_file_basic;
}

static void
take_staged(struct auth *auth)
{
	const struct settings *s = &auth->staged.settings;

	users_free((struct users *)(uintptr_t)auth->desk.users);
	auth->desk.users = auth->staged_users;
	auth->staged_users = NULL;
	group_names_clear(&auth->desk.group_names);
	auth->desk.group_names = auth->staged_groups;
	memset(&auth->staged_groups, 0, sizeof(auth->staged_groups));
	auth->fetcher.generation = auth->staged.generation;
	providers_replace(&auth->desk.providers, &auth->staged_providers);
	conf_take_certificates(auth);
	auth->desk.has_header = auth->staged_header.user[0] != '\0';
	if (named_prove(&auth->staged_header, auth->desk.header_proof) < 0)
		log_fatal("%s", vb_strerror(VB_ENOMEM));
	take_pam(auth);
	auth->desk.limits.idle_sec = s->login_idle_sec;
	auth->desk.limits.max_sec = s->login_max_sec;
	audit_use(s->has_audit);
	log_set_verbosity(s->verbose);
	log_debug("configuration generation=%u users=%zu",
	    auth->staged.generation,
	    auth->desk.users == NULL ? 0 : users_count(auth->desk.users));
	watch_all(auth);
	recheck_all(auth);
}

int
conf_on_end(void *arg, const void *body, int *fd)
{
	const struct msg_conf_end *end = body;
	struct auth *auth = arg;
	struct msg_known known;

	(void)fd;
	if (!auth->is_staged || end->generation != auth->staged.generation)
		log_fatal("CONF_END: generation=%u", end->generation);
	auth->is_staged = 0;
	memset(&known, 0, sizeof(known));
	known.generation = end->generation;
	known.is_refused = auth->fault.text[0] != '\0';
	known.line = auth->fault.line;
	known.provider = auth->fault_provider;
	strlcpy(known.text, auth->fault.text, sizeof(known.text));
	if (ipc_send(auth->master, MSG_KNOWN, &known, -1) < 0)
		log_fatal("KNOWN cannot be sent");
	if (known.is_refused)
		return 0;
	take_staged(auth);
	if (!auth->is_ready) {
		auth->is_ready = 1;
		watch_start(auth);
		process_ready();
	}
	return 0;
}
