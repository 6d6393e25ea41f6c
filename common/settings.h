/* SPDX-License-Identifier: ISC */
/*
 * The settings that every process gets, as one plain struct that travels in
 * CONF_START. SETTINGS_NUMBERS is the one table of the numeric ones: name
 * in the file, field, default, least, most, unit. It makes the struct, the
 * parser (daemon/bundle/conf.c) and the check of vncbridge.conf(5).
 */
#ifndef VB_SETTINGS_H
#define VB_SETTINGS_H

#include <stdint.h>

#define SETTINGS_NUMBERS(X)                                                   \
	X("workers", workers, 0, 0, 256, "processes")                         \
	X("default-port", default_port, 5901, 1, 65535, "port")               \
	X("request-head", request_head_bytes, 32768, 1024, 262144, "bytes")   \
	X("handshake-timeout", handshake_timeout_sec, 10, 1, 3600, "seconds") \
	X("connect-timeout", connect_timeout_sec, 10, 1, 3600, "seconds")     \
	X("greeting-timeout", greeting_timeout_sec, 60, 1, 3600, "seconds")   \
	X("start-timeout", start_timeout_sec, 120, 1, 3600, "seconds")        \
	X("stop-after", stop_after_sec, 600, 1, 604800, "seconds")            \
	X("hook-timeout", hook_timeout_sec, 30, 1, 600, "seconds")            \
	X("ping-interval", ping_interval_sec, 25, 0, 3600, "seconds")         \
	X("login-idle", login_idle_sec, 7200, 0, 2592000, "seconds")          \
	X("login-max", login_max_sec, 86400, 0, 2592000, "seconds")           \
	X("keepalive-timeout", keepalive_timeout_sec, 30, 1, 3600, "seconds") \
	X("idle-timeout", idle_timeout_sec, 0, 0, 604800, "seconds")          \
	X("max-session", max_session_sec, 0, 0, 2592000, "seconds")           \
	X("warn-before", warn_before_sec, 60, 0, 3600, "seconds")             \
	X("drain-timeout", drain_timeout_sec, 30, 1, 3600, "seconds")         \
	X("watchdog-timeout", watchdog_timeout_sec, 30, 0, 3600, "seconds")   \
	X("max-connections", max_connections, 10000, 1, 1000000,              \
	    "connections")                                                    \
	X("max-connections-of-address", max_connections_of_address, 2500, 0,  \
	    1000000, "connections")                                           \
	X("connections-per-second-of-address",                                \
	    connections_per_second_of_address, 200, 0, 100000, "connections") \
	X("hsts", hsts_sec, 0, 0, 63072000, "seconds")                        \
	X("ticket-rotation", ticket_rotation_sec, 3600, 1, 604800, "seconds") \
	X("max-sessions", max_sessions, 0, 0, 1000000, "sessions")            \
	X("max-sessions-of-address", max_sessions_of_address, 1000, 0,        \
	    1000000, "sessions")                                              \
	X("max-sessions-of-target", max_sessions_of_target, 0, 0, 1000000,    \
	    "sessions")                                                       \
	X("max-sessions-of-user", max_sessions_of_user, 0, 0, 1000000,        \
	    "sessions")                                                       \
	X("listen-backlog", listen_backlog, 1024, 1, 65535, "connections")    \
	X("socket-buffer", socket_buffer_bytes, 4194304, 0, 1073741824,       \
	    "bytes")                                                          \
	X("socket-memory", socket_memory_mib, 0, 0, 1048576, "mebibytes")

#define SETTINGS_SWITCHES(X)                     \
	X("require-rfb", require_rfb, 1)         \
	X("require-origin", require_origin, 0)   \
	X("session-tickets", session_tickets, 1) \
	X("audit-required", audit_required, 0)   \
	X("audit-syslog", audit_syslog, 0)       \
	X("sandbox", sandbox, 1)

#define SETTINGS_OLD_MAX_SESSION "session-timeout" /* is taken, too */

#define SETTINGS_TLS_1_2	 0x0303
#define SETTINGS_TLS_1_3	 0x0304

#define BASE_PATH_MAX		 128

struct settings {
#define X(name, field, def, min, max, unit) uint32_t field;
	SETTINGS_NUMBERS(X)
#undef X
#define X(name, field, def) uint8_t field;
	SETTINGS_SWITCHES(X)
#undef X
	uint32_t socket_memory_kib; /* one worker's part of socket-memory */
	uint8_t has_audit;	    /* records of it are wanted */
	uint8_t has_access;	    /* there are access sections */
	uint8_t has_auth;	    /* there are auth sections: people log in */
	uint8_t has_password;	    /* with a password, of file or PAM */
	uint8_t has_pam;	    /* PAM is asked */
	uint8_t has_hooks;	    /* targets have commands, or on-event is */
	uint8_t has_basic;	    /* and programs with each request */
	uint8_t has_certificate;    /* with a client's certificate */
	uint8_t has_file_basic;	    /* those of the users' file may */
	uint8_t has_pam_basic;	    /* and those of PAM */
	uint8_t verbose;	    /* how often the command line has -v */
	uint16_t tls_minimum;	    /* ProtocolVersion, RFC 8446, 4.2.1 */
	char base_path[BASE_PATH_MAX];
};

#endif
