/* SPDX-License-Identifier: ISC */
/*
 * vncbridgectl - the operator's tool: asks a running vncbridged, over its
 * control socket, what it does; lends it its rights for a reload; and keeps
 * the users' file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/inherited.h"
#include "daemon/ctl/audit.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/logins.h"
#include "daemon/ctl/metrics.h"
#include "daemon/ctl/order.h"
#include "daemon/ctl/print.h"
#include "daemon/ctl/reload.h"
#include "daemon/ctl/selfcert.h"
#include "daemon/ctl/sessions.h"
#include "daemon/ctl/socket.h"
#include "daemon/ctl/user.h"
#include "daemon/ctl/watch.h"
#include "daemon/ctl/why.h"

struct options {
	const char *socket; /* -s; NULL: the configuration's */
	int is_json;
	const char *file;      /* -f */
	const char *directory; /* -d */
	const char *text;      /* -m */
	uint32_t scopes;       /* -c, -t, -u; 0: any */
	int keeps;	       /* -k */
	char **names;	       /* what is left */
	int name_count;
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: vncbridgectl [-j] [-f file] [-s socket] status | sessions "
	    "|\n"
	    "           targets | logins\n"
	    "       vncbridgectl [-f file] [-s socket] watch\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] why user address "
	    "target\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] kick [-ctu] [-m "
	    "reason]\n"
	    "           session | user | target\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] lock [-m text] "
	    "target\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] unlock target\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] message [-tu] "
	    "target | user |\n"
	    "           all text\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] drain -k | "
	    "undrain\n"
	    "       vncbridgectl [-j] [-f file] [-s socket] logout user\n"
	    "       vncbridgectl [-f file] [-s socket] metrics | reload | "
	    "drain |\n"
	    "           stop\n"
	    "       vncbridgectl [-f file] check\n"
	    "       vncbridgectl selfcert [-d directory] name ...\n"
	    "       vncbridgectl user add | passwd | lock | unlock | remove |\n"
	    "           list | groups | totp [option ...] [name]\n"
	    "       vncbridgectl audit verify [-j] [-e hash] file ...\n");
	exit(EXIT_USAGE);
}

static int
connect_daemon(const struct options *options)
{
	return daemon_connect(options->socket != NULL
		? options->socket
		: socket_of_configuration(options->file));
}

/* All certificates. Returns how many. */
static size_t
ask_certs(int fd, struct ctl_cert certs[PROTO_CERTS_MAX])
{
	static union proto_any answer;
	const struct msg_ctl_certs_are *are = &answer.ctl_certs_are;
	struct msg_ctl_certs question = {PROTO_VERSION, 0};
	uint32_t i;

	do {
		daemon_tell(fd, MSG_CTL_CERTS, &question, -1);
		daemon_hear(fd, MSG_CTL_CERTS_ARE, &answer);
		if (are->count > CTL_CERTS_MAX)
			exit(EXIT_NO_DAEMON);
		for (i = 0; i < are->count && question.first < PROTO_CERTS_MAX;
		     i++) {
			if (!PROTO_IS_TEXT(are->certs[i].path))
				exit(EXIT_NO_DAEMON);
			certs[question.first++] = are->certs[i];
		}
	} while (are->count > 0 && question.first < are->total &&
	    question.first < PROTO_CERTS_MAX);
	return question.first;
}

static int
show_status(const struct options *options)
{
	static union proto_any answer;
	static struct msg_ctl_status_is status;
	static struct ctl_cert certs[PROTO_CERTS_MAX];
	size_t count;
	struct msg_ctl_status question = {PROTO_VERSION};
	int fd = connect_daemon(options);

	daemon_tell(fd, MSG_CTL_STATUS, &question, -1);
	daemon_hear(fd, MSG_CTL_STATUS_IS, &answer);
	status = answer.ctl_status_is;
	if (status.proto_version != PROTO_VERSION) {
		/* what is behind its processes may be something else there */
		memset(&status.audit, 0, sizeof(status.audit));
		status.is_refusing = 0;
	}
	if (status.count > CTL_PROCESS_MAX || !PROTO_IS_TEXT(status.version) ||
	    !PROTO_IS_TEXT(status.audit.hash))
		exit(EXIT_NO_DAEMON);
	count = ask_certs(fd, certs);
	if (options->is_json)
		print_status_json(&status, certs, count);
	else
		print_status(&status, certs, count);
	return 0;
}

static int
show_sessions(const struct options *options)
{
	return sessions_show(connect_daemon(options), options->is_json);
}

static int
show_targets(const struct options *options)
{
	return targets_show(connect_daemon(options), options->is_json);
}

static int
do_watch(const struct options *options)
{
	return watch(connect_daemon(options));
}

static int
show_logins(const struct options *options)
{
	return logins_show(connect_daemon(options), options->is_json);
}

static int
show_metrics(const struct options *options)
{
	return metrics_show(connect_daemon(options));
}

static int
do_logout(const struct options *options)
{
	if (options->name_count != 1)
		usage();
	return logins_end(
	    connect_daemon(options), options->names[0], options->is_json);
}

static int
do_why(const struct options *options)
{
	struct why_question question;

	if (options->name_count != 3)
		usage();
	question.user = options->names[0];
	question.address = options->names[1];
	question.target = options->names[2];
	if (!why_is_question(&question))
		return EXIT_NO_DAEMON;
	return why_show(connect_daemon(options), &question, options->is_json);
}

static int
do_reload(const struct options *options)
{
	return reload(connect_daemon(options), options->file);
}

static int
end_daemon(const struct options *options, uint32_t is_now)
{
	static union proto_any answer;
	struct msg_ctl_stop request = {PROTO_VERSION, is_now};
	int fd = connect_daemon(options);

	daemon_tell(fd, MSG_CTL_STOP, &request, -1);
	daemon_hear(fd, MSG_CTL_STOPPING, &answer);
	daemon_check_code(answer.ctl_stopping.code, "refused");
	daemon_set_patience(fd, answer.ctl_stopping.timeout_sec);
	daemon_wait_end(fd);
	return 0;
}

static int
give(const struct options *options, enum order_kind kind, uint32_t scopes,
    const char *text)
{
	struct order order = {.kind = kind,
	    .scopes = scopes,
	    .what = options->name_count > 0 ? options->names[0] : NULL,
	    .text = text,
	    .is_json = options->is_json};

	return order_check(&order) ? order_give(connect_daemon(options), &order)
				   : EXIT_FAULT;
}

static int
do_kick(const struct options *options)
{
	if (options->name_count != 1)
		usage();
	return give(options, ORDER_KICK,
	    options->scopes == 0 ? ORDER_SCOPES : options->scopes,
	    options->text);
}

static int
do_lock(const struct options *options)
{
	if (options->name_count != 1)
		usage();
	return give(options, ORDER_LOCK, ORDER_SCOPE_TARGET, options->text);
}

static int
do_unlock(const struct options *options)
{
	if (options->name_count != 1)
		usage();
	return give(options, ORDER_UNLOCK, ORDER_SCOPE_TARGET, NULL);
}

/* "all" is everybody, unless it is said that it is a name. */
static int
do_message(const struct options *options)
{
	uint32_t scopes = options->scopes;

	if (options->name_count != 2)
		usage();
	if (scopes == 0 && strcmp(options->names[0], "all") != 0)
		scopes = ORDER_SCOPE_USER | ORDER_SCOPE_TARGET;
	return give(options, ORDER_MESSAGE, scopes, options->names[1]);
}

static int
do_drain(const struct options *options)
{
	return options->keeps ? give(options, ORDER_REFUSE, 0, NULL)
			      : end_daemon(options, 0);
}

static int
do_undrain(const struct options *options)
{
	return give(options, ORDER_ADMIT, 0, NULL);
}

static int
do_stop(const struct options *options)
{
	return end_daemon(options, 1);
}

/* The daemon's program knows what it would take. */
static int
do_check(const struct options *options)
{
	const char *program = VB_SBINDIR "/vncbridged";

	if (options->file != NULL)
		execl(program, "vncbridged", "-n", "-f", options->file, NULL);
	else
		execl(program, "vncbridged", "-n", NULL);
	fprintf(stderr, "vncbridgectl: %s: %s\n", program, strerror(errno));
	return EXIT_FAULT;
}

static int
do_selfcert(const struct options *options)
{
	return selfcert(
	    options->directory, options->names, options->name_count);
}

static int
do_user(const struct options *options)
{
	int status =
	    user_command(options->name_count, options->names, options->is_json);

	if (status < 0)
		usage();
	return status;
}

static int
do_audit(const struct options *options)
{
	int status = audit_command(
	    options->name_count, options->names, options->is_json);

	if (status < 0)
		usage();
	return status;
}

static const struct command {
	const char *name;
	const char *flags; /* its own, for getopt */
	int takes_names;
	int (*run)(const struct options *options);
} commands[] = {
    {"status", "+jf:s:", 0, show_status},
    {"sessions", "+jf:s:", 0, show_sessions},
    {"targets", "+jf:s:", 0, show_targets},
    {"watch", "+f:s:", 0, do_watch},
    {"kick", "+cjf:m:s:tu", 1, do_kick},
    {"lock", "+jf:m:s:", 1, do_lock},
    {"unlock", "+jf:s:", 1, do_unlock},
    {"message", "+jf:s:tu", 1, do_message},
    {"logins", "+jf:s:", 0, show_logins},
    {"logout", "+jf:s:", 1, do_logout},
    {"why", "+jf:s:", 1, do_why},
    {"metrics", "+f:s:", 0, show_metrics},
    {"reload", "+f:s:", 0, do_reload},
    {"check", "+f:", 0, do_check},
    {"drain", "+jf:ks:", 0, do_drain},
    {"undrain", "+jf:s:", 0, do_undrain},
    {"stop", "+f:s:", 0, do_stop},
    {"selfcert", "+d:", 1, do_selfcert},
    {"user", "+j", 1, do_user},
    {"audit", "+j", 1, do_audit},
};

/* The flags before the command, or after it. */
static void
parse_flags(int argc, char **argv, const char *flags, struct options *options)
{
	int ch;

	while ((ch = getopt(argc, argv, flags)) != -1) {
		switch (ch) {
		case 'c':
			options->scopes |= ORDER_SCOPE_SESSION;
			break;
		case 'd':
			options->directory = optarg;
			break;
		case 'f':
			options->file = optarg;
			break;
		case 'j':
			options->is_json = 1;
			break;
		case 'k':
			options->keeps = 1;
			break;
		case 'm':
			options->text = optarg;
			break;
		case 's':
			options->socket = optarg;
			break;
		case 't':
			options->scopes |= ORDER_SCOPE_TARGET;
			break;
		case 'u':
			options->scopes |= ORDER_SCOPE_USER;
			break;
		default:
			usage();
		}
	}
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	usage();
}

int
main(int argc, char **argv)
{
	struct options options = {.directory = "."};
	const struct command *command;
	int status;

	inherited_reset_signals();
	parse_flags(argc, argv, "+f:js:", &options);
	if (optind == argc)
		usage();
	command = find_command(argv[optind]);
	argc -= optind;
	argv += optind;
	optind = 1;
	parse_flags(argc, argv, command->flags, &options);
	options.names = argv + optind;
	options.name_count = argc - optind;
	if ((options.name_count > 0) != command->takes_names)
		usage();
	status = command->run(&options);
	if (fflush(stdout) == 0)
		return status;
	fprintf(stderr, "vncbridgectl: %s\n", strerror(errno));
	return EXIT_FAULT;
}
