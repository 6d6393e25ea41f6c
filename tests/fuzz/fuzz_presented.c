/* SPDX-License-Identifier: ISC */
/*
 * What a worker says that a client has presented. Whatever it is, no name
 * comes of it but those that the authority has signed: the corpus has all of
 * their certificates, which end in a hundred years, and nobody has the key.
 */
#include <sys/mman.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/authority/authority.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ca[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBVzCB/aADAgECAgEBMAoGCCqGSM49BAMCMBIxEDAOBgNVBAMMB0Z1enogQ0Ew\n"
    "IBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBIxEDAOBgNVBAMMB0Z1\n"
    "enogQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQR6gAHoa8GEAd35ZixzFeR\n"
    "7vJOk4HnzZP6cLxsMdH6Ju2r6xKWO/O6LdsuNKJQbtRlE8az2tX9h0A4iArdh0xL\n"
    "o0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAdBgNVHQ4EFgQU\n"
    "tsbV2oiHfUL/I6doSLb5D6IPPe4wCgYIKoZIzj0EAwIDSQAwRgIhANle5yAXy5A6\n"
    "KCovpsnD6WFJl0JkqtcfuHVCF9yRDCb1AiEA5fJqTOYP/JGT2xTTRHe9QPNRtFiv\n"
    "7nMuuInZxao7kbE=\n"
    "-----END CERTIFICATE-----\n";

static const char *const names[] = {"O=Lab,CN=alice", "CN=alice,O=Lab",
    "CN=carol", "CN=rsa", "CN=Fuzz middle", "CN=Fuzz CA",
    "email:dave@lab.example"};

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static struct authorities *
the_authority(void)
{
	static struct authorities *authorities;
	struct msg_conf_listener listener = {
	    .verify_client = VERIFY_CLIENT_REQUIRE};
	struct msg_conf_ca msg = {.kind = CONF_CA_CERTIFICATES};
	int fd;

	if (authorities != NULL)
		return authorities;
	authority_init();
	authorities = authorities_new();
	must(authorities != NULL);
	fd = memfd_create("ca", MFD_CLOEXEC);
	must(write(fd, ca, sizeof(ca) - 1) == (ssize_t)sizeof(ca) - 1);
	must(authorities_add_listener(authorities, &listener) == 0);
	must(authorities_add(authorities, &msg, fd) == 0);
	close(fd);
	return authorities;
}

static int
is_signed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct msg_presented msg;
	struct presented *presented, *kept;
	struct msg_open open = {.conn_id = size};
	struct subject subject;
	const char *why = NULL;
	int result;

	if (size > sizeof(msg.der))
		return 0;
	memset(&msg, 0, sizeof(msg));
	memcpy(msg.der, data, size);
	msg.length = (uint32_t)size;
	msg.conn_id = size;
	result = presented_parse(the_authority(), &msg, &presented);
	must(result == 0 || (presented == NULL && result == VB_EBADMSG));
	if (result < 0)
		return 0;
	kept = presented;
	must(presented_take(&kept, &open, &presented) == 0);
	must(presented != NULL && kept == NULL);
	if (presented_judge(the_authority(), &open.local, presented, &subject,
		&why) == PRESENTED_GOOD)
		must(is_signed(subject.name) && subject_is_clean(&subject));
	else
		must(subject.name[0] == '\0' && why != NULL);
	presented_free(presented);
	return 0;
}
