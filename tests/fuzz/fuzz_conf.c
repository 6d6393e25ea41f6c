/* SPDX-License-Identifier: ISC */
/*
 * A configuration file of any bytes: taken or refused with a text, and what
 * is taken is within its ranges.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/origin.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/conf_oidc.h"
#include "daemon/bundle/exposure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
check_access(const struct conf *conf, const struct conf_access *access)
{
	size_t i;

	must(access->target_count > 0);
	must(access->user_count == 0 || conf->settings.has_auth);
	must(access->head.max_sessions <= 1000000);
	for (i = 0; i < access->user_count; i++)
		must(PROTO_IS_TEXT(access->users[i].name) &&
		    access->users[i].name[0] != '\0');
}

/* It has a sentence for each, and is an open proxy or is none. */
/* So many words, each with its end, and the first a path. */
static void
check_command(const struct msg_conf_command *command, uint32_t kind)
{
	const char *p = command->argv, *end = p + sizeof(command->argv);
	uint32_t i;

	must(command->kind == kind && command->argc <= HOOK_ARGS_MAX);
	must(command->argc == 0 || *p == '/');
	for (i = 0; i < command->argc; i++, p++)
		must(p < end &&
		    (p = memchr(p, '\0', (size_t)(end - p))) != NULL);
}

static void
check_hooks(const struct conf *conf)
{
	const struct conf_hook *hook;
	size_t i, n = 0;
	uint32_t kind;

	for (i = 0; i < conf->target_count; i++) {
		if (conf->targets[i].hooks == 0)
			continue;
		must(n < conf->hook_count);
		hook = &conf->hooks[n++];
		must(strcmp(hook->head.target, conf->targets[i].name) == 0);
		must(hook->head.start_timeout_sec > 0);
		must(!hook->head.has_wake || hook->head.wake_addr.port != 0);
		for (kind = 0; kind < HOOK_TARGET_KINDS; kind++)
			check_command(&hook->commands[kind], kind);
	}
	must(n == conf->hook_count);
	check_command(&conf->event, HOOK_EVENT);
	must(
	    (n > 0 || conf->event.argc > 0) == (conf->settings.has_hooks != 0));
	for (i = 0; i < conf->hook_name_count; i++)
		must(PROTO_IS_TEXT(conf->hook_names[i].name));
}

static void
check_exposure(const struct conf *conf)
{
	char error[CONF_ERROR_MAX] = "", *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out != NULL);
	exposure_report(conf, out);
	must(fclose(out) == 0 && size > 0);
	must((exposure_check(conf, error) == 0) == (error[0] == '\0'));
	free(text);
}

static void
check_providers(const struct conf *conf)
{
	const struct conf_oidc *oidc;
	const struct conf_fetch *fetch;
	struct msg_conf_fetch_host host;
	size_t i, j;

	must(conf->oidc_count <= OIDC_PROVIDERS_MAX);
	must(conf->fetch_count == conf->oidc_count);
	for (i = 0; i < conf->oidc_count; i++) {
		oidc = &conf->oidc[i];
		fetch = &conf->fetch[i];
		must(conf_oidc_is_issuer(oidc->head.issuer, &host));
		must(oidc->head.client_id[0] != '\0');
		must(oidc->head.user_claim[0] != '\0');
		must(oidc->head.button[0] != '\0');
		must(strncmp(oidc->head.scope, "openid", 6) == 0);
		must(fetch->host_count > 0 &&
		    fetch->host_count <= FETCH_HOSTS_MAX);
		for (j = 0; j < fetch->host_count; j++)
			must(fetch->hosts[j].port != 0 &&
			    fetch->hosts[j].host[0] != '\0');
		must(oidc->secret_file == NULL || oidc->secret_file[0] == '/');
		must(fetch->ca_file == NULL || fetch->ca_file[0] == '/');
	}
}

static void
check_conf(const struct conf *conf)
{
	size_t i, j;

#define X(name, field, def, min, max, unit)            \
	must((int64_t)conf->settings.field >= (min) && \
	    (int64_t)conf->settings.field <= (max));
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) must(conf->settings.field <= 1);
	SETTINGS_SWITCHES(X)
#undef X
	must(PROTO_IS_TEXT(conf->settings.base_path));
	must(conf->user[0] != '\0' && conf->pages[0] == '/');
	must(conf->pid_file[0] == '/' || conf->pid_file[0] == '\0');
	must(conf->control_socket[0] == '/' || conf->control_socket[0] == '\0');
	must(conf->listener_count > 0);
	for (i = 0; i < conf->listener_count; i++)
		must(conf->listeners[i].port != 0);
	for (i = 0; i < conf->rule_count; i++)
		must(conf->rules[i].port_first <= conf->rules[i].port_last);
	must(conf->target_count <= PROTO_TARGETS_MAX);
	for (i = 0; i < conf->target_count; i++) {
		must(conf->targets[i].address.port != 0);
		must(conf->targets[i].name[0] != '\0');
		must(PROTO_IS_TEXT(conf->targets[i].description));
		for (j = 0; j < i; j++)
			must(strcmp(conf->targets[i].name,
				 conf->targets[j].name) != 0);
	}
	must((conf->users_file != NULL || conf->settings.has_pam) ==
	    (conf->settings.has_password != 0));
	must((conf->pam.service[0] != '\0') == (conf->settings.has_pam != 0));
	must((conf->settings.has_password || conf->oidc_count > 0 ||
		 conf->header.user[0] != '\0') ==
	    (conf->settings.has_auth != 0));
	check_providers(conf);
	check_hooks(conf);
	must(conf->users_file == NULL || conf->users_file[0] == '/');
	for (i = 0; i < conf->access_count; i++)
		check_access(conf, &conf->access[i]);
	check_exposure(conf);
	for (i = 0; i < conf->origin_count; i++)
		must(strstr(conf->origins[i].origin, "://") != NULL);
	for (i = 0; i < conf->framer_count; i++)
		must(origin_frame_source(conf->framers[i].origin) != NULL);
	for (i = 0; i < conf->host_count; i++)
		must(PROTO_IS_TEXT(conf->hosts[i].name) &&
		    conf->hosts[i].name[0] != '\0');
}

/*
 * What the daemon's own scanner lets through, libconfuse must read alike: none
 * of its errors of syntax may be left. And the line that is named exists.
 */
static void
check_error(
    const char *path, const char *error, const uint8_t *data, size_t size)
{
	static const char *const syntax[] = {"unexpected token",
	    "premature end", "missing equal sign", "missing title",
	    "missing opening brace", "no such option",
	    "unexpected closing brace", "unterminated", "attempt to append",
	    "bad escape", "invalid octal"};
	long line, lines = 1;
	char *says;
	size_t i;

	if (strncmp(error, path, strlen(path)) != 0 ||
	    error[strlen(path)] != ':' || error[strlen(path) + 1] == ' ')
		return;
	line = strtol(error + strlen(path) + 1, &says, 10);
	must(strncmp(says, ": ", 2) == 0);
	for (i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
		must(strncmp(says + 2, syntax[i], strlen(syntax[i])) != 0);
	for (i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r';
	must(line >= 1 && line <= lines);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], error[CONF_ERROR_MAX];
	struct conf_options options = {.file = path};
	struct conf *conf;
	int fd = memfd_create("conf", MFD_CLOEXEC);

	must(fd != -1 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (conf_load(&options, &conf, error) == 0) {
		must(error[0] == '\0');
		check_conf(conf);
		conf_free(conf);
	} else {
		must(conf == NULL && error[0] != '\0');
		check_error(path, error, data, size);
	}
	close(fd);
	return 0;
}
