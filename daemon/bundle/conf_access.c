/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_access.h"
#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_seen.h"

/* "NAME" or "@GROUP", of what vncbridge-users(5) allows. */
static int
is_user(const char *text)
{
	const char *name = text + (text[0] == '@'), *p;

	for (p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-@", *p) == NULL)
			return 0;
	return p > name && p - name < AUTH_NAME_MAX && name[0] != '-' &&
	    name[0] != '@';
}

static const char *
user_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	unsigned i;

	for (i = 0; i < cfg_size(section, "users"); i++) {
		if (is_user(cfg_getnstr(section, "users", i)))
			continue;
		snprintf(why, CONF_ERROR_MAX,
		    "has users = \"%s\", which is neither a user's name nor "
		    "@GROUP",
		    cfg_getnstr(section, "users", i));
		return why;
	}
	return NULL;
}

const char *
conf_access_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	const char *name = cfg_title(section);
	const char *times = cfg_getstr(section, "times"), *why_user;
	struct schedule schedule;
	struct network network;
	unsigned i;

	if (name[0] == '\0' || strlen(name) >= ACCESS_NAME_MAX)
		return "has no name, or a very long one";
	if (cfg_size(section, "targets") == 0)
		return "has no targets: it would grant nothing";
	if ((why_user = user_fault(section, why)) != NULL)
		return why_user;
	for (i = 0; i < cfg_size(section, "from"); i++) {
		if (network_parse(cfg_getnstr(section, "from", i), &network) ==
		    0)
			continue;
		snprintf(why, CONF_ERROR_MAX,
		    "has from = \"%s\", which is not ADDRESS[/BITS]",
		    cfg_getnstr(section, "from", i));
		return why;
	}
	if (times[0] != '\0' && schedule_parse(times, &schedule) < 0) {
		snprintf(why, CONF_ERROR_MAX,
		    "has times = \"%s\", which is not of the form "
		    "\"Mon-Fri 08:00-20:00, Sat 10:00-14:00\"",
		    times);
		return why;
	}
	return NULL;
}

/* "name" of a target section, or an entry as allow has them. */
static int
read_target(const struct conf *conf, const char *text,
    struct msg_conf_access_target *out)
{
	size_t i;

	for (i = 0; i < conf->target_count; i++)
		if (strcasecmp(conf->targets[i].name, text) == 0) {
			strlcpy(out->name, conf->targets[i].name,
			    sizeof(out->name));
			return 0;
		}
	return conf_parse_rule(text, &out->rule);
}

static int
take_targets(cfg_t *section, const struct conf *conf, struct conf_access *out,
    char error[CONF_ERROR_MAX])
{
	unsigned i, n = cfg_size(section, "targets");
	char why[CONF_WHY_MAX], place[CONF_PLACE_MAX];
	const char *text;

	if ((out->targets = calloc(n, sizeof(*out->targets))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(section, "targets", i);
		if (read_target(conf, text, &out->targets[i]) == 0)
			continue;
		snprintf(error, CONF_ERROR_MAX,
		    "%saccess \"%s\": targets: no target section has that "
		    "name, and %s",
		    conf_place(conf, out->line, place), cfg_title(section),
		    conf_explain_rule(text, why));
		return VB_ESYNTAX;
	}
	out->target_count = n;
	return 0;
}

/* Validated before: nothing of it can fail. */
static int
take_from(cfg_t *section, struct conf_access *out)
{
	unsigned i, n = cfg_size(section, "from");

	if ((out->from = calloc((size_t)n + 1, sizeof(*out->from))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		if (network_parse(
			cfg_getnstr(section, "from", i), &out->from[i]) < 0)
			return VB_ESYNTAX;
	out->from_count = n;
	return 0;
}

static int
take_users(cfg_t *section, const struct conf *conf, struct conf_access *out,
    char error[CONF_ERROR_MAX])
{
	unsigned i, n = cfg_size(section, "users");
	char place[CONF_PLACE_MAX];

	if (n > 0 && !conf->settings.has_auth) {
		snprintf(error, CONF_ERROR_MAX,
		    "%saccess \"%s\": users: nobody logs in here, since there "
		    "is no auth section",
		    conf_place(conf, out->line, place), cfg_title(section));
		return VB_ESYNTAX;
	}
	out->users = calloc((size_t)n + 1, sizeof(*out->users));
	if (out->users == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++)
		strlcpy(out->users[i].name, cfg_getnstr(section, "users", i),
		    sizeof(out->users[i].name));
	out->user_count = n;
	return 0;
}

static int
take_section(cfg_t *section, struct conf *conf, struct conf_access *out,
    char error[CONF_ERROR_MAX])
{
	const char *times = cfg_getstr(section, "times");
	int result;

	strlcpy(out->head.name, cfg_title(section), sizeof(out->head.name));
	if (times[0] != '\0' &&
	    (result = schedule_parse(times, &out->head.times)) < 0)
		return result;
	out->head.line = (uint32_t)out->line;
	out->head.max_sessions = (uint32_t)cfg_getint(section, "max-sessions");
	if ((result = take_users(section, conf, out, error)) < 0 ||
	    (result = take_from(section, out)) < 0)
		return result;
	return take_targets(section, conf, out, error);
}

int
conf_take_access(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	unsigned i, n = cfg_size(cfg, "access");
	size_t entries = 0;
	int result;

	if ((conf->access = calloc((size_t)n + 1, sizeof(*conf->access))) ==
	    NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		conf->access_count = i + 1; /* conf_free() frees what it has */
		conf->access[i].line = conf_seen_section_line("access", i);
		result = take_section(cfg_getnsec(cfg, "access", i), conf,
		    &conf->access[i], error);
		if (result < 0)
			return result;
		entries += 1 + conf->access[i].user_count +
		    conf->access[i].from_count + conf->access[i].target_count;
	}
	if (entries > PROTO_ACCESS_MAX) {
		snprintf(error, CONF_ERROR_MAX,
		    "the access sections have %zu entries, and more than %d "
		    "don't fit",
		    entries, PROTO_ACCESS_MAX);
		return VB_EFULL;
	}
	conf->settings.has_access = n > 0;
	return 0;
}
