/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "common/proto_metrics.h"
#include "daemon/master/metrics/rows.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define FIRST(name, help, labels, metric)           \
	{                                           \
		name, help, labels, METRIC_##metric \
	}
#define NEXT(labels, metric)                        \
	{                                           \
		NULL, NULL, labels, METRIC_##metric \
	}
#define CODE(code, name) "code=\"" #code "\",cause=\"" #name "\""

const struct metrics_row metrics_rows[] = {
    FIRST("vncbridge_connections_refused_total",
	"Connections over a limit of the configuration.",
	"limit=\"max-connections\"", CROWDED),
    NEXT("limit=\"max-connections-of-address\"", REFUSED_CONNECTIONS),
    NEXT("limit=\"connections-per-second-of-address\"", REFUSED_RATE),
    FIRST("vncbridge_accept_pauses_total",
	"Times that no connection was accepted for a moment.", NULL,
	ACCEPT_PAUSES),
    FIRST("vncbridge_reloads_total", "Reloads of the configuration.",
	"result=\"done\"", RELOADS_DONE),
    NEXT("result=\"failed\"", RELOADS_FAILED),
    FIRST("vncbridge_process_hangs_total",
	"Processes that were replaced since they did not answer.", NULL, HANGS),
    FIRST("vncbridge_relayed_bytes_total",
	"Bytes between browsers and desktops.", "direction=\"to_client\"",
	BYTES_TO_CLIENT),
    NEXT("direction=\"to_target\"", BYTES_TO_TARGET),
    FIRST("vncbridge_sessions_opened_total",
	"Sessions whose desktop was connected.", NULL, SESSIONS_OPENED),
    FIRST("vncbridge_tls_handshakes_total",
	"TLS handshakes with browsers and proxies.", "result=\"full\"",
	TLS_FULL),
    NEXT("result=\"resumed\"", TLS_RESUMED),
    NEXT("result=\"failed\"", TLS_FAILED),
    FIRST("vncbridge_target_tls_handshakes_total",
	"TLS handshakes with desktops that have succeeded.", NULL, TLS_TARGET),
    FIRST("vncbridge_queued_bytes", "Bytes that wait to be written.",
	"towards=\"client\"", QUEUED_CLIENT),
    NEXT("towards=\"target\"", QUEUED_TARGET),
    FIRST("vncbridge_blocked_sessions",
	"Sessions that wait, since that side does not take what is sent.",
	"by=\"client\"", BLOCKED_CLIENT),
    NEXT("by=\"target\"", BLOCKED_TARGET),
    FIRST("vncbridge_resent_segments_total",
	"TCP segments of sessions that had to be sent again.",
	"towards=\"client\"", RESENT_CLIENT),
    NEXT("towards=\"target\"", RESENT_TARGET),
    FIRST("vncbridge_waiting", "Who waits, by for what.", "for=\"broker\"",
	WAIT_BROKER),
    NEXT("for=\"state\"", WAIT_STATE), NEXT("for=\"keeper\"", WAIT_KEEPER),
    NEXT("for=\"auth\"", WAIT_AUTH), NEXT("for=\"target\"", PENDING),
    NEXT("for=\"hash\"", HASHES_WAIT), NEXT("for=\"signature\"", SIGN_WAIT),
    NEXT("for=\"fetch\"", FETCH_WAIT), NEXT("for=\"pam\"", PAM_TALKS),
    FIRST("vncbridge_boards", "Boards that somebody looks at.", NULL, BOARDS),
    FIRST("vncbridge_lookups_total", "Names of desktops that were looked up.",
	"result=\"found\"", LOOKUP_FOUND),
    NEXT("result=\"not_found\"", LOOKUP_NOT_FOUND),
    NEXT("result=\"timeout\"", LOOKUP_TIMEOUT),
    NEXT("result=\"failed\"", LOOKUP_FAILED),
    FIRST("vncbridge_logins_total",
	"Logins, by what proved them; unchecked: nobody looked at the proof.",
	"kind=\"password\",result=\"ok\"", LOGINS_PASSWORD_OK),
    NEXT("kind=\"password\",result=\"refused\"", LOGINS_PASSWORD_BAD),
    NEXT("kind=\"password\",result=\"unchecked\"", LOGINS_PASSWORD_NONE),
    NEXT("kind=\"pam\",result=\"ok\"", LOGINS_PAM_OK),
    NEXT("kind=\"pam\",result=\"refused\"", LOGINS_PAM_BAD),
    NEXT("kind=\"pam\",result=\"unchecked\"", LOGINS_PAM_NONE),
    NEXT("kind=\"oidc\",result=\"ok\"", LOGINS_OIDC_OK),
    NEXT("kind=\"oidc\",result=\"refused\"", LOGINS_OIDC_BAD),
    NEXT("kind=\"oidc\",result=\"unchecked\"", LOGINS_OIDC_NONE),
    NEXT("kind=\"header\",result=\"ok\"", LOGINS_HEADER_OK),
    NEXT("kind=\"header\",result=\"refused\"", LOGINS_HEADER_BAD),
    NEXT("kind=\"certificate\",result=\"ok\"", LOGINS_CERTIFICATE_OK),
    NEXT("kind=\"certificate\",result=\"refused\"", LOGINS_CERTIFICATE_BAD),
    FIRST("vncbridge_logins_open", "Logins that have not ended.", NULL,
	LOGINS_OPEN),
    FIRST("vncbridge_signatures_total",
	"Signatures of TLS handshakes that the keeper was asked for.",
	"result=\"done\"", SIGNED),
    NEXT("result=\"refused\"", SIGN_REFUSED),
    FIRST("vncbridge_fetches_total", "Requests to providers of OpenID Connect.",
	"result=\"done\"", FETCH_DONE),
    NEXT("result=\"failed\"", FETCH_FAILED),
    FIRST("vncbridge_pam_answers_total", "Answers of PAM, of whatever kind.",
	NULL, PAM_ANSWERED),
    FIRST("vncbridge_events_lost_total",
	"Records that on-event has not got; unread: it was too slow.",
	"cause=\"unread\"", EVENTS_UNREAD),
    NEXT("cause=\"untold\"", EVENTS_UNTOLD),
    FIRST("vncbridge_stuck_commands",
	"Commands whose time is over, and that cannot be ended.", NULL,
	COMMANDS_STUCK),
    FIRST("vncbridge_http_responses_total", "HTTP answers, by status.",
	"code=\"other\"", STATUS_OTHER),
#define X(status, name) NEXT("code=\"" #status "\"", STATUS_##name),
    METRICS_STATUSES(X)
#undef X
	FIRST("vncbridge_session_ends_total",
	    "Sessions that have ended, by the close code.",
	    "code=\"other\",cause=\"other\"", ENDED_OTHER),
#define X(code, name) NEXT(CODE(code, name), ENDED_##name),
    METRICS_WS_CODES(X)
#undef X
#define X(code, name, text) NEXT(CODE(code, name), ENDED_##name),
	CLOSE_CODES(X)
#undef X
	    FIRST("vncbridge_opens_total",
		"Sessions that were asked for, by what the broker answered.",
		"code=\"0\",cause=\"ok\"", OPENED),
    NEXT("code=\"other\",cause=\"other\"", REFUSED_OTHER),
#define X(code, name, text) NEXT(CODE(code, name), REFUSED_##name),
    CLOSE_CODES(X)
#undef X
};

const uint32_t metrics_row_count = COUNT(metrics_rows);

const struct metrics_row metrics_histograms[] = {
    FIRST("vncbridge_connect_seconds",
	"From the dial to the connection with a desktop.", NULL, CONNECT),
    FIRST("vncbridge_first_byte_seconds",
	"From a session's request to the desktop's greeting.", NULL,
	FIRST_BYTE),
    FIRST("vncbridge_ping_seconds",
	"From a ping to the browser's pong, where nothing else waited.", NULL,
	PING),
    FIRST("vncbridge_round_trip_seconds",
	"TCP's round trips, of each session that moves bytes every two "
	"seconds.",
	"towards=\"client\"", RTT_CLIENT),
    NEXT("towards=\"target\"", RTT_TARGET),
    FIRST("vncbridge_hash_seconds", "The hash of a password.", NULL, HASH),
};

const uint32_t metrics_histogram_count = COUNT(metrics_histograms);
