# SPDX-License-Identifier: ISC
# Each process's own sandbox, and what it must refuse.

if HAVE_CHECK
SANDBOX_TESTS = \
	check_sandbox_auth \
	check_sandbox_auth_hash \
	check_sandbox_broker \
	check_sandbox_broker_ports \
	check_sandbox_fetch \
	check_sandbox_keeper \
	check_sandbox_master \
	check_sandbox_master_pam \
	check_sandbox_worker

check_LIBRARIES += libattempts.a
if HAVE_PAM
SANDBOX_TESTS += check_sandbox_pam
endif
endif

libattempts_a_SOURCES = %reldir%/attempts.c %reldir%/attempts.h \
	%reldir%/attempt_suite.c %reldir%/calls.c \
	%reldir%/old_kernel.c %reldir%/reach.c %reldir%/rows.c
sandbox_ldflags = $(AM_LDFLAGS) -Wl,--wrap=sandbox_enter -Wl,--wrap=syscall
check_sandbox_master_SOURCES = %reldir%/check_sandbox_master.c
check_sandbox_master_LDFLAGS = $(sandbox_ldflags)
check_sandbox_master_LDADD = libmaster.a libbundle.a libattempts.a $(TEST_LIBS)
check_sandbox_master_pam_SOURCES = %reldir%/check_sandbox_master_pam.c \
	%reldir%/pam_open.h
check_sandbox_master_pam_LDFLAGS = $(sandbox_ldflags)
check_sandbox_master_pam_LDADD = $(check_sandbox_master_LDADD)
check_sandbox_pam_SOURCES = %reldir%/check_sandbox_pam.c %reldir%/pam_open.h
check_sandbox_pam_LDFLAGS = $(sandbox_ldflags)
check_sandbox_pam_LDADD = libpamtalk.a libattempts.a $(TEST_LIBS)
check_sandbox_worker_SOURCES = %reldir%/check_sandbox_worker.c
check_sandbox_worker_LDFLAGS = $(sandbox_ldflags)
check_sandbox_worker_LDADD = libworker.a libattempts.a $(TEST_LIBS) \
	$(SSL_LIBS)
check_sandbox_broker_SOURCES = %reldir%/check_sandbox_broker.c
check_sandbox_broker_LDFLAGS = $(sandbox_ldflags)
check_sandbox_broker_LDADD = libbroker.a libattempts.a $(TEST_LIBS) \
	$(CARES_LIBS) $(CRYPTO_LIBS)

check_sandbox_broker_ports_SOURCES = \
	%reldir%/check_sandbox_broker_ports.c
check_sandbox_broker_ports_LDFLAGS = $(sandbox_ldflags)
check_sandbox_broker_ports_LDADD = $(check_sandbox_broker_LDADD)
check_sandbox_auth_SOURCES = %reldir%/check_sandbox_auth.c
check_sandbox_auth_LDFLAGS = $(sandbox_ldflags)
check_sandbox_auth_LDADD = libauth.a $(OIDC_LIBS) libattempts.a $(TEST_LIBS)
check_sandbox_auth_hash_SOURCES = %reldir%/check_sandbox_auth_hash.c
check_sandbox_auth_hash_LDFLAGS = $(sandbox_ldflags)
check_sandbox_auth_hash_LDADD = libauth.a $(OIDC_LIBS) libattempts.a $(TEST_LIBS) \
	$(CRYPT_LIBS)
check_sandbox_fetch_SOURCES = %reldir%/check_sandbox_fetch.c
check_sandbox_fetch_LDFLAGS = $(sandbox_ldflags)
check_sandbox_fetch_LDADD = libfetch.a libattempts.a $(TEST_LIBS) \
	$(CRYPTO_LIBS)
check_sandbox_keeper_SOURCES = %reldir%/check_sandbox_keeper.c
check_sandbox_keeper_LDFLAGS = $(sandbox_ldflags)
check_sandbox_keeper_LDADD = libkeeper.a libattempts.a $(TEST_LIBS)
