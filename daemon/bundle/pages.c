/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pages.h"
#include "common/sealed.h"
#include "daemon/bundle/pages.h"

#define ETAG_BYTES 12 /* of the SHA-256: 96 bits tell versions apart */

struct builder {
	struct pages_entry entries[PAGES_MAX];
	uint32_t count;
	unsigned char *bytes; /* what the entries point at */
	size_t len;
	const char *directory;
	char *error;
	size_t error_size;
};

static const struct {
	const char *suffix;
	const char *type;
} page_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *
type_of(const char *path)
{
	const char *suffix = strrchr(path, '.');
	size_t i;

	for (i = 0; i < sizeof(page_types) / sizeof(page_types[0]); i++)
		if (suffix != NULL && strcmp(suffix, page_types[i].suffix) == 0)
			return page_types[i].type;
	return NULL;
}

/* Appends a file's bytes. Returns 0, or a negative error with errno. */
static int
append_file(
    struct builder *b, const char *path, uint32_t *offset, uint32_t *len)
{
	char full[4096];
	struct stat st;
	unsigned char *grown;
	ssize_t n;
	size_t got = 0;
	int fd, result = VB_ESYS;

	snprintf(full, sizeof(full), "%s/%s", b->directory, path);
	if ((fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return VB_ESYS;
	if (fstat(fd, &st) == -1)
		goto done;
	result = VB_ERANGE;
	if (!S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (uint64_t)st.st_size > PAGES_SIZE_MAX - b->len)
		goto done;
	result = VB_ENOMEM;
	if ((grown = realloc(b->bytes, b->len + (size_t)st.st_size + 1)) ==
	    NULL)
		goto done;
	b->bytes = grown;
	result = VB_ESYS;
	while (got < (size_t)st.st_size) {
		n = read(fd, b->bytes + b->len + got, (size_t)st.st_size - got);
		if (n == -1)
			goto done;
		if (n == 0)
			break; /* it has shrunk since */
		got += (size_t)n;
	}
	*offset = (uint32_t)b->len;
	*len = (uint32_t)got;
	b->len += got;
	result = 0;
done:
	close(fd);
	return result;
}

static void
set_etag(struct builder *b, struct pages_entry *entry)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t i, n = 0;

	SHA256(b->bytes + entry->offset, entry->len, digest);
	entry->etag[n++] = '"';
	for (i = 0; i < ETAG_BYTES; i++)
		n += (size_t)snprintf(entry->etag + n, sizeof(entry->etag) - n,
		    "%02x", digest[i]);
	entry->etag[n] = '"';
}

static int
add_page(struct builder *b, const char *path)
{
	struct pages_entry *entry = &b->entries[b->count];
	const char *type = type_of(path);
	char compressed[PAGE_PATH_MAX + 4];
	int result;

	if (type == NULL)
		return 0; /* also the .gz files, which come with theirs */
	if (b->count == PAGES_MAX || strlen(path) >= sizeof(entry->path)) {
		snprintf(b->error, b->error_size,
		    "pages: %s/%s: too many files, or too long a name",
		    b->directory, path);
		return VB_EFULL;
	}
	memset(entry, 0, sizeof(*entry));
	strlcpy(entry->path, path, sizeof(entry->path));
	strlcpy(entry->type, type, sizeof(entry->type));
	result = append_file(b, path, &entry->offset, &entry->len);
	if (result < 0) {
		snprintf(b->error, b->error_size, "pages: %s/%s: %s",
		    b->directory, path, vb_strerror(result));
		return result;
	}
	set_etag(b, entry);
	snprintf(compressed, sizeof(compressed), "%s.gz", path);
	if (append_file(b, compressed, &entry->gzip_offset, &entry->gzip_len) <
	    0)
		entry->gzip_len = 0; /* a page need not have one */
	b->count++;
	return 0;
}

static int
add_directory(struct builder *b, const char *below)
{
	char full[4096], path[PAGE_PATH_MAX + 256];
	struct dirent *item;
	DIR *dir;
	int result = 0;

	snprintf(full, sizeof(full), "%s/%s", b->directory, below);
	if ((dir = opendir(full)) == NULL) {
		snprintf(b->error, b->error_size, "pages: %s: %s", full,
		    strerror(errno));
		return VB_ESYS;
	}
	while (result == 0 && (item = readdir(dir)) != NULL) {
		if (item->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s%s", below, item->d_name);
		result = add_page(b, path);
	}
	closedir(dir);
	return result;
}

static int
has_page(const struct builder *b, const char *path)
{
	uint32_t i;

	for (i = 0; i < b->count; i++)
		if (strcmp(b->entries[i].path, path) == 0)
			return 1;
	snprintf(b->error, b->error_size, "pages: %s/%s is missing",
	    b->directory, path);
	return 0;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1)
			return VB_ESYS;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Writes head, entries and bytes to a memory file, and seals it. */
static int
write_table(struct builder *b, int *fd, uint64_t *size_bytes)
{
	struct pages_head head = {PAGES_MAGIC, b->count};
	size_t start = sizeof(head) + b->count * sizeof(b->entries[0]);
	uint32_t i;

	for (i = 0; i < b->count; i++) {
		b->entries[i].offset += (uint32_t)start;
		b->entries[i].gzip_offset += (uint32_t)start;
	}
	*size_bytes = start + b->len;
	*fd = sealed_new("vncbridge-pages");
	if (*fd == -1)
		return VB_ESYS;
	if (write_all(*fd, &head, sizeof(head)) < 0 ||
	    write_all(*fd, b->entries, b->count * sizeof(b->entries[0])) < 0 ||
	    write_all(*fd, b->bytes, b->len) < 0 || sealed_close(*fd) == -1) {
		close(*fd);
		return VB_ESYS;
	}
	return 0;
}

int
pages_build(const char *directory, int *fd, uint64_t *size_bytes, char *error,
    size_t error_size)
{
	struct builder *b;
	int result = VB_ENOMEM;

	error[0] = '\0';
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return VB_ENOMEM;
	b->directory = directory;
	b->error = error;
	b->error_size = error_size;
	if ((result = add_directory(b, "")) < 0 ||
	    (result = add_directory(b, "assets/")) < 0)
		goto done;
	result = VB_ENOTFOUND;
	if (!has_page(b, PAGE_START) || !has_page(b, PAGE_VIEWER) ||
	    !has_page(b, PAGE_LOGIN) || !has_page(b, PAGE_CODE))
		goto done;
	result = write_table(b, fd, size_bytes);
done:
	if (result < 0 && error[0] == '\0')
		snprintf(error, error_size, "pages: %s", vb_strerror(result));
	free(b->bytes);
	free(b);
	return result;
}
