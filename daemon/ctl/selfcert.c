/* SPDX-License-Identifier: ISC */
/*
 * A certificate for a laboratory: RFC 5280 for its form, RFC 9525 for the
 * names (subjectAltName only; the common name is for people to read).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/target.h"
#include "daemon/ctl/daemon.h"
#include "daemon/ctl/selfcert.h"

#define VALID_DAYS	397  /* the most that browsers take */
#define BEFORE_SEC	3600 /* clocks differ */
#define DAY_SEC		86400L
#define SERIAL_BYTES	16
#define COMMON_NAME_MAX 64 /* RFC 5280, ub-common-name */
#define V4_BYTES	4
#define V6_BYTES	16
#define MODE_KEY	0600
#define MODE_CERT	0644

static int
add_name(GENERAL_NAMES *names, int type, const char *text, size_t len)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *value = ASN1_STRING_type_new(
	    type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);

	if (name == NULL || value == NULL ||
	    ASN1_STRING_set(value, text, (int)len) != 1) {
		GENERAL_NAME_free(name);
		ASN1_STRING_free(value);
		return -1;
	}
	GENERAL_NAME_set0_value(name, type, value);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return 0;
	GENERAL_NAME_free(name);
	return -1;
}

/* A DNS name, "*." before it or not. */
static int
is_host(const char *text)
{
	const char *rest = strncmp(text, "*.", 2) == 0 ? text + 2 : text;
	char name[TARGET_NAME_MAX];
	size_t len = strlen(rest);

	return len > 0 && rest[len - 1] != '.' &&
	    target_parse_name(rest, len, name) == 0;
}

static int
add_names(X509 *cert, char *const names[], int count)
{
	GENERAL_NAMES *list = GENERAL_NAMES_new();
	struct addr addr;
	int i, result = list == NULL ? -1 : 0;

	for (i = 0; i < count && result == 0; i++)
		result = addr_parse_ip(names[i], &addr) == 0
		    ? add_name(list, GEN_IPADD, (const char *)addr.ip,
			  addr.family == ADDR_V4 ? V4_BYTES : V6_BYTES)
		    : add_name(list, GEN_DNS, names[i], strlen(names[i]));
	if (result == 0 &&
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, list, 0, 0) != 1)
		result = -1;
	GENERAL_NAMES_free(list);
	return result;
}

static int
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	int result;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	if (extension == NULL)
		return -1;
	result = X509_add_ext(cert, extension, -1) == 1 ? 0 : -1;
	X509_EXTENSION_free(extension);
	return result;
}

/* Random: two certificates of one name must differ (RFC 5280, 4.1.2.2). */
static int
set_serial(X509 *cert)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number;
	int result;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -1;
	bytes[0] = (bytes[0] & 0x7f) | 0x40; /* positive, and never short */
	if ((number = BN_bin2bn(bytes, sizeof(bytes), NULL)) == NULL)
		return -1;
	result = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) == NULL
	    ? -1
	    : 0;
	BN_free(number);
	return result;
}

static int
set_subject(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	/* a longer one is among the names, which is what counts */
	if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
		(const unsigned char *)(strlen(name) <= COMMON_NAME_MAX
			? name
			: "vncbridged"),
		-1, -1, 0) != 1)
		return -1;
	return X509_set_issuer_name(cert, subject) == 1 ? 0 : -1;
}

static X509 *
make_certificate(EVP_PKEY *key, char *const names[], int count)
{
	X509 *cert = X509_new();

	if (cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
	    set_serial(cert) == 0 &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -BEFORE_SEC) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert),
		VALID_DAYS * DAY_SEC - BEFORE_SEC) != NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    set_subject(cert, names[0]) == 0 &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") ==
		0 &&
	    add_extension(cert, NID_key_usage, "critical,digitalSignature") ==
		0 &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth") == 0 &&
	    add_extension(cert, NID_subject_key_identifier, "hash") == 0 &&
	    add_names(cert, names, count) == 0 &&
	    X509_sign(cert, key, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* A new file, not one that exists or that a link leads to. */
static FILE *
create(const char *path, mode_t mode)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	FILE *fp;

	if (fd == -1) {
		fprintf(
		    stderr, "vncbridgectl: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	if (fchmod(fd, mode) == 0 && (fp = fdopen(fd, "w")) != NULL)
		return fp;
	close(fd);
	unlink(path);
	return NULL;
}

/* key or cert. Returns 0, or -1, and then there is no file. */
static int
write_pem(const char *path, EVP_PKEY *key, X509 *cert)
{
	FILE *fp = create(path, key != NULL ? MODE_KEY : MODE_CERT);
	int is_good;

	if (fp == NULL)
		return -1;
	is_good = key != NULL
	    ? PEM_write_PrivateKey(fp, key, NULL, NULL, 0, NULL, NULL)
	    : PEM_write_X509(fp, cert);
	is_good = fflush(fp) == 0 && is_good && fsync(fileno(fp)) == 0;
	if (fclose(fp) == 0 && is_good)
		return 0;
	fprintf(stderr, "vncbridgectl: %s: cannot be written\n", path);
	unlink(path);
	return -1;
}

/* DIRECTORY/NAME.SUFFIX; a '*' would be the shell's. */
static int
make_path(char out[PATH_MAX], const char *directory, const char *name,
    const char *suffix)
{
	int n = snprintf(out, PATH_MAX, "%s/%s.%s", directory, name, suffix);
	char *star = strchr(out + strlen(directory), '*');

	if (star != NULL)
		*star = '_';
	return n > 0 && n < PATH_MAX ? 0 : -1;
}

static int
write_both(const char *directory, const char *name, EVP_PKEY *key, X509 *cert)
{
	char key_path[PATH_MAX], cert_path[PATH_MAX];

	if (make_path(key_path, directory, name, "key") == -1 ||
	    make_path(cert_path, directory, name, "pem") == -1) {
		fprintf(stderr, "vncbridgectl: %s: path too long\n", name);
		return EXIT_FAULT;
	}
	if (write_pem(key_path, key, NULL) == -1)
		return EXIT_FAULT;
	if (write_pem(cert_path, NULL, cert) == -1) {
		unlink(key_path); /* which no one has seen */
		return EXIT_FAULT;
	}
	printf("certificate = { \"%s\" }\nkey = { \"%s\" }\n", cert_path,
	    key_path);
	return 0;
}

int
selfcert(const char *directory, char *const names[], int count)
{
	char absolute[PATH_MAX];
	struct addr addr;
	EVP_PKEY *key;
	X509 *cert = NULL;
	int i, status = EXIT_FAULT;

	for (i = 0; i < count; i++)
		if (addr_parse_ip(names[i], &addr) < 0 && !is_host(names[i])) {
			fprintf(stderr,
			    "vncbridgectl: \"%s\" is not a DNS name or "
			    "address\n",
			    names[i]);
			return EXIT_USAGE;
		}
	/* the configuration needs a path that is valid from anywhere */
	if (realpath(directory, absolute) == NULL) {
		fprintf(stderr, "vncbridgectl: %s: %s\n", directory,
		    strerror(errno));
		return EXIT_FAULT;
	}
	if ((key = EVP_EC_gen("P-256")) != NULL)
		cert = make_certificate(key, names, count);
	if (cert != NULL)
		status = write_both(absolute, names[0], key, cert);
	else
		fprintf(stderr, "vncbridgectl: %s\n",
		    ERR_reason_error_string(ERR_get_error()));
	X509_free(cert);
	EVP_PKEY_free(key);
	return status;
}
