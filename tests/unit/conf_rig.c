/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_rig.h"

char path[64], error[CONF_ERROR_MAX];
struct conf *conf;

int
load_bytes(const void *bytes, size_t len)
{
	struct conf_options options = {.file = path};
	int fd, result;

	strcpy(path, "/tmp/vb-conf-XXXXXX");
	ck_assert_int_ne(fd = mkstemp(path), -1);
	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	result = conf_load(&options, &conf, error);
	unlink(path);
	ck_assert((result == 0) == (conf != NULL));
	return result;
}

int
load(const char *text)
{
	return load_bytes(text, strlen(text));
}
