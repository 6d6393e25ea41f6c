/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/socket.h"
#include "daemon/bundle/conf_load.h"
#include "daemon/bundle/conf_find.h"

#define USUAL_SOCKET VB_RUNSTATEDIR "/vncbridged.sock"

static void __attribute__((noreturn)) tell_off(const char *file)
{
	fprintf(stderr,
	    "vncbridgectl: %s: control-socket = \"\": this daemon has no "
	    "control socket\n",
	    file);
	exit(EXIT_NO_DAEMON);
}

/* A daemon can be asked and stopped, whatever its file has become since. */
static void
find_in_broken(const char *file, const char *error, char out[PATH_MAX])
{
	if (conf_find_text(file, "control-socket", out, PATH_MAX) == 0)
		return;
	strlcpy(out, USUAL_SOCKET, PATH_MAX);
	fprintf(stderr, "vncbridgectl: %s: trying %s\n", error, out);
}

const char *
socket_of_configuration(const char *file)
{
	static char path[PATH_MAX], error[CONF_ERROR_MAX];
	struct conf_options options = {.file = file};
	const char *name = conf_path(&options);
	struct conf *conf;
	int result;

	log_set_level(LOG_LEVEL_ERROR); /* warnings are the daemon's to say */
	result = conf_load(&options, &conf, error);
	if (result == 0) {
		strlcpy(path, conf->control_socket, sizeof(path));
		conf_free(conf);
	} else if (result == VB_ENOTFOUND && file == NULL)
		strlcpy(path, USUAL_SOCKET, sizeof(path));
	else
		find_in_broken(name, error, path);
	if (path[0] == '\0')
		tell_off(name);
	return path;
}
