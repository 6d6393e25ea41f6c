/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>

#include "daemon/bundle/conf_auth.h"
#include "daemon/bundle/conf_seen.h"

const char *
conf_auth_fault(cfg_t *section, char why[CONF_ERROR_MAX])
{
	const char *file = cfg_getstr(section, "file");

	(void)why;
	if (strcmp(cfg_title(section), "password") != 0)
		return "is no way to log in that this version knows: only "
		       "\"password\" is";
	if (file[0] != '/' || strlen(file) >= PATH_MAX)
		return "has a file that is not an absolute path";
	return NULL;
}

int
conf_take_auth(cfg_t *cfg, struct conf *conf)
{
	cfg_t *section;

	if (cfg_size(cfg, "auth") == 0)
		return 0;
	section = cfg_getnsec(cfg, "auth", 0);
	conf->auth_line = conf_seen_section_line("auth", 0);
	conf->settings.has_auth = 1;
	conf->users_file = strdup(cfg_getstr(section, "file"));
	return conf->users_file == NULL ? VB_ENOMEM : 0;
}
