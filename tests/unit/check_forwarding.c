/* SPDX-License-Identifier: ISC */
/*
 * What is believed of Forwarded (RFC 7239) and X-Forwarded-*: the examples of
 * the RFC, every way to lie from outside, and each cut of them. Heads go
 * through the parser.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/forwarding.h"
#include "worker/parse/http.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define HTTP_HEAD_MAX 32768
#define PROXY	      "127.0.0.1"

static const char *const trusted_texts[] = {
    "127.0.0.0/8", "10.0.0.0/8", "::1", "2001:db8:1::/48"};
static struct network trusted[COUNT(trusted_texts)];
static struct forwarding said;

static void
setup(void)
{
	size_t i;

	for (i = 0; i < COUNT(trusted); i++)
		ck_assert_int_eq(
		    network_parse(trusted_texts[i], &trusted[i]), 0);
}

/* fields end in "\r\n" each. Returns 0 if the head itself is refused. */
static int
read_from(const char *from, const char *fields)
{
	static char text[HTTP_HEAD_MAX];
	static struct http_head head;
	struct addr addr;
	int len = snprintf(
	    text, sizeof(text), "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", fields);

	ck_assert_int_lt(len, (int)sizeof(text));
	if (http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head) != len)
		return 0;
	ck_assert_int_eq(addr_parse_ip(from, &addr), 0);
	forwarding_read(&head, &addr, trusted, COUNT(trusted), &said);
	return 1;
}

/* "CLIENT SCHEME HOST PREFIX", each "-" if unsaid; "!" before: disputed. */
static const char *
told(void)
{
	static char text[1024];
	static const char *const schemes[] = {"-", "http", "https"};
	char client[ADDR_TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s %s %s %s",
	    said.is_disputed ? "!" : "",
	    said.client.family == ADDR_NONE ? "-"
		: said.client.port != 0	    ? addr_format(&said.client, client)
					: addr_format_ip(&said.client, client),
	    schemes[said.scheme], said.host[0] == '\0' ? "-" : said.host,
	    said.prefix[0] == '\0' ? "-" : said.prefix);
	return text;
}

static const struct {
	const char *fields;
	const char *told;
} rows[] = {
    {"", "- - - -"},
    /* X-Forwarded-For: one hop, several, ports, v6 in each spelling */
    {"X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"x-forwarded-for:192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1:4711 - - -"},
    {"X-Forwarded-For: 2001:db8::7\r\n", "2001:db8::7 - - -"},
    {"X-Forwarded-For: [2001:db8::7]\r\n", "2001:db8::7 - - -"},
    {"X-Forwarded-For: [2001:db8::7]:80\r\n", "[2001:db8::7]:80 - - -"},
    {"X-Forwarded-For: ::ffff:192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1, ::ffff:10.0.0.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1 ,, 10.0.0.1 ,\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1, 2001:db8:1::5, 10.0.0.1\r\n",
	"192.0.2.1 - - -"},
    {"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.0.0.1\r\n",
	"192.0.2.1 - - -"},
    /* all of them trusted: the first, as far as anybody knows */
    {"X-Forwarded-For: 10.0.0.2, 10.0.0.1\r\n", "10.0.0.2 - - -"},
    /* forged: what the client wrote is to the left of what a proxy wrote */
    {"X-Forwarded-For: 198.51.100.9, 192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 127.0.0.1, 192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"X-Forwarded-For: 198.51.100.9, 192.0.2.1, 10.0.0.1\r\n",
	"192.0.2.1 - - -"},
    {"X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-For: 192.0.2.1\r\n",
	"192.0.2.1 - - -"},
    /* malformed: the walk ends */
    {"X-Forwarded-For: 198.51.100.9, x, 10.0.0.1\r\n", "10.0.0.1 - - -"},
    {"X-Forwarded-For: 198.51.100.9, 192.0.2.1, x\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.256\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.1:70000\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.1:\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.01\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.1;x\r\n", "- - - -"},
    {"X-Forwarded-For: \"192.0.2.1\"\r\n", "- - - -"},
    {"X-Forwarded-For: 192.0.2.1 10.0.0.1\r\n", "- - - -"},
    {"X-Forwarded-For: 3221225985\r\n", "- - - -"},
    {"X-Forwarded-For: [2001:db8::7\r\n", "- - - -"},
    {"X-Forwarded-For: [2001:db8::7]x\r\n", "- - - -"},
    {"X-Forwarded-For: [192.0.2.1]\r\n", "- - - -"},
    {"X-Forwarded-For: fe80::1%eth0\r\n", "- - - -"},
    {"X-Forwarded-For: unix:\r\n", "- - - -"},
    {"X-Forwarded-For: [unknown]\r\n", "- - - -"},
    /* hidden: the walk ends, at the proxy that has hidden it */
    {"X-Forwarded-For: 198.51.100.9, unknown\r\n", "- - - -"},
    {"X-Forwarded-For: 198.51.100.9, _hidden, 10.0.0.1\r\n", "10.0.0.1 - - -"},
    {"X-Forwarded-For: 198.51.100.9, Unknown, 10.0.0.2, 10.0.0.1\r\n",
	"10.0.0.2 - - -"},
    /* another spelling is another field */
    {"X_Forwarded_For: 192.0.2.1\r\nX_Forwarded-For: 192.0.2.1\r\n"
     "X-Forwarded_For: 192.0.2.1\r\nXForwardedFor: 192.0.2.1\r\n"
     "X-Forwarded-For-: 192.0.2.1\r\nX-Forwarded: for=192.0.2.1\r\n"
     "X-Real-IP: 192.0.2.1\r\nForwarded-For: 192.0.2.1\r\n"
     "X_Forwarded_Proto: https\r\nX_Forwarded_Host: x\r\n"
     "X_Forwarded_Prefix: /x\r\n",
	"- - - -"},
    /* -Proto and -Host: what the nearest said, or what goes with the client */
    {"X-Forwarded-Proto: https\r\n", "- https - -"},
    {"X-Forwarded-Proto: HTTP\r\n", "- http - -"},
    {"X-Forwarded-Proto: wss\r\n", "- https - -"},
    {"X-Forwarded-Proto: ws\r\n", "- http - -"},
    {"X-Forwarded-Proto: ftp\r\n", "- - - -"},
    {"X-Forwarded-Proto: https;x\r\n", "- - - -"},
    {"X-Forwarded-Proto: https https\r\n", "- - - -"},
    {"X-Forwarded-Proto: https, http\r\n", "- http - -"},
    {"X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n", "- http - -"},
    {"X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n"
     "X-Forwarded-Proto: https, http\r\n",
	"192.0.2.1 https - -"},
    {"X-Forwarded-For: 198.51.100.9, 192.0.2.1\r\n"
     "X-Forwarded-Proto: https, http\r\n",
	"192.0.2.1 http - -"},
    {"X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n"
     "X-Forwarded-Proto: https\r\n",
	"192.0.2.1 https - -"},
    {"X-Forwarded-For: 192.0.2.1, x\r\nX-Forwarded-Proto: https, http\r\n",
	"- http - -"},
    {"X-Forwarded-Host: vnc.example\r\n", "- - vnc.example -"},
    {"X-Forwarded-Host: vnc.example:8443\r\n", "- - vnc.example:8443 -"},
    {"X-Forwarded-Host: [::1]:80\r\n", "- - [::1]:80 -"},
    {"X-Forwarded-Host: a.example, b.example\r\n", "- - b.example -"},
    {"X-Forwarded-For: 192.0.2.1, 10.0.0.1\r\n"
     "X-Forwarded-Host: a.example, b.example\r\n",
	"192.0.2.1 - a.example -"},
    {"X-Forwarded-Host: a/b\r\n", "- - - -"},
    {"X-Forwarded-Host: a b\r\n", "- - - -"},
    {"X-Forwarded-Host: user@a\r\n", "- - - -"},
    {"X-Forwarded-Host: a:x\r\n", "- - - -"},
    {"X-Forwarded-Host:\r\n", "- - - -"},
    /* -Prefix: a clean path, and one */
    {"X-Forwarded-Prefix: /vnc\r\n", "- - - /vnc"},
    {"X-Forwarded-Prefix: /a/b-c_d~e.f\r\n", "- - - /a/b-c_d~e.f"},
    {"X-Forwarded-Prefix: /vnc/\r\n", "- - - /vnc"},
    {"X-Forwarded-Prefix: /\r\n", "- - - -"},
    {"X-Forwarded-Prefix: vnc\r\n", "- - - -"},
    {"X-Forwarded-Prefix: //evil.example\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /vnc//\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a//b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /..\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a/../b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /./b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a/.\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a?b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a#b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /%2e%2e\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /\\evil\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a;b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a, /b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: /a\r\nX-Forwarded-Prefix: /b\r\n", "- - - -"},
    {"X-Forwarded-Prefix: https://evil.example/\r\n", "- - - -"},
    /* Forwarded: the examples of RFC 7239, 4, 6.3 and 7.1 */
    {"Forwarded: for=\"_gazonk\"\r\n", "- - - -"},
    {"Forwarded: For=\"[2001:db8:cafe::17]:4711\"\r\n",
	"[2001:db8:cafe::17]:4711 - - -"},
    {"Forwarded: for=192.0.2.60;proto=http;by=203.0.113.43\r\n",
	"192.0.2.60 http - -"},
    {"Forwarded: for=198.51.100.17, for=10.0.0.43\r\n", "198.51.100.17 - - -"},
    {"Forwarded: for=_hidden, for=_SEVKISEK\r\n", "- - - -"},
    {"Forwarded: for=192.0.2.43, for=\"[2001:db8:1::17]\", for=unknown\r\n",
	"- - - -"},
    {"Forwarded: for=192.0.2.43, for=\"[2001:db8:1::17]\"\r\n",
	"192.0.2.43 - - -"},
    {"Forwarded: for=192.0.2.43\r\nForwarded: for=\"[2001:db8:1::17]\"\r\n",
	"192.0.2.43 - - -"},
    /* its spelling: pairs in any order, blanks, empty ones, quotes */
    {"Forwarded: proto=https;host=\"vnc.example:8443\";for=192.0.2.1\r\n",
	"192.0.2.1 https vnc.example:8443 -"},
    {"Forwarded: host=vnc.example ; for=192.0.2.1 ; proto=HTTPS\r\n",
	"192.0.2.1 https vnc.example -"},
    {"Forwarded: ;;for=192.0.2.1;;\r\n", "192.0.2.1 - - -"},
    {"Forwarded: , ,for=192.0.2.1, ,\r\n", "192.0.2.1 - - -"},
    {"Forwarded: for=\"192.0.2.1:80\"\r\n", "192.0.2.1:80 - - -"},
    {"Forwarded: for=\"192.0.2.1:_p\"\r\n", "192.0.2.1 - - -"},
    {"Forwarded: for=\"1\\92.0.2.\\1\"\r\n", "192.0.2.1 - - -"},
    {"Forwarded: for=192.0.2.1;secret=\"a,b;c=\\\"d\"\r\n", "192.0.2.1 - - -"},
    {"Forwarded: for=192.0.2.1;proto=gopher\r\n", "192.0.2.1 - - -"},
    {"Forwarded: proto=https\r\n", "- https - -"},
    /* its faults end the walk */
    {"Forwarded: for=198.51.100.9, for\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=x\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for =10.0.0.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for= 10.0.0.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, =10.0.0.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1 x\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"10.0.0.1\"x\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;for=10.0.0.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;FOR=192.0.2.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;proto=http;proto=https\r\n",
	"- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;host=a;host=b\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;by=x\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;host=\"a/b\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1;host=\"\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=2001:db8::1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=[2001:db8::1]\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"2001:db8::1\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"[10.0.0.1]\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=10.0.0.1:80\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=_\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"_a b\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"10.0.0.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"10.0.0.1\\\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9, for=\"10.0.0.1\\\"\r\n", "- - - -"},
    /* a quote that the client opens does not swallow what the proxy adds */
    {"Forwarded: for=198.51.100.9;x=\", for=192.0.2.1\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9;x=\", for=\"192.0.2.1\"\r\n", "- - - -"},
    {"Forwarded: for=198.51.100.9;x=\"\r\nForwarded: for=192.0.2.1\r\n",
	"192.0.2.1 - - -"},
    {"Forwarded: for=198.51.100.9;x=\", for=10.0.0.1;host=\"a\"\r\n",
	"- - - -"},
    {"Forwarded: for=198.51.100.9, for=192.0.2.1\r\n", "192.0.2.1 - - -"},
    /* proto and host are those of the client's hop, and of no other */
    {"Forwarded: for=192.0.2.1;proto=https;host=a, for=10.0.0.1;proto=http;"
     "host=b\r\n",
	"192.0.2.1 https a -"},
    {"Forwarded: for=192.0.2.1, for=10.0.0.1;proto=http;host=b\r\n",
	"192.0.2.1 - - -"},
    {"Forwarded: for=198.51.100.9;proto=https;host=a, for=192.0.2.1\r\n",
	"192.0.2.1 - - -"},
    {"Forwarded: for=unknown;proto=https;host=a, for=10.0.0.1\r\n",
	"10.0.0.1 https a -"},
    {"Forwarded: proto=https, for=10.0.0.1;proto=http\r\n",
	"10.0.0.1 https - -"},
    /* both: what they say together, and what one of them says */
    {"Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n",
	"192.0.2.1 - - -"},
    {"Forwarded: for=\"192.0.2.1:80\"\r\nX-Forwarded-For: 192.0.2.1\r\n"
     "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n"
     "X-Forwarded-Prefix: /p\r\n",
	"192.0.2.1:80 https a /p"},
    {"Forwarded: for=x\r\nX-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1 - - -"},
    {"Forwarded: for=unknown\r\nX-Forwarded-For: 192.0.2.1\r\n",
	"192.0.2.1 - - -"},
    {"Forwarded: for=192.0.2.1;host=A\r\nX-Forwarded-Host: a\r\n",
	"192.0.2.1 - A -"},
    /* one of them was forged: a proxy that sets the other passes it on */
    {"Forwarded: for=198.51.100.9\r\nX-Forwarded-For: 192.0.2.1\r\n",
	"!- - - -"},
    {"Forwarded: for=127.0.0.1\r\nX-Forwarded-For: 192.0.2.1\r\n", "!- - - -"},
    {"Forwarded: for=192.0.2.1;proto=https\r\nX-Forwarded-For: 192.0.2.1\r\n"
     "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n",
	"!192.0.2.1 - a -"},
    {"Forwarded: for=192.0.2.1;host=a\r\nX-Forwarded-Host: b\r\n"
     "X-Forwarded-Proto: https\r\n",
	"!192.0.2.1 https - -"},
};

START_TEST(forwarding_believes_what_a_trusted_hop_says)
{
	ck_assert(read_from(PROXY, rows[_i].fields));
	ck_assert_msg(strcmp(told(), rows[_i].told) == 0, "%s: %s, and not %s",
	    rows[_i].fields, told(), rows[_i].told);
}
END_TEST

START_TEST(forwarding_believes_nobody_else)
{
	static const char *const others[] = {"192.0.2.1", "126.255.255.255",
	    "128.0.0.0", "::2", "2001:db8:2::1"};
	size_t i;

	for (i = 0; i < COUNT(others); i++) {
		ck_assert(read_from(others[i], rows[_i].fields));
		ck_assert_str_eq(told(), "- - - -");
	}
}
END_TEST

START_TEST(forwarding_believes_nobody_where_the_list_is_empty)
{
	struct http_head head = {.field_count = 1,
	    .fields = {{{"X-Forwarded-For", 15}, {"192.0.2.1", 9}}}};
	struct addr from;

	ck_assert_int_eq(addr_parse_ip(PROXY, &from), 0);
	forwarding_read(&head, &from, NULL, 0, &said);
	ck_assert_str_eq(told(), "- - - -");
	forwarding_read(&head, &from, trusted, COUNT(trusted), &said);
	ck_assert_str_eq(told(), "192.0.2.1 - - -");
	memset(&from, 0, sizeof(from)); /* a Unix socket's */
	forwarding_read(&head, &from, trusted, COUNT(trusted), &said);
	ck_assert_str_eq(told(), "- - - -");
}
END_TEST

/* A forged address must not appear, wherever the field is cut or broken. */
START_TEST(forwarding_gives_no_forged_address_when_cut_or_changed)
{
	static const char *const names[] = {"Forwarded: ", "X-Forwarded-For: "};
	static const char *const lies[] = {
	    "for=198.51.100.9;host=evil;x=\"\\", "198.51.100.9, ["};
	static const char *const truths[] = {
	    ", for=192.0.2.1;host=\"a\", for=10.0.0.1;by=_x",
	    ", 192.0.2.1, 10.0.0.1"};
	static const char odd[] = "\",;=\\[]: _1";
	char fields[512], lie[128];
	struct addr forged;
	size_t cut, i;

	ck_assert_int_eq(addr_parse_ip("198.51.100.9", &forged), 0);
	for (cut = 0; cut <= strlen(lies[_i]); cut++)
		for (i = 0; i < sizeof(odd); i++) {
			snprintf(lie, sizeof(lie), "%.*s%.1s", (int)cut,
			    lies[_i], odd + i);
			snprintf(fields, sizeof(fields), "%s%s%s\r\n",
			    names[_i], lie, truths[_i]);
			ck_assert_msg(read_from(PROXY, fields), "%s", fields);
			ck_assert_msg(!addr_is_same_ip(&said.client, &forged),
			    "%s: %s", fields, told());
			ck_assert_str_ne(said.host, "evil");
		}
}
END_TEST

/* Each prefix of a field is read, and none beyond its end. */
START_TEST(forwarding_reads_each_cut_within_its_bounds)
{
	struct http_head head = {.field_count = 1};
	struct addr from;
	const char *text = rows[_i].fields;
	const char *value = strchr(text, ':');
	size_t len, i;
	char *copy;

	if (value == NULL)
		return;
	len = strcspn(value + 1, "\r");
	ck_assert_int_eq(addr_parse_ip(PROXY, &from), 0);
	head.fields[0].name.p = text;
	head.fields[0].name.len = (size_t)(value - text);
	for (i = 0; i <= len; i++) {
		copy = malloc(i + 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, value + 1, i);
		head.fields[0].value.p = copy;
		head.fields[0].value.len = i;
		http_span_trim(&head.fields[0].value);
		forwarding_read(&head, &from, trusted, COUNT(trusted), &said);
		free(copy);
	}
}
END_TEST

/* However many a client writes: those in the proxies' place are believed. */
START_TEST(forwarding_walks_so_many_hops)
{
	static char fields[16384];
	int i;

	strcpy(fields, "X-Forwarded-For: 192.0.2.1");
	for (i = 1; i < FORWARDING_HOPS_MAX; i++)
		strcat(fields, ", 10.0.0.1");
	strcat(fields, "\r\n");
	ck_assert(read_from(PROXY, fields));
	ck_assert_str_eq(told(), "192.0.2.1 - - -");
	fields[strlen(fields) - 2] = '\0';
	strcat(fields, ", 10.0.0.2\r\n");
	ck_assert(read_from(PROXY, fields));
	ck_assert_str_eq(told(), "10.0.0.1 - - -");
}
END_TEST

START_TEST(forwarding_of_a_long_lie_is_the_truth)
{
	static char fields[20000];
	int i;

	strcpy(fields, "Forwarded: for=198.51.100.9");
	for (i = 0; i < 1000; i++)
		strcat(fields, ",for=10.0.0.1");
	strcat(fields, ",for=192.0.2.1\r\n");
	ck_assert(read_from(PROXY, fields));
	ck_assert_str_eq(told(), "192.0.2.1 - - -");
}
END_TEST

START_TEST(forwarding_takes_no_host_or_prefix_that_is_too_long)
{
	static char fields[2048];
	char name[512];

	memset(name, 'a', sizeof(name));
	snprintf(fields, sizeof(fields),
	    "X-Forwarded-Host: %.*s\r\nX-Forwarded-Prefix: /%.*s\r\n",
	    HOP_HOST_MAX - 1, name, BASE_PATH_MAX - 2, name);
	ck_assert(read_from(PROXY, fields));
	ck_assert_uint_eq(strlen(said.host), HOP_HOST_MAX - 1);
	ck_assert_uint_eq(strlen(said.prefix), BASE_PATH_MAX - 1);
	snprintf(fields, sizeof(fields),
	    "X-Forwarded-Host: %.*s\r\nX-Forwarded-Prefix: /%.*s\r\n"
	    "Forwarded: host=%.*s\r\n",
	    HOP_HOST_MAX, name, BASE_PATH_MAX - 1, name, HOP_HOST_MAX, name);
	ck_assert(read_from(PROXY, fields));
	ck_assert_str_eq(told(), "- - - -");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("forwarding");
	TCase *tc = tcase_create("forwarding");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, forwarding_believes_what_a_trusted_hop_says, 0, COUNT(rows));
	tcase_add_loop_test(
	    tc, forwarding_believes_nobody_else, 0, COUNT(rows));
	tcase_add_test(tc, forwarding_believes_nobody_where_the_list_is_empty);
	tcase_add_loop_test(
	    tc, forwarding_gives_no_forged_address_when_cut_or_changed, 0, 2);
	tcase_add_loop_test(
	    tc, forwarding_reads_each_cut_within_its_bounds, 0, COUNT(rows));
	tcase_add_test(tc, forwarding_walks_so_many_hops);
	tcase_add_test(tc, forwarding_of_a_long_lie_is_the_truth);
	tcase_add_test(tc, forwarding_takes_no_host_or_prefix_that_is_too_long);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
