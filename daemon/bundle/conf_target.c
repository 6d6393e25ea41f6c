/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/target.h"
#include "daemon/bundle/conf_lease.h"
#include "daemon/bundle/conf_lines.h"
#include "daemon/bundle/conf_seen.h"
#include "daemon/bundle/conf_target.h"

#define PIN_KIND "sha256:"

const char *
conf_target_fault(cfg_t *section)
{
	unsigned cas = cfg_size(section, "tls-ca");
	unsigned pins = cfg_size(section, "tls-pin");

	if (!cfg_getbool(section, "tls"))
		return cas > 0 || pins > 0 || cfg_size(section, "tls-name") > 0
		    ? "has tls-ca, tls-pin or tls-name without tls = yes"
		    : NULL;
	if (cas == 0 && pins == 0)
		return "has tls without tls-ca or tls-pin: it could not be "
		       "verified";
	if (cas > 0 && pins > 0)
		return "has both tls-ca and tls-pin";
	return pins > PROTO_PINS_MAX ? "has too many pins" : NULL;
}

int
conf_target_is_repeater_id(const char *text)
{
	size_t i, len = strlen(text);

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) &&
		    strchr("-._", text[i]) == NULL)
			return 0;
	return len > 0 && len < PROTO_REPEATER_ID_MAX;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
conf_target_parse_pin(const char *text, uint8_t pin[PROTO_PIN_BYTES])
{
	size_t kind = strlen(PIN_KIND), i;
	int high, low;

	if (strncmp(text, PIN_KIND, kind) != 0 ||
	    strlen(text) != kind + 2 * (size_t)PROTO_PIN_BYTES)
		return VB_ESYNTAX;
	for (text += kind, i = 0; i < PROTO_PIN_BYTES; i++, text += 2) {
		high = hex_value(text[0]);
		low = hex_value(text[1]);
		if (high < 0 || low < 0)
			return VB_ESYNTAX;
		pin[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* The number of a file, from 1; other targets' are found again. */
static int
find_ca(struct conf *conf, const char *path, uint32_t *ca_id, char *error)
{
	size_t i;

	for (i = 0; i < conf->target_ca_count; i++)
		if (strcmp(conf->target_cas[i].path, path) == 0)
			break;
	*ca_id = (uint32_t)i + 1;
	if (i < conf->target_ca_count)
		return 0;
	if (i == PROTO_TARGET_CAS_MAX) {
		snprintf(error, CONF_ERROR_MAX,
		    "more than %d different files of tls-ca are configured",
		    PROTO_TARGET_CAS_MAX);
		return VB_EFULL;
	}
	if ((conf->target_cas[i].path = strdup(path)) == NULL)
		return VB_ENOMEM;
	conf->target_cas[i].line = conf_line_of(path);
	conf->target_ca_count++;
	return 0;
}

static int
take_tls(
    cfg_t *section, struct conf *conf, size_t i, char error[CONF_ERROR_MAX])
{
	struct msg_conf_target_tls *tls = &conf->target_tls[i];
	uint32_t n;

	if (!cfg_getbool(section, "tls"))
		return 0;
	tls->tls_id = conf->targets[i].tls_id = (uint32_t)i + 1;
	tls->pin_count = cfg_size(section, "tls-pin");
	/* both were validated before, and can't fail */
	for (n = 0; n < tls->pin_count; n++)
		if (conf_target_parse_pin(
			cfg_getnstr(section, "tls-pin", n), tls->pins[n]) < 0)
			return VB_ESYNTAX;
	tls->host = conf->targets[i].address;
	if (cfg_size(section, "tls-name") > 0 &&
	    target_parse(cfg_getstr(section, "tls-name"), 1, &tls->host) < 0)
		return VB_ESYNTAX;
	tls->is_host_checked =
	    tls->pin_count == 0 || cfg_size(section, "tls-name") > 0;
	if (tls->pin_count > 0)
		return 0;
	return find_ca(conf, cfg_getstr(section, "tls-ca"), &tls->ca_id, error);
}

/* A target's own, where 0 is none at all; 0: it has none of its own. */
static uint32_t
own_limit(cfg_t *section, const char *name)
{
	long sec;

	if (cfg_size(section, name) == 0)
		return 0;
	sec = cfg_getint(section, name);
	return sec == 0 ? PROTO_NO_LIMIT : (uint32_t)sec;
}

/* Validated before: nothing of it can fail. */
static int
take_target(
    cfg_t *section, const struct conf *conf, struct msg_conf_target *target)
{
	struct target name;

	if (target_parse(cfg_title(section), 1, &name) < 0 ||
	    target_parse(cfg_getstr(section, "address"),
		(uint16_t)conf->settings.default_port, &target->address) < 0)
		return VB_ESYNTAX;
	strlcpy(target->name, name.name, sizeof(target->name));
	strlcpy(target->description, cfg_getstr(section, "description"),
	    sizeof(target->description));
	conf_lease_take(section, target);
	target->has_send_proxy = cfg_getbool(section, "send-proxy") ? 1 : 0;
	target->greeting_timeout_sec =
	    (uint32_t)cfg_getint(section, "greeting-timeout");
	target->idle_timeout_sec = own_limit(section, "idle-timeout");
	target->max_session_sec = own_limit(section, "max-session");
	target->max_sessions = (uint32_t)cfg_getint(section, "max-sessions");
	strlcpy(target->repeater_id, cfg_getstr(section, "repeater-id"),
	    sizeof(target->repeater_id));
	return 0;
}

/* Of equals, the file's order decides. */
static int
order_by_name(const void *a, const void *b)
{
	const struct msg_conf_target *x = *(struct msg_conf_target *const *)a;
	const struct msg_conf_target *y = *(struct msg_conf_target *const *)b;
	int diff = strcmp(x->name, y->name);

	return diff != 0 ? diff : (x > y) - (x < y);
}

/* The first that has the name of one before it, which is *before; or NULL. */
static const struct msg_conf_target *
find_twin(const struct conf *conf, const struct msg_conf_target **before,
    const struct msg_conf_target **sorted)
{
	const struct msg_conf_target *twin = NULL;
	size_t i;

	for (i = 0; i < conf->target_count; i++)
		sorted[i] = &conf->targets[i];
	qsort(sorted, conf->target_count, sizeof(*sorted), order_by_name);
	for (i = 1; i < conf->target_count; i++) {
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0 ||
		    (twin != NULL && twin < sorted[i]))
			continue;
		twin = sorted[i];
		*before = sorted[i - 1];
	}
	return twin;
}

static int
check_names(const struct conf *conf, char error[CONF_ERROR_MAX])
{
	const struct msg_conf_target **sorted, *twin, *before;
	char place[CONF_PLACE_MAX];

	sorted = calloc(conf->target_count + 1, sizeof(*sorted));
	if (sorted == NULL)
		return VB_ENOMEM;
	twin = find_twin(conf, &before, sorted);
	free(sorted);
	if (twin == NULL)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%starget \"%s\" is given twice: the first begins at line %d",
	    conf_place(conf,
		conf_seen_section_line(
		    "target", (size_t)(twin - conf->targets)),
		place),
	    twin->name,
	    conf_seen_section_line("target", (size_t)(before - conf->targets)));
	return VB_ESYNTAX;
}

int
conf_take_targets(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	size_t i, n = cfg_size(cfg, "target");
	struct msg_conf_target *target;
	cfg_t *section;
	int result;

	if (conf_check_count(conf, conf_seen_setting_line("target"), "targets",
		n, PROTO_TARGETS_MAX, error) < 0)
		return VB_EFULL;
	conf->targets = calloc(n + 1, sizeof(*conf->targets));
	conf->target_tls = calloc(n + 1, sizeof(*conf->target_tls));
	if (conf->targets == NULL || conf->target_tls == NULL)
		return VB_ENOMEM;
	for (i = 0; i < n; i++) {
		section = cfg_getnsec(cfg, "target", (unsigned)i);
		target = &conf->targets[i];
		if ((result = take_target(section, conf, target)) < 0 ||
		    (result = take_tls(section, conf, i, error)) < 0)
			return result;
	}
	conf->target_count = n;
	return check_names(conf, error);
}
