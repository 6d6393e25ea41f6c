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
#include "daemon/master/pem.h"

#define FILE_MAX  (1024 * 1024) /* bytes */
#define COPY_MS	  5000		/* most that a file may take */
#define LABEL_MAX 64

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

/* Where a line begins that is this one, or NULL. */
static const char *
find_line(const char *text, const char *line)
{
	const char *at = text;

	while ((at = strstr(at, line)) != NULL) {
		if (at == text || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

/* Returns how many blocks, or an error. */
static int
copy_blocks(const char *text, const char *label, int out)
{
	char first[LABEL_MAX], last[LABEL_MAX];
	const char *begin, *end;
	int n = 0;

	snprintf(first, sizeof(first), "-----BEGIN %s-----", label);
	snprintf(last, sizeof(last), "-----END %s-----", label);
	for (begin = text; (begin = find_line(begin, first)) != NULL; n++) {
		if ((end = find_line(begin, last)) == NULL)
			return VB_ESYNTAX;
		end += strlen(last);
		/* a block that was cut off must not bring the next one's key */
		if (memmem(begin + strlen(first),
			(size_t)(end - begin) - strlen(first) - strlen(last),
			"-----", 5) != NULL)
			return VB_ESYNTAX;
		if (write_all(out, begin, (size_t)(end - begin)) < 0 ||
		    write_all(out, "\n", 1) < 0)
			return VB_ESYS;
		begin = end;
	}
	return n;
}

/* How many blocks OpenSSL can read, as a worker will. */
static int
count_readable(const char *text, size_t len, const char *label)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	X509_CRL *crl = NULL;
	X509 *certificate = NULL;
	int n = -1;

	if (bio == NULL)
		return 0;
	do {
		X509_free(certificate);
		X509_CRL_free(crl);
		if (strcmp(label, PEM_CRL) == 0)
			crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
		else
			certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		n++;
	} while (crl != NULL || certificate != NULL);
	BIO_free(bio);
	return n;
}

/*
 * Whether OpenSSL would take it for a server's, as a worker will ask it to.
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

/* Returns 0 or an error. */
static int
copy_public(const char *text, const char *label, const char *ciphers, int out)
{
	static char copied[FILE_MAX + 1];
	int n = copy_blocks(text, label, out);
	ssize_t len;

	if (n <= 0)
		return n == 0 ? VB_ENOTFOUND : n;
	if ((len = read_all(out, copied)) < 0 ||
	    count_readable(copied, (size_t)len, label) != n)
		return VB_ESYNTAX;
	if (ciphers != NULL && !is_strong(copied, (size_t)len, ciphers))
		return VB_EWEAK;
	return 0;
}

/*
 * What the process does that reads the file; its status is the error. No
 * label: all of it.
 */
static void __attribute__((noreturn))
run_copy(int fd, const char *label, const char *ciphers, int out)
{
	static char text[FILE_MAX + 1];
	ssize_t len;
	int result;

	/* or else it might hold listeners and pid file of one that has gone */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if ((len = read_all(fd, text)) < 0)
		result = (int)len;
	else if (label == NULL)
		result = write_all(out, text, (size_t)len);
	else
		result = copy_public(text, label, ciphers, out);
	explicit_bzero(text, sizeof(text));
	_exit(-result);
}

/* done ends with the process, which may read from a disk that has gone. */
static int
wait_for(pid_t pid, int done)
{
	struct pollfd pfd = {.fd = done, .events = POLLIN};
	int status;

	if (poll(&pfd, 1, COPY_MS) <= 0) {
		kill(pid, SIGKILL);
		/* it may hang even then: if it ends, the loop hears of it */
		waitpid(pid, &status, WNOHANG);
		errno = ETIMEDOUT;
		return VB_ESYS;
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return VB_ESYS;
	errno = EIO; /* what it was, the process took with it */
	return WIFEXITED(status) ? -WEXITSTATUS(status) : VB_ESYS;
}

static int
copy(int fd, const char *label, const char *ciphers, int *out)
{
	sigset_t all, before;
	int file, done[2], result = VB_ESYS;
	pid_t pid;

	*out = -1;
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
		run_copy(fd, label, ciphers, file);
	close(done[1]);
	if (pid != -1)
		result = wait_for(pid, done[0]);
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

int
pem_copy(int fd, const char *label, int *out)
{
	return copy(fd, label, NULL, out);
}

int
pem_copy_chain(int fd, const char *ciphers, int *out)
{
	return copy(fd, PEM_CERTIFICATE, ciphers, out);
}

int
pem_copy_all(int fd, int *out)
{
	return copy(fd, NULL, NULL, out);
}
