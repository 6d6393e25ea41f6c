/* SPDX-License-Identifier: ISC */
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/tcp.h"
#include "daemon/bundle/audit_file.h"
#include "daemon/bundle/bundle.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/exposure.h"
#include "daemon/bundle/machine.h"
#include "daemon/bundle/people.h"
#include "daemon/bundle/providers.h"
#include "daemon/bundle/secrets.h"
#include "daemon/bundle/source.h"

#define DESCRIPTORS_PER_CONN 2 /* client and target */
#define LOCKED_BYTES	     (256 * 1024 * 1024)
#define DESCRIPTORS_RESERVED 128 /* channels, event loop, pages, spare */

static const struct listener *
find_listener(const struct bundle *old, const struct addr *addr)
{
	size_t i;

	if (old == NULL)
		return NULL;
	for (i = 0; i < old->listener_count; i++)
		if (old->listeners[i].addr.port == addr->port &&
		    addr_is_same_ip(&old->listeners[i].addr, addr))
			return &old->listeners[i];
	return NULL;
}

/* One that the kernel does not allow beside addr: it has the port. */
static const struct listener *
find_rival(const struct bundle *b, const struct addr *addr)
{
	const struct addr *other;
	size_t i;

	for (i = 0; b != NULL && i < b->listener_count; i++) {
		other = &b->listeners[i].addr;
		if (other->port == addr->port &&
		    other->family == addr->family &&
		    (addr_is_unspecified(other) || addr_is_unspecified(addr)))
			return &b->listeners[i];
	}
	return NULL;
}

/* "In use by another program" is not true if we use it ourselves. */
static void
explain_rival(const struct bundle *b, const struct bundle *old,
    const struct addr *addr, char *error)
{
	const struct listener *rival = find_rival(b, addr);
	char mine[ADDR_TEXT_MAX], other[ADDR_TEXT_MAX];

	addr_format(addr, mine);
	if (rival != NULL)
		snprintf(error, CONF_ERROR_MAX,
		    "listen %s: this port belongs to listen %s already", mine,
		    addr_format(&rival->addr, other));
	else if ((rival = find_rival(old, addr)) != NULL)
		snprintf(error, CONF_ERROR_MAX,
		    "listen %s: the daemon itself has this port open, at %s, "
		    "and can't change from one to the other at once: do it in "
		    "two reloads, the first without either, or restart it",
		    mine, addr_format(&rival->addr, other));
}

static int
open_listener(const struct bundle *b, struct listener *l,
    const struct bundle *old, const struct source *source, char *error)
{
	const struct listener *shared = find_listener(old, &l->addr);
	int result;

	l->fd = -1;
	if (shared == NULL) {
		if (find_rival(b, &l->addr) != NULL) {
			explain_rival(b, NULL, &l->addr, error);
			return VB_EFULL;
		}
		result = source->listener(source->arg, &l->addr,
		    &b->conf->settings, &l->fd, error, CONF_ERROR_MAX);
		if (result == VB_ESYS && errno == EADDRINUSE)
			explain_rival(b, old, &l->addr, error);
		return result;
	}
	if (shared->fd == -1)
		return 0; /* the daemon's, and we are vncbridgectl */
	l->fd = fcntl(shared->fd, F_DUPFD_CLOEXEC, 0);
	return l->fd == -1 ? VB_ESYS : 0;
}

static int
open_listeners(struct bundle *b, const struct bundle *old,
    const struct source *source, char *error)
{
	const struct conf *conf = b->conf;
	struct listener *l;
	size_t i;
	int result;

	b->listeners = calloc(conf->listener_count, sizeof(*b->listeners));
	if (b->listeners == NULL)
		return VB_ENOMEM;
	for (i = 0; i < conf->listener_count; i++) {
		l = &b->listeners[i];
		l->addr = conf->listeners[i];
		result = open_listener(b, l, old, source, error);
		if (result < 0) {
			conf_add_place(conf, conf->listener_lines[i], error);
			return result;
		}
		b->listener_count++;
	}
	return 0;
}

static int
open_pages(struct bundle *b, const struct source *source, char *error)
{
	int result = source->pages(source->arg, b->conf->pages, &b->pages_fd,
	    &b->pages_size_bytes, error, CONF_ERROR_MAX);

	if (result < 0)
		conf_add_place(b->conf, b->conf->lines.pages, error);
	return result;
}

static int
open_audit(struct bundle *b, const struct source *source, char *error)
{
	const struct conf *conf = b->conf;
	int result;

	if (conf->audit_file[0] == '\0')
		return 0;
	result = source->audit(
	    source->arg, conf->audit_file, conf->user, &b->audit_fd);
	if (result == 0)
		return 0;
	snprintf(error, CONF_ERROR_MAX, "audit-file %s: %s", conf->audit_file,
	    audit_file_why());
	conf_add_place(conf, conf->lines.audit_file, error);
	return result;
}

/* The sockets towards targets, which the broker makes, fare the same. */
static void
report_buffers(uint32_t wanted, int granted)
{
	if (wanted != 0 && granted > 0 && (uint32_t)granted < wanted)
		log_info("socket-buffer=%u is more than net.core.rmem_max and "
			 "wmem_max allow (granted=%d): the kernel tunes "
			 "buffers itself, up to net.ipv4.tcp_rmem and tcp_wmem",
		    wanted, granted);
}

void
bundle_tune_listeners(const struct bundle *bundle)
{
	const struct settings *s = &bundle->conf->settings;
	int fd, granted = 0;
	size_t i;

	for (i = 0; i < bundle->listener_count; i++) {
		fd = bundle->listeners[i].fd;
		granted = tcp_set_listener_buffers(fd, s->socket_buffer_bytes);
		if (granted < 0 || listen(fd, (int)s->listen_backlog) == -1)
			log_warn("a listener keeps its backlog and buffers: %s",
			    strerror(errno));
	}
	report_buffers(s->socket_buffer_bytes, granted);
}

int
bundle_build(const struct conf_options *options, const struct bundle *old,
    struct bundle **out, char error[CONF_ERROR_MAX])
{
	const struct source *source =
	    options->source == NULL ? &source_files : options->source;
	struct settings *s;
	struct bundle *b;
	int result = VB_ENOMEM;

	error[0] = '\0';
	*out = NULL;
	if ((b = calloc(1, sizeof(*b))) == NULL)
		goto fail;
	b->pages_fd = b->users_fd = b->audit_fd = -1;
	secrets_init(&b->secrets);
	memset(b->provider_fds, -1, sizeof(b->provider_fds));
	b->generation = old == NULL ? 1 : old->generation + 1;
	if ((result = conf_load(options, &b->conf, error)) < 0 ||
	    (result = exposure_check(b->conf, error)) < 0 ||
	    (result = certs_open(b->conf, source, &b->certs, error)) < 0 ||
	    (result = people_open(
		 b->conf, source, &b->users_fd, &b->users_bytes, error)) < 0 ||
	    (result = secrets_open(b->conf, source, &b->secrets, error)) < 0 ||
	    (result = providers_open(b->conf, source, b->provider_fds, error)) <
		0 ||
	    (result = open_pages(b, source, error)) < 0 ||
	    (result = open_listeners(b, old, source, error)) < 0 ||
	    /* last: what it makes stays */
	    (result = open_audit(b, source, error)) < 0)
		goto fail;
	if (old == NULL && !source->is_check)
		bundle_tune_listeners(b);
	s = &b->conf->settings;
	s->socket_memory_kib =
	    machine_socket_kib(s->socket_memory_mib, s->workers);
	*out = b;
	return 0;
fail:
	if (error[0] == '\0')
		strlcpy(error, vb_strerror(result), CONF_ERROR_MAX);
	bundle_free(b);
	return result;
}

void
bundle_close_listeners(struct bundle *bundle)
{
	size_t i;

	for (i = 0; i < bundle->listener_count; i++)
		if (bundle->listeners[i].fd != -1)
			close(bundle->listeners[i].fd);
	bundle->listener_count = 0;
}

void
bundle_free(struct bundle *bundle)
{
	size_t i;

	if (bundle == NULL)
		return;
	bundle_close_listeners(bundle);
	free(bundle->listeners);
	if (bundle->pages_fd != -1)
		close(bundle->pages_fd);
	if (bundle->users_fd != -1)
		close(bundle->users_fd);
	if (bundle->audit_fd != -1)
		close(bundle->audit_fd);
	secrets_close(&bundle->secrets);
	for (i = 0; i < FETCH_SOURCES_MAX; i++)
		if (bundle->provider_fds[i] != -1)
			close(bundle->provider_fds[i]);
	certs_close(&bundle->certs);
	conf_free(bundle->conf);
	free(bundle);
}

uint64_t
bundle_descriptors(uint32_t max_connections)
{
	return (uint64_t)max_connections * DESCRIPTORS_PER_CONN +
	    DESCRIPTORS_RESERVED;
}

/* The keeper locks its memory; as far as we can allow it. */
static void
raise_locked_memory(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == -1 ||
	    limit.rlim_max >= LOCKED_BYTES)
		return;
	limit.rlim_cur = limit.rlim_max = LOCKED_BYTES;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) == -1)
		log_debug("the limit of locked memory stays as it is");
}

int
bundle_raise_limits(struct bundle *bundle, char error[CONF_ERROR_MAX])
{
	struct settings *s = &bundle->conf->settings;
	uint64_t wanted = bundle_descriptors(s->max_connections);
	struct rlimit limit, raised;

	raise_locked_memory();
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return VB_ESYS;
	if (limit.rlim_cur >= wanted)
		return 0;
	raised.rlim_cur = wanted;
	raised.rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		return 0;
	if (bundle->conf->has_max_connections ||
	    limit.rlim_max < bundle_descriptors(1)) {
		snprintf(error, CONF_ERROR_MAX,
		    "max-connections = %u needs %llu descriptors, but the "
		    "limit "
		    "is %llu: raise it (ulimit -n, LimitNOFILE) or lower "
		    "max-connections",
		    s->max_connections, (unsigned long long)wanted,
		    (unsigned long long)limit.rlim_max);
		return VB_ERANGE;
	}
	s->max_connections =
	    (uint32_t)((limit.rlim_max - DESCRIPTORS_RESERVED) /
		DESCRIPTORS_PER_CONN);
	log_warn("max-connections lowered to %u, since the limit of "
		 "descriptors is %llu",
	    s->max_connections, (unsigned long long)limit.rlim_max);
	raised.rlim_cur = raised.rlim_max = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? 0 : VB_ESYS;
}

void
bundle_describe(const struct conf *conf, const struct msg_known *known,
    char error[CONF_ERROR_MAX])
{
	if (known->provider > 0 && known->provider <= conf->oidc_count)
		secrets_describe(
		    conf, &conf->oidc[known->provider - 1], known->text, error);
	else if (conf->users_file != NULL)
		people_describe(conf, known->line, known->text, error);
	else
		snprintf(error, CONF_ERROR_MAX, "auth: %s", known->text);
}
