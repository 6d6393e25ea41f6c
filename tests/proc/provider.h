/* SPDX-License-Identifier: ISC */
/*
 * A provider in threads of the test, by HTTP or HTTPS: it answers by the path
 * that is asked, and each connection once.
 *
 *   /bytes/N     200, N bytes: 'a' to 'z', again and again
 *   /chunked/N   the same, without a length
 *   /endless     200, without an end
 *   /echo        200, the request itself
 *   /status/N    that status, and "no"
 *   /redirect    302, to /bytes/1
 *   /cut         less than it said
 *   /nothing     the end of the connection
 *   /garbage     no HTTP
 *   /fields      fields without an end
 *   /silent      nothing, ever
 *   /drip        a byte now and then, without an end
 */
#ifndef VB_TEST_PROVIDER_H
#define VB_TEST_PROVIDER_H

#include <openssl/types.h>
#include <stdint.h>

struct provider;

/*
 * Starts on 127.0.0.1; with a certificate it speaks TLS. **Keeps** both.
 * silent: it takes connections, and says nothing at all.
 */
struct provider *provider_start(X509 *cert, EVP_PKEY *key);
struct provider *provider_start_silent(void);
struct provider *provider_start_tls_1_1(X509 *cert, EVP_PKEY *key);

uint16_t provider_port(const struct provider *provider);

/* How many connections, and how many requests, have come. */
unsigned provider_connections(const struct provider *provider);
unsigned provider_requests(const struct provider *provider);

#endif
