/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/bundle/exposure.h"

#define LIST_MAX 8 /* of what is named one by one; the rest is counted */

/* ---- what is open ---- */

static int
is_beyond_host(const struct addr *addr)
{
	return !addr_is_loopback(addr);
}

/* Networks, and names that stand for many; a single host was meant. */
static int
is_wide(const struct rule *rule)
{
	if (rule->is_deny)
		return 0;
	return rule->kind == RULE_ANY || rule->kind == RULE_SUFFIX ||
	    (rule->kind == RULE_PREFIX && !rule->is_exact &&
		is_beyond_host(&rule->addr));
}

static const struct rule *
find_wide(const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->rule_count; i++)
		if (is_wide(&conf->rules[i]))
			return &conf->rules[i];
	return NULL;
}

/* A section that does not say from where, or says from anywhere. */
static int
is_for_all(const struct conf_access *access)
{
	size_t i;

	for (i = 0; i < access->from_count; i++)
		if (access->from[i].bits == 0)
			return 1;
	return access->from_count == 0;
}

/* A section for everybody, or none at all. */
static int
is_for_anybody(const struct conf *conf)
{
	size_t i;

	if (conf->settings.has_auth)
		return 0;
	for (i = 0; i < conf->access_count; i++)
		if (is_for_all(&conf->access[i]))
			return 1;
	return conf->access_count == 0;
}

/* Single desktops are no network, however many of them a section names. */
static int
grants_wide(const struct conf_access *access)
{
	size_t i;

	for (i = 0; i < access->target_count; i++)
		if (access->targets[i].name[0] == '\0' &&
		    is_wide(&access->targets[i].rule))
			return 1;
	return 0;
}

/* Whether somebody whom no one asks anything gets to whole networks. */
static int
is_wide_for_anybody(const struct conf *conf)
{
	size_t i;

	if (conf->settings.has_auth || find_wide(conf) == NULL)
		return 0;
	for (i = 0; i < conf->access_count; i++)
		if (is_for_all(&conf->access[i]) &&
		    grants_wide(&conf->access[i]))
			return 1;
	return conf->access_count == 0;
}

/* Whoever can connect to it is let in. */
static int
is_open_listener(const struct conf *conf, size_t i)
{
	return is_beyond_host(&conf->listeners[i]) && !conf->tls[i].metrics &&
	    conf->tls[i].verify_client != VERIFY_CLIENT_REQUIRE &&
	    !conf->tls[i].proxy_protocol;
}

int
exposure_check(const struct conf *conf, char error[CONF_ERROR_MAX])
{
	char place[CONF_PLACE_MAX], listener[ADDR_TEXT_MAX];
	size_t i;

	if (conf->knows_open_proxy || !is_wide_for_anybody(conf))
		return 0;
	for (i = 0; i < conf->listener_count; i++)
		if (is_open_listener(conf, i))
			break;
	if (i == conf->listener_count)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%slisten %s: this would be an open proxy: anybody who can connect "
	    "could reach all that allow names, without being asked who they "
	    "are. Have people log in (an auth section), grant less (access "
	    "sections), or name single desktops (target sections); or say "
	    "i-know-this-is-an-open-proxy = yes",
	    conf_place(conf, conf->listener_lines[i], place),
	    addr_format(&conf->listeners[i], listener));
	return VB_ERANGE;
}

/* ---- the report ---- */

static void
report_listener(const struct conf *conf, size_t i, FILE *out)
{
	const struct conf_tls *tls = &conf->tls[i];
	char text[ADDR_TEXT_MAX];
	int is_remote = is_beyond_host(&conf->listeners[i]);

	fprintf(out,
	    "listen %s (%s%s): ", addr_format(&conf->listeners[i], text),
	    tls->cert_count > 0 ? "https" : "plain http",
	    tls->metrics ? ", metrics alone" : "");
	if (!is_remote)
		fprintf(out, "programs of this host");
	else if (tls->proxy_protocol)
		fprintf(out, "the proxies of trusted-proxies");
	else
		fprintf(out, "whoever can connect to that address");
	if (tls->verify_client == VERIFY_CLIENT_REQUIRE)
		fprintf(out, ", with a certificate of %s", tls->client_ca);
	fprintf(out, ".\n");
	if (!is_remote || tls->cert_count > 0 || tls->proxy_protocol ||
	    tls->metrics)
		return;
	fprintf(out,
	    conf->settings.has_auth
		? "  warning: nobody can log in there but through a trusted "
		  "proxy that speaks https.\n"
		: "  warning: what people type and see can be read on the "
		  "way.\n");
}

static void
format_rule(const struct rule *rule, char *out, size_t size)
{
	char addr[ADDR_TEXT_MAX];
	int len;

	if (rule->kind == RULE_ANY)
		len = snprintf(out, size, "any host");
	else if (rule->kind == RULE_PREFIX && rule->is_exact)
		len = snprintf(
		    out, size, "%s", addr_format_ip(&rule->addr, addr));
	else if (rule->kind == RULE_PREFIX)
		len = snprintf(out, size, "%s/%u",
		    addr_format_ip(&rule->addr, addr), rule->bits);
	else
		len = snprintf(out, size, "%s%s",
		    rule->kind == RULE_SUFFIX ? "*" : "", rule->name);
	if (len < 0 || (size_t)len >= size)
		return;
	if (rule->is_deny && !rule->has_ports)
		return; /* all of that host */
	if (rule->port_first == rule->port_last)
		snprintf(out + len, size - (size_t)len, " at port %u",
		    rule->port_first);
	else if (rule->port_first > 1 || rule->port_last < UINT16_MAX)
		snprintf(out + len, size - (size_t)len, " at ports %u-%u",
		    rule->port_first, rule->port_last);
	else
		snprintf(out + len, size - (size_t)len, " at any port");
}

/* "a, b and 12 more" */
static void
add_item(FILE *out, size_t i, size_t count, const char *text)
{
	if (i == LIST_MAX && count > LIST_MAX + 1)
		fprintf(out, " and %zu more", count - LIST_MAX);
	else if (i <= LIST_MAX)
		fprintf(out, "%s%s",
		    i == 0		 ? ""
			: i == count - 1 ? " and "
					 : ", ",
		    text);
}

static void
report_rules(const struct conf *conf, int is_deny, FILE *out)
{
	char text[TARGET_NAME_MAX + 64];
	size_t i, n = 0, count = 0;

	for (i = 0; i < conf->rule_count; i++)
		count += conf->rules[i].is_deny == is_deny;
	if (count == 0)
		return;
	fprintf(out, is_deny ? "  but never: " : "  what allow names: ");
	for (i = 0; i < conf->rule_count; i++) {
		if (conf->rules[i].is_deny != is_deny)
			continue;
		format_rule(&conf->rules[i], text, sizeof(text));
		add_item(out, n++, count, text);
	}
	fprintf(out, ".\n");
}

static void
report_targets(const struct conf *conf, FILE *out)
{
	size_t i;

	if (conf->target_count > 0) {
		fprintf(out, "  the configured desktops: ");
		for (i = 0; i < conf->target_count; i++)
			add_item(
			    out, i, conf->target_count, conf->targets[i].name);
		fprintf(out, ".\n");
	}
	report_rules(conf, 0, out);
	report_rules(conf, 1, out);
}

static void
report_who(const struct conf_access *access, FILE *out)
{
	char text[ADDR_TEXT_MAX], network[ADDR_TEXT_MAX + 8];
	size_t i;

	for (i = 0; i < access->user_count; i++)
		add_item(out, i, access->user_count, access->users[i].name);
	if (access->user_count == 0)
		fprintf(out, "everybody");
	if (access->from_count > 0)
		fprintf(out, ", from ");
	for (i = 0; i < access->from_count; i++) {
		snprintf(network, sizeof(network), "%s/%u",
		    addr_format_ip(&access->from[i].addr, text),
		    access->from[i].bits);
		add_item(out, i, access->from_count, network);
	}
	if (access->head.times.count > 0)
		fprintf(out, ", at its times");
	if (access->head.max_sessions > 0)
		fprintf(out, ", %u at a time each", access->head.max_sessions);
}

static void
report_access(const struct conf_access *access, FILE *out)
{
	char text[TARGET_NAME_MAX + 64];
	size_t i;

	fprintf(out, "  access \"%s\": ", access->head.name);
	report_who(access, out);
	fprintf(out, ": ");
	for (i = 0; i < access->target_count; i++) {
		if (access->targets[i].name[0] != '\0')
			strlcpy(text, access->targets[i].name, sizeof(text));
		else
			format_rule(
			    &access->targets[i].rule, text, sizeof(text));
		add_item(out, i, access->target_count, text);
	}
	fprintf(out, ".\n");
}

/* What is to be entered there, since each has one of its own. */
static void
report_provider(
    const struct conf *conf, const struct conf_oidc *oidc, FILE *out)
{
	const char *host = conf->host_count > 0 && conf->hosts[0].name[0] != '*'
	    ? conf->hosts[0].name
	    : "BRIDGE";

	fprintf(out,
	    "At %s the redirect URI of this bridge is "
	    "https://%s%s/login/oidc%s%s.\n",
	    oidc->head.issuer, host, conf->settings.base_path,
	    oidc->head.name[0] == '\0' ? "" : "/", oidc->head.name);
}

static void
report_warnings(const struct conf *conf, FILE *out)
{
	size_t i;

	for (i = 0; i < conf->listener_count; i++) {
		if (!is_open_listener(conf, i) || !is_for_anybody(conf))
			continue;
		fprintf(out,
		    is_wide_for_anybody(conf)
			? "warning: this is an open proxy, and "
			  "i-know-this-is-an-open-proxy says so.\n"
			: "warning: nobody is asked who they are: whoever can "
			  "connect gets to these desktops.\n");
		return;
	}
}

/* Each way alone is enough. */
static void
report_ways(const struct conf *conf, FILE *out)
{
	const char *between = "People log in";
	size_t i;

	if (conf->users_file != NULL) {
		fprintf(
		    out, "%s with a password of %s", between, conf->users_file);
		between = ", or";
	}
	if (conf->settings.has_pam) {
		fprintf(out, "%s as this system's PAM has it (service %s)",
		    between, conf->pam.service);
		between = ", or";
	}
	for (i = 0; i < conf->oidc_count; i++) {
		fprintf(out, "%s at %s", between, conf->oidc[i].head.issuer);
		between = ", or";
	}
	if (conf->settings.has_certificate) {
		fprintf(out, "%s by a client's certificate", between);
		between = ", or";
	}
	if (conf->header.user[0] != '\0')
		fprintf(out, "%s by the word of trusted-proxies (%s)", between,
		    conf->header.user);
	if (conf->settings.has_auth)
		fprintf(out, ".\n");
}

void
exposure_report(const struct conf *conf, FILE *out)
{
	size_t i;

	for (i = 0; i < conf->listener_count; i++)
		report_listener(conf, i, out);
	report_ways(conf, out);
	fprintf(out, "%s may reach%s\n",
	    conf->settings.has_auth ? "Those who have logged in"
				    : "Anybody who is let in there",
	    conf->access_count > 0
		? ", of what follows, what an access section "
		  "grants:"
		: ":");
	report_targets(conf, out);
	for (i = 0; i < conf->access_count; i++)
		report_access(&conf->access[i], out);
	for (i = 0; i < conf->oidc_count; i++)
		report_provider(conf, &conf->oidc[i], out);
	report_warnings(conf, out);
}
