/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/quota.h"
#include "daemon/auth/audit.h"
#include "daemon/auth/journal.h"

#define NAME_TEXT_MAX (4 * LOGINS_NAME_MAX + 1)
#define PAM_SAID_MAX  320 /* escaped; of a line of LOG_LINE_MAX */

static const char *
name_text(const char *name, char out[NAME_TEXT_MAX])
{
	log_escape(name, strlen(name), out, NAME_TEXT_MAX);
	return out;
}

/* Of these nobody looked at the password: no ground to ban an address. */
static int
is_unchecked(const struct login_answer *answer)
{
	return answer->code == LOGIN_WAIT || answer->code == LOGIN_BUSY ||
	    answer->code == LOGIN_FAILED;
}

static const char *
why(const struct login_answer *answer)
{
	static const char *const texts[] = {
	    [LOGIN_OK] = "",
	    [LOGIN_CODE_WANTED] = "the second factor is for browsers",
	    [LOGIN_WRONG] = "wrong name, password or code",
	    [LOGIN_USED] = "the code was used before",
	    [LOGIN_LOCKED] = "the account is locked",
	    [LOGIN_SHUT] = "the account has expired, or may not log in here",
	    [LOGIN_STALE] = "the password has expired",
	    [LOGIN_WAIT] = "too soon after wrong ones",
	    [LOGIN_BUSY] = "too many logins are under way",
	    [LOGIN_OVER] = "the second factor was too late, or wrong",
	    [LOGIN_FAILED] = "it could not be checked",
	};

	return texts[answer->code];
}

/* first is that of LOGINS_..._OK; _BAD and _NONE, not checked, follow. */
static void
count(enum metric first, int is_ok, int was_checked)
{
	metrics_count(first + (is_ok ? 0 : was_checked ? 1 : 2));
}

static const char *
kind_of(const struct login_asker *asker, const struct login_answer *answer)
{
	if (answer->said != NULL)
		return "pam";
	return asker->is_basic ? "basic" : "password";
}

/* What PAM has said, which may be a module's or a server's text. */
static const char *
pam_text(const struct login_answer *answer, char out[PAM_SAID_MAX])
{
	char text[PAM_SAID_MAX - sizeof(" pam=\"\"")];

	out[0] = '\0';
	if (answer->said == NULL || answer->said[0] == '\0')
		return out;
	log_escape(answer->said, strlen(answer->said), text, sizeof(text));
	snprintf(out, PAM_SAID_MAX, " pam=\"%s\"", text);
	return out;
}

static void
audit_answered(const struct login_asker *asker,
    const struct login_answer *answer, const char *kind)
{
	if (answer->is_again ||
	    (answer->code == LOGIN_CODE_WANTED && !asker->is_basic))
		return;
	if (answer->code == LOGIN_OK)
		audit_login(asker, answer->login, answer->name, kind);
	else
		audit_failure(asker, answer->name, kind, why(answer));
}

void
journal_answered(
    const struct login_asker *asker, const struct login_answer *answer)
{
	char client[ADDR_TEXT_MAX], name[NAME_TEXT_MAX], said[PAM_SAID_MAX];
	const char *kind = kind_of(asker, answer);

	audit_answered(asker, answer, kind);
	if (!answer->is_again &&
	    (answer->code != LOGIN_CODE_WANTED || asker->is_basic))
		count(answer->said != NULL ? METRIC_LOGINS_PAM_OK
					   : METRIC_LOGINS_PASSWORD_OK,
		    answer->code == LOGIN_OK, !is_unchecked(answer));
	addr_format_ip(&asker->client, client);
	name_text(answer->name, name);
	if (answer->is_again)
		log_debug("login again client=%s user=\"%s\" kind=%s", client,
		    name, kind);
	else if (answer->code == LOGIN_OK)
		log_info("login client=%s user=\"%s\" kind=%s%s", client, name,
		    kind,
		    answer->is_recovery
			? " by=recovery-code (it is used up: \"vncbridgectl "
			  "user totp\" makes new ones)"
			: "");
	else if (answer->code == LOGIN_CODE_WANTED && !asker->is_basic)
		log_debug("login client=%s user=\"%s\": the second factor is "
			  "awaited",
		    client, name);
	else
		quota_log(LOG_LEVEL_INFO, &asker->client,
		    "login %s client=%s user=\"%s\" kind=%s why=\"%s\"%s",
		    is_unchecked(answer) ? "not checked" : "failed", client,
		    name, kind, why(answer), pam_text(answer, said));
}

/*
 * Of the others nothing was looked at. OIDC_OVER neither: any page can have a
 * browser show a state that was not begun, so it must ban nobody.
 */
static int
is_unproven(enum oidc_code code)
{
	return code == OIDC_DENIED || code == OIDC_UNPROVEN ||
	    code == OIDC_NAMELESS;
}

void
journal_sso(const struct login_asker *asker, const struct sso_answer *answer)
{
	char client[ADDR_TEXT_MAX], name[NAME_TEXT_MAX], why[SSO_WHY_MAX];

	if (answer->code != OIDC_GO)
		count(METRIC_LOGINS_OIDC_OK, answer->code == OIDC_IN,
		    is_unproven(answer->code));
	addr_format_ip(&asker->client, client);
	/* a part of it may be the provider's, or of fetch */
	log_escape(answer->why, strlen(answer->why), why, sizeof(why));
	if (answer->code == OIDC_IN)
		audit_login(asker, answer->login, answer->login->name, "oidc");
	else if (answer->code != OIDC_GO)
		audit_failure(asker, "", "oidc", answer->why);
	if (answer->code == OIDC_GO)
		log_debug("login client=%s kind=oidc provider=\"%s\": on the "
			  "way there",
		    client, answer->provider);
	else if (answer->code == OIDC_IN)
		log_info("login client=%s user=\"%s\" kind=oidc "
			 "provider=\"%s\"",
		    client, name_text(answer->login->name, name),
		    answer->provider);
	else
		quota_log(LOG_LEVEL_INFO, &asker->client,
		    "login %s client=%s kind=oidc provider=\"%s\" "
		    "why=\"%s\"",
		    is_unproven(answer->code) ? "failed" : "not checked",
		    client, answer->provider, why);
}

void
journal_token_refused(
    const struct login_asker *asker, const struct sso_answer *answer)
{
	char client[ADDR_TEXT_MAX], why[SSO_WHY_MAX];

	log_escape(answer->why, strlen(answer->why), why, sizeof(why));
	audit_failure(asker, "", "oidc-logout", answer->why);
	quota_log(LOG_LEVEL_INFO, &asker->client,
	    "logout %s client=%s kind=oidc provider=\"%s\" why=\"%s\"",
	    is_unproven(answer->code) ? "refused" : "not checked",
	    addr_format_ip(&asker->client, client), answer->provider, why);
}

/* A login that is found, or begun, by what comes with each request. */
static void
journal_shown(const struct login_asker *asker, const char *kind,
    const char *shown, const struct login_record *login, const char *why)
{
	char client[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	addr_format_ip(&asker->client, client);
	name_text(shown, name);
	if (login != NULL)
		audit_login(asker, login, shown, kind);
	else
		audit_failure(asker, shown, kind, why);
	if (login != NULL)
		log_info(
		    "login client=%s user=\"%s\" kind=%s", client, name, kind);
	else
		quota_log(LOG_LEVEL_INFO, &asker->client,
		    "login failed client=%s user=\"%s\" kind=%s why=\"%s\"",
		    client, name, kind, why);
}

void
journal_named(const struct login_asker *asker, const char *name,
    const struct login_record *login, const char *why)
{
	count(METRIC_LOGINS_HEADER_OK, why == NULL, 1);
	journal_shown(asker, "header", name, login, why);
}

void
journal_certified(const struct login_asker *asker, const char *name,
    const struct login_record *login, const char *why)
{
	count(METRIC_LOGINS_CERTIFICATE_OK, why == NULL, 1);
	journal_shown(asker, "certificate", name, login, why);
}

void
journal_expelled(
    const struct login_asker *asker, const char *provider, uint32_t count)
{
	char client[ADDR_TEXT_MAX];

	log_info("logout client=%s kind=oidc provider=\"%s\" logins=%u",
	    addr_format_ip(&asker->client, client), provider, count);
}

void
journal_logout(const struct login_record *login, const struct addr *client)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	audit_logout(login, client, "");
	log_info("logout client=%s user=\"%s\"", addr_format_ip(client, text),
	    name_text(login->name, name));
}

void
journal_over(const struct login_record *login, const char *reason)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	audit_logout(login, NULL, reason);
	log_info("login over client=%s user=\"%s\" why=\"%s\"",
	    addr_format_ip(&login->client, text), name_text(login->name, name),
	    reason);
}
