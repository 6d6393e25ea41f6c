/* SPDX-License-Identifier: ISC */
/* Request heads that a script's clients send. */
#include "tests/fuzz/client_rig.h"

#define FIELDS                                            \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"
#define HOST "Host: bridge\r\n"
#define COOKIE               \
	"Cookie: vncbridge=" \
	"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static const char *const heads[] = {
    "GET /proxy?target=desk HTTP/1.1\r\n" HOST FIELDS "\r\n",
    "GET /proxy?target=127.0.0.1:5901 HTTP/1.1\r\n" HOST FIELDS
    "Sec-WebSocket-Protocol: base64, binary\r\n"
    "Origin: http://bridge\r\n\r\n",
    "GET / HTTP/1.1\r\n" HOST "\r\n",
    "HEAD /lab1 HTTP/1.1\r\n" HOST "\r\n",
    "GET /assets/app.js HTTP/1.1\r\n" HOST
    "Accept-Encoding: gzip\r\nIf-None-Match: \"1\"\r\n\r\n",
    "GET /assets/none HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
    "GET /api/targets HTTP/1.1\r\n" HOST "\r\n",
    "HEAD /api/targets HTTP/1.0\r\n\r\n",
    "GET /healthz HTTP/1.1\r\n" HOST "\r\n",
    "POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello",
    "GET /proxy?target=desk HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /lab1 HTTP/1.1\r\n" HOST COOKIE "\r\n",
    "GET /proxy?target=lab1 HTTP/1.1\r\n" HOST COOKIE FIELDS "\r\n",
    "GET /api/targets HTTP/1.1\r\n" HOST COOKIE "\r\n",
    "GET /login?next=lab1 HTTP/1.1\r\n" HOST "\r\n",
    "POST /login HTTP/1.1\r\n" HOST FORM
    "Content-Length: 27\r\n\r\nnext=lab1&name=a&password=b",
    "POST /login HTTP/1.1\r\n" HOST COOKIE FORM
    "Content-Length: 11\r\n\r\ncode=123456",
    "POST /logout HTTP/1.1\r\n" HOST COOKIE "Content-Length: 0\r\n\r\n",
    "GET /events HTTP/1.1\r\n" HOST "\r\n",
    "GET /events HTTP/1.1\r\n" HOST COOKIE "\r\n",
    "HEAD /events HTTP/1.1\r\n" HOST "\r\n",
};

const char *
client_head(uint8_t which)
{
	return heads[which % (sizeof(heads) / sizeof(heads[0]))];
}
