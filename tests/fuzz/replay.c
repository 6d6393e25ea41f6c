/* SPDX-License-Identifier: ISC */
/*
 * Gives every file of the corpus to a fuzzer's LLVMFuzzerTestOneInput(), so
 * that `make check` needs no libFuzzer. The arguments are files and folders;
 * without any, it is FUZZ_CORPUS below $srcdir, where the build defines it.
 * That nothing was found to replay is a failure.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_CORPUS
#define FUZZ_CORPUS "tests/fuzz/corpus"
#endif

#define PATH_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true after the whole corpus; not every fuzzer has one. */
void replay_end(void) __attribute__((weak));

static size_t
replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *file = fopen(path, "rb");

	if (data == NULL || file == NULL)
		err(EXIT_FAILURE, "%s", path);
	if (fread(data, 1, size, file) != size)
		errx(EXIT_FAILURE, "%s: cannot read", path);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

/* Returns how many files were replayed. */
static size_t
replay_path(const char *path)
{
	char below[PATH_BYTES];
	struct dirent *entry;
	struct stat st;
	size_t count = 0;
	DIR *dir;

	if (stat(path, &st) != 0)
		err(EXIT_FAILURE, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	if ((dir = opendir(path)) == NULL)
		err(EXIT_FAILURE, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path,
			entry->d_name) >= (int)sizeof(below))
			errx(EXIT_FAILURE, "%s: name too long", path);
		count += replay_path(below);
	}
	(void)closedir(dir);
	return count;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char corpus[PATH_BYTES];
	size_t count = 0;
	int i;

	for (i = 1; i < argc; i++)
		count += replay_path(argv[i]);
	if (argc < 2) {
		(void)snprintf(corpus, sizeof(corpus), "%s/%s",
		    srcdir != NULL ? srcdir : ".", FUZZ_CORPUS);
		count = replay_path(corpus);
		if (replay_end != NULL)
			replay_end();
	}
	printf("replayed %zu inputs\n", count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
