/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/addr.h"
#include "daemon/bundle/conf_hook.h"
#include "daemon/bundle/conf_values.h"

#define VARIABLE_PREFIX "VNCBRIDGE_" /* the runner's own */

/* in the order of enum hook_kind */
static const char *const kinds[HOOK_TARGET_KINDS] = {"start", "stop", "check"};

/* ---- single values ---- */

static int
hex_value(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
conf_hook_parse_mac(const char *text, uint8_t mac[HOOK_MAC_BYTES])
{
	int high, low;
	size_t i;

	if (strlen(text) != 3 * (size_t)HOOK_MAC_BYTES - 1)
		return VB_ESYNTAX;
	for (i = 0; i < HOOK_MAC_BYTES; i++, text += 3) {
		high = hex_value(text[0]);
		low = hex_value(text[1]);
		if (high < 0 || low < 0)
			return VB_ESYNTAX;
		if (i < HOOK_MAC_BYTES - 1 && text[2] != ':' && text[2] != '-')
			return VB_ESYNTAX;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int
validate_wake(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);
	uint8_t mac[HOOK_MAC_BYTES];

	if (conf_hook_parse_mac(text, mac) == 0)
		return 0;
	cfg_error(cfg,
	    "wake: \"%s\" is not the address of a network card, as "
	    "52:54:00:12:34:56",
	    text);
	return -1;
}

/* ADDR, for the usual port, or ADDR:PORT. */
static int
parse_wake_address(const char *text, struct addr *addr)
{
	if (addr_parse_endpoint(text, 0, addr) == 0)
		return 0;
	if (addr_parse_ip(text, addr) < 0)
		return VB_ESYNTAX;
	addr->port = HOOK_WAKE_PORT;
	return 0;
}

static int
validate_wake_address(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = cfg_opt_getnstr(opt, 0);
	struct addr addr;

	if (parse_wake_address(text, &addr) == 0)
		return 0;
	cfg_error(cfg,
	    "wake-address: \"%s\" is not ADDR or ADDR:PORT, as 192.168.1.255",
	    text);
	return -1;
}

static size_t
bytes_of(cfg_opt_t *opt)
{
	unsigned i, n = cfg_opt_size(opt);
	size_t bytes = 0;

	for (i = 0; i < n; i++)
		bytes += strlen(cfg_opt_getnstr(opt, i)) + 1;
	return bytes;
}

/* After each word: it is the last one that is new. */
static int
validate_command(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = conf_last_value(opt);

	if (cfg_opt_size(opt) == 1 && text[0] != '/')
		cfg_error(cfg,
		    "%s: \"%s\" is not an absolute path: the command is a list "
		    "of words, {\"/usr/bin/NAME\", \"WORD\"...}, and no shell "
		    "reads it",
		    opt->name, text);
	else if (cfg_opt_size(opt) > HOOK_ARGS_MAX ||
	    bytes_of(opt) > HOOK_ARGV_BYTES)
		cfg_error(cfg, "%s has more than %d words, or %d bytes",
		    opt->name, HOOK_ARGS_MAX, HOOK_ARGV_BYTES);
	else
		return 0;
	return -1;
}

/* A name of POSIX.1-2017, 8.1; what decides of all programs is not taken. */
static int
is_variable(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '_')
			return 0;
	return p > text && p - text < HOOK_NAME_MAX &&
	    !isdigit((unsigned char)text[0]) &&
	    strncmp(text, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) != 0;
}

static int
validate_variable(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *text = conf_last_value(opt);

	if (!is_variable(text))
		cfg_error(cfg,
		    "hook-environment: \"%s\" is not the name of a variable",
		    text);
	else if (cfg_opt_size(opt) > HOOK_NAMES_MAX)
		cfg_error(cfg, "hook-environment has more than %d names",
		    HOOK_NAMES_MAX);
	else
		return 0;
	return -1;
}

void
conf_hook_set_validators(cfg_t *cfg)
{
	cfg_set_validate_func(cfg, "target|start", validate_command);
	cfg_set_validate_func(cfg, "target|stop", validate_command);
	cfg_set_validate_func(cfg, "target|check", validate_command);
	cfg_set_validate_func(cfg, "target|wake", validate_wake);
	cfg_set_validate_func(
	    cfg, "target|wake-address", validate_wake_address);
	cfg_set_validate_func(cfg, "on-event", validate_command);
	cfg_set_validate_func(cfg, "hook-environment", validate_variable);
}

/* ---- together ---- */

const char *
conf_hook_fault(cfg_t *section)
{
	int starts =
	    cfg_size(section, "start") > 0 || cfg_size(section, "wake") > 0;

	if (cfg_size(section, "wake-address") > 0 &&
	    cfg_size(section, "wake") == 0)
		return "has wake-address without wake";
	if (!starts && cfg_size(section, "check") > 0)
		return "has check without start or wake";
	if (!starts && cfg_getint(section, "start-timeout") != 0)
		return "has start-timeout without start or wake";
	if (cfg_size(section, "stop") == 0 &&
	    cfg_getint(section, "stop-after") != 0)
		return "has stop-after without stop";
	return NULL;
}

/* ---- what is taken ---- */

static void
take_command(cfg_t *section, const char *name, enum hook_kind kind,
    struct msg_conf_command *command)
{
	unsigned i, n = cfg_size(section, name);
	size_t used = 0;

	command->kind = kind;
	command->argc = n;
	for (i = 0; i < n; i++)
		used +=
		    strlcpy(command->argv + used, cfg_getnstr(section, name, i),
			sizeof(command->argv) - used) +
		    1;
}

/* 255.255.255.255: all of the networks that the machine is in. */
static void
take_wake(cfg_t *section, struct msg_conf_hook *head)
{
	static const char everybody[] = "255.255.255.255";

	if (cfg_size(section, "wake") == 0)
		return;
	head->has_wake = 1;
	/* both were validated before, and can't fail */
	if (conf_hook_parse_mac(cfg_getstr(section, "wake"), head->mac) < 0 ||
	    parse_wake_address(cfg_size(section, "wake-address") > 0
		    ? cfg_getstr(section, "wake-address")
		    : everybody,
		&head->wake_addr) < 0)
		head->has_wake = 0;
}

/* Returns the bits of conf_target.hooks. */
static uint32_t
take_hook(cfg_t *section, const struct conf *conf,
    struct msg_conf_target *target, struct conf_hook *hook)
{
	uint32_t hooks = 0;
	int kind;

	for (kind = 0; kind < HOOK_TARGET_KINDS; kind++) {
		take_command(section, kinds[kind], (enum hook_kind)kind,
		    &hook->commands[kind]);
		if (hook->commands[kind].argc > 0)
			hooks |= HOOK_BIT(kind);
	}
	take_wake(section, &hook->head);
	if (hook->head.has_wake)
		hooks |= HOOK_BIT(HOOK_START);
	target->start_timeout_sec =
	    (uint32_t)cfg_getint(section, "start-timeout");
	target->stop_after_sec = (uint32_t)cfg_getint(section, "stop-after");
	memcpy(hook->head.target, target->name, sizeof(hook->head.target));
	hook->head.address = target->address;
	hook->head.start_timeout_sec = target->start_timeout_sec != 0
	    ? target->start_timeout_sec
	    : conf->settings.start_timeout_sec;
	return hooks;
}

int
conf_take_hooks(cfg_t *cfg, struct conf *conf)
{
	size_t i, names = cfg_size(cfg, "hook-environment");
	struct msg_conf_target *target;

	conf->hooks = calloc(conf->target_count + 1, sizeof(*conf->hooks));
	conf->hook_names = calloc(names + 1, sizeof(*conf->hook_names));
	if (conf->hooks == NULL || conf->hook_names == NULL)
		return VB_ENOMEM;
	for (i = 0; i < conf->target_count; i++) {
		target = &conf->targets[i];
		target->hooks =
		    take_hook(cfg_getnsec(cfg, "target", (unsigned)i), conf,
			target, &conf->hooks[conf->hook_count]);
		conf->hook_count += target->hooks != 0;
	}
	for (i = 0; i < names; i++)
		strlcpy(conf->hook_names[i].name,
		    cfg_getnstr(cfg, "hook-environment", (unsigned)i),
		    sizeof(conf->hook_names[i].name));
	conf->hook_name_count = names;
	take_command(cfg, "on-event", HOOK_EVENT, &conf->event);
	conf->settings.has_hooks = conf->hook_count > 0 || conf->event.argc > 0;
	return 0;
}
