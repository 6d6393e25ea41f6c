/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/addr.h"
#include "common/target.h"
#include "daemon/bundle/conf_oidc.h"

#define HTTPS_PORT	   443
#define HTTP_PORT	   80
#define DEFAULT_SCOPE	   "profile"
#define DEFAULT_USER_CLAIM "preferred_username"
#define RESERVED	   "logout" /* /login/oidc/logout is not a provider */
#define FIRST_SCOPE	   "openid" /* OpenID Connect Core 1.0, 3.1.2.1 */

/* It is of this host, where nobody listens in. */
static int
is_own_host(const struct target *target)
{
	if (target->name[0] != '\0')
		return strcasecmp(target->name, "localhost") == 0;
	return addr_is_loopback(&target->addr);
}

/* As the process fetch compares it: an address without brackets. */
static void
write_host(const struct target *target, char out[FETCH_HOST_MAX])
{
	char ip[ADDR_TEXT_MAX];

	strlcpy(out,
	    target->name[0] != '\0' ? target->name
				    : addr_format_ip(&target->addr, ip),
	    FETCH_HOST_MAX);
}

/* usual_port: where the text has none. */
static int
read_host(const char *text, size_t len, int is_plain, uint32_t usual_port,
    struct msg_conf_fetch_host *out)
{
	char copy[TARGET_TEXT_MAX];
	struct target target;

	if (len == 0 || len >= sizeof(copy))
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (target_parse(copy, (uint16_t)usual_port, &target) < 0)
		return 0;
	/* here it is a port, even where a target would have a display */
	if (target.has_port && target_parse_canonical(copy, &target) < 0)
		return 0;
	if (is_plain && !is_own_host(&target))
		return 0;
	if (out == NULL)
		return 1;
	memset(out, 0, sizeof(*out));
	out->is_plain = (uint32_t)is_plain;
	out->port = target.port;
	write_host(&target, out->host);
	return 1;
}

int
conf_oidc_is_host(
    const char *text, uint32_t usual_port, struct msg_conf_fetch_host *host)
{
	return read_host(text, strlen(text), 0, usual_port, host);
}

int
conf_oidc_is_issuer(const char *text, struct msg_conf_fetch_host *host)
{
	static const char https[] = "https://", http[] = "http://";
	int is_plain = strncmp(text, http, sizeof(http) - 1) == 0;
	const char *p;

	if (!is_plain && strncmp(text, https, sizeof(https) - 1) != 0)
		return 0;
	if (strlen(text) >= OIDC_ISSUER_MAX)
		return 0;
	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) ||
		    strchr("?#\"\\<>", *p) != NULL)
			return 0;
	text += is_plain ? sizeof(http) - 1 : sizeof(https) - 1;
	return read_host(text, strcspn(text, "/"), is_plain,
	    is_plain ? HTTP_PORT : HTTPS_PORT, host);
}

/* RFC 6749, 3.3 */
static int
is_scope(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || *p == '"' || *p == '\\')
			return 0;
	return p > text;
}

static int
is_plain_text(const char *text, size_t max)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return 0;
	return p > text && (size_t)(p - text) < max;
}

static const char *
text_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	static const struct {
		const char *name;
		size_t max;
	} texts[] = {
	    {"client-id", OIDC_CLIENT_MAX},
	    {"user-claim", OIDC_CLAIM_MAX},
	    {"groups-claim", OIDC_CLAIM_MAX},
	    {"button", OIDC_BUTTON_MAX},
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (cfg_size(section, texts[i].name) == 0 ||
		    is_plain_text(
			cfg_getstr(section, texts[i].name), texts[i].max))
			continue;
		snprintf(why, CONF_ERROR_MAX,
		    "has %s that is empty, or longer than %zu bytes, or no "
		    "plain text",
		    texts[i].name, texts[i].max - 1);
		return why;
	}
	return NULL;
}

static const char *
list_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	size_t len = sizeof(FIRST_SCOPE);
	const char *text;
	unsigned i;

	for (i = 0; i < cfg_size(section, "scopes"); i++) {
		text = cfg_getnstr(section, "scopes", i);
		len += 1 + strlen(text);
		if (!is_scope(text) || len >= OIDC_SCOPE_MAX)
			return "has scopes that are no words, or too many";
	}
	/* one is the issuer's */
	if (cfg_size(section, "hosts") >= FETCH_HOSTS_MAX)
		return "has too many hosts";
	for (i = 0; i < cfg_size(section, "hosts"); i++) {
		text = cfg_getnstr(section, "hosts", i);
		if (conf_oidc_is_host(text, HTTPS_PORT, NULL))
			continue;
		snprintf(why, CONF_ERROR_MAX,
		    "has hosts = \"%s\", which is not HOST or HOST:PORT", text);
		return why;
	}
	return NULL;
}

static const char *
file_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	static const char *const files[] = {"client-secret-file", "ca-file"};
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (cfg_size(section, files[i]) == 0)
			continue;
		path = cfg_getstr(section, files[i]);
		if (path[0] == '/' && strlen(path) < PATH_MAX)
			continue;
		snprintf(why, CONF_ERROR_MAX,
		    "has a %s that is not an absolute path", files[i]);
		return why;
	}
	return NULL;
}

/* "oidc NAME": the name, or "". */
static const char *
name_of(cfg_t *section)
{
	const char *name = strchr(cfg_title(section), ' ');

	return name == NULL ? "" : name + 1;
}

/* A segment of a path, which is none of the bridge's own. */
static const char *
name_fault(const char *name, char why[CONF_ERROR_MAX])
{
	const char *p;
	size_t dots = 0;

	for (p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			break;
		dots += *p == '.';
	}
	if (name[0] == '\0' ||
	    (*p == '\0' && (size_t)(p - name) < OIDC_NAME_MAX &&
		dots < (size_t)(p - name) && strcmp(name, RESERVED) != 0))
		return NULL;
	snprintf(why, CONF_ERROR_MAX,
	    "has a name that its redirect URI can't end with: 1 to %d "
	    "letters, digits, '.', '_' and '-', and not \"" RESERVED "\"",
	    OIDC_NAME_MAX - 1);
	return why;
}

const char *
conf_oidc_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	const char *fault;

	if (cfg_size(section, "issuer") == 0)
		return "has no issuer: which provider is it?";
	if (!conf_oidc_is_issuer(cfg_getstr(section, "issuer"), NULL))
		return "has an issuer that is not https://HOST[:PORT][/PATH] "
		       "(http is for providers on this host alone)";
	if (cfg_size(section, "client-id") == 0)
		return "has no client-id, by which the provider knows the "
		       "bridge";
	if ((fault = name_fault(name_of(section), why)) != NULL ||
	    (fault = text_fault(section, why)) != NULL ||
	    (fault = list_fault(section, why)) != NULL)
		return fault;
	return file_fault(section, why);
}

static void
take_scope(cfg_t *section, char out[OIDC_SCOPE_MAX])
{
	unsigned i, n = cfg_size(section, "scopes");
	const char *text;

	strlcpy(out, FIRST_SCOPE, OIDC_SCOPE_MAX);
	if (n == 0)
		strlcat(out, " " DEFAULT_SCOPE, OIDC_SCOPE_MAX);
	for (i = 0; i < n; i++) {
		text = cfg_getnstr(section, "scopes", i);
		if (strcmp(text, FIRST_SCOPE) == 0)
			continue;
		strlcat(out, " ", OIDC_SCOPE_MAX);
		strlcat(out, text, OIDC_SCOPE_MAX);
	}
}

static void
take_text(
    cfg_t *section, const char *name, const char *usual, char *out, size_t size)
{
	strlcpy(out,
	    cfg_size(section, name) > 0 ? cfg_getstr(section, name) : usual,
	    size);
}

/* Returns 0 or VB_ENOMEM. */
static int
take_path(cfg_t *section, const char *name, char **out)
{
	if (cfg_size(section, name) == 0)
		return 0;
	*out = strdup(cfg_getstr(section, name));
	return *out == NULL ? VB_ENOMEM : 0;
}

int
conf_oidc_take(cfg_t *section, struct conf_oidc *out, struct conf_fetch *fetch)
{
	struct msg_conf_oidc *head = &out->head;
	unsigned i;

	take_text(section, "issuer", "", head->issuer, sizeof(head->issuer));
	take_text(
	    section, "client-id", "", head->client_id, sizeof(head->client_id));
	take_text(section, "user-claim", DEFAULT_USER_CLAIM, head->user_claim,
	    sizeof(head->user_claim));
	take_text(section, "groups-claim", "", head->groups_claim,
	    sizeof(head->groups_claim));
	strlcpy(head->name, name_of(section), sizeof(head->name));
	take_scope(section, head->scope);
	conf_oidc_is_issuer(head->issuer, &fetch->hosts[0]);
	take_text(section, "button", fetch->hosts[0].host, head->button,
	    sizeof(head->button));
	fetch->host_count = 1;
	for (i = 0; i < cfg_size(section, "hosts"); i++)
		conf_oidc_is_host(cfg_getnstr(section, "hosts", i),
		    fetch->hosts[0].port, &fetch->hosts[fetch->host_count++]);
	if (take_path(section, "client-secret-file", &out->secret_file) < 0 ||
	    take_path(section, "ca-file", &fetch->ca_file) < 0)
		return VB_ENOMEM;
	return 0;
}
