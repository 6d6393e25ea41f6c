# SPDX-License-Identifier: ISC
# The real programs, and what plays their peers.

if HAVE_CHECK
PROC_TESTS = \
	check_auth \
	check_auth_life \
	check_auth_secrets \
	check_broker \
	check_broker_access \
	check_broker_address \
	check_broker_audit \
	check_broker_board \
	check_broker_board_login \
	check_broker_certs \
	check_broker_hooks \
	check_broker_life \
	check_broker_limits \
	check_broker_login \
	check_broker_login_end \
	check_broker_names \
	check_broker_races \
	check_broker_order \
	check_broker_standing \
	check_broker_trust \
	check_broker_watch \
	check_broker_why \
	check_channel_auth \
	check_channel_broker \
	check_channel_broker_auth \
	check_channel_broker_runner \
	check_channel_fatal \
	check_channel_fetch \
	check_channel_keeper \
	check_channel_runner \
	check_channel_worker \
	check_fetch \
	check_fetch_reload \
	check_fetch_secrets \
	check_fetch_tls \
	check_keeper \
	check_master_child \
	check_worker \
	check_worker_auth \
	check_worker_board \
	check_worker_board_end \
	check_worker_broker \
	check_worker_refusal \
	check_worker_deaf \
	check_worker_light \
	check_worker_form \
	check_worker_keeper \
	check_worker_login \
	check_worker_metrics \
	check_worker_named \
	check_worker_oidc \
	check_worker_oidc_end \
	check_worker_oidc_page \
	check_worker_state
check_LIBRARIES += librig.a libworkerrig.a

# auth and fetch in the master's sandbox
check_PROGRAMS += tests/confined/auth tests/confined/fetch

if HAVE_PAM
PROC_TESTS += check_channel_pam
check_PROGRAMS += tests/confined/pam
endif

# the daemon, and children that lie, in a folder of their own
HOSTILES = tests/hostile/vncbridged tests/hostile/vncbridge-worker \
	tests/hostile/vncbridge-broker tests/hostile/vncbridge-keeper \
	tests/hostile/vncbridge-auth tests/hostile/vncbridge-fetch \
	tests/hostile/vncbridge-pam tests/hostile/vncbridge-runner
endif

librig_a_SOURCES = %reldir%/broker_rig.c %reldir%/broker_rig.h \
	%reldir%/broker_rig_order.c \
	%reldir%/broker_rig_worker.c \
	%reldir%/dns_server.c %reldir%/dns_server.h \
	%reldir%/fake_target.c
libworkerrig_a_SOURCES = %reldir%/worker_rig.c %reldir%/worker_rig.h
check_worker_SOURCES = %reldir%/check_worker.c
check_worker_LDADD = libworkerrig.a librig.a libworker.a libbundle.a $(TEST_LIBS) \
	$(CRYPTO_LIBS)
check_worker_broker_SOURCES = %reldir%/check_worker_broker.c
check_worker_broker_LDADD = $(check_worker_LDADD)
check_worker_refusal_SOURCES = %reldir%/check_worker_refusal.c
check_worker_refusal_LDADD = $(check_worker_LDADD)
check_worker_keeper_SOURCES = %reldir%/check_worker_keeper.c \
	%reldir%/tls_worker_rig.c %reldir%/tls_worker_rig.h \
	tests/unit/breach.c tests/unit/breach.h \
	tests/unit/tls_rig.c tests/unit/tls_rig.h
check_worker_keeper_LDADD = libworkerrig.a librig.a libbundle.a $(TEST_LIBS) \
	$(SSL_LIBS)
check_channel_broker_SOURCES = %reldir%/check_channel_broker.c \
	tests/unit/breach.c tests/unit/breach.h
check_channel_broker_LDADD = librig.a $(TEST_LIBS)
check_channel_broker_auth_SOURCES = %reldir%/check_channel_broker_auth.c \
	%reldir%/broker_login_rig.c %reldir%/broker_login_rig.h \
	tests/unit/breach.c tests/unit/breach.h
check_channel_broker_auth_LDADD = librig.a $(TEST_LIBS)
check_broker_certs_SOURCES = %reldir%/check_broker_certs.c \
	tests/unit/people.c tests/unit/people.h
check_broker_certs_LDADD = librig.a $(TEST_LIBS) $(CRYPTO_LIBS)
check_broker_audit_SOURCES = %reldir%/check_broker_audit.c
check_broker_audit_LDADD = librig.a $(TEST_LIBS)
check_broker_standing_SOURCES = %reldir%/check_broker_standing.c \
	tests/unit/people.c tests/unit/people.h
check_broker_standing_LDADD = librig.a $(TEST_LIBS) $(CRYPTO_LIBS)
AUTH_RIG_LIBS = librig.a $(TEST_LIBS) $(CRYPT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS)
CONFINED = %reldir%/confined.c \
	daemon/master/children/spawn.c daemon/master/sandbox.c
CONFINED_CPPFLAGS = $(AM_CPPFLAGS) -UVB_LIBEXECDIR \
	-DVB_LIBEXECDIR='"$(abs_builddir)"'
tests_confined_auth_SOURCES = $(CONFINED)
tests_confined_auth_CPPFLAGS = $(CONFINED_CPPFLAGS) \
	-DCONFINED='"vncbridge-auth"' -DCONFINED_WITH_PAM=0
tests_confined_auth_LDADD = $(vncbridged_LDADD)
tests_confined_fetch_SOURCES = $(CONFINED)
tests_confined_fetch_CPPFLAGS = $(CONFINED_CPPFLAGS) \
	-DCONFINED='"vncbridge-fetch"' -DCONFINED_WITH_PAM=0
tests_confined_fetch_LDADD = $(vncbridged_LDADD)
tests_confined_pam_SOURCES = $(CONFINED)
tests_confined_pam_CPPFLAGS = $(CONFINED_CPPFLAGS) \
	-DCONFINED='"vncbridge-pam"' -DCONFINED_WITH_PAM=1
tests_confined_pam_LDADD = $(vncbridged_LDADD)
PAM_RIG = %reldir%/pam_rig.c %reldir%/pam_rig.h
check_channel_pam_SOURCES = %reldir%/check_channel_pam.c $(PAM_RIG) \
	tests/unit/breach.c tests/unit/breach.h
check_channel_pam_LDADD = librig.a $(TEST_LIBS)
RUNNER_RIG = %reldir%/runner_rig.c %reldir%/runner_rig.h
check_channel_runner_SOURCES = %reldir%/check_channel_runner.c $(RUNNER_RIG) \
	tests/unit/breach.c tests/unit/breach.h
check_channel_runner_LDADD = librig.a $(TEST_LIBS)
FETCH_RIG = %reldir%/fetch_rig.c %reldir%/fetch_rig.h \
	%reldir%/provider.c %reldir%/provider.h \
	tests/unit/breach.c tests/unit/breach.h \
	tests/unit/tls_rig.c tests/unit/tls_rig.h
check_fetch_SOURCES = %reldir%/check_fetch.c $(FETCH_RIG)
check_fetch_LDADD = librig.a $(TEST_LIBS) $(SSL_LIBS)
check_fetch_reload_SOURCES = %reldir%/check_fetch_reload.c $(FETCH_RIG)
check_fetch_reload_LDADD = $(check_fetch_LDADD)
check_fetch_secrets_SOURCES = %reldir%/check_fetch_secrets.c $(FETCH_RIG) \
	%reldir%/auth_rig.h %reldir%/auth_rig_process.c
check_fetch_secrets_LDADD = $(check_fetch_LDADD)
check_fetch_tls_SOURCES = %reldir%/check_fetch_tls.c $(FETCH_RIG)
check_fetch_tls_LDADD = $(check_fetch_LDADD)
check_channel_fetch_SOURCES = %reldir%/check_channel_fetch.c $(FETCH_RIG)
check_channel_fetch_LDADD = $(check_fetch_LDADD)
check_auth_SOURCES = %reldir%/check_auth.c \
	%reldir%/auth_rig.c %reldir%/auth_rig.h %reldir%/auth_rig_process.c
check_auth_LDADD = $(AUTH_RIG_LIBS)
check_auth_life_SOURCES = %reldir%/check_auth_life.c \
	%reldir%/auth_rig.c %reldir%/auth_rig.h %reldir%/auth_rig_process.c
check_auth_life_LDADD = $(AUTH_RIG_LIBS)
check_auth_secrets_SOURCES = %reldir%/check_auth_secrets.c \
	%reldir%/auth_rig.c %reldir%/auth_rig.h %reldir%/auth_rig_process.c
check_auth_secrets_LDADD = $(AUTH_RIG_LIBS)
check_channel_auth_SOURCES = %reldir%/check_channel_auth.c \
	%reldir%/auth_rig.c %reldir%/auth_rig.h %reldir%/auth_rig_process.c \
	tests/unit/breach.c tests/unit/breach.h
check_channel_auth_LDADD = $(AUTH_RIG_LIBS)
check_keeper_SOURCES = %reldir%/check_keeper.c \
	%reldir%/keeper_rig.c %reldir%/keeper_rig.h $(CERT_MAKER)
check_keeper_LDADD = libkeeper.a librig.a $(TEST_LIBS) $(CRYPTO_LIBS)
check_channel_keeper_SOURCES = %reldir%/check_channel_keeper.c \
	%reldir%/keeper_rig.c %reldir%/keeper_rig.h \
	tests/unit/breach.c tests/unit/breach.h $(CERT_MAKER)
check_channel_keeper_LDADD = librig.a $(TEST_LIBS) $(CRYPTO_LIBS)
check_channel_fatal_SOURCES = %reldir%/check_channel_fatal.c \
	%reldir%/fetch_rig.c %reldir%/fetch_rig.h \
	%reldir%/auth_rig.c %reldir%/auth_rig.h %reldir%/auth_rig_process.c \
	%reldir%/fatal_rows.c %reldir%/fatal_rows.h \
	%reldir%/fatal_rows_auth.c \
	%reldir%/fatal_rows_fetch.c \
	%reldir%/fatal_rows_pam.c \
	%reldir%/fatal_rows_runner.c \
	$(PAM_RIG) $(RUNNER_RIG) \
	%reldir%/keeper_rig.c %reldir%/keeper_rig.h \
	tests/unit/breach.c tests/unit/breach.h $(CERT_MAKER)
check_channel_fatal_LDADD = libworkerrig.a librig.a libbundle.a $(TEST_LIBS) \
	$(CRYPT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS)
check_channel_worker_SOURCES = %reldir%/check_channel_worker.c \
	%reldir%/worker_rows.c %reldir%/worker_rows.h \
	tests/unit/breach.c tests/unit/breach.h
check_channel_worker_LDADD = $(check_worker_LDADD)
check_worker_metrics_SOURCES = %reldir%/check_worker_metrics.c
check_worker_metrics_LDADD = $(check_worker_LDADD)
check_worker_state_SOURCES = %reldir%/check_worker_state.c \
	%reldir%/tls_worker_rig.c %reldir%/tls_worker_rig.h \
	tests/unit/tls_rig.c tests/unit/tls_rig.h
check_worker_state_LDADD = $(check_worker_keeper_LDADD)
check_worker_board_SOURCES = %reldir%/check_worker_board.c \
	%reldir%/board_rig.c %reldir%/board_rig.h
check_worker_board_LDADD = $(check_worker_LDADD)
check_worker_board_end_SOURCES = %reldir%/check_worker_board_end.c \
	%reldir%/board_rig.c %reldir%/board_rig.h
check_worker_board_end_LDADD = $(check_worker_LDADD)
check_worker_login_SOURCES = %reldir%/check_worker_login.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_named_SOURCES = %reldir%/check_worker_named.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_named_LDADD = $(check_worker_LDADD)

check_worker_oidc_SOURCES = %reldir%/check_worker_oidc.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_oidc_LDADD = $(check_worker_LDADD)
check_worker_oidc_end_SOURCES = %reldir%/check_worker_oidc_end.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_oidc_end_LDADD = $(check_worker_LDADD)
check_worker_oidc_page_SOURCES = %reldir%/check_worker_oidc_page.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_oidc_page_LDADD = $(check_worker_LDADD)
check_worker_form_SOURCES = %reldir%/check_worker_form.c \
	%reldir%/login_rig.c %reldir%/login_rig.h
check_worker_form_LDADD = $(check_worker_LDADD)
check_worker_auth_SOURCES = %reldir%/check_worker_auth.c \
	%reldir%/login_rig.c %reldir%/login_rig.h \
	tests/unit/breach.c tests/unit/breach.h
check_worker_auth_LDADD = $(check_worker_LDADD)
check_worker_login_LDADD = $(check_worker_LDADD)
check_worker_light_SOURCES = %reldir%/check_worker_light.c
check_worker_light_LDADD = $(check_worker_LDADD)

check_worker_deaf_SOURCES = %reldir%/check_worker_deaf.c
check_worker_deaf_LDADD = $(check_worker_LDADD)
check_master_child_SOURCES = %reldir%/check_master_child.c
check_master_child_LDADD = librig.a $(TEST_LIBS)
# what names the helpers' folder is compiled again, for the fakes' folder
tests_hostile_vncbridged_SOURCES = $(vncbridged_SOURCES) \
	daemon/master/children/spawn.c daemon/master/sandbox.c
tests_hostile_vncbridged_CPPFLAGS = $(AM_CPPFLAGS) -UVB_LIBEXECDIR \
	-DVB_LIBEXECDIR='"$(abs_builddir)/tests/hostile"'
tests_hostile_vncbridged_LDADD = $(vncbridged_LDADD)
# and for the folder that tests/soak.sh makes
tests_stage_sbin_vncbridged_SOURCES = $(tests_hostile_vncbridged_SOURCES) \
	daemon/bundle/conf_grammar.c
tests_stage_sbin_vncbridged_CPPFLAGS = $(AM_CPPFLAGS) \
	-UVB_LIBEXECDIR -UVB_PAGESDIR \
	-DVB_LIBEXECDIR='"$(abs_builddir)/tests/stage/libexec/vncbridge"' \
	-DVB_PAGESDIR='"$(abs_builddir)/tests/stage/pages"'
tests_stage_sbin_vncbridged_LDADD = $(vncbridged_LDADD)
tests_hostile_vncbridge_worker_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_worker_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_broker_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_broker_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_keeper_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_keeper_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_auth_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_auth_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_fetch_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_fetch_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_pam_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_pam_LDADD = $(COMMON_LIBS)
tests_hostile_vncbridge_runner_SOURCES = %reldir%/fake_child.c
tests_hostile_vncbridge_runner_LDADD = $(COMMON_LIBS)
check_broker_SOURCES = %reldir%/check_broker.c
check_broker_LDADD = librig.a $(TEST_LIBS)
HOOK_RIG = %reldir%/broker_hook_rig.c %reldir%/broker_hook_rig.h
check_channel_broker_runner_SOURCES = %reldir%/check_channel_broker_runner.c \
	$(HOOK_RIG) tests/unit/breach.c tests/unit/breach.h
check_channel_broker_runner_LDADD = librig.a $(TEST_LIBS)
check_broker_hooks_SOURCES = %reldir%/check_broker_hooks.c $(HOOK_RIG)
check_broker_hooks_LDADD = librig.a $(TEST_LIBS)
check_broker_life_SOURCES = %reldir%/check_broker_life.c
check_broker_life_LDADD = librig.a $(TEST_LIBS)
check_broker_login_SOURCES = %reldir%/check_broker_login.c \
	%reldir%/broker_login_rig.c %reldir%/broker_login_rig.h
check_broker_login_LDADD = librig.a $(TEST_LIBS)
check_broker_login_end_SOURCES = %reldir%/check_broker_login_end.c \
	%reldir%/broker_login_rig.c %reldir%/broker_login_rig.h
check_broker_login_end_LDADD = librig.a $(TEST_LIBS)
check_broker_names_SOURCES = %reldir%/check_broker_names.c
check_broker_names_LDADD = librig.a $(TEST_LIBS)
check_broker_races_SOURCES = %reldir%/check_broker_races.c
check_broker_races_LDADD = librig.a $(TEST_LIBS)
check_broker_order_SOURCES = %reldir%/check_broker_order.c
check_broker_order_LDADD = librig.a $(TEST_LIBS)
check_broker_watch_SOURCES = %reldir%/check_broker_watch.c
check_broker_watch_LDADD = librig.a $(TEST_LIBS)
BOARD_RIG = %reldir%/broker_board_rig.c %reldir%/broker_board_rig.h
check_broker_board_SOURCES = %reldir%/check_broker_board.c $(BOARD_RIG)
check_broker_board_LDADD = librig.a $(TEST_LIBS)
check_broker_board_login_SOURCES = %reldir%/check_broker_board_login.c \
	$(BOARD_RIG) %reldir%/broker_login_rig.c %reldir%/broker_login_rig.h
check_broker_board_login_LDADD = librig.a $(TEST_LIBS)
check_broker_access_SOURCES = %reldir%/check_broker_access.c
check_broker_access_LDADD = librig.a $(TEST_LIBS)
check_broker_address_SOURCES = %reldir%/check_broker_address.c
check_broker_address_LDADD = librig.a $(TEST_LIBS)
check_broker_why_SOURCES = %reldir%/check_broker_why.c \
	%reldir%/broker_login_rig.c %reldir%/broker_login_rig.h
check_broker_why_LDADD = librig.a $(TEST_LIBS)
check_broker_limits_SOURCES = %reldir%/check_broker_limits.c \
	%reldir%/broker_login_rig.c %reldir%/broker_login_rig.h
check_broker_limits_LDADD = librig.a $(TEST_LIBS)
check_broker_trust_SOURCES = %reldir%/check_broker_trust.c
check_broker_trust_LDADD = librig.a $(TEST_LIBS)
