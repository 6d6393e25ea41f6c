/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_explain.h"
#include "daemon/bundle/conf_lease.h"
#include "daemon/bundle/conf_seen.h"

static const char *const modes[LEASE_MODE_COUNT] = {
    [LEASE_MODE_SHARE] = "share",
    [LEASE_MODE_EXCLUSIVE] = "exclusive",
    [LEASE_MODE_ASK] = "ask",
    [LEASE_MODE_QUEUE] = "queue",
};

static const char *const answers[LEASE_ANSWER_COUNT] = {
    [LEASE_KEEP] = "keep",
    [LEASE_SHARE] = "share",
    [LEASE_GIVE] = "give",
};

/* Returns the place of a word in a list, or count. */
static uint8_t
find(const char *text, const char *const *words, uint8_t count)
{
	uint8_t i;

	for (i = 0; i < count && strcmp(words[i], text) != 0; i++)
		;
	return i;
}

static uint8_t
mode_of(cfg_t *section)
{
	if (cfg_size(section, "mode") > 0)
		return find(
		    cfg_getstr(section, "mode"), modes, LEASE_MODE_COUNT);
	return cfg_getbool(section, "exclusive") ? LEASE_MODE_EXCLUSIVE
						 : LEASE_MODE_SHARE;
}

/* "*", "NAME", or "@GROUP". */
static int
is_somebody(const char *text)
{
	size_t len = strlen(text);

	return len > (size_t)(text[0] == '@') && len <= AUTH_NAME_MAX;
}

static const char *
takeover_fault(cfg_t *section, char why[CONF_WHY_MAX])
{
	unsigned i, n = cfg_size(section, "takeover");
	const char *text;

	if (n > LEASE_TAKEOVER_MAX) {
		snprintf(why, CONF_WHY_MAX,
		    "has %u entries of takeover, and more than %d don't fit", n,
		    LEASE_TAKEOVER_MAX);
		return why;
	}
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(section, "takeover", i);
		if (is_somebody(text))
			continue;
		snprintf(why, CONF_WHY_MAX,
		    "has takeover = \"%.80s\", which is no user, no \"@group\" "
		    "and not \"*\"",
		    text);
		return why;
	}
	return NULL;
}

static const struct {
	const char *name;
	long min, max;
} numbers[] = {
    {"slots", 0, 1000000}, {"ask-timeout", 1, 600}, {"grace", 0, 86400}};

static const char *
number_fault(cfg_t *section, char why[CONF_WHY_MAX])
{
	size_t i;
	long value;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		value = cfg_getint(section, numbers[i].name);
		if (value >= numbers[i].min && value <= numbers[i].max)
			continue;
		snprintf(why, CONF_WHY_MAX,
		    "has %s = %ld, which is not from %ld to %ld",
		    numbers[i].name, value, numbers[i].min, numbers[i].max);
		return why;
	}
	return NULL;
}

const char *
conf_lease_fault(cfg_t *section, char why[CONF_WHY_MAX])
{
	const char *answer = cfg_getstr(section, "ask-answer");
	uint8_t mode = mode_of(section);

	if (mode == LEASE_MODE_COUNT) {
		snprintf(why, CONF_WHY_MAX,
		    "has mode = \"%.80s\", which is not share, exclusive, ask "
		    "or queue",
		    cfg_getstr(section, "mode"));
		return why;
	}
	if (cfg_getbool(section, "exclusive") && mode != LEASE_MODE_EXCLUSIVE)
		return "has both exclusive = yes and another mode";
	if (find(answer, answers, LEASE_ANSWER_COUNT) == LEASE_ANSWER_COUNT) {
		snprintf(why, CONF_WHY_MAX,
		    "has ask-answer = \"%.80s\", which is not keep, share or "
		    "give",
		    answer);
		return why;
	}
	if (strlen(cfg_getstr(section, "group")) >= LEASE_GROUP_MAX)
		return "has a group that is too long";
	if ((answer = number_fault(section, why)) != NULL)
		return answer;
	return takeover_fault(section, why);
}

void
conf_lease_take(cfg_t *section, struct msg_conf_target *target)
{
	target->mode = mode_of(section);
	target->ask_answer = find(
	    cfg_getstr(section, "ask-answer"), answers, LEASE_ANSWER_COUNT);
	target->slots = (uint32_t)cfg_getint(section, "slots");
	target->ask_timeout_sec = (uint32_t)cfg_getint(section, "ask-timeout");
	target->grace_sec = (uint32_t)cfg_getint(section, "grace");
	strlcpy(
	    target->group, cfg_getstr(section, "group"), sizeof(target->group));
}

static int
count_all(cfg_t *cfg, const struct conf *conf, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX];
	size_t i, n, total = 0;

	for (i = 0; i < cfg_size(cfg, "target"); i++) {
		n = cfg_size(
		    cfg_getnsec(cfg, "target", (unsigned)i), "takeover");
		total += n;
		if (n > 0 && !conf->settings.has_auth &&
		    strcmp(cfg_getnstr(cfg_getnsec(cfg, "target", (unsigned)i),
			       "takeover", 0),
			"*") != 0) {
			snprintf(error, CONF_ERROR_MAX,
			    "%starget \"%s\": takeover: nobody logs in here, "
			    "since there is no auth section: only \"*\" "
			    "means anybody",
			    conf_place(conf,
				conf_seen_section_line("target", i), place),
			    conf->targets[i].name);
			return VB_ESYNTAX;
		}
	}
	if (total <= PROTO_ACCESS_MAX)
		return (int)total;
	snprintf(error, CONF_ERROR_MAX,
	    "the targets have %zu entries of takeover, and more than %d don't "
	    "fit",
	    total, PROTO_ACCESS_MAX);
	return VB_EFULL;
}

int
conf_lease_take_all(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	int total = count_all(cfg, conf, error);
	struct msg_conf_takeover *takeover;
	cfg_t *section;
	unsigned i, j;

	if (total < 0)
		return total;
	conf->takeovers = calloc((size_t)total + 1, sizeof(*conf->takeovers));
	if (conf->takeovers == NULL)
		return VB_ENOMEM;
	for (i = 0; i < cfg_size(cfg, "target"); i++) {
		section = cfg_getnsec(cfg, "target", i);
		for (j = 0; j < cfg_size(section, "takeover"); j++) {
			takeover = &conf->takeovers[conf->takeover_count++];
			takeover->target = i;
			strlcpy(takeover->who,
			    cfg_getnstr(section, "takeover", j),
			    sizeof(takeover->who));
		}
	}
	return 0;
}
