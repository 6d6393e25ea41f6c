# SPDX-License-Identifier: ISC
# One module each, linked with its library.

if HAVE_CHECK
UNIT_TESTS = \
	check_addr \
	check_attempts \
	check_audit \
	check_audit_conf \
	check_audit_open \
	check_audit_said \
	check_audit_fold \
	check_audit_writer \
	check_basic \
	check_openmetrics \
	check_broker_conf \
	check_budget \
	check_bulk \
	check_certified \
	check_code \
	check_conf \
	check_conf_access \
	check_conf_audit \
	check_conf_bytes \
	check_conf_file \
	check_conf_messages \
	check_conf_oidc \
	check_conf_hook \
	check_conf_pam \
	check_conf_site \
	check_conf_target \
	check_conf_tls \
	check_control \
	check_control_logins \
	check_control_metrics \
	check_control_orders \
	check_control_why \
	check_control_reload \
	check_cookie \
	check_count \
	check_dial \
	check_expiry \
	check_exposure \
	check_fetch_ask \
	check_flow \
	check_groups \
	check_form \
	check_forwarding \
	check_frame \
	check_frame_close \
	check_gather \
	check_greeting \
	check_rfb_input \
	check_rfb_watch \
	check_rfb_refusal \
	check_handshake \
	check_hosts \
	check_http \
	check_http_value \
	check_inherited \
	check_ipc \
	check_ipc_fd \
	check_ipc_serve \
	check_jobs \
	check_keys \
	check_leg \
	check_light \
	check_limits \
	check_leg_tls \
	check_leg_watch \
	check_log \
	check_login \
	check_login_pam \
	check_lease_memory \
	check_logins \
	check_metrics \
	check_metrics_page \
	check_named \
	check_names \
	check_network \
	check_oidc_claims \
	check_oidc_id_token \
	check_oidc_jwks \
	check_oidc_jwt \
	check_oidc_logout_token \
	check_oidc_metadata \
	check_oidc_object \
	check_oidc_start \
	check_oidc_token_answer \
	check_oidc_url \
	check_origin \
	check_pages \
	check_pam_ask \
	check_path \
	check_peer \
	check_pem \
	check_pem_text \
	check_people \
	check_policy \
	check_pool \
	check_print \
	check_proto \
	check_proof \
	check_provider \
	check_queue \
	check_proxy_header \
	check_quota \
	check_reason \
	check_recognise \
	check_request \
	check_request_login \
	check_resolve \
	check_rights \
	check_rule \
	check_schedule \
	check_sealed \
	check_secrets \
	check_sign \
	check_sources \
	check_spent \
	check_sso \
	check_sso_back \
	check_sso_proof \
	check_sso_reload \
	check_sso_token \
	check_sso_who \
	check_supervise \
	check_supervise_flood \
	check_supervise_auth \
	check_supervise_fetch \
	check_supervise_join \
	check_supervise_offer \
	check_supervise_pam \
	check_supervise_runner \
	check_door \
	check_hook_feed \
	check_hook_jobs \
	check_hook_order \
	check_syslogd \
	check_talk \
	check_target \
	check_tcp \
	check_tick \
	check_tls_key \
	check_tls_target \
	check_tls_ticket \
	check_trim \
	check_trust \
	check_turn \
	check_upload \
	check_user_file \
	check_user_text \
	check_users \
	check_users_hash \
	check_vouch \
	check_watchdog \
	check_ways \
	check_world
endif

if HAVE_CHECK
if HAVE_PAM
UNIT_TESTS += check_conv check_talks
endif
endif

# what plays with keys makes its own
CERT_MAKER = tests/unit/cert_maker.c tests/unit/cert_maker.h
KEEPER_TEST_LIBS = libkeeper.a $(TEST_LIBS) $(CRYPTO_LIBS)
starve_ldflags = -Wl,--wrap=malloc -Wl,--wrap=calloc

check_addr_SOURCES = %reldir%/check_addr.c
check_addr_LDADD = $(TEST_LIBS)

AUTH_TEST_LIBS = libauth.a $(OIDC_LIBS) libusers.a $(TEST_LIBS) $(CRYPT_LIBS) \
	$(OATH_LIBS) $(CRYPTO_LIBS)
check_openmetrics_SOURCES = %reldir%/check_openmetrics.c
check_openmetrics_LDADD = libworker.a $(TEST_LIBS)
check_basic_SOURCES = %reldir%/check_basic.c
check_basic_LDADD = libworker.a $(TEST_LIBS)

check_named_SOURCES = %reldir%/check_named.c
check_named_LDADD = $(AUTH_TEST_LIBS)

check_certified_SOURCES = %reldir%/check_certified.c $(CERT_MAKER) \
	%reldir%/handshaker.c %reldir%/handshaker.h
check_certified_LDADD = libworker.a $(AUTH_TEST_LIBS) $(SSL_LIBS)

check_proof_SOURCES = %reldir%/check_proof.c $(CERT_MAKER) \
	%reldir%/handshaker.c %reldir%/handshaker.h
check_proof_LDADD = libworker.a $(AUTH_TEST_LIBS) $(SSL_LIBS)

check_attempts_SOURCES = %reldir%/check_attempts.c
check_attempts_LDADD = $(AUTH_TEST_LIBS)

check_code_SOURCES = %reldir%/check_code.c
check_code_LDADD = $(AUTH_TEST_LIBS)

check_cookie_SOURCES = %reldir%/check_cookie.c
check_cookie_LDADD = libworker.a $(TEST_LIBS)

check_talk_SOURCES = %reldir%/check_talk.c
check_talk_LDADD = libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_form_SOURCES = %reldir%/check_form.c
check_form_LDADD = libworker.a $(TEST_LIBS)

check_jobs_SOURCES = %reldir%/check_jobs.c
check_jobs_LDADD = $(AUTH_TEST_LIBS)

check_login_SOURCES = %reldir%/check_login.c
check_login_LDADD = $(AUTH_TEST_LIBS)

PAM_ASK_RIG = %reldir%/pam_ask_rig.c %reldir%/pam_ask_rig.h \
	%reldir%/asked_rig.c %reldir%/asked_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_login_pam_SOURCES = %reldir%/check_login_pam.c $(PAM_ASK_RIG)
check_login_pam_LDADD = $(AUTH_TEST_LIBS)
check_pam_ask_SOURCES = %reldir%/check_pam_ask.c $(PAM_ASK_RIG)
check_pam_ask_LDADD = $(AUTH_TEST_LIBS)
check_hook_jobs_SOURCES = %reldir%/check_hook_jobs.c \
	%reldir%/hook_rig.c %reldir%/hook_rig.h
check_hook_order_SOURCES = %reldir%/check_hook_order.c \
	%reldir%/hook_rig.c %reldir%/hook_rig.h
check_hook_order_LDADD = librunner.a $(TEST_LIBS)
check_hook_jobs_LDADD = librunner.a $(TEST_LIBS)
check_door_SOURCES = %reldir%/check_door.c
check_door_LDADD = $(TEST_LIBS)
check_hook_feed_SOURCES = %reldir%/check_hook_feed.c
check_hook_feed_LDADD = librunner.a $(TEST_LIBS)
check_talks_SOURCES = %reldir%/check_talks.c
check_talks_LDADD = libpamtalk.a $(TEST_LIBS)
check_conv_SOURCES = %reldir%/check_conv.c
check_conv_LDADD = libpamtalk.a $(TEST_LIBS) $(PAM_LIBS)

check_spent_SOURCES = %reldir%/check_spent.c
check_spent_LDADD = $(AUTH_TEST_LIBS)

check_flow_SOURCES = %reldir%/check_flow.c
check_flow_LDADD = $(AUTH_TEST_LIBS)
check_trust_SOURCES = %reldir%/check_trust.c
check_trust_LDADD = $(AUTH_TEST_LIBS)
check_groups_SOURCES = %reldir%/check_groups.c
check_groups_LDADD = $(AUTH_TEST_LIBS)

# a provider, and fetch_ask() instead of the process fetch
sso_rig = tests/unit/sso_rig.c tests/unit/sso_rig.h \
	tests/unit/sso_rig_provider.c tests/unit/sso_rig_provider.h

check_provider_SOURCES = %reldir%/check_provider.c $(sso_rig)
check_provider_LDADD = $(AUTH_TEST_LIBS)

check_sso_SOURCES = %reldir%/check_sso.c $(sso_rig)
check_sso_LDADD = $(AUTH_TEST_LIBS)

check_sso_back_SOURCES = %reldir%/check_sso_back.c $(sso_rig)
check_sso_back_LDADD = $(AUTH_TEST_LIBS)

check_sso_proof_SOURCES = %reldir%/check_sso_proof.c $(sso_rig)
check_sso_proof_LDADD = $(AUTH_TEST_LIBS)

check_sso_reload_SOURCES = %reldir%/check_sso_reload.c $(sso_rig)
check_sso_reload_LDADD = $(AUTH_TEST_LIBS)

check_sso_token_SOURCES = %reldir%/check_sso_token.c $(sso_rig)
check_sso_token_LDADD = $(AUTH_TEST_LIBS)

check_sso_who_SOURCES = %reldir%/check_sso_who.c $(sso_rig)
check_sso_who_LDADD = $(AUTH_TEST_LIBS)

check_logins_SOURCES = %reldir%/check_logins.c
check_logins_LDADD = $(AUTH_TEST_LIBS)

check_pool_SOURCES = %reldir%/check_pool.c
check_pool_LDADD = $(AUTH_TEST_LIBS)

check_broker_conf_SOURCES = %reldir%/check_broker_conf.c \
	%reldir%/starve.c %reldir%/starve.h
check_broker_conf_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_broker_conf_LDADD = libbroker.a $(TEST_LIBS) $(CARES_LIBS) \
	$(CRYPTO_LIBS)

check_budget_SOURCES = %reldir%/check_budget.c
check_budget_LDADD = libbundle.a libworker.a $(TEST_LIBS)

check_bulk_SOURCES = %reldir%/check_bulk.c \
	%reldir%/leg_rig.c %reldir%/leg_rig.h
check_bulk_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_conf_SOURCES = %reldir%/check_conf.c
check_conf_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_access_SOURCES = %reldir%/check_conf_access.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_access_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_oidc_SOURCES = %reldir%/check_conf_oidc.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_oidc_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_audit_SOURCES = %reldir%/check_conf_audit.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_audit_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_hook_SOURCES = %reldir%/check_conf_hook.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_hook_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)
check_conf_pam_SOURCES = %reldir%/check_conf_pam.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_pam_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_bytes_SOURCES = %reldir%/check_conf_bytes.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_bytes_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_conf_file_SOURCES = %reldir%/check_conf_file.c
check_conf_file_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_conf_messages_SOURCES = %reldir%/check_conf_messages.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_conf_messages_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_conf_site_SOURCES = %reldir%/check_conf_site.c
check_conf_site_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_conf_target_SOURCES = %reldir%/check_conf_target.c
check_conf_target_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(BSD_LIBS) $(SSL_LIBS)

check_conf_tls_SOURCES = %reldir%/check_conf_tls.c
check_conf_tls_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_control_SOURCES = %reldir%/check_control.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_control_logins_SOURCES = %reldir%/check_control_logins.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_logins_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_control_metrics_SOURCES = %reldir%/check_control_metrics.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_metrics_LDADD = $(check_control_why_LDADD)

check_count_SOURCES = %reldir%/check_count.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_count_LDADD = $(check_watchdog_LDADD)

check_metrics_SOURCES = %reldir%/check_metrics.c
check_metrics_LDADD = $(TEST_LIBS)

check_metrics_page_SOURCES = %reldir%/check_metrics_page.c
check_metrics_page_LDADD = libmaster.a $(TEST_LIBS)

check_control_orders_SOURCES = %reldir%/check_control_orders.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_orders_LDADD = libmaster.a libbundle.a $(TEST_LIBS) \
	$(CONFUSE_LIBS) $(SSL_LIBS)

check_lease_memory_SOURCES = %reldir%/check_lease_memory.c
check_lease_memory_LDADD = libbroker.a $(TEST_LIBS)

check_control_why_SOURCES = %reldir%/check_control_why.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_why_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_control_reload_SOURCES = %reldir%/check_control_reload.c \
	%reldir%/control_rig.c %reldir%/control_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_control_reload_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_dial_SOURCES = %reldir%/check_dial.c \
	%reldir%/starve.c %reldir%/starve.h
check_dial_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_dial_LDADD = librig.a libbroker.a $(TEST_LIBS)

check_exposure_SOURCES = %reldir%/check_exposure.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_exposure_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_people_SOURCES = %reldir%/check_people.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_people_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_secrets_SOURCES = %reldir%/check_secrets.c \
	%reldir%/conf_rig.c %reldir%/conf_rig.h
check_secrets_LDADD = libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_expiry_SOURCES = %reldir%/check_expiry.c
check_expiry_LDADD = libmaster.a libbundle.a $(TEST_LIBS)

check_fetch_ask_SOURCES = %reldir%/check_fetch_ask.c \
	%reldir%/fetch_ask_rig.c %reldir%/fetch_ask_rig.h \
	%reldir%/asked_rig.c %reldir%/asked_rig.h \
	%reldir%/breach.c %reldir%/breach.h
check_fetch_ask_LDADD = libauth.a $(TEST_LIBS)
check_forwarding_SOURCES = %reldir%/check_forwarding.c
check_forwarding_LDADD = libworker.a $(TEST_LIBS)

check_frame_SOURCES = %reldir%/check_frame.c \
	%reldir%/frame_log.c %reldir%/frame_log.h
check_frame_LDADD = libworker.a $(TEST_LIBS)

check_frame_close_SOURCES = %reldir%/check_frame_close.c
check_frame_close_LDADD = libworker.a $(TEST_LIBS)

check_gather_SOURCES = %reldir%/check_gather.c \
	%reldir%/inner_worker.c %reldir%/inner_worker.h
check_gather_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_greeting_SOURCES = %reldir%/check_greeting.c
check_greeting_LDADD = libworker.a $(TEST_LIBS)

check_rfb_input_SOURCES = %reldir%/check_rfb_input.c
check_rfb_input_LDADD = libworker.a $(TEST_LIBS)
check_rfb_watch_SOURCES = %reldir%/check_rfb_watch.c
check_rfb_watch_LDADD = libworker.a $(TEST_LIBS)

check_rfb_refusal_SOURCES = %reldir%/check_rfb_refusal.c
check_rfb_refusal_LDADD = libworker.a $(TEST_LIBS)

check_handshake_SOURCES = %reldir%/check_handshake.c
check_handshake_LDADD = libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_hosts_SOURCES = %reldir%/check_hosts.c
check_hosts_LDADD = libbroker.a $(TEST_LIBS)

check_http_SOURCES = %reldir%/check_http.c
check_http_LDADD = libworker.a $(TEST_LIBS)

check_http_value_SOURCES = %reldir%/check_http_value.c
check_http_value_LDADD = libworker.a $(TEST_LIBS)

check_inherited_SOURCES = %reldir%/check_inherited.c
check_inherited_LDADD = $(TEST_LIBS)

check_ipc_SOURCES = %reldir%/check_ipc.c \
	%reldir%/ipc_pair.c %reldir%/ipc_pair.h
check_ipc_LDADD = $(TEST_LIBS)

check_ipc_fd_SOURCES = %reldir%/check_ipc_fd.c \
	%reldir%/ipc_pair.c %reldir%/ipc_pair.h
check_ipc_fd_LDADD = $(TEST_LIBS)

check_ipc_serve_SOURCES = %reldir%/check_ipc_serve.c \
	%reldir%/ipc_pair.c %reldir%/ipc_pair.h
check_ipc_serve_LDADD = $(TEST_LIBS)

check_keys_SOURCES = %reldir%/check_keys.c $(CERT_MAKER)
check_keys_LDADD = $(KEEPER_TEST_LIBS)

check_leg_SOURCES = %reldir%/check_leg.c \
	%reldir%/leg_rig.c %reldir%/leg_rig.h
check_leg_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_leg_tls_SOURCES = %reldir%/check_leg_tls.c \
	%reldir%/leg_rig.c %reldir%/leg_rig.h \
	%reldir%/tls_rig.c %reldir%/tls_rig.h
check_leg_tls_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_leg_watch_SOURCES = %reldir%/check_leg_watch.c \
	%reldir%/leg_rig.c %reldir%/leg_rig.h
check_leg_watch_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_log_SOURCES = %reldir%/check_log.c
check_log_LDADD = $(TEST_LIBS)

check_names_SOURCES = %reldir%/check_names.c
check_names_LDADD = libworker.a libbundle.a $(TEST_LIBS) $(SSL_LIBS)

check_network_SOURCES = %reldir%/check_network.c
check_network_LDADD = $(TEST_LIBS)

oidc_vectors = \
	%reldir%/oidc_vectors.c %reldir%/oidc_vectors.h \
	%reldir%/oidc_vectors_algorithms.c \
	%reldir%/oidc_vectors_keys.c \
	%reldir%/oidc_vectors_signatures.c \
	%reldir%/oidc_vectors_texts.c

check_oidc_claims_SOURCES = %reldir%/check_oidc_claims.c
check_oidc_claims_LDADD = $(OIDC_LIBS) $(USERS_LIBS) $(TEST_LIBS)

check_oidc_id_token_SOURCES = %reldir%/check_oidc_id_token.c
check_oidc_id_token_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_jwks_SOURCES = %reldir%/check_oidc_jwks.c $(oidc_vectors)
check_oidc_jwks_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_jwt_SOURCES = %reldir%/check_oidc_jwt.c $(oidc_vectors)
check_oidc_jwt_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_logout_token_SOURCES = %reldir%/check_oidc_logout_token.c
check_oidc_logout_token_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_metadata_SOURCES = %reldir%/check_oidc_metadata.c
check_oidc_metadata_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_object_SOURCES = %reldir%/check_oidc_object.c
check_oidc_object_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_start_SOURCES = %reldir%/check_oidc_start.c $(oidc_vectors)
check_oidc_start_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_token_answer_SOURCES = %reldir%/check_oidc_token_answer.c
check_oidc_token_answer_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_oidc_url_SOURCES = %reldir%/check_oidc_url.c
check_oidc_url_LDADD = $(OIDC_LIBS) $(TEST_LIBS)

check_origin_SOURCES = %reldir%/check_origin.c
check_origin_LDADD = $(TEST_LIBS)

check_pages_SOURCES = %reldir%/check_pages.c
check_pages_LDADD = libbundle.a libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_path_SOURCES = %reldir%/check_path.c
check_path_LDADD = libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_peer_SOURCES = %reldir%/check_peer.c \
	%reldir%/inner_worker.c %reldir%/inner_worker.h \
	%reldir%/starve.c %reldir%/starve.h
check_peer_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_peer_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_pem_SOURCES = %reldir%/check_pem.c $(CERT_MAKER)
check_pem_LDADD = libbundle.a $(TEST_LIBS) $(SSL_LIBS)

check_pem_text_SOURCES = %reldir%/check_pem_text.c $(CERT_MAKER)
check_pem_text_LDADD = libbundle.a $(TEST_LIBS) $(SSL_LIBS)

check_policy_SOURCES = %reldir%/check_policy.c
check_policy_LDADD = libbroker.a $(TEST_LIBS)

check_print_SOURCES = %reldir%/check_print.c \
	daemon/ctl/json.c daemon/ctl/json.h \
	daemon/ctl/print.c daemon/ctl/print.h \
	common/utf8.c common/utf8.h
check_print_LDADD = $(TEST_LIBS)

check_proto_SOURCES = %reldir%/check_proto.c
check_proto_LDADD = $(TEST_LIBS)

check_proxy_header_SOURCES = %reldir%/check_proxy_header.c
check_proxy_header_LDADD = libworker.a $(TEST_LIBS)

check_queue_SOURCES = %reldir%/check_queue.c
check_queue_LDADD = libworker.a $(TEST_LIBS)

check_quota_SOURCES = %reldir%/check_quota.c
check_quota_LDADD = $(TEST_LIBS)
check_quota_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_gettime

check_reason_SOURCES = %reldir%/check_reason.c
check_reason_LDADD = libbroker.a $(TEST_LIBS)

check_recognise_SOURCES = %reldir%/check_recognise.c $(CERT_MAKER)
check_recognise_LDADD = $(KEEPER_TEST_LIBS)

check_request_SOURCES = %reldir%/check_request.c
check_request_LDADD = libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_request_login_SOURCES = %reldir%/check_request_login.c
check_request_login_LDADD = libworker.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_resolve_SOURCES = %reldir%/check_resolve.c \
	%reldir%/starve.c %reldir%/starve.h
check_resolve_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags) \
	-Wl,--wrap=ares_init_options
check_resolve_LDADD = librig.a libbroker.a $(TEST_LIBS) $(CARES_LIBS)

check_rights_SOURCES = %reldir%/check_rights.c
check_rights_LDADD = libbroker.a $(TEST_LIBS)

check_schedule_SOURCES = %reldir%/check_schedule.c
check_schedule_LDADD = $(TEST_LIBS)

check_rule_SOURCES = %reldir%/check_rule.c
check_rule_LDADD = $(TEST_LIBS)

check_sealed_SOURCES = %reldir%/check_sealed.c
check_sealed_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=memfd_create
check_sealed_LDADD = $(TEST_LIBS)

check_sign_SOURCES = %reldir%/check_sign.c $(CERT_MAKER)
check_sign_LDADD = $(KEEPER_TEST_LIBS)

check_sources_SOURCES = %reldir%/check_sources.c
check_sources_LDADD = libmaster.a $(TEST_LIBS)

check_supervise_SOURCES = %reldir%/check_supervise.c \
	%reldir%/supervise_rows.c %reldir%/supervise_rows.h \
	%reldir%/supervise_rows_auth.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_supervise_auth_SOURCES = %reldir%/check_supervise_auth.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_auth_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_supervise_fetch_SOURCES = %reldir%/check_supervise_fetch.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_fetch_LDADD = $(check_supervise_auth_LDADD)

check_supervise_pam_SOURCES = %reldir%/check_supervise_pam.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_pam_LDADD = $(check_supervise_auth_LDADD)

check_supervise_runner_SOURCES = %reldir%/check_supervise_runner.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_runner_LDADD = $(check_supervise_auth_LDADD)

check_supervise_flood_SOURCES = %reldir%/check_supervise_flood.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_flood_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_supervise_join_SOURCES = %reldir%/check_supervise_join.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_join_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_supervise_offer_SOURCES = %reldir%/check_supervise_offer.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_supervise_offer_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) \
	$(SSL_LIBS)

check_syslogd_SOURCES = %reldir%/check_syslogd.c
check_syslogd_LDADD = libmaster.a $(TEST_LIBS)

check_target_SOURCES = %reldir%/check_target.c
check_target_LDADD = $(TEST_LIBS)

check_tcp_SOURCES = %reldir%/check_tcp.c
check_tcp_LDADD = $(TEST_LIBS)

check_light_SOURCES = %reldir%/check_light.c \
	%reldir%/inner_worker.c %reldir%/inner_worker.h
check_light_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=ways_fill
check_light_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_ways_SOURCES = %reldir%/check_ways.c
check_ways_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_limits_SOURCES = %reldir%/check_limits.c \
	%reldir%/inner_worker.c %reldir%/inner_worker.h
check_limits_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=control_say_warning
check_limits_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_tick_SOURCES = %reldir%/check_tick.c \
	%reldir%/inner_worker.c %reldir%/inner_worker.h
check_tick_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_tls_key_SOURCES = %reldir%/check_tls_key.c \
	%reldir%/tls_rig.c %reldir%/tls_rig.h
check_tls_key_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_tls_target_SOURCES = %reldir%/check_tls_target.c \
	%reldir%/leg_rig.c %reldir%/leg_rig.h \
	%reldir%/tls_rig.c %reldir%/tls_rig.h
check_tls_target_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_tls_ticket_SOURCES = %reldir%/check_tls_ticket.c \
	%reldir%/tls_rig.c %reldir%/tls_rig.h
check_tls_ticket_LDADD = libworker.a $(TEST_LIBS) $(SSL_LIBS)

check_trim_SOURCES = %reldir%/check_trim.c
check_trim_LDADD = $(TEST_LIBS)
if ASAN
check_trim_CPPFLAGS = $(AM_CPPFLAGS) -DVB_ASAN
endif

check_turn_SOURCES = %reldir%/check_turn.c
check_turn_LDADD = libworker.a $(TEST_LIBS)

check_audit_SOURCES = %reldir%/check_audit.c
check_audit_LDADD = libaudit.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_audit_open_SOURCES = %reldir%/check_audit_open.c
check_audit_open_LDADD = libmaster.a $(TEST_LIBS)

AUDIT_RIG = %reldir%/audit_rig.c %reldir%/audit_rig.h
AUDIT_RIG_LIBS = libmaster.a libaudit.a libbundle.a $(TEST_LIBS) \
	$(CONFUSE_LIBS) $(SSL_LIBS)

check_audit_conf_SOURCES = %reldir%/check_audit_conf.c $(AUDIT_RIG)
check_audit_conf_LDADD = $(AUDIT_RIG_LIBS)

check_audit_said_SOURCES = %reldir%/check_audit_said.c $(AUDIT_RIG)
check_audit_said_LDADD = $(AUDIT_RIG_LIBS)
check_audit_fold_SOURCES = %reldir%/check_audit_fold.c $(AUDIT_RIG)
check_audit_fold_LDADD = $(AUDIT_RIG_LIBS)

check_audit_writer_SOURCES = %reldir%/check_audit_writer.c
check_audit_writer_LDADD = libmaster.a libaudit.a $(TEST_LIBS) $(CRYPTO_LIBS)

check_upload_SOURCES = %reldir%/check_upload.c
check_upload_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_user_file_SOURCES = %reldir%/check_user_file.c \
	daemon/ctl/user_file.c daemon/ctl/user_file.h \
	daemon/ctl/user_text.c daemon/ctl/user_text.h
check_user_file_LDADD = $(TEST_LIBS)

check_user_text_SOURCES = %reldir%/check_user_text.c \
	daemon/ctl/user_text.c daemon/ctl/user_text.h
check_user_text_LDADD = $(TEST_LIBS)

check_users_SOURCES = %reldir%/check_users.c \
	%reldir%/starve.c %reldir%/starve.h
check_users_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_users_LDADD = $(USERS_LIBS) $(TEST_LIBS)

check_users_hash_SOURCES = %reldir%/check_users_hash.c
check_users_hash_LDADD = $(USERS_LIBS) $(TEST_LIBS)

check_vouch_SOURCES = %reldir%/check_vouch.c \
	%reldir%/vouch_rig.c %reldir%/vouch_rig.h \
	%reldir%/starve.c %reldir%/starve.h
check_vouch_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_vouch_LDADD = libbroker.a $(TEST_LIBS)

check_watchdog_SOURCES = %reldir%/check_watchdog.c \
	%reldir%/supervise_rig.c %reldir%/supervise_rig.h \
	%reldir%/supervise_rig_more.c \
	%reldir%/supervise_spawn.c \
	%reldir%/breach.c %reldir%/breach.h
check_watchdog_LDADD = libmaster.a libbundle.a $(TEST_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)

check_world_SOURCES = %reldir%/check_world.c \
	%reldir%/starve.c %reldir%/starve.h
check_world_LDFLAGS = $(AM_LDFLAGS) $(starve_ldflags)
check_world_LDADD = libworker.a $(TEST_LIBS)
