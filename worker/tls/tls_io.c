/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <openssl/bio.h>

#include "worker/tls/tls_io.h"
#include "worker/tls/tls_size.h"

struct tls_io tls_io;

static BIO_METHOD *buffers_method;

static int
on_bio_read(BIO *bio, char *buf, int size)
{
	size_t n =
	    tls_io.input_len < (size_t)size ? tls_io.input_len : (size_t)size;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(buf, tls_io.input, n);
	tls_io.input += n;
	tls_io.input_len -= n;
	return (int)n;
}

static int
on_bio_write(BIO *bio, const char *data, int len)
{
	BIO_clear_retry_flags(bio);
	if ((size_t)len > TLS_OUT_BYTES - tls_io.out_len)
		return -1;
	memcpy(tls_io.out + tls_io.out_len, data, (size_t)len);
	tls_io.out_len += (size_t)len;
	return len;
}

static long
on_bio_ctrl(BIO *bio, int what, long number, void *arg)
{
	(void)bio;
	(void)number;
	(void)arg;
	return what == BIO_CTRL_FLUSH;
}

static int
on_bio_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

int
tls_io_open(uint8_t *out)
{
	tls_io.out = out;
	buffers_method =
	    BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "buffers");
	return buffers_method != NULL &&
		BIO_meth_set_read(buffers_method, on_bio_read) &&
		BIO_meth_set_write(buffers_method, on_bio_write) &&
		BIO_meth_set_ctrl(buffers_method, on_bio_ctrl) &&
		BIO_meth_set_create(buffers_method, on_bio_create)
	    ? 0
	    : VB_ESYS;
}

BIO *
tls_io_bio(void)
{
	return BIO_new(buffers_method);
}
