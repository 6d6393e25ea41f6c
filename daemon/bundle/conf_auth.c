/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_auth.h"
#include "daemon/bundle/conf_oidc.h"
#include "daemon/bundle/conf_seen.h"

#define USERS_FILE	    VB_SYSCONFDIR "/vncbridge/users"
#define PAM_SERVICE_DEFAULT "vncbridged"

enum auth_kind {
	AUTH_PASSWORD,
	AUTH_OIDC,
	AUTH_HEADER,
	AUTH_CERTIFICATE,
	AUTH_PAM,
	AUTH_KIND_COUNT
};

static const char *const kinds[] = {
    "password", "oidc", "header", "certificate", "pam"};

/* Which settings a kind has; of the others it is told that it has not. */
static const struct {
	const char *name;
	enum auth_kind kind;
	enum auth_kind other; /* the same, where it is of one alone */
} options[] = {
    {"file", AUTH_PASSWORD, AUTH_PASSWORD},
    {"basic", AUTH_PASSWORD, AUTH_PAM},
    {"issuer", AUTH_OIDC, AUTH_OIDC},
    {"client-id", AUTH_OIDC, AUTH_OIDC},
    {"client-secret-file", AUTH_OIDC, AUTH_OIDC},
    {"scopes", AUTH_OIDC, AUTH_OIDC},
    {"user-claim", AUTH_OIDC, AUTH_OIDC},
    {"groups-claim", AUTH_OIDC, AUTH_OIDC},
    {"button", AUTH_OIDC, AUTH_OIDC},
    {"hosts", AUTH_OIDC, AUTH_OIDC},
    {"ca-file", AUTH_OIDC, AUTH_OIDC},
    {"header", AUTH_HEADER, AUTH_HEADER},
    {"groups-header", AUTH_HEADER, AUTH_HEADER},
    {"logout", AUTH_HEADER, AUTH_HEADER},
    {"service", AUTH_PAM, AUTH_PAM},
    {"user", AUTH_CERTIFICATE, AUTH_CERTIFICATE},
    {"groups", AUTH_CERTIFICATE, AUTH_CERTIFICATE},
};

/* "oidc", or, where there are several, "oidc NAME". */
static enum auth_kind
kind_of(const char *title)
{
	size_t i, len;

	for (i = 0; i < AUTH_KIND_COUNT; i++) {
		len = strlen(kinds[i]);
		if (strncmp(title, kinds[i], len) != 0)
			continue;
		if (title[len] == '\0' ||
		    (i == AUTH_OIDC && title[len] == ' ' &&
			title[len + 1] != '\0'))
			break;
	}
	return (enum auth_kind)i;
}

static const char *
password_fault(cfg_t *section)
{
	const char *file;

	if (cfg_size(section, "file") == 0)
		return NULL;
	file = cfg_getstr(section, "file");
	return file[0] != '/' || strlen(file) >= PATH_MAX
	    ? "has a file that is not an absolute path"
	    : NULL;
}

/* RFC 9110, 5.6.2 */
static int
is_field_name(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) &&
		    strchr("!#$%&'*+-.^_`|~", *p) == NULL)
			return 0;
	return p > text && p - text < AUTH_FIELD_MAX;
}

/* Within the site: pages may send a form nowhere else. */
static int
is_path(const char *text)
{
	const char *p;

	if (text[0] != '/' || text[1] == '/' || text[1] == '\\' ||
	    strlen(text) >= AUTH_PATH_MAX)
		return 0;
	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || (unsigned char)*p > 126 ||
		    strchr("\"\\<>", *p) != NULL)
			return 0;
	return 1;
}

static const char *
header_fault(cfg_t *section)
{
	if (cfg_size(section, "header") == 0)
		return "has no header: which one says who it is?";
	if (!is_field_name(cfg_getstr(section, "header")) ||
	    (cfg_size(section, "groups-header") > 0 &&
		!is_field_name(cfg_getstr(section, "groups-header"))))
		return "has a header that is no name of a header field";
	if (cfg_size(section, "logout") > 0 &&
	    !is_path(cfg_getstr(section, "logout")))
		return "has a logout that is not a path of this site, such "
		       "as \"/oauth2/sign_out\"";
	return NULL;
}

/* Where in a certificate the user's name may be, and where the groups'. */
static const struct {
	const char *name;
	enum cert_part part;
	uint8_t is_of_groups;
} parts[] = {
    {"CN", CERT_CN, 0},
    {"UID", CERT_UID, 0},
    {"email", CERT_EMAIL, 0},
    {"UPN", CERT_UPN, 0},
    {"OU", CERT_OU, 1},
    {"O", CERT_O, 1},
};

static enum cert_part
part_of(cfg_t *section, const char *option, int is_of_groups)
{
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].is_of_groups == is_of_groups &&
		    strcmp(parts[i].name, cfg_getstr(section, option)) == 0)
			return parts[i].part;
	return CERT_NOTHING;
}

static const char *
certificate_fault(cfg_t *section)
{
	if (cfg_size(section, "user") > 0 &&
	    part_of(section, "user", 0) == CERT_NOTHING)
		return "has a user that is not \"CN\", \"UID\", \"email\" or "
		       "\"UPN\"";
	if (cfg_size(section, "groups") > 0 &&
	    part_of(section, "groups", 1) == CERT_NOTHING)
		return "has groups that are not \"OU\" or \"O\"";
	return NULL;
}

/* A file's name in /etc/pam.d, as libpam looks for it: in lower case. */
static const char *
pam_fault(cfg_t *section)
{
	const char *p, *service;

	if (!VB_HAS_PAM)
		return "is a way to log in that this program was built "
		       "without (configure --with-pam)";
	if (cfg_size(section, "service") == 0)
		return NULL;
	service = cfg_getstr(section, "service");
	for (p = service; *p != '\0'; p++)
		if (!islower((unsigned char)*p) &&
		    !isdigit((unsigned char)*p) &&
		    (p == service || strchr("-_.", *p) == NULL))
			break;
	return *p != '\0' || p == service || p - service >= PAM_SERVICE_NAME_MAX
	    ? "has a service that is no name of a file in /etc/pam.d"
	    : NULL;
}

const char *
conf_auth_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	enum auth_kind kind = kind_of(cfg_title(section));
	size_t i;

	if (kind == AUTH_KIND_COUNT)
		return "is no way to log in that this version knows: "
		       "\"password\", \"pam\", \"oidc\", \"header\" and "
		       "\"certificate\" are, and \"oidc NAME\", where "
		       "there are several";
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].kind == kind || options[i].other == kind ||
		    cfg_size(section, options[i].name) == 0)
			continue;
		snprintf(why, CONF_ERROR_MAX, "has %s, which is of \"%s\"",
		    options[i].name, kinds[options[i].kind]);
		return why;
	}
	switch (kind) {
	case AUTH_PASSWORD:
		return password_fault(section);
	case AUTH_OIDC:
		return conf_oidc_fault(section, why);
	case AUTH_HEADER:
		return header_fault(section);
	case AUTH_PAM:
		return pam_fault(section);
	default:
		return certificate_fault(section);
	}
}

static uint8_t
is_basic(cfg_t *section)
{
	return cfg_size(section, "basic") > 0 && cfg_getbool(section, "basic");
}

static int
take_password(cfg_t *section, size_t i, struct conf *conf)
{
	conf->auth_line = conf_seen_section_line("auth", i);
	conf->settings.has_password = 1;
	conf->settings.has_file_basic = is_basic(section);
	conf->users_file =
	    strdup(cfg_size(section, "file") > 0 ? cfg_getstr(section, "file")
						 : USERS_FILE);
	return conf->users_file == NULL ? VB_ENOMEM : 0;
}

/* By its issuer alone a provider is known that ends a login by itself. */
static int
check_issuer(const struct conf *conf, const struct conf_oidc *oidc, char *error)
{
	char place[CONF_PLACE_MAX];
	size_t i;

	for (i = 0; &conf->oidc[i] != oidc; i++) {
		if (strcmp(conf->oidc[i].head.issuer, oidc->head.issuer) != 0)
			continue;
		snprintf(error, CONF_ERROR_MAX,
		    "%sauth \"oidc\" has an issuer that another one has: %s",
		    conf_place(conf, oidc->line, place), oidc->head.issuer);
		return VB_ESYNTAX;
	}
	return 0;
}

static int
take_oidc(
    cfg_t *section, size_t i, struct conf *conf, char error[CONF_ERROR_MAX])
{
	int line = conf_seen_section_line("auth", i);
	char place[CONF_PLACE_MAX];
	struct conf_oidc *oidc;
	struct conf_fetch *fetch;

	if (conf->oidc == NULL &&
	    (conf->oidc = calloc(OIDC_PROVIDERS_MAX, sizeof(*oidc))) == NULL)
		return VB_ENOMEM;
	if (conf->oidc_count == OIDC_PROVIDERS_MAX) {
		snprintf(error, CONF_ERROR_MAX,
		    "%sauth \"%s\" is one provider too many: %d may be",
		    conf_place(conf, line, place), cfg_title(section),
		    OIDC_PROVIDERS_MAX);
		return VB_ERANGE;
	}
	oidc = &conf->oidc[conf->oidc_count++];
	fetch = &conf->fetch[conf->fetch_count++];
	oidc->line = fetch->line = line;
	return conf_oidc_take(section, oidc, fetch) < 0
	    ? VB_ENOMEM
	    : check_issuer(conf, oidc, error);
}

static void
take_header(cfg_t *section, struct msg_conf_header *out)
{
	strlcpy(out->user, cfg_getstr(section, "header"), sizeof(out->user));
	if (cfg_size(section, "groups-header") > 0)
		strlcpy(out->groups, cfg_getstr(section, "groups-header"),
		    sizeof(out->groups));
	if (cfg_size(section, "logout") > 0)
		strlcpy(out->logout, cfg_getstr(section, "logout"),
		    sizeof(out->logout));
}

/* Nobody else's word is taken, so that it would say nothing. */
static int
check_header(cfg_t *cfg, size_t i, struct conf *conf, char *error)
{
	char place[CONF_PLACE_MAX];

	if (cfg_size(cfg, "trusted-proxies") > 0)
		return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%sauth \"header\" needs trusted-proxies: whose word is it?",
	    conf_place(conf, conf_seen_section_line("auth", i), place));
	return VB_ESYNTAX;
}

static void
take_certificate(cfg_t *section, struct conf *conf)
{
	conf->settings.has_certificate = 1;
	conf->certificate.user = cfg_size(section, "user") > 0
	    ? part_of(section, "user", 0)
	    : CERT_CN;
	conf->certificate.groups = cfg_size(section, "groups") > 0
	    ? part_of(section, "groups", 1)
	    : CERT_NOTHING;
}

/* Where no listener asks for one, nobody could log in. */
static int
check_certificate(cfg_t *cfg, size_t i, struct conf *conf, char *error)
{
	char place[CONF_PLACE_MAX];
	unsigned j;

	for (j = 0; j < cfg_size(cfg, "listen"); j++)
		if (cfg_size(cfg_getnsec(cfg, "listen", j), "client-ca") > 0)
			return 0;
	snprintf(error, CONF_ERROR_MAX,
	    "%sauth \"certificate\" needs a listen section with client-ca: "
	    "whose certificates are they?",
	    conf_place(conf, conf_seen_section_line("auth", i), place));
	return VB_ESYNTAX;
}

static void
take_pam(cfg_t *section, struct conf *conf)
{
	conf->settings.has_password = conf->settings.has_pam = 1;
	conf->settings.has_pam_basic = is_basic(section);
	strlcpy(conf->pam.service,
	    cfg_size(section, "service") > 0 ? cfg_getstr(section, "service")
					     : PAM_SERVICE_DEFAULT,
	    sizeof(conf->pam.service));
}

static int
take_section(cfg_t *cfg, size_t i, struct conf *conf, char *error)
{
	cfg_t *section = cfg_getnsec(cfg, "auth", (unsigned)i);

	switch (kind_of(cfg_title(section))) {
	case AUTH_PASSWORD:
		return take_password(section, i, conf);
	case AUTH_OIDC:
		return take_oidc(section, i, conf, error);
	case AUTH_PAM:
		take_pam(section, conf);
		return 0;
	case AUTH_HEADER:
		take_header(section, &conf->header);
		return check_header(cfg, i, conf, error);
	default:
		take_certificate(section, conf);
		return check_certificate(cfg, i, conf, error);
	}
}

int
conf_take_auth(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX])
{
	size_t i, n = cfg_size(cfg, "auth");
	int result = 0;

	conf->settings.has_auth = n > 0;
	for (i = 0; i < n && result == 0; i++)
		result = take_section(cfg, i, conf, error);
	conf->settings.has_basic =
	    conf->settings.has_file_basic || conf->settings.has_pam_basic;
	return result;
}
