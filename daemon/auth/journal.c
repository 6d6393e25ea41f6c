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
		log_info("login client=%s user=\"%s\" kind=password%s", client,
		    name,
		    answer->is_recovery
			? " by=recovery-code (it is used up: \"vncbridgectl "
			  "user totp\" makes new ones)"
			: "");
	else if (answer->code == LOGIN_CODE_WANTED)
		log_debug("login client=%s user=\"%s\": the second factor is "
			  "awaited",
		    client, name);
	else
		quota_log(LOG_LEVEL_INFO, &asker->client,
		    "login %s client=%s user=\"%s\" kind=password "
		    "why=\"%s\"",
		    is_unchecked(answer) ? "not checked" : "failed", client,
		    name, why(answer));
}

void
journal_logout(const struct login_record *login, const struct addr *client)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	log_info("logout client=%s user=\"%s\"", addr_format_ip(client, text),
	    name_text(login->name, name));
}

void
journal_over(const struct login_record *login, const char *reason)
{
	char text[ADDR_TEXT_MAX], name[NAME_TEXT_MAX];

	log_info("login over client=%s user=\"%s\" why=\"%s\"",
	    addr_format_ip(&login->client, text), name_text(login->name, name),
	    reason);
}
