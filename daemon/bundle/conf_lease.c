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

static const char *const rights[CLAIM_RIGHT_COUNT] = {
    [CLAIM_TAKEOVER] = "takeover",
    [CLAIM_WATCH] = "watch",
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
claim_fault(cfg_t *section, const char *name, char why[CONF_WHY_MAX])
{
	unsigned i, n = cfg_size(section, name);
	const char *text;

	if (n > LEASE_CLAIMS_MAX) {
		snprintf(why, CONF_WHY_MAX,
		    "has %u entries of %s, and more than %d don't fit", n, name,
		    LEASE_CLAIMS_MAX);
		return why;
	}
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(section, name, i);
		if (is_somebody(text))
			continue;
		snprintf(why, CONF_WHY_MAX,
		    "has %s = \"%.80s\", which is no user, no \"@group\" "
		    "and not \"*\"",
		    name, text);
		return why;
	}
	return NULL;
}

static const char *
claims_fault(cfg_t *section, char why[CONF_WHY_MAX])
{
	const char *fault = NULL;
	unsigned i;

	for (i = 0; i < CLAIM_RIGHT_COUNT && fault == NULL; i++)
		fault = claim_fault(section, rights[i], why);
	return fault;
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
	return claims_fault(section, why);
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

/* Adds how many entries target i has. Where nobody logs in no name is one's. */
static int
count_claims(cfg_t *cfg, const struct conf *conf, unsigned i, size_t *total,
    char error[CONF_ERROR_MAX])
{
	cfg_t *section = cfg_getnsec(cfg, "target", i);
	char place[CONF_PLACE_MAX];
	unsigned right, n;

	for (right = 0; right < CLAIM_RIGHT_COUNT; right++) {
		n = cfg_size(section, rights[right]);
		*total += n;
		if (n == 0 || conf->settings.has_auth ||
		    strcmp(cfg_getnstr(section, rights[right], 0), "*") == 0)
			continue;
		snprintf(error, CONF_ERROR_MAX,
		    "%starget \"%s\": %s: nobody logs in here, "
		    "since there is no auth section: only \"*\" "
		    "means anybody",
		    conf_place(
			conf, conf_seen_section_line("target", i), place),
		    conf->targets[i].name, rights[right]);
		return VB_ESYNTAX;
	}
	return 0;
}

static int
count_all(cfg_t *cfg, const struct conf *conf, char error[CONF_ERROR_MAX])
{
	size_t total = 0;
	unsigned i;

	for (i = 0; i < cfg_size(cfg, "target"); i++)
		if (count_claims(cfg, conf, i, &total, error) < 0)
			return VB_ESYNTAX;
	if (total <= PROTO_ACCESS_MAX)
		return (int)total;
	snprintf(error, CONF_ERROR_MAX,
	    "the targets have %zu entries of takeover and watch, and more than "
	    "%d don't fit",
	    total, PROTO_ACCESS_MAX);
	return VB_EFULL;
}

static void
take_claims(struct conf *conf, cfg_t *section, unsigned target, unsigned right)
{
	struct msg_conf_claim *claim;
	unsigned i;

	for (i = 0; i < cfg_size(section, rights[right]); i++) {
		claim = &conf->claims[conf->claim_count++];
		claim->target = target;
		claim->right = right;
		strlcpy(claim->who, cfg_getnstr(section, rights[right], i),
		    sizeof(claim->who));
	}
}

int
conf_lease_take_all(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	int total = count_all(cfg, conf, error);
	unsigned i, right;

	if (total < 0)
		return total;
	conf->claims = calloc((size_t)total + 1, sizeof(*conf->claims));
	if (conf->claims == NULL)
		return VB_ENOMEM;
	for (i = 0; i < cfg_size(cfg, "target"); i++)
		for (right = 0; right < CLAIM_RIGHT_COUNT; right++)
			take_claims(
			    conf, cfg_getnsec(cfg, "target", i), i, right);
	return 0;
}
