/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/parse/form.h"
#include "worker/stages/login_ask.h"
#include "worker/stages/login_page.h"

struct question *
login_ask(struct client *c, const struct http_head *head, enum msg_type type)
{
	struct question *question = person_question(c, type);
	struct login_cookie cookie;

	if (question == NULL) {
		login_page_fail(c, 0);
		return NULL;
	}
	login_cookie_of(c, head, &cookie);
	question->is_https = cookie.is_https;
	memcpy(question->path, cookie.path, sizeof(question->path));
	return question;
}

void
login_take_next(const struct client *c, const struct http_span *fields,
    char next[TARGET_TEXT_MAX])
{
	struct target target;

	if (form_field(fields, "next", next, TARGET_TEXT_MAX) <= 0 ||
	    target_parse(
		next, (uint16_t)client_settings(c)->default_port, &target) < 0)
		next[0] = '\0';
}
