# SPDX-License-Identifier: ISC
# Fuzzers: make check replays what they found.
# With --enable-fuzz, the same programs are the fuzzers themselves.

if HAVE_CHECK
REPLAYS = \
	replay_audit \
	replay_client \
	replay_conf \
	replay_form \
	replay_forwarded \
	replay_frame \
	replay_greeting \
	replay_rfb_input \
	replay_http \
	replay_ipc \
	replay_jwt \
	replay_keys \
	replay_names \
	replay_pem \
	replay_leases \
	replay_presented \
	replay_provider \
	replay_proxy \
	replay_recognise \
	replay_request \
	replay_rule \
	replay_schedule \
	replay_target \
	replay_tls \
	replay_transcript \
	replay_upload \
	replay_url \
	replay_users
endif

if FUZZ
FUZZ_DRIVER =
FUZZ_MUTATOR = %reldir%/mutate_client.c
else
FUZZ_DRIVER = %reldir%/replay.c
FUZZ_MUTATOR =
endif
fuzzer_ldflags = $(AM_LDFLAGS) $(VB_FUZZ_LDFLAGS)
replay_form_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_form.c
replay_form_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/form"'
replay_form_LDFLAGS = $(fuzzer_ldflags)
replay_form_LDADD = libworker.a $(COMMON_LIBS)
replay_forwarded_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_forwarded.c
replay_forwarded_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/forwarded"'
replay_forwarded_LDFLAGS = $(fuzzer_ldflags)
replay_forwarded_LDADD = libworker.a $(COMMON_LIBS)
replay_frame_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_frame.c \
	tests/unit/frame_log.c
replay_frame_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/frame"'
replay_frame_LDFLAGS = $(fuzzer_ldflags)
replay_frame_LDADD = libworker.a $(COMMON_LIBS)
replay_greeting_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_greeting.c \
	tests/unit/frame_log.c
replay_greeting_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/greeting"'
replay_greeting_LDFLAGS = $(fuzzer_ldflags)
replay_greeting_LDADD = libworker.a $(COMMON_LIBS)

replay_rfb_input_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_rfb_input.c \
	tests/unit/frame_log.c tests/unit/frame_log.h
replay_rfb_input_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/rfb_input"'
replay_rfb_input_LDFLAGS = $(fuzzer_ldflags)
replay_rfb_input_LDADD = libworker.a $(COMMON_LIBS)
replay_http_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_http.c
replay_http_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/http"'
replay_http_LDFLAGS = $(fuzzer_ldflags)
replay_http_LDADD = libworker.a $(COMMON_LIBS)
replay_request_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_request.c
replay_request_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/request"'
replay_request_LDFLAGS = $(fuzzer_ldflags)
replay_request_LDADD = libworker.a $(COMMON_LIBS) $(CRYPTO_LIBS)
replay_url_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_url.c
replay_url_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/url"'
replay_url_LDFLAGS = $(fuzzer_ldflags)
replay_url_LDADD = libfetch.a $(COMMON_LIBS) $(CURL_LIBS)
replay_target_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_target.c
replay_target_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/target"'
replay_target_LDFLAGS = $(fuzzer_ldflags)
replay_target_LDADD = $(COMMON_LIBS)
replay_schedule_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_schedule.c
replay_schedule_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/schedule"'
replay_schedule_LDFLAGS = $(fuzzer_ldflags)
replay_schedule_LDADD = $(COMMON_LIBS)
replay_audit_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_audit.c
replay_audit_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/audit"'
replay_audit_LDFLAGS = $(fuzzer_ldflags)
replay_audit_LDADD = libaudit.a $(COMMON_LIBS) $(CRYPTO_LIBS)
replay_rule_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_rule.c
replay_rule_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/rule"'
replay_rule_LDFLAGS = $(fuzzer_ldflags)
replay_rule_LDADD = $(COMMON_LIBS)
replay_names_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_names.c
replay_names_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/names"'
replay_names_LDFLAGS = $(fuzzer_ldflags)
replay_names_LDADD = libbroker.a $(COMMON_LIBS)
replay_leases_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_leases.c
replay_leases_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/leases"'
replay_leases_LDFLAGS = $(fuzzer_ldflags)
replay_leases_LDADD = libbroker.a $(COMMON_LIBS) $(CRYPTO_LIBS)

replay_presented_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_presented.c
replay_presented_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/presented"'
replay_presented_LDFLAGS = $(fuzzer_ldflags)
replay_presented_LDADD = libbroker.a $(COMMON_LIBS) $(CRYPTO_LIBS)
replay_provider_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_provider.c
replay_provider_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/provider"'
replay_provider_LDFLAGS = $(fuzzer_ldflags)
replay_provider_LDADD = $(OIDC_LIBS) $(COMMON_LIBS)
replay_transcript_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_transcript.c
replay_transcript_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/transcript"'
replay_transcript_LDFLAGS = $(fuzzer_ldflags)
replay_transcript_LDADD = libauth.a libusers.a $(COMMON_LIBS) $(CRYPTO_LIBS)
replay_proxy_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_proxy.c
replay_proxy_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/proxy"'
replay_proxy_LDFLAGS = $(fuzzer_ldflags)
replay_proxy_LDADD = libworker.a $(COMMON_LIBS)
replay_recognise_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_recognise.c
replay_recognise_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/recognise"'
replay_recognise_LDFLAGS = $(fuzzer_ldflags)
replay_recognise_LDADD = libkeeper.a $(COMMON_LIBS)
replay_jwt_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_jwt.c
replay_jwt_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/jwt"'
replay_jwt_LDFLAGS = $(fuzzer_ldflags)
replay_jwt_LDADD = $(OIDC_LIBS) $(COMMON_LIBS)
replay_keys_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_keys.c
replay_keys_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/keys"'
replay_keys_LDFLAGS = $(fuzzer_ldflags)
replay_keys_LDADD = libkeeper.a $(COMMON_LIBS) $(CRYPTO_LIBS)
replay_pem_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_pem.c
replay_pem_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/pem"'
replay_pem_LDFLAGS = $(fuzzer_ldflags)
replay_pem_LDADD = libbundle.a $(COMMON_LIBS) $(SSL_LIBS)
replay_upload_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_upload.c
replay_upload_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/upload"'
replay_upload_LDFLAGS = $(fuzzer_ldflags)
replay_upload_LDADD = libmaster.a libbundle.a $(COMMON_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)
replay_tls_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_tls.c
replay_tls_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/tls"'
replay_tls_LDFLAGS = $(fuzzer_ldflags)
replay_tls_LDADD = libworker.a libkeeper.a $(COMMON_LIBS) $(SSL_LIBS)
replay_users_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_users.c
replay_users_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/users"'
replay_users_LDFLAGS = $(fuzzer_ldflags)
replay_users_LDADD = $(USERS_LIBS) $(COMMON_LIBS)
replay_ipc_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_ipc.c
replay_ipc_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/ipc"'
replay_ipc_LDFLAGS = $(fuzzer_ldflags)
replay_ipc_LDADD = $(COMMON_LIBS)
replay_conf_SOURCES = $(FUZZ_DRIVER) %reldir%/fuzz_conf.c
replay_conf_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_CORPUS='"%reldir%/corpus/conf"'
replay_conf_LDFLAGS = $(fuzzer_ldflags)
replay_conf_LDADD = libbundle.a $(COMMON_LIBS) $(CONFUSE_LIBS) $(SSL_LIBS)
# a whole worker, on a clock of its own
replay_client_SOURCES = $(FUZZ_DRIVER) $(FUZZ_MUTATOR) \
	%reldir%/fuzz_client.c \
	%reldir%/client_rig.c %reldir%/client_rig.h \
	%reldir%/client_world.c %reldir%/client_heads.c \
	%reldir%/client_ends.c %reldir%/client_model.c \
	%reldir%/client_frames.c %reldir%/client_people.c \
	%reldir%/client_asked.c \
	%reldir%/client_board.c %reldir%/client_broker.c \
	%reldir%/client_script.c \
	%reldir%/client_script.h tests/unit/frame_log.c
replay_client_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"%reldir%/corpus/client"'
replay_client_LDFLAGS = $(fuzzer_ldflags) -Wl,--wrap=clock_gettime \
	-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=reallocarray -Wl,--wrap=strdup
replay_client_LDADD = libworker.a $(COMMON_LIBS) $(SSL_LIBS)
fuzz:
	$(top_srcdir)/%reldir%/run.sh $(top_srcdir) $(FUZZ_ONLY)
.PHONY: fuzz
EXTRA_DIST += %reldir%/mutate_client.c %reldir%/run.sh \
	%reldir%/client_seeds.py %reldir%/keys_seeds.py \
	%reldir%/oidc_seeds.py %reldir%/transcript_seeds.py \
	%reldir%/upload_seeds.py \
	%reldir%/README.md %reldir%/corpus %reldir%/frame.dict %reldir%/http.dict %reldir%/pem.dict \
	%reldir%/request.dict %reldir%/conf.dict %reldir%/greeting.dict %reldir%/rfb_input.dict \
	%reldir%/client.dict %reldir%/ipc.dict %reldir%/rule.dict \
	%reldir%/target.dict %reldir%/recognise.dict %reldir%/users.dict \
	%reldir%/jwt.dict %reldir%/provider.dict %reldir%/url.dict
