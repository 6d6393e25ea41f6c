/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/stamp.h"
#include "tests/proc/keeper_rig.h"
#include "tests/unit/cert_maker.h"

#define DAY_SEC 86400

static void
tell(struct keeper_rig *k, enum msg_type type, const void *body, int fd)
{
	ck_assert_int_eq(ipc_write_message(k->rig.master, type, body, fd), 0);
}

/* A sanitizer holds back what is freed, which would look like growth. */
static void
hold_nothing_back(void)
{
	const char *usual = getenv("ASAN_OPTIONS");
	char options[512];

	if (usual != NULL && strstr(usual, "quarantine") != NULL)
		return;
	snprintf(options, sizeof(options), "%s:quarantine_size_mb=1",
	    usual != NULL ? usual : "");
	ck_assert_int_eq(setenv("ASAN_OPTIONS", options, 1), 0);
}

static void
give_stamp(struct keeper_rig *k)
{
	struct msg_conf_stamp stamp = {0};

	k->stamp_fd = memfd_create("stamp", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(k->stamp_fd, STAMP_FILE_BYTES), 0);
	tell(k, MSG_CONF_STAMP, &stamp, fcntl(k->stamp_fd, F_DUPFD_CLOEXEC, 0));
}

void
keeper_spawn(struct keeper_rig *k)
{
	struct rig_conf conf = {0};

	memset(k, 0, sizeof(*k));
	hold_nothing_back();
	k->rig = rig_spawn_program("VB_KEEPER", &conf);
#define X(name, field, def, min, max, unit) k->settings.field = def;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) k->settings.field = def;
	SETTINGS_SWITCHES(X)
#undef X
	k->settings.tls_minimum = SETTINGS_TLS_1_2;
	give_stamp(k);
}

void
keeper_conf_start(struct keeper_rig *k)
{
	struct msg_conf_start start;

	memset(&start, 0, sizeof(start));
	start.proto_version = PROTO_VERSION;
	start.generation = ++k->rig.generation;
	start.settings = k->settings;
	tell(k, MSG_CONF_START, &start, -1);
}

void
keeper_conf_cert(
    struct keeper_rig *k, uint32_t cert_id, int certificate, int key)
{
	struct msg_conf_cert cert = {cert_id};
	struct msg_conf_key conf_key = {cert_id, 0};

	tell(k, MSG_CONF_CERT, &cert, fcntl(certificate, F_DUPFD_CLOEXEC, 0));
	tell(k, MSG_CONF_KEY, &conf_key, fcntl(key, F_DUPFD_CLOEXEC, 0));
}

void
keeper_conf_end(struct keeper_rig *k)
{
	struct msg_conf_end end = {k->rig.generation};

	tell(k, MSG_CONF_END, &end, -1);
}

/* The next message of that type; what comes before it is remembered. */
static void
read_master(struct keeper_rig *k, enum msg_type wanted, union proto_any *any)
{
	int type, fd;

	do {
		type = ipc_read_message(
		    k->rig.master, ROLE_MASTER, ROLE_KEEPER, any, &fd);
		ck_assert_msg(type > 0, "%s", vb_strerror(type));
		ck_assert_int_eq(fd, -1);
		if (type == MSG_LOG) {
			k->refusals +=
			    strstr(any->log.line, "signature refused") != NULL;
			if (getenv("VB_TEST_VERBOSE") != NULL)
				fprintf(stderr, "keeper: %s\n", any->log.line);
		} else if (type == MSG_DROPPED) {
			k->dropped++;
			k->dropped_index = any->dropped.index;
			k->dropped_fence = any->dropped.fence;
		}
	} while (type != (int)wanted);
}

void
keeper_wait_kept(struct keeper_rig *k)
{
	union proto_any any;

	read_master(k, MSG_KEPT, &any);
	k->kept = any.kept;
	ck_assert_uint_eq(k->kept.generation, k->rig.generation);
	ck_assert(PROTO_IS_TEXT(k->kept.text));
}

void
keeper_wait_ready(struct keeper_rig *k)
{
	union proto_any any;

	read_master(k, MSG_READY, &any);
	ck_assert_uint_eq(any.ready.proto_version, PROTO_VERSION);
}

void
keeper_probe(struct keeper_rig *k)
{
	static uint64_t number;
	struct msg_probe probe = {++number};
	union proto_any any;

	tell(k, MSG_PROBE, &probe, -1);
	read_master(k, MSG_ALIVE, &any);
	ck_assert_uint_eq(any.alive.number, number);
}

int
keeper_add_worker(
    struct keeper_rig *k, uint32_t index, struct msg_tickets *tickets)
{
	struct msg_peer peer = {.index = index,
	    .fence = RIG_FENCE + index,
	    .role = ROLE_KEEPER,
	    .asker = ROLE_WORKER};
	union proto_any any;
	int fds[2], fd;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	tell(k, MSG_PEER, &peer, fds[1]);
	ck_assert_int_eq(
	    ipc_read_message(fds[0], ROLE_WORKER, ROLE_KEEPER, &any, &fd),
	    MSG_TICKETS);
	if (tickets != NULL)
		*tickets = any.tickets;
	return fds[0];
}

void
keeper_read_signed(int worker, struct msg_signature *out)
{
	union proto_any any;
	int type, fd;

	do
		type = ipc_read_message(
		    worker, ROLE_WORKER, ROLE_KEEPER, &any, &fd);
	while (type == MSG_TICKETS);
	ck_assert_msg(type == MSG_SIGNED, "%s instead of SIGNED",
	    type < 0 ? vb_strerror(type) : proto_row((uint32_t)type)->name);
	*out = any.signature;
	ck_assert_uint_le(out->length, sizeof(out->signature));
	ck_assert((out->code == SIGNED_OK) == (out->length > 0));
}

/* ---- with keys ---- */

void
keeper_make_keys(struct keeper_rig *k)
{
	X509 *ec_cert, *rsa_cert;

	k->ec_key = maker_key("P-256");
	k->rsa_key = maker_key("RSA:4096");
	ec_cert = maker_certificate(k->ec_key, -DAY_SEC, DAY_SEC);
	rsa_cert = maker_certificate(k->rsa_key, -DAY_SEC, DAY_SEC);
	k->ec_cert_fd = maker_certificate_file(ec_cert);
	k->rsa_cert_fd = maker_certificate_file(rsa_cert);
	k->ec_key_fd = maker_key_file(k->ec_key, NULL);
	k->rsa_key_fd = maker_key_file(k->rsa_key, NULL);
	X509_free(ec_cert);
	X509_free(rsa_cert);
}

void
keeper_configure(struct keeper_rig *k)
{
	keeper_conf_start(k);
	keeper_conf_cert(k, KEEPER_EC_ID, k->ec_cert_fd, k->ec_key_fd);
	keeper_conf_cert(k, KEEPER_RSA_ID, k->rsa_cert_fd, k->rsa_key_fd);
	keeper_conf_end(k);
	keeper_wait_kept(k);
	ck_assert_msg(k->kept.cert_id == 0, "%s", k->kept.text);
}

void
keeper_start(struct keeper_rig *k)
{
	keeper_spawn(k);
	keeper_make_keys(k);
	keeper_configure(k);
	keeper_wait_ready(k);
	k->workers[0] = keeper_add_worker(k, 0, NULL);
	k->workers[1] = keeper_add_worker(k, 1, NULL);
}

void
keeper_ask(int worker, const struct msg_sign *what)
{
	ck_assert_int_eq(ipc_write_message(worker, MSG_SIGN, what, -1), 0);
}

/* That worker gets signatures of both kinds. */
void
keeper_expect_served(struct keeper_rig *k, int worker, uint64_t id)
{
	struct msg_signature made;
	struct msg_sign sign;

	maker_sign_1_3(&sign, MAKER_ECDSA_P256);
	sign.id = id;
	sign.cert_id = KEEPER_EC_ID;
	keeper_ask(worker, &sign);
	keeper_read_signed(worker, &made);
	ck_assert_uint_eq(made.id, id);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	ck_assert(maker_verify(k->ec_key, &sign, &made));
	maker_sign_1_2(&sign, MAKER_RSA_PSS_256);
	sign.id = ~id;
	sign.cert_id = KEEPER_RSA_ID;
	keeper_ask(worker, &sign);
	keeper_read_signed(worker, &made);
	ck_assert_uint_eq(made.id, ~id);
	ck_assert_uint_eq(made.code, SIGNED_OK);
	ck_assert(maker_verify(k->rsa_key, &sign, &made));
}

void
keeper_stop(struct keeper_rig *k)
{
	keeper_expect_served(k, k->workers[1], 4711);
	rig_stop(&k->rig);
	EVP_PKEY_free(k->ec_key);
	EVP_PKEY_free(k->rsa_key);
}
