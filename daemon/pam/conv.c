/* SPDX-License-Identifier: ISC */
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/pam/conv.h"

#define USEC_OF_MS 1000

/* Between two texts; the log escapes what is in them. */
static void
keep(struct conv *conv, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if (conv->said[0] != '\0')
		strlcat(conv->said, "; ", sizeof(conv->said));
	strlcat(conv->said, text, sizeof(conv->said));
}

/* Another one than the password: there is one, at most. */
static char *
ask_for_code(struct conv *conv)
{
	char code[AUTH_CODE_MAX], *copy = NULL;

	if (conv->ask == NULL || conv->has_asked)
		return NULL;
	conv->has_asked = 1;
	if (conv->ask(conv->arg, code) == 0)
		copy = strdup(code);
	explicit_bzero(code, sizeof(code));
	return copy;
}

/* **Gives** what is answered, or NULL: nothing can be. */
static char *
answer(struct conv *conv, int style)
{
	if (conv->password == NULL)
		return NULL;
	if (style == PAM_PROMPT_ECHO_ON && !conv->has_told_password &&
	    !conv->has_told_name) {
		conv->has_told_name = 1;
		return strdup(conv->name);
	}
	if (!conv->has_told_password) {
		if (style != PAM_PROMPT_ECHO_OFF)
			return NULL; /* never where it would be shown */
		conv->has_told_password = 1;
		return strdup(conv->password);
	}
	return ask_for_code(conv);
}

/* Returns what PAM is told. */
static int
answer_one(struct conv *conv, const struct pam_message *message,
    struct pam_response *response)
{
	switch (message->msg_style) {
	case PAM_PROMPT_ECHO_ON:
	case PAM_PROMPT_ECHO_OFF:
		response->resp = answer(conv, message->msg_style);
		return response->resp == NULL ? PAM_CONV_ERR : PAM_SUCCESS;
	case PAM_ERROR_MSG:
	case PAM_TEXT_INFO:
		keep(conv, message->msg);
		return PAM_SUCCESS;
	default:
		return PAM_CONV_ERR;
	}
}

static void
drop(struct pam_response *responses, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		if (responses[i].resp == NULL)
			continue;
		explicit_bzero(responses[i].resp, strlen(responses[i].resp));
		free(responses[i].resp);
	}
	free(responses);
}

int
conv_answer(int count, const struct pam_message **messages,
    struct pam_response **responses, void *arg)
{
	struct pam_response *made;
	int i, result = PAM_SUCCESS;

	*responses = NULL;
	if (count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	if ((made = calloc((size_t)count, sizeof(*made))) == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < count && result == PAM_SUCCESS; i++)
		result = answer_one(arg, messages[i], &made[i]);
	if (result == PAM_SUCCESS)
		*responses = made;
	else
		drop(made, count);
	return result;
}

void
conv_delay(int result, unsigned usec, void *arg)
{
	struct conv *conv = arg;

	if (result == PAM_SUCCESS)
		return;
	conv->delay_ms = usec / USEC_OF_MS;
	if (conv->delay_ms > PAM_DELAY_MAX_MS)
		conv->delay_ms = PAM_DELAY_MAX_MS;
}
