/* SPDX-License-Identifier: ISC */
/* The table of all messages, part of proto.h: who may say what to whom. */
#ifndef VB_PROTO_TABLE_H
#define VB_PROTO_TABLE_H

/*
 * vncbridgectl's come first, with numbers that never change: it may be older or
 * newer than the daemon that it asks. A new one goes to the end of this list,
 * and the names after it get others, which only processes of one start hear.
 */
#define PROTO_CTL_MESSAGES(X)                                                  \
	X(CTL_STATUS, ROLE_CTL, ROLE_MASTER, ctl_status, FD_NONE, PHASE_ANY)   \
	X(CTL_STATUS_IS, ROLE_MASTER, ROLE_CTL, ctl_status_is, FD_NONE,        \
	    PHASE_ANY)                                                         \
	X(CTL_STOP, ROLE_CTL, ROLE_MASTER, ctl_stop, FD_NONE, PHASE_ANY)       \
	X(CTL_STOPPING, ROLE_MASTER, ROLE_CTL, ctl_stopping, FD_NONE,          \
	    PHASE_ANY)                                                         \
	X(CTL_REREAD, ROLE_CTL, ROLE_MASTER, ctl_reread, FD_NONE, PHASE_ANY)   \
	X(CTL_RELOADED, ROLE_MASTER, ROLE_CTL, ctl_reloaded, FD_NONE,          \
	    PHASE_ANY)                                                         \
	X(CTL_UNKNOWN, ROLE_MASTER, ROLE_CTL, ctl_unknown, FD_NONE, PHASE_ANY) \
	X(CTL_CERTS, ROLE_CTL, ROLE_MASTER, ctl_certs, FD_NONE, PHASE_ANY)     \
	X(CTL_CERTS_ARE, ROLE_MASTER, ROLE_CTL, ctl_certs_are, FD_NONE,        \
	    PHASE_ANY)                                                         \
	X(CTL_SESSIONS, ROLE_CTL, ROLE_MASTER, ctl_sessions, FD_NONE,          \
	    PHASE_ANY)                                                         \
	X(CTL_SESSIONS_ARE, ROLE_MASTER, ROLE_CTL, ctl_sessions_are, FD_NONE,  \
	    PHASE_ANY)                                                         \
	X(CTL_RELOAD, ROLE_CTL, ROLE_MASTER, ctl_reload, FD_NONE, PHASE_ANY)   \
	X(CTL_RELOAD_GO, ROLE_MASTER, ROLE_CTL, ctl_reload_go, FD_NONE,        \
	    PHASE_ANY)                                                         \
	X(CTL_RELOAD_TEXT, ROLE_CTL, ROLE_MASTER, ctl_reload_text, FD_MUST,    \
	    PHASE_ANY)                                                         \
	X(CTL_RELOAD_LISTENER, ROLE_CTL, ROLE_MASTER, ctl_reload_listener,     \
	    FD_MUST, PHASE_ANY)                                                \
	X(CTL_RELOAD_PAGES, ROLE_CTL, ROLE_MASTER, ctl_reload_pages, FD_MUST,  \
	    PHASE_ANY)                                                         \
	X(CTL_RELOAD_FILE, ROLE_CTL, ROLE_MASTER, ctl_reload_file, FD_MUST,    \
	    PHASE_ANY)                                                         \
	X(CTL_RELOAD_END, ROLE_CTL, ROLE_MASTER, ctl_reload_end, FD_NONE,      \
	    PHASE_ANY)                                                         \
	X(CTL_LOGINS, ROLE_CTL, ROLE_MASTER, ctl_logins, FD_NONE, PHASE_ANY)   \
	X(CTL_LOGINS_ARE, ROLE_MASTER, ROLE_CTL, ctl_logins_are, FD_NONE,      \
	    PHASE_ANY)                                                         \
	X(CTL_LOGOUT, ROLE_CTL, ROLE_MASTER, ctl_logout, FD_NONE, PHASE_ANY)   \
	X(CTL_LOGGED_OUT, ROLE_MASTER, ROLE_CTL, ctl_logged_out, FD_NONE,      \
	    PHASE_ANY)                                                         \
	X(CTL_WHY, ROLE_CTL, ROLE_MASTER, ctl_why, FD_NONE, PHASE_ANY)         \
	X(CTL_WHY_IS, ROLE_MASTER, ROLE_CTL, ctl_why_is, FD_NONE, PHASE_ANY)   \
	X(CTL_RELOAD_AUDIT, ROLE_CTL, ROLE_MASTER, ctl_reload_audit, FD_MUST,  \
	    PHASE_ANY)                                                         \
	X(CTL_METRICS, ROLE_CTL, ROLE_MASTER, ctl_metrics, FD_NONE, PHASE_ANY) \
	X(CTL_METRICS_ARE, ROLE_MASTER, ROLE_CTL, ctl_metrics_are, FD_MAY,     \
	    PHASE_ANY)                                                         \
	X(CTL_ORDER, ROLE_CTL, ROLE_MASTER, ctl_order, FD_NONE, PHASE_ANY)     \
	X(CTL_ORDERED, ROLE_MASTER, ROLE_CTL, ctl_ordered, FD_NONE, PHASE_ANY) \
	X(CTL_TARGETS, ROLE_CTL, ROLE_MASTER, ctl_targets, FD_NONE, PHASE_ANY) \
	X(CTL_TARGETS_ARE, ROLE_MASTER, ROLE_CTL, ctl_targets_are, FD_NONE,    \
	    PHASE_ANY)

/* name, from, to, body, descriptor, phase of the receiver's channel */
#define PROTO_MESSAGES(X)                                                      \
	PROTO_CTL_MESSAGES(X)                                                  \
	X(CONF_START, ROLE_MASTER, ROLE_CHILD, conf_start, FD_NONE, PHASE_ANY) \
	X(CONF_PAGES, ROLE_MASTER, ROLE_WORKER, conf_pages, FD_MUST,           \
	    PHASE_ANY)                                                         \
	X(CONF_ORIGIN, ROLE_MASTER, ROLE_WORKER, conf_origin, FD_NONE,         \
	    PHASE_ANY)                                                         \
	X(CONF_HOST, ROLE_MASTER, ROLE_WORKER, conf_host, FD_NONE, PHASE_ANY)  \
	X(CONF_PROXY, ROLE_MASTER, ROLE_WORKER, conf_proxy, FD_NONE,           \
	    PHASE_ANY)                                                         \
	X(CONF_TARGET, ROLE_MASTER, ROLE_RELAYING, conf_target, FD_NONE,       \
	    PHASE_ANY)                                                         \
	X(CONF_CLAIM, ROLE_MASTER, ROLE_BROKER, conf_claim, FD_NONE,           \
	    PHASE_ANY)                                                         \
	X(CONF_LEASES, ROLE_MASTER, ROLE_BROKER, conf_leases, FD_MUST,         \
	    PHASE_SETUP)                                                       \
	X(CONF_RULE, ROLE_MASTER, ROLE_BROKER, conf_rule, FD_NONE, PHASE_ANY)  \
	X(CONF_ACCESS, ROLE_MASTER, ROLE_BROKER, conf_access, FD_NONE,         \
	    PHASE_ANY)                                                         \
	X(CONF_ACCESS_USER, ROLE_MASTER, ROLE_BROKER, conf_access_user,        \
	    FD_NONE, PHASE_ANY)                                                \
	X(CONF_ACCESS_FROM, ROLE_MASTER, ROLE_BROKER, conf_access_from,        \
	    FD_NONE, PHASE_ANY)                                                \
	X(CONF_ACCESS_TARGET, ROLE_MASTER, ROLE_BROKER, conf_access_target,    \
	    FD_NONE, PHASE_ANY)                                                \
	X(CONF_LISTENER, ROLE_MASTER, ROLE_JUDGING, conf_listener, FD_NONE,    \
	    PHASE_ANY)                                                         \
	X(CONF_NAMESERVER, ROLE_MASTER, ROLE_RESOLVING, conf_nameserver,       \
	    FD_NONE, PHASE_ANY)                                                \
	X(HOST_FILE, ROLE_MASTER, ROLE_RESOLVING, host_file, FD_MAY,           \
	    PHASE_ANY)                                                         \
	X(CONF_CERT, ROLE_MASTER, ROLE_TLS, conf_cert, FD_MUST, PHASE_ANY)     \
	X(CONF_KEY, ROLE_MASTER, ROLE_KEEPER, conf_key, FD_MUST, PHASE_ANY)    \
	X(CONF_TLS, ROLE_MASTER, ROLE_WORKER, conf_tls, FD_NONE, PHASE_ANY)    \
	X(CONF_CA, ROLE_MASTER, ROLE_JUDGING, conf_ca, FD_MUST, PHASE_ANY)     \
	X(CONF_TLS_TEXT, ROLE_MASTER, ROLE_WORKER, conf_tls_text, FD_NONE,     \
	    PHASE_ANY)                                                         \
	X(CONF_TARGET_CA, ROLE_MASTER, ROLE_WORKER, conf_target_ca, FD_MUST,   \
	    PHASE_ANY)                                                         \
	X(CONF_TARGET_TLS, ROLE_MASTER, ROLE_WORKER, conf_target_tls, FD_NONE, \
	    PHASE_ANY)                                                         \
	X(CONF_LOGINS, ROLE_MASTER, ROLE_AUTH, conf_logins, FD_MUST,           \
	    PHASE_SETUP)                                                       \
	X(CONF_USERS, ROLE_MASTER, ROLE_AUTH, conf_users, FD_MUST, PHASE_ANY)  \
	X(CONF_OIDC, ROLE_MASTER, ROLE_AUTH, conf_oidc, FD_MAY, PHASE_ANY)     \
	X(CONF_GROUP, ROLE_MASTER, ROLE_PROVING, conf_group, FD_NONE,          \
	    PHASE_ANY)                                                         \
	X(CONF_HEADER, ROLE_MASTER, ROLE_KNOWING, conf_header, FD_NONE,        \
	    PHASE_ANY)                                                         \
	X(CONF_STAMP, ROLE_MASTER, ROLE_STAMPING, conf_stamp, FD_MUST,         \
	    PHASE_SETUP)                                                       \
	X(CONF_CERTIFICATE, ROLE_MASTER, ROLE_AUTH, conf_certificate, FD_NONE, \
	    PHASE_ANY)                                                         \
	X(CONF_BUTTON, ROLE_MASTER, ROLE_WORKER, conf_button, FD_NONE,         \
	    PHASE_ANY)                                                         \
	X(CONF_FETCH_HOST, ROLE_MASTER, ROLE_TRUSTING, conf_fetch_host,        \
	    FD_NONE, PHASE_ANY)                                                \
	X(CONF_FETCH_CA, ROLE_MASTER, ROLE_TRUSTING, conf_fetch_ca, FD_MUST,   \
	    PHASE_ANY)                                                         \
	X(CONF_PAM, ROLE_MASTER, ROLE_PROVING, conf_pam, FD_NONE, PHASE_ANY)   \
	X(CONF_HOOK, ROLE_MASTER, ROLE_RUNNER, conf_hook, FD_NONE, PHASE_ANY)  \
	X(CONF_COMMAND, ROLE_MASTER, ROLE_RUNNER, conf_command, FD_NONE,       \
	    PHASE_ANY)                                                         \
	X(CONF_HOOK_NAME, ROLE_MASTER, ROLE_RUNNER, conf_hook_name, FD_NONE,   \
	    PHASE_ANY)                                                         \
	X(CONF_END, ROLE_MASTER, ROLE_CHILD, conf_end, FD_NONE, PHASE_ANY)     \
	X(KEPT, ROLE_KEEPER, ROLE_MASTER, kept, FD_NONE, PHASE_ANY)            \
	X(KNOWN, ROLE_AUTH, ROLE_MASTER, known, FD_NONE, PHASE_ANY)            \
	X(READY, ROLE_CHILD, ROLE_MASTER, ready, FD_NONE, PHASE_SETUP)         \
	X(LOG, ROLE_CHILD, ROLE_MASTER, log, FD_NONE, PHASE_ANY)               \
	X(PEER, ROLE_MASTER, ROLE_CHILD, peer, FD_MUST, PHASE_RUN)             \
	X(CLIENT, ROLE_MASTER, ROLE_WORKER, client, FD_MUST, PHASE_RUN)        \
	X(LEFT, ROLE_WORKER, ROLE_MASTER, left, FD_NONE, PHASE_RUN)            \
	X(LOAD, ROLE_WORKER, ROLE_MASTER, load, FD_NONE, PHASE_RUN)            \
	X(DRAIN, ROLE_MASTER, ROLE_CHILD, drain, FD_NONE, PHASE_RUN)           \
	X(PRESENTED, ROLE_WORKER, ROLE_BROKER, presented, FD_NONE, PHASE_RUN)  \
	X(OPEN, ROLE_WORKER, ROLE_BROKER, open, FD_NONE, PHASE_RUN)            \
	X(OPENED, ROLE_BROKER, ROLE_WORKER, opened, FD_MAY, PHASE_RUN)         \
	X(WAIT, ROLE_BROKER, ROLE_WORKER, wait, FD_NONE, PHASE_RUN)            \
	X(END, ROLE_BROKER, ROLE_WORKER, end, FD_NONE, PHASE_RUN)              \
	X(TELL, ROLE_BROKER, ROLE_WORKER, tell, FD_NONE, PHASE_RUN)            \
	X(SAID, ROLE_WORKER, ROLE_BROKER, said, FD_NONE, PHASE_RUN)            \
	X(INTEND, ROLE_WORKER, ROLE_BROKER, intend, FD_NONE, PHASE_RUN)        \
	X(INTENDED, ROLE_BROKER, ROLE_WORKER, intended, FD_NONE, PHASE_RUN)    \
	X(GONE, ROLE_MASTER, ROLE_BROKER, gone, FD_NONE, PHASE_ANY)            \
	X(CLOSED, ROLE_WORKER, ROLE_BROKER, closed, FD_NONE, PHASE_RUN)        \
	X(HELD, ROLE_WORKER, ROLE_BROKER, held, FD_NONE, PHASE_RUN)            \
	X(HELD_END, ROLE_WORKER, ROLE_BROKER, held_end, FD_NONE, PHASE_RUN)    \
	X(TRAFFIC, ROLE_WORKER, ROLE_BROKER, traffic, FD_NONE, PHASE_RUN)      \
	X(STATE, ROLE_WORKER, ROLE_BROKER, state, FD_NONE, PHASE_RUN)          \
	X(STATED, ROLE_BROKER, ROLE_WORKER, stated, FD_NONE, PHASE_RUN)        \
	X(BOARD, ROLE_WORKER, ROLE_BROKER, board, FD_NONE, PHASE_RUN)          \
	X(BOARD_END, ROLE_WORKER, ROLE_BROKER, board_end, FD_NONE, PHASE_RUN)  \
	X(BOARD_SEES, ROLE_BROKER, ROLE_WORKER, board_sees, FD_NONE,           \
	    PHASE_RUN)                                                         \
	X(BOARD_STATES, ROLE_BROKER, ROLE_WORKER, board_states, FD_NONE,       \
	    PHASE_RUN)                                                         \
	X(BOARD_OVER, ROLE_BROKER, ROLE_WORKER, board_over, FD_NONE,           \
	    PHASE_RUN)                                                         \
	X(LIST, ROLE_MASTER, ROLE_BROKER, list, FD_NONE, PHASE_RUN)            \
	X(LISTED, ROLE_BROKER, ROLE_MASTER, listed, FD_NONE, PHASE_RUN)        \
	X(WHY, ROLE_MASTER, ROLE_BROKER, why, FD_NONE, PHASE_RUN)              \
	X(WHYED, ROLE_BROKER, ROLE_MASTER, whyed, FD_NONE, PHASE_RUN)          \
	X(AUDIT, ROLE_RECORDING, ROLE_MASTER, audit, FD_NONE, PHASE_ANY)       \
	X(AUDITING, ROLE_MASTER, ROLE_BROKER, auditing, FD_NONE, PHASE_RUN)    \
	X(ORDER, ROLE_MASTER, ROLE_BROKER, order, FD_NONE, PHASE_RUN)          \
	X(ORDERED, ROLE_BROKER, ROLE_MASTER, ordered, FD_NONE, PHASE_RUN)      \
	X(TARGETS, ROLE_MASTER, ROLE_BROKER, targets, FD_NONE, PHASE_RUN)      \
	X(TARGETS_ARE, ROLE_BROKER, ROLE_MASTER, targets_are, FD_NONE,         \
	    PHASE_RUN)                                                         \
	X(DROPPED, ROLE_SERVING, ROLE_MASTER, dropped, FD_NONE, PHASE_RUN)     \
	X(UNJOINED, ROLE_ASKING, ROLE_MASTER, unjoined, FD_NONE, PHASE_RUN)    \
	X(SIGN, ROLE_WORKER, ROLE_KEEPER, sign, FD_NONE, PHASE_RUN)            \
	X(SIGNED, ROLE_KEEPER, ROLE_WORKER, signature, FD_NONE, PHASE_RUN)     \
	X(TICKETS, ROLE_KEEPER, ROLE_WORKER, tickets, FD_NONE, PHASE_RUN)      \
	X(LOGIN, ROLE_WORKER, ROLE_AUTH, login, FD_NONE, PHASE_RUN)            \
	X(LOGIN_CODE, ROLE_WORKER, ROLE_AUTH, login_code, FD_NONE, PHASE_RUN)  \
	X(LOGGED_IN, ROLE_AUTH, ROLE_WORKER, logged_in, FD_NONE, PHASE_RUN)    \
	X(WHO, ROLE_WORKER, ROLE_AUTH, who, FD_NONE, PHASE_RUN)                \
	X(NAMED, ROLE_WORKER, ROLE_AUTH, named, FD_NONE, PHASE_RUN)            \
	X(PROVE, ROLE_WORKER, ROLE_AUTH, prove, FD_NONE, PHASE_RUN)            \
	X(WHO_IS, ROLE_AUTH, ROLE_WORKER, who_is, FD_NONE, PHASE_RUN)          \
	X(LOGOUT, ROLE_WORKER, ROLE_AUTH, logout, FD_NONE, PHASE_RUN)          \
	X(LOGGED_OUT, ROLE_AUTH, ROLE_WORKER, logged_out, FD_NONE, PHASE_RUN)  \
	X(OIDC_BEGIN, ROLE_WORKER, ROLE_AUTH, oidc_begin, FD_NONE, PHASE_RUN)  \
	X(OIDC_BACK, ROLE_WORKER, ROLE_AUTH, oidc_back, FD_NONE, PHASE_RUN)    \
	X(OIDC_TOKEN, ROLE_WORKER, ROLE_AUTH, oidc_token, FD_NONE, PHASE_RUN)  \
	X(OIDC_SAID, ROLE_AUTH, ROLE_WORKER, oidc_said, FD_NONE, PHASE_RUN)    \
	X(VOUCH, ROLE_BROKER, ROLE_AUTH, vouch, FD_NONE, PHASE_RUN)            \
	X(VOUCHED, ROLE_AUTH, ROLE_BROKER, vouched, FD_NONE, PHASE_RUN)        \
	X(USED, ROLE_BROKER, ROLE_AUTH, used, FD_NONE, PHASE_RUN)              \
	X(LOGIN_OVER, ROLE_AUTH, ROLE_BROKER, login_over, FD_NONE, PHASE_RUN)  \
	X(FETCH, ROLE_AUTH, ROLE_FETCH, fetch, FD_NONE, PHASE_RUN)             \
	X(FETCHED, ROLE_FETCH, ROLE_AUTH, fetched, FD_NONE, PHASE_RUN)         \
	X(PAM_ASK, ROLE_AUTH, ROLE_PAM, pam_ask, FD_NONE, PHASE_RUN)           \
	X(PAM_CODE, ROLE_AUTH, ROLE_PAM, pam_code, FD_NONE, PHASE_RUN)         \
	X(PAM_LEAVE, ROLE_AUTH, ROLE_PAM, pam_leave, FD_NONE, PHASE_RUN)       \
	X(PAM_SAID, ROLE_PAM, ROLE_AUTH, pam_said, FD_NONE, PHASE_RUN)         \
	X(RUN, ROLE_BROKER, ROLE_RUNNER, run, FD_NONE, PHASE_RUN)              \
	X(RAN, ROLE_RUNNER, ROLE_BROKER, ran, FD_NONE, PHASE_RUN)              \
	X(EVENT, ROLE_MASTER, ROLE_RUNNER, event, FD_NONE, PHASE_RUN)          \
	X(LOGINS, ROLE_MASTER, ROLE_AUTH, logins, FD_NONE, PHASE_RUN)          \
	X(LOGINS_ARE, ROLE_AUTH, ROLE_MASTER, logins_are, FD_NONE, PHASE_RUN)  \
	X(EXPEL, ROLE_MASTER, ROLE_AUTH, expel, FD_NONE, PHASE_RUN)            \
	X(EXPELLED, ROLE_AUTH, ROLE_MASTER, expelled, FD_NONE, PHASE_RUN)      \
	X(WHOSE, ROLE_MASTER, ROLE_AUTH, whose, FD_NONE, PHASE_RUN)            \
	X(GROUPS, ROLE_AUTH, ROLE_MASTER, groups, FD_NONE, PHASE_RUN)          \
	X(PROBE, ROLE_MASTER, ROLE_CHILD, probe, FD_NONE, PHASE_RUN)           \
	X(ALIVE, ROLE_CHILD, ROLE_MASTER, alive, FD_NONE, PHASE_RUN)           \
	X(COUNT, ROLE_MASTER, ROLE_CHILD, count, FD_NONE, PHASE_RUN)           \
	X(COUNTED, ROLE_CHILD, ROLE_MASTER, counted, FD_NONE, PHASE_RUN)       \
	X(METRICS, ROLE_WORKER, ROLE_MASTER, metrics, FD_NONE, PHASE_RUN)      \
	X(METRICS_ARE, ROLE_MASTER, ROLE_WORKER, metrics_are, FD_MAY, PHASE_RUN)

#endif
