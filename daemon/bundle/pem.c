/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/sealed.h"
#include "daemon/bundle/pem.h"

#define FILE_MAX (1024 * 1024) /* bytes */
#define COPY_MS	 5000	       /* most that a file may take */

/* The whole file. Returns how many bytes, or an error. */
static ssize_t
read_all(int fd, char text[FILE_MAX + 1])
{
	size_t len = 0;
	ssize_t n;

	while (
	    (n = pread(fd, text + len, FILE_MAX + 1 - len, (off_t)len)) > 0) {
		len += (size_t)n;
		if (len > FILE_MAX)
			return VB_ERANGE;
	}
	text[len] = '\0';
	return n == -1 ? VB_ESYS : (ssize_t)len;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = write(fd, bytes, len)) == -1)
			return VB_ESYS;
	return 0;
}

static int
is_certificate(const char *label)
{
	return strcmp(label, PEM_STRING_X509) == 0 ||
	    strcmp(label, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(label, PEM_STRING_X509_TRUSTED) == 0;
}

/* "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY" ... */
static int
is_key(const char *label)
{
	size_t len = strlen(label), tail = strlen(PEM_STRING_PKCS8INF);

	return len >= tail &&
	    strcmp(label + len - tail, PEM_STRING_PKCS8INF) == 0;
}

static int
is_wanted(enum pem_use use, const char *label)
{
	switch (use) {
	case PEM_KEY:
		return is_key(label);
	case PEM_CRLS:
		return strcmp(label, PEM_STRING_X509_CRL) == 0;
	default:
		return is_certificate(label);
	}
}

/* A block that is not wanted: no one is to think that it has an effect. */
static void
note_other(
    enum pem_use use, const struct pem_block *block, char why[PEM_WHY_MAX])
{
	int is_usual = strcmp(block->label, PEM_STRING_ECPARAMETERS) == 0;

	if (use == PEM_CHAIN)
		is_usual |= is_key(block->label);
	else if (use == PEM_KEY || use == PEM_CRLS)
		is_usual |= is_certificate(block->label);
	if (!is_usual && why[0] == '\0')
		snprintf(why, PEM_WHY_MAX, "line %d: %s is not used here",
		    block->line, block->label);
}

/* No other process could read these. Returns 0 or VB_ESYNTAX. */
static int
check_label(
    enum pem_use use, const struct pem_block *block, char why[PEM_WHY_MAX])
{
	const char *what = NULL;

	if (use != PEM_KEY && use != PEM_CRLS &&
	    strcmp(block->label, PEM_STRING_PKCS7) == 0)
		what = "\"openssl pkcs7 -print_certs\" takes certificates out "
		       "of";
	else if (use == PEM_KEY &&
	    strcmp(block->label, "OPENSSH PRIVATE KEY") == 0)
		what = "\"ssh-keygen -p -m PEM\" makes a key for TLS of";
	if (what == NULL)
		return 0;
	snprintf(why, PEM_WHY_MAX, "line %d: %s %s", block->line, what,
	    block->label);
	return VB_ESYNTAX;
}

/* A TRUSTED CERTIFICATE says for what it is (x509(1), -addtrust). */
static int
is_trusted(X509 *cert, enum pem_use use)
{
	int as = use == PEM_CLIENT_CA ? X509_TRUST_SSL_CLIENT
				      : X509_TRUST_SSL_SERVER;

	return X509_check_trust(cert, as, 0) != X509_TRUST_REJECTED;
}

/* What OpenSSL reads of a block, written as every program reads it. */
static int
convert(enum pem_use use, const struct pem_block *block, const char *text,
    BIO *out, char why[PEM_WHY_MAX])
{
	BIO *in = BIO_new_mem_buf(text, (int)block->len);
	X509_CRL *crl = NULL;
	X509 *cert = NULL;
	const char *what = "is damaged:";
	int is_good = 0;

	if (in != NULL && use == PEM_CRLS) {
		crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL);
		is_good = crl != NULL && PEM_write_bio_X509_CRL(out, crl);
	} else if (in != NULL) {
		cert = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL);
		if (cert != NULL && use != PEM_CHAIN && !is_trusted(cert, use))
			what = "is trusted for other purposes:";
		else
			is_good = cert != NULL && PEM_write_bio_X509(out, cert);
	}
	BIO_free(in);
	X509_free(cert);
	X509_CRL_free(crl);
	if (is_good)
		return 0;
	snprintf(why, PEM_WHY_MAX, "line %d: the block that begins here %s %s",
	    block->line, what, block->label);
	return VB_ESYNTAX;
}

/* Returns how many, or an error with why. */
static int
copy_blocks(enum pem_use use, const char *text, BIO *out, char why[PEM_WHY_MAX])
{
	static char copied[FILE_MAX + FILE_MAX / 8];
	struct pem_reader reader;
	struct pem_block block;
	int n = 0, result;

	pem_text_init(&reader, text);
	while ((result = pem_text_next(
		    &reader, &block, copied, sizeof(copied))) > 0) {
		if ((result = check_label(use, &block, why)) < 0)
			break;
		if (!is_wanted(use, block.label)) {
			note_other(use, &block, why);
			continue;
		}
		n++;
		if (use != PEM_KEY)
			result = convert(use, &block, copied, out, why);
		else if (BIO_write(out, copied, (int)block.len) <= 0)
			result = VB_ENOMEM;
		if (result < 0)
			break;
	}
	explicit_bzero(copied, sizeof(copied));
	if (result < 0 && reader.why[0] != '\0')
		memcpy(why, reader.why, PEM_WHY_MAX);
	return result < 0 ? result : n;
}

/*
 * Whether OpenSSL would accept it as a server's, as a worker will ask it to.
 * What is made here goes with the process.
 */
static int
is_strong(const char *text, size_t len, const char *ciphers)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	STACK_OF(X509) *chain = sk_X509_new_null();
	SSL_CTX *ctx = NULL;
	X509 *cert;

	/* a file of OpenSSL's settings is not what a worker goes by */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
		ctx = SSL_CTX_new(TLS_server_method());
	if (bio == NULL || chain == NULL || ctx == NULL)
		return 0;
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(chain, cert) == 0)
			return 0;
	cert = sk_X509_shift(chain);
	return SSL_CTX_set_cipher_list(ctx, ciphers) == 1 &&
	    SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_set1_chain(ctx, chain) == 1;
}

/* What comes of a file's text. Returns 0 or an error, both with why perhaps. */
static int
copy_text(enum pem_use use, const char *ciphers, const char *text, size_t len,
    int fd, char why[PEM_WHY_MAX])
{
	BIO *out = BIO_new(BIO_s_mem());
	const char *guess;
	char *bytes;
	long bytes_len;
	int n;

	if (out == NULL)
		return VB_ENOMEM;
	if (memchr(text, '\0', len) != NULL)
		n = 0;
	else if ((n = copy_blocks(use, text, out, why)) < 0)
		return n;
	if (n == 0) {
		if ((guess = pem_text_guess(text, len)) != NULL)
			snprintf(why, PEM_WHY_MAX, "%s", guess);
		return VB_ENOTFOUND;
	}
	if (use == PEM_KEY && n > 1) {
		snprintf(why, PEM_WHY_MAX,
		    "it has %d private keys: leave the certificate's", n);
		return VB_ESYNTAX;
	}
	bytes_len = BIO_get_mem_data(out, &bytes);
	if (use == PEM_CHAIN && !is_strong(bytes, (size_t)bytes_len, ciphers))
		return VB_EWEAK;
	return write_all(fd, bytes, (size_t)bytes_len);
}

/*
 * What the process does that reads the file; its status is the error. Its
 * memory goes with it.
 */
static void __attribute__((noreturn))
run_copy(int fd, enum pem_use use, const char *ciphers, int out, int answer)
{
	static char text[FILE_MAX + 1];
	char why[PEM_WHY_MAX] = "";
	ssize_t len;
	int result;

	/* or else it might hold listeners and pid file of one that has gone */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if ((len = read_all(fd, text)) < 0)
		result = (int)len;
	else
		result = copy_text(use, ciphers, text, (size_t)len, out, why);
	explicit_bzero(text, sizeof(text));
	if (write(answer, why, sizeof(why)) != (ssize_t)sizeof(why))
		result = VB_ESYS;
	_exit(-result);
}

/*
 * Waits until answer has something, or its end; the other process may read from
 * a disk that has gone.
 */
static int
wait_for(pid_t pid, int answer)
{
	struct pollfd pfd = {.fd = answer, .events = POLLIN};

	if (poll(&pfd, 1, COPY_MS) > 0)
		return 0;
	kill(pid, SIGKILL);
	/* it may hang even then: if it ends, the loop hears of it */
	waitpid(pid, NULL, WNOHANG);
	errno = ETIMEDOUT;
	return VB_ESYS;
}

/* Returns the status of the other process. */
static int
hear(pid_t pid, int answer, char why[PEM_WHY_MAX])
{
	ssize_t n;
	char end;
	int status, result;

	if ((result = wait_for(pid, answer)) < 0)
		return result;
	n = read(answer, why, PEM_WHY_MAX);
	why[n == PEM_WHY_MAX ? n - 1 : 0] = '\0';
	/* the end comes with that of the process */
	if ((result = wait_for(pid, answer)) < 0)
		return result;
	(void)!read(answer, &end, 1);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return VB_ESYS;
	errno = EIO; /* what it was, the process took with it */
	return WIFEXITED(status) ? -WEXITSTATUS(status) : VB_ESYS;
}

int
pem_copy(int fd, enum pem_use use, const char *ciphers, int *out,
    char why[PEM_WHY_MAX])
{
	sigset_t all, before;
	int file, done[2], result = VB_ESYS;
	pid_t pid;

	*out = -1;
	why[0] = '\0';
	if (pipe2(done, O_CLOEXEC) == -1)
		return VB_ESYS;
	if ((file = sealed_new("pem")) == -1) {
		close(done[0]);
		close(done[1]);
		return VB_ESYS;
	}
	/* a signal is the daemon's, also when it is sent to all of its group */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((pid = fork()) == 0)
		run_copy(fd, use, ciphers, file, done[1]);
	close(done[1]);
	if (pid != -1)
		result = hear(pid, done[0], why);
	close(done[0]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (result == 0 && sealed_close(file) == -1)
		result = VB_ESYS;
	if (result < 0) {
		close(file);
		return result;
	}
	*out = file;
	return 0;
}
