/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/list.h"
#include "common/log.h"
#include "common/origin.h"
#include "common/process.h"
#include "worker/conf.h"
#include "worker/stages/pages.h"
#include "worker/tls/tls_conf.h"

static void
conf_free(struct worker_conf *conf)
{
	if (conf == NULL)
		return;
	pages_release(conf->pages);
	tls_conf_free(conf->tls);
	free(conf->listeners);
	free(conf->proxies);
	names_free(conf->names);
	free(conf->framers);
	free(conf->targets);
	free(conf->origins);
	free(conf);
}

int
conf_on_start(void *arg, const void *body, int *fd)
{
	const struct msg_conf_start *start = body;
	struct worker *w = arg;

	(void)fd;
	process_check_version(start);
	conf_free(w->staged);
	if ((w->staged = calloc(1, sizeof(*w->staged))) == NULL)
		return VB_ENOMEM;
	if ((w->staged->tls = tls_conf_new()) == NULL ||
	    (w->staged->names = names_new()) == NULL)
		return VB_ENOMEM;
	w->staged->generation = start->generation;
	w->staged->settings = start->settings;
	return 0;
}

int
conf_on_pages(void *arg, const void *body, int *fd)
{
	const struct msg_conf_pages *pages = body;
	struct worker *w = arg;
	int file = *fd;

	if (file == -1)
		return VB_ENOFD;
	if (w->staged == NULL || w->staged->pages != NULL)
		return VB_EBADMSG;
	*fd = -1;
	return pages_map(file, pages->size_bytes, &w->staged->pages);
}

int
conf_on_listener(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	struct worker_conf *conf = w->staged;
	struct msg_conf_listener *grown;

	(void)fd;
	if (conf == NULL || conf->listener_count == PROTO_LISTENERS_MAX)
		return VB_EBADMSG;
	grown = reallocarray(
	    conf->listeners, conf->listener_count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	conf->listeners = grown;
	memcpy(&grown[conf->listener_count++], body, sizeof(*grown));
	return 0;
}

int
conf_on_origin(void *arg, const void *body, int *fd)
{
	const struct msg_conf_origin *origin = body;
	struct worker *w = arg;
	struct worker_conf *conf = w->staged;
	struct msg_conf_origin *grown;

	(void)fd;
	if (conf == NULL || conf->origin_count == 2 * PROTO_ORIGINS_MAX ||
	    !PROTO_IS_TEXT(origin->origin))
		return VB_EBADMSG;
	grown =
	    reallocarray(conf->origins, conf->origin_count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	conf->origins = grown;
	conf->origins[conf->origin_count++] = *origin;
	return 0;
}

int
conf_on_host(void *arg, const void *body, int *fd)
{
	const struct msg_conf_host *host = body;
	struct worker *w = arg;

	(void)fd;
	if (w->staged == NULL || !PROTO_IS_TEXT(host->name))
		return VB_EBADMSG;
	return names_add(
	    w->staged->names, host->name, strlen(host->name), NAMES_ANY_LABELS);
}

int
conf_on_proxy(void *arg, const void *body, int *fd)
{
	const struct msg_conf_proxy *proxy = body;
	struct worker *w = arg;
	struct worker_conf *conf = w->staged;
	struct network *grown;

	(void)fd;
	if (conf == NULL || conf->proxy_count == PROTO_PROXIES_MAX ||
	    !network_is_sound(&proxy->network))
		return VB_EBADMSG;
	grown =
	    reallocarray(conf->proxies, conf->proxy_count + 1, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	conf->proxies = grown;
	conf->proxies[conf->proxy_count++] = proxy->network;
	return 0;
}

int
conf_on_button(void *arg, const void *body, int *fd)
{
	const struct msg_conf_button *button = body;
	struct worker *w = arg;
	struct worker_conf *conf = w->staged;

	(void)fd;
	if (conf == NULL || conf->button_count == OIDC_PROVIDERS_MAX ||
	    !PROTO_IS_TEXT(button->text))
		return VB_EBADMSG;
	conf->buttons[conf->button_count++] = *button;
	return 0;
}

int
conf_on_header(void *arg, const void *body, int *fd)
{
	const struct msg_conf_header *header = body;
	struct worker *w = arg;

	(void)fd;
	if (w->staged == NULL || !PROTO_IS_TEXT(header->user) ||
	    !PROTO_IS_TEXT(header->groups) || !PROTO_IS_TEXT(header->logout))
		return VB_EBADMSG;
	w->staged->header = *header;
	return 0;
}

int
conf_on_target(void *arg, const void *body, int *fd)
{
	const struct msg_conf_target *target = body;
	struct worker *w = arg;
	struct worker_conf *conf = w->staged;
	struct msg_conf_target *grown;

	(void)fd;
	if (conf == NULL || conf->target_count == PROTO_TARGETS_MAX ||
	    !PROTO_IS_TEXT(target->name) ||
	    !PROTO_IS_TEXT(target->description) ||
	    !PROTO_IS_TEXT(target->group))
		return VB_EBADMSG;
	grown = list_grow(conf->targets, conf->target_count, sizeof(*grown));
	if (grown == NULL)
		return VB_ENOMEM;
	conf->targets = grown;
	conf->targets[conf->target_count++] = *target;
	return 0;
}

/* What comes between CONF_START and CONF_END, and brings a file. */
static int
check_file(const struct worker *w, int fd)
{
	if (fd == -1)
		return VB_ENOFD;
	return w->staged == NULL ? VB_EBADMSG : 0;
}

int
conf_on_cert(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	int result = check_file(w, *fd);

	return result < 0 ? result
			  : tls_conf_add_cert(w->staged->tls, body, *fd);
}

int
conf_on_tls(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;

	(void)fd;
	if (w->staged == NULL)
		return VB_EBADMSG;
	return tls_conf_add_listener(w->staged->tls, body);
}

int
conf_on_ca(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	int result = check_file(w, *fd);

	return result < 0 ? result : tls_conf_add_ca(w->staged->tls, body, *fd);
}

int
conf_on_tls_text(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;

	(void)fd;
	if (w->staged == NULL)
		return VB_EBADMSG;
	return tls_conf_set_text(w->staged->tls, body);
}

int
conf_on_target_ca(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	int result = check_file(w, *fd);

	return result < 0 ? result
			  : tls_conf_add_target_ca(w->staged->tls, body, *fd);
}

int
conf_on_target_tls(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;

	(void)fd;
	if (w->staged == NULL)
		return VB_EBADMSG;
	return tls_conf_add_target(w->staged->tls, body);
}

static int
origin_is_listed(const struct http_span *origin, void *arg)
{
	const struct worker_conf *conf = arg;
	uint32_t i;

	for (i = 0; i < conf->origin_count; i++)
		if ((conf->origins[i].flags & CONF_ORIGIN_OPENS) &&
		    origin_matches(
			conf->origins[i].origin, origin->p, origin->len))
			return 1;
	return 0;
}

/* A site whose pages may open sessions is a name of the bridge, too. */
static int
add_origin_names(struct worker_conf *conf)
{
	static const char scheme_end[] = "://";
	const char *host;
	uint32_t i;

	for (i = 0; i < conf->origin_count; i++) {
		host = strstr(conf->origins[i].origin, scheme_end);
		if (!(conf->origins[i].flags & CONF_ORIGIN_OPENS) ||
		    host == NULL ||
		    (strncmp(conf->origins[i].origin, "http:", 5) != 0 &&
			strncmp(conf->origins[i].origin, "https:", 6) != 0))
			continue; /* an app's, or one that may only look */
		host += sizeof(scheme_end) - 1;
		if (names_add(conf->names, host, strcspn(host, ":"),
			NAMES_ANY_LABELS) < 0)
			return VB_ENOMEM;
	}
	return 0;
}

/* Whose pages may have ours in a frame, as the policy's last part. */
static int
build_framers(struct worker_conf *conf)
{
	const char *source;
	uint32_t i;

	if ((conf->framers = malloc(PROTO_FRAMERS_BYTES + 1)) == NULL)
		return VB_ENOMEM;
	conf->framers[0] = '\0';
	for (i = 0; i < conf->origin_count; i++) {
		source = origin_frame_source(conf->origins[i].origin);
		if (!(conf->origins[i].flags & CONF_ORIGIN_FRAMES) ||
		    source == NULL)
			continue;
		strlcat(conf->framers, " ", PROTO_FRAMERS_BYTES + 1);
		if (strlcat(conf->framers, source, PROTO_FRAMERS_BYTES + 1) >
		    PROTO_FRAMERS_BYTES)
			return VB_EBADMSG;
	}
	return 0;
}

static int
build_names(struct worker_conf *conf)
{
	if (add_origin_names(conf) < 0 ||
	    tls_conf_add_names(conf->tls, conf->names) < 0)
		return VB_ENOMEM;
	names_sort(conf->names);
	return 0;
}

int
conf_apply(struct worker *w, const struct msg_conf_end *end)
{
	struct worker_conf *conf = w->staged;
	int result;

	if (conf == NULL || conf->pages == NULL ||
	    conf->generation != end->generation)
		return VB_EBADMSG;
	conf->targets =
	    list_fit(conf->targets, conf->target_count, sizeof(*conf->targets));
	if ((result = tls_conf_build(conf->tls, &conf->settings)) < 0)
		return result;
	if ((result = build_names(conf)) < 0 ||
	    (result = build_framers(conf)) < 0)
		return result;
	conf->rules.names = conf->names;
	conf->rules.has_auth = conf->settings.has_auth;
	conf->rules.base_path = conf->settings.base_path;
	conf->rules.default_port = (uint16_t)conf->settings.default_port;
	conf->rules.origins.is_required = conf->settings.require_origin;
	conf->rules.origins.is_listed = origin_is_listed;
	conf->rules.origins.arg = conf;
	tls_conf_remember(conf->tls, w->conf == NULL ? NULL : w->conf->tls);
	conf_free(w->conf);
	w->conf = conf;
	trim_note(&w->trim);
	w->staged = NULL;
	log_set_verbosity(conf->settings.verbose);
	return 0;
}
