/* SPDX-License-Identifier: ISC */
/*
 * A PEM file of any text. What is taken of it is written so that it is read
 * alike again; and where nothing is refused, each block that OpenSSL reads in
 * the file is among those that were taken, in order, with the same content.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "daemon/bundle/pem_text.h"

#define TEXT_MAX   16384
#define BLOCKS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct content {
	char *name;
	char *header;
	unsigned char *der;
	long len;
};

static struct content taken[BLOCKS_MAX];
static size_t taken_count;

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* Returns whether there was one. */
static int
read_by_openssl(BIO *bio, struct content *out)
{
	memset(out, 0, sizeof(*out));
	return PEM_read_bio(
		   bio, &out->name, &out->header, &out->der, &out->len) == 1;
}

static void
free_content(struct content *content)
{
	OPENSSL_free(content->name);
	OPENSSL_free(content->header);
	OPENSSL_free(content->der);
}

/* Written as it is read again, by us and, if it is base64, by OpenSSL. */
static void
check_block(const struct pem_block *block, const char *text)
{
	static char again[2 * TEXT_MAX];
	struct pem_reader reader;
	struct pem_block other;
	BIO *bio = BIO_new_mem_buf(text, (int)block->len);

	must(strlen(text) == block->len && block->line > 0);
	pem_text_init(&reader, text);
	must(pem_text_next(&reader, &other, again, sizeof(again)) == 1);
	must(strcmp(other.label, block->label) == 0);
	must(strcmp(again, text) == 0);
	must(pem_text_next(&reader, &other, again, sizeof(again)) == 0);
	if (taken_count < BLOCKS_MAX &&
	    read_by_openssl(bio, &taken[taken_count])) {
		must(strcmp(taken[taken_count].name, block->label) == 0);
		taken_count++;
	}
	BIO_free(bio);
}

/* With any other header, OpenSSL takes it for no certificate, and no key. */
static int
is_usable(const struct content *content)
{
	const char *p = content->header, *dek = strchr(p, '\n');

	if (p[0] == '\0')
		return 1;
	if (strncmp(p, "Proc-Type: 4,ENCRYPTED\n", 23) != 0 ||
	    strncmp(dek + 1, "DEK-Info: ", 10) != 0 ||
	    strchr(dek + 1, '\n') != p + strlen(p) - 1)
		return 0;
	for (; *p != '\0'; p++)
		if (*p != '\n' && (*p < ' ' || *p > '~'))
			return 0;
	return 1;
}

static void
compare_with_openssl(const char *text)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	struct content content;
	size_t i = 0;

	while (read_by_openssl(bio, &content)) {
		while (is_usable(&content) && i < taken_count &&
		    (strcmp(taken[i].name, content.name) != 0 ||
			taken[i].len != content.len ||
			memcmp(taken[i].der, content.der,
			    (size_t)content.len) != 0))
			i++;
		if (is_usable(&content))
			must(i++ < taken_count);
		free_content(&content);
	}
	free_content(&content);
	BIO_free(bio);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX + 1], out[2 * TEXT_MAX];
	struct pem_reader reader;
	struct pem_block block;
	int result;

	if (size > TEXT_MAX || memchr(data, '\0', size) != NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	taken_count = 0;
	pem_text_init(&reader, text);
	while ((result = pem_text_next(&reader, &block, out, sizeof(out))) > 0)
		check_block(&block, out);
	must((result == 0) == (reader.why[0] == '\0'));
	if (result == 0)
		compare_with_openssl(text);
	while (taken_count > 0)
		free_content(&taken[--taken_count]);
	ERR_clear_error();
	return 0;
}
