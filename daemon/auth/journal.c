/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "common/log.h"
#include "common/quota.h"
#include "daemon/auth/journal.h"

#define NAME_TEXT_MAX (4 * LOGINS_NAME_MAX + 1)

static const char *
name_text(const char *name, char out[NAME_TEXT_MAX])
{
	log_escape(name, strlen(name), out, NAME_TEXT_MAX);
	return out;
}

static const char *
why(const struct login_answer *answer)
{
	static const char *const texts[] = {
	    [LOGIN_OK] = "",
	    [LOGIN_CODE_WANTED] = "",
	    [LOGIN_WRONG] = "wrong name, password or code",
	    [LOGIN_USED] = "the code was used before",
	    [LOGIN_LOCKED] = "the account is locked",
	    [LOGIN_WAIT] = "too soon after wrong ones",
	    [LOGIN_BUSY] = "too many logins are under way",
	    [LOGIN_OVER] = "the second factor was too late, or wrong",
	    [LOGIN_FAILED] = "it could not be checked",
	};

	return texts[answer->code];
}

void
journal_answered(
    const struct login_asker *asker, const struct login_answer *answer)
{
	char client[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	addr_format_ip(&asker->client, client);
	name_text(answer->name, name);
	if (answer->code == LOGIN_OK)
		log_info("login user=\"%s\" client=%s kind=password%s", name,
		    client,
		    answer->is_recovery
			? " by=recovery-code (it is used up: \"vncbridgectl "
			  "user totp\" makes new ones)"
			: "");
	else if (answer->code == LOGIN_CODE_WANTED)
		log_debug("login user=\"%s\" client=%s: the second factor is "
			  "awaited",
		    name, client);
	else
		quota_log(LOG_LEVEL_INFO, &asker->client,
		    "login failed user=\"%s\" client=%s kind=password "
		    "why=\"%s\"",
		    name, client, why(answer));
}

void
journal_logout(const struct login_record *login, const struct addr *client)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	log_info("logout user=\"%s\" client=%s", name_text(login->name, name),
	    addr_format_ip(client, text));
}

void
journal_over(const struct login_record *login, const char *reason)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	log_info("login over user=\"%s\" client=%s why=\"%s\"",
	    name_text(login->name, name), addr_format_ip(&login->client, text),
	    reason);
}
