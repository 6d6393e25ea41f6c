/* SPDX-License-Identifier: ISC */
/*
 * What an operator reads when the configuration is wrong: each fault with the
 * line it is in, and word for word.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	int line;
	const char *says;
} faults[] = {
    {"deny += {\"a\"}\ndeny = {\"b\"}", 2,
	"deny is given twice: it was set at line 1 already; use += to add to "
	"it"},
    {"\"deny\" = {\"a\"}", 1, "\"deny\": the name of a setting has no quotes"},
    {"deny = {\"a\"}\n\"deny\" = {\"b\"}", 2,
	"\"deny\": the name of a setting has no quotes"},
    {"|deny = {\"a\"}", 1, "no such setting: \"|deny\""},
    {"deny = {*}", 1, "\"*\" is outside of quotes: write a text as \"TEXT\""},
    {"workers = *4", 1, "\"*\" is outside of quotes: write a text as \"TEXT\""},
    {"workers = +4", 1, "\"+\" is outside of quotes: write a text as \"TEXT\""},
    {"deny = {\"a\"}\ndeny = {}", 2,
	"deny is given twice: it was set at line 1 already; use += to add to "
	"it"},
    {"listen|certificate = {\"/x\"}", 1,
	"no such setting: \"listen|certificate\""},
    {"allow = { https://a }", 1,
	"\"//\" begins a comment here: write a text as \"TEXT\""},
    {"base-path = /vnc/", 1, "base-path: \"/vnc/\" is not /NAME[/NAME...]"},
    {"description = \"a ${ b\"\nx = }", 1,
	"\"description\" is a setting of a target section, and is outside of "
	"one"},
    {"user = \"${NOPE_X}\"", 1,
	"the environment has no NOPE_X, which ${NOPE_X} stands for"},
    {"user = \"a\\0b\"", 1,
	"\"\\0\" stands for nothing in a text: write \"\\\\\" for a backslash"},
    {"user = \"nobody\npages = \"/x\"\n", 1,
	"the text that begins with \" here has no \" at its end"},
    {"user = \"nobody\"; workers = 1", 1,
	"\";\" is not allowed here: a setting ends without a mark"},
    {"workers = 1;", 1,
	"\";\" is not allowed here: a setting ends without a mark"},
    {"workers: 4", 1, "no such setting: \"workers:\": write workers"},
    {"workers = 1\naudit-required = yes", 2,
	"audit-required needs an audit-file"},
    {"audit-file = \"a\"", 1, "audit-file: \"a\" is not an absolute path"},
    {"workers 4", 1, "workers: a \"=\" is missing before \"4\""},
    {"max_connections = 5", 1,
	"no such setting: \"max_connections\": write max-connections"},
    {"Workers = 1", 1, "no such setting: \"Workers\": write workers"},
    {"worker = 1", 1, "no such setting: \"worker\": write workers"},
    {"listen \"127.0.0.1:1\" {\n\ntarget \"a\" { address = \"h\" }\n", 1,
	"the section listen \"127.0.0.1:1\" begins here, and has no \"}\" "
	"before line 3"},
    {"listen \"127.0.0.1:1\" {\n\nworkers = 1\n", 3,
	"\"workers\" is not a setting of a listen section: the one of line 1 "
	"has "
	"no \"}\" before it"},
    {"allow = { \"a\",\n\"b\"\n\nworkers = 1", 1,
	"the list allow begins here, and has no \"}\" before \"workers\" in "
	"line 4"},
    {"allow = { \"a\"\ndeny = { \"b\" }", 1,
	"the list allow begins here, and has no \"}\" before \"deny\" in line "
	"2"},
    {"allow = { \"a\" \"b\" }", 1, "allow: a \",\" is missing before \"b\""},
    {"allow = { , \"b\" }", 1, "allow: there is nothing before the \",\""},
    {"allow = \"a\" \"b\"", 1,
	"\"b\" is where the name of a setting should be"},
    {"target \"a\" { address = \"h\" }\n\ntarget \"a\" { address = \"i\" }", 3,
	"target \"a\" is given twice: the first begins at line 1"},
    {"target \"a\" { address = \"h\" }\n\ntarget \"A\" { address = \"i\" }", 3,
	"target \"a\" is given twice: the first begins at line 1"},
    {"listen \"[::1]:1\" {}\nlisten \"[0:0::1]:1\" {}", 2,
	"listen [::1]:1 is given twice: the first begins at line 1"},
    {"listen \"127.0.0.1:1\" {}\nlisten \"127.0.0.1:1\" {}", 2,
	"listen \"127.0.0.1:1\" is given twice: the first begins at line 1"},
    {"listen \"localhost:6080\" {\n\n\n}", 1,
	"listen: \"localhost:6080\" is not ADDRESS:PORT: it must be an "
	"address, not a name: 127.0.0.1 for this host alone, 0.0.0.0 or [::] "
	"for all"},
    {"listen \"bridge.example:6080\" {}", 1,
	"listen: \"bridge.example:6080\" is not ADDRESS:PORT: it must be an "
	"address, not a name: 127.0.0.1 for this host alone, 0.0.0.0 or [::] "
	"for all"},
    {"listen \"6080\" {}", 1,
	"listen: \"6080\" is not ADDRESS:PORT: the address is missing: "
	"127.0.0.1 for this host alone, 0.0.0.0 or [::] for all"},
    {"listen \":6080\" {}", 1,
	"listen: \":6080\" is not ADDRESS:PORT: for all addresses write "
	"0.0.0.0, or [::] for IPv6"},
    {"listen \"*:6080\" {}", 1,
	"listen: \"*:6080\" is not ADDRESS:PORT: for all addresses write "
	"0.0.0.0, or [::] for IPv6"},
    {"listen \"::1:6080\" {}", 1,
	"listen: \"::1:6080\" is not ADDRESS:PORT: an IPv6 address is in "
	"brackets: [::1]:6080"},
    {"listen \"::\" {}", 1,
	"listen: \"::\" is not ADDRESS:PORT: an IPv6 address is in brackets: "
	"[::1]:6080"},
    {"listen \"[::1]\" {}", 1,
	"listen: \"[::1]\" is not ADDRESS:PORT: the port is missing, as in "
	"127.0.0.1:6080"},
    {"listen \"127.0.0.1\" {}", 1,
	"listen: \"127.0.0.1\" is not ADDRESS:PORT: the port is missing, as in "
	"127.0.0.1:6080"},
    {"\nlisten \"127.0.0.1:6080\" {\nproxy-protocol = yes }", 2,
	"listen 127.0.0.1:6080 has proxy-protocol, and trusted-proxies is "
	"empty: list the addresses that its proxies connect from"},
    {"\nlisten \"127.0.0.1:9690\" {\nmetrics = yes }", 2,
	"listen 127.0.0.1:9690 has metrics, and no listener is without: add "
	"one that browsers connect to"},
    {"metrics = yes", 1,
	"\"metrics\" is a setting of a listen section, and is outside of one"},
    {"proxy-protocol = yes", 1,
	"\"proxy-protocol\" is a setting of a listen section, and is outside "
	"of "
	"one"},
    {"send-proxy = yes", 1,
	"\"send-proxy\" is a setting of a target section, and is outside of "
	"one"},
    {"trusted-proxies = { \"unix\" }", 1,
	"trusted-proxies: \"unix\" is not ADDRESS[/BITS]: the bridge listens "
	"at no Unix socket: list the address that the proxy connects from"},
    {"trusted-proxies = { \"unix:/run/x\" }", 1,
	"trusted-proxies: \"unix:/run/x\" is not ADDRESS[/BITS]: the bridge "
	"listens at no Unix socket: list the address that the proxy connects "
	"from"},
    {"trusted-proxies = { \"127.0.0.1\",\n\"proxy.example\" }", 2,
	"trusted-proxies: \"proxy.example\" is not ADDRESS[/BITS]: it must be "
	"an address, not a name"},
    {"trusted-proxies = { \"127.0.0.1:80\" }", 1,
	"trusted-proxies: \"127.0.0.1:80\" is not ADDRESS[/BITS]: it has no "
	"port and no brackets: a proxy may connect from any port"},
    {"trusted-proxies = { \"[::1]:80\" }", 1,
	"trusted-proxies: \"[::1]:80\" is not ADDRESS[/BITS]: it has no port "
	"and no brackets: a proxy may connect from any port"},
    {"trusted-proxies = { \"*\" }", 1,
	"trusted-proxies: \"*\" is not ADDRESS[/BITS]: anybody could say who "
	"they are: list the proxies"},
    {"trusted-proxies = { \"10.*\" }", 1,
	"trusted-proxies: \"10.*\" is not ADDRESS[/BITS]: an address has no "
	"\"*\" in it: write the prefix 10.0.0.0/8"},
    {"trusted-proxies = { \"10.0.0.1/8\" }", 1,
	"trusted-proxies: \"10.0.0.1/8\" is not ADDRESS[/BITS]: the address "
	"has bits beyond its prefix: write 10.0.0.0/8, or leave the prefix "
	"out"},
    {"trusted-proxies = { \"10.0.0.0/255.0.0.0\" }", 1,
	"trusted-proxies: \"10.0.0.0/255.0.0.0\" is not ADDRESS[/BITS]: a "
	"prefix is given in bits, and not as a netmask: write 10.0.0.0/8"},
    {"trusted-proxies = { \"\" }", 1,
	"trusted-proxies: \"\" is not ADDRESS[/BITS]: it is empty"},
    {"listen \"127.0.0.1:0\" {}", 1,
	"listen: \"127.0.0.1:0\" is not ADDRESS:PORT: a port is from 1 to "
	"65535"},
    {"listen \"127.0.0.1:70000\" {}", 1,
	"listen: \"127.0.0.1:70000\" is not ADDRESS:PORT: a port is from 1 to "
	"65535"},
    {"listen \"10.0.0.0/8:1\" {}", 1,
	"listen: \"10.0.0.0/8:1\" is not ADDRESS:PORT: it is one address, not "
	"a prefix"},
    {"listen \"http://x:1\" {}", 1,
	"listen: \"http://x:1\" is not ADDRESS:PORT: it is a URL: write its "
	"host and port alone"},
    {"listen \"unix:/x\" {}", 1,
	"listen: \"unix:/x\" is not ADDRESS:PORT: it is the path of a Unix "
	"socket"},
    {"listen {}", 1,
	"listen is a section with a title: listen \"ADDRESS:PORT\" { }"},
    {"listen = \"127.0.0.1:1\"", 1,
	"listen is a section with a title: listen \"ADDRESS:PORT\" { }"},
    {"listen \"127.0.0.1:1\"\nworkers = 1", 1,
	"listen \"127.0.0.1:1\": a \"{\" is missing before \"workers\""},
    {"listen \"127.0.1:80\" {}", 1,
	"listen: \"127.0.1:80\" is not ADDRESS:PORT: an IPv4 address has four "
	"numbers from 0 to 255, without leading zeros"},
    {"listen \"[fe80::1%eth0]:80\" {}", 1,
	"listen: \"[fe80::1%eth0]:80\" is not ADDRESS:PORT: an address can't "
	"have a zone (%)"},
    {"allow = {\"10.0.0.0/33\"}", 1,
	"allow: \"10.0.0.0/33\" is not HOST[:PORTS]: the prefix of an IPv4 "
	"address has 0 to 32 bits"},
    {"allow = {\"10.0.0.1/24\"}", 1,
	"allow: \"10.0.0.1/24\" is not HOST[:PORTS]: the address has bits "
	"beyond its prefix: write 10.0.0.0/24, or leave the prefix out"},
    {"allow = {\"10.0.0.0/255.255.255.0\"}", 1,
	"allow: \"10.0.0.0/255.255.255.0\" is not HOST[:PORTS]: a prefix is "
	"given in bits, and not as a netmask: write 10.0.0.0/24"},
    {"allow = {\"10.0.0.7/255.255.255.0\"}", 1,
	"allow: \"10.0.0.7/255.255.255.0\" is not HOST[:PORTS]: a prefix is "
	"given in bits, and not as a netmask: write 10.0.0.0/24"},
    {"allow = {\"10.0.0.0/255.0.255.0\"}", 1,
	"allow: \"10.0.0.0/255.0.255.0\" is not HOST[:PORTS]: the prefix of an "
	"IPv4 address has 0 to 32 bits"},
    {"allow = {\"10.0.*\"}", 1,
	"allow: \"10.0.*\" is not HOST[:PORTS]: an address has no \"*\" in it: "
	"write the prefix 10.0.0.0/16"},
    {"allow = {\"10.0.*.*\"}", 1,
	"allow: \"10.0.*.*\" is not HOST[:PORTS]: an address has no \"*\" in "
	"it: write the prefix 10.0.0.0/16"},
    {"allow = {\"10.*\"}", 1,
	"allow: \"10.*\" is not HOST[:PORTS]: an address has no \"*\" in it: "
	"write the prefix 10.0.0.0/8"},
    {"allow = {\"*.0.0.1\"}", 1,
	"allow: \"*.0.0.1\" is not HOST[:PORTS]: an address has no \"*\" in "
	"it: write a prefix, as 10.0.0.0/8"},
    {"allow = {\"10.0.0.1-10.0.0.9\"}", 1,
	"allow: \"10.0.0.1-10.0.0.9\" is not HOST[:PORTS]: a range of "
	"addresses is written as prefixes, as 10.0.0.0/24"},
    {"allow = {\"10.0.0.1-9\"}", 1,
	"allow: \"10.0.0.1-9\" is not HOST[:PORTS]: a range of addresses is "
	"written as prefixes, as 10.0.0.0/24"},
    {"allow = {\"h:5910-5900\"}", 1,
	"allow: \"h:5910-5900\" is not HOST[:PORTS]: the range of ports is "
	"backwards: write 5900-5910"},
    {"allow = {\"h:0\"}", 1,
	"allow: \"h:0\" is not HOST[:PORTS]: a port is from 1 to 65535"},
    {"allow = {\"h:70000\"}", 1,
	"allow: \"h:70000\" is not HOST[:PORTS]: a port is from 1 to 65535"},
    {"allow = {\"h:1-70000\"}", 1,
	"allow: \"h:1-70000\" is not HOST[:PORTS]: a port is from 1 to 65535"},
    {"allow = {\"h:x\"}", 1,
	"allow: \"h:x\" is not HOST[:PORTS]: its ports are not N, N-M or "
	"\"*\""},
    {"allow = {\"h:\"}", 1,
	"allow: \"h:\" is not HOST[:PORTS]: its ports are not N, N-M or \"*\""},
    {"allow = {\"::1:5900/\"}", 1,
	"allow: \"::1:5900/\" is not HOST[:PORTS]: the prefix of an IPv6 "
	"address has 0 to 128 bits"},
    {"allow = {\"2001:db8::1:59000\"}", 1,
	"allow: \"2001:db8::1:59000\" is not HOST[:PORTS]: an IPv6 address "
	"with a port is in brackets: [2001:db8::1]:59000"},
    {"allow = {\"2001:db8::/32:5900\"}", 1,
	"allow: \"2001:db8::/32:5900\" is not HOST[:PORTS]: an IPv6 address "
	"with a port is in brackets: [2001:db8::/32]:5900"},
    {"allow = {\"2001:db8::/129\"}", 1,
	"allow: \"2001:db8::/129\" is not HOST[:PORTS]: the prefix of an IPv6 "
	"address has 0 to 128 bits"},
    {"allow = {\"[2001:db8::]/32\"}", 1,
	"allow: \"[2001:db8::]/32\" is not HOST[:PORTS]: the prefix is within "
	"the brackets: [2001:db8::/32]"},
    {"allow = {\"2001:db8::1/32\"}", 1,
	"allow: \"2001:db8::1/32\" is not HOST[:PORTS]: the address has bits "
	"beyond its prefix: write 2001:db8::/32, or leave the prefix out"},
    {"allow = {\"::ffff:10.0.0.0/8\"}", 1,
	"allow: \"::ffff:10.0.0.0/8\" is not HOST[:PORTS]: the prefix of an "
	"IPv4 address within IPv6 has 96 to 128 bits"},
    {"allow = {\"10.0.0\"}", 1,
	"allow: \"10.0.0\" is not HOST[:PORTS]: an IPv4 address has four "
	"numbers from 0 to 255, without leading zeros"},
    {"allow = {\"010.0.0.1\"}", 1,
	"allow: \"010.0.0.1\" is not HOST[:PORTS]: an IPv4 address has four "
	"numbers from 0 to 255, without leading zeros"},
    {"allow = {\"10.0.0.256\"}", 1,
	"allow: \"10.0.0.256\" is not HOST[:PORTS]: an IPv4 address has four "
	"numbers from 0 to 255, without leading zeros"},
    {"allow = {\"fe80::1%eth0\"}", 1,
	"allow: \"fe80::1%eth0\" is not HOST[:PORTS]: an address can't have a "
	"zone (%)"},
    {"allow = {\"http://a\"}", 1,
	"allow: \"http://a\" is not HOST[:PORTS]: it is a URL: write its host "
	"and port alone"},
    {"allow = {\"\"}", 1, "allow: \"\" is not HOST[:PORTS]: it is empty"},
    {"allow = {\"a b\"}", 1,
	"allow: \"a b\" is not HOST[:PORTS]: it contains a blank"},
    {"allow = {\"*lab\"}", 1,
	"allow: \"*lab\" is not HOST[:PORTS]: a \"*\" is alone, or is \"*.\" "
	"before a name"},
    {"allow = {\"lab.*\"}", 1,
	"allow: \"lab.*\" is not HOST[:PORTS]: a \"*\" is alone, or is \"*.\" "
	"before a name"},
    {"allow = {\"*.\"}", 1,
	"allow: \"*.\" is not HOST[:PORTS]: an address has no \"*\" in it: "
	"write a prefix, as 10.0.0.0/8"},
    {"allow = {\"b\xc3\xbc"
     "cher.example\"}",
	1,
	"allow: \"b\xc3\xbc"
	"cher.example\" is not HOST[:PORTS]: a name with letters beyond "
	"ASCII is written in its xn-- form"},
    {"allow = {\"a..b\"}", 1,
	"allow: \"a..b\" is not HOST[:PORTS]: a part between the dots is "
	"empty"},
    {"allow = {\".a\"}", 1,
	"allow: \".a\" is not HOST[:PORTS]: a part between the dots is empty"},
    {"allow = {\"-a\"}", 1,
	"allow: \"-a\" is not HOST[:PORTS]: it is neither an address nor the "
	"name of a host"},
    {"allow = {\"[h]:1\"}", 1,
	"allow: \"[h]:1\" is not HOST[:PORTS]: only IPv6 addresses have "
	"brackets"},
    {"allow = {\"[::1\"}", 1,
	"allow: \"[::1\" is not HOST[:PORTS]: the \"]\" is missing"},
    {"allow = {\"[::1]x\"}", 1,
	"allow: \"[::1]x\" is not HOST[:PORTS]: after \"]\" there is a :PORT, "
	"or nothing"},
    {"allow = {\"/run/x\"}", 1,
	"allow: \"/run/x\" is not HOST[:PORTS]: it is the path of a Unix "
	"socket"},
    {"allow = {\"unix:/x\"}", 1,
	"allow: \"unix:/x\" is not HOST[:PORTS]: it is the path of a Unix "
	"socket"},
    {"allow = {\"host/24\"}", 1,
	"allow: \"host/24\" is not HOST[:PORTS]: only an address can have a "
	"prefix"},
    {"allow = {\"1.2.3\"}", 1,
	"allow: \"1.2.3\" is not HOST[:PORTS]: an IPv4 address has four "
	"numbers from 0 to 255, without leading zeros"},
    {"allow = {\"0x7f.1\"}", 1,
	"allow: \"0x7f.1\" is not HOST[:PORTS]: it is neither an address nor "
	"the name of a host"},
    {"allow = {\"a/b\"}", 1,
	"allow: \"a/b\" is not HOST[:PORTS]: only an address can have a "
	"prefix"},
    {"allow = {\"h:5900,5901\"}", 1,
	"allow: \"h:5900,5901\" is not HOST[:PORTS]: its ports are not N, N-M "
	"or \"*\""},
    {"allow = {\"*.10.0.0\"}", 1,
	"allow: \"*.10.0.0\" is not HOST[:PORTS]: an address has no \"*\" in "
	"it: write a prefix, as 10.0.0.0/8"},
    {"allow = {\"*.a.*\"}", 1,
	"allow: \"*.a.*\" is not HOST[:PORTS]: a \"*\" is alone, or is \"*.\" "
	"before a name"},
    {"target \"a\" { address = \"10.0.0.0/8\" }", 1,
	"target \"a\": address \"10.0.0.0/8\" is not HOST[:PORT]: a target is "
	"one host, not a prefix"},
    {"target \"a\" { address = \"*\" }", 1,
	"target \"a\": address \"*\" is not HOST[:PORT]: a target is one host: "
	"\"*\" is for allow and deny"},
    {"target \"a\" { address = \"h:70000\" }", 1,
	"target \"a\": address \"h:70000\" is not HOST[:PORT]: a port is from "
	"1 to 65535, and one below 100 a display"},
    {"target \"a\" { address = \"h:1-2\" }", 1,
	"target \"a\": address \"h:1-2\" is not HOST[:PORT]: a target has one "
	"port"},
    {"target \"a\" { address = \"::1\" }", 1,
	"target \"a\": address \"::1\" is not HOST[:PORT]: an IPv6 address is "
	"in brackets: [2001:db8::1], [2001:db8::1]:5901"},
    {"target \"a\" { address = \"2001:db8::1:5901\" }", 1,
	"target \"a\": address \"2001:db8::1:5901\" is not HOST[:PORT]: an "
	"IPv6 address is in brackets: [2001:db8::1], [2001:db8::1]:5901"},
    {"target \"a\" { address = \"127.1\" }", 1,
	"target \"a\": address \"127.1\" is not HOST[:PORT]: an IPv4 address "
	"has four numbers from 0 to 255, without leading zeros"},
    {"target \"a\" { address = \"\" }", 1,
	"target \"a\": address \"\" is not HOST[:PORT]: it is empty"},
    {"target \"a\" { address = \"h:\" }", 1,
	"target \"a\": address \"h:\" is not HOST[:PORT]: a port is from 1 to "
	"65535, and one below 100 a display"},
    {"target \"a\" { address = \"[::1]:x\" }", 1,
	"target \"a\": address \"[::1]:x\" is not HOST[:PORT]: a port is from "
	"1 to 65535, and one below 100 a display"},
    {"target \"a\" { address = \"h h\" }", 1,
	"target \"a\": address \"h h\" is not HOST[:PORT]: it contains a "
	"blank"},
    {"target \"a\" { }", 1, "target \"a\": address is missing"},
    {"target \"a\" { adress = \"h\" }", 1, "no such setting: \"adress\""},
    {"target \"a b\" { address = \"h\" }", 1,
	"target: \"a b\" is not a name: it has letters, digits, \"-\", "
	"\"_\" and dots, and is no address; address = says where the desktop "
	"is"},
    {"target { }", 1, "target is a section with a title: target \"NAME\" { }"},
    {"certificate = {\"/x\"}", 1,
	"\"certificate\" is a setting of a listen section, and is outside of "
	"one"},
    {"target \"a\" { certificate = {\"/x\"} }", 1,
	"\"certificate\" is a setting of listen sections, not of target"},
    {"workers = many", 1,
	"workers: \"many\" is not a whole number (processes)"},
    {"workers = 1.5", 1, "workers: \"1.5\" is not a whole number (processes)"},
    {"workers = 10m", 1, "workers: \"10m\" is not a whole number (processes)"},
    {"idle-timeout = \"10m\"", 1,
	"idle-timeout: \"10m\" is not a whole number (seconds)"},
    {"session-timeout = 2592001", 1,
	"session-timeout must be from 0 to 2592000 seconds"},
    {"session-timeout = x", 1,
	"session-timeout: \"x\" is not a whole number (seconds)"},
    {"target \"a\" { address = \"b\" idle-timeout = 604801 }", 1,
	"idle-timeout must be from 0 to 604800 seconds"},
    {"target \"a\" { address = \"b\" max-session = -1 }", 1,
	"max-session must be from 0 to 2592000 seconds"},
    {"workers = 999999999999999999999", 1,
	"workers must be from 0 to 256 processes"},
    {"workers = -1", 1, "workers must be from 0 to 256 processes"},
    {"workers =\nuser = \"x\"", 1, "workers: the value is missing"},
    {"workers = ", 1, "workers: the value is missing"},
    {"workers = {1}", 1, "workers takes one value, not a list in { }"},
    {"workers += 1", 1, "workers is not a list, so += can't add to it"},
    {"sandbox = perhaps", 1, "sandbox: \"perhaps\" is neither yes nor no"},
    {"sandbox = 1", 1, "sandbox: \"1\" is neither yes nor no"},
    {"}", 1, "this \"}\" ends no section or list"},
    {"include(\"/etc/passwd\")", 1,
	"no such setting: \"include\": the configuration is this one "
	"file"},
    {"include \"/etc/x\"", 1,
	"no such setting: \"include\": the configuration is this one "
	"file"},
    {"/* x", 1, "the comment that begins with /* here has no */"},
    {"#x\n/* \n x", 2, "the comment that begins with /* here has no */"},
    {"user = \xe2\x80\x9c"
     "bob\xe2\x80\x9d",
	1, "U+201C is not a quote here: write \""},
    {"user\xc2\xa0= \"bob\"", 1,
	"U+00A0 (a no-break space) is outside of quotes: write a plain space, "
	"or nothing"},
    {"user = \"bob\xc2\xa0\"", 1,
	"user: the text has U+00A0 (a no-break space), which shows as nothing, "
	"or as a space"},
    {"user = \"bo\tb\"", 1, "a tab is in the quotes: write a space"},
    {"user\t=\t\"nobody\"\r\nworkers = 1\r\nx = 1\r\n", 3,
	"no such setting: \"x\""},
    {"workers = 1\rx = 1", 2, "no such setting: \"x\""},
    {"\xef\xbb\xbf\xef\xbb\xbfworkers = 1", 1,
	"U+FEFF (a byte order mark) is outside of quotes: write a plain space, "
	"or nothing"},
    {"nameservers = {\"dns\"}", 1,
	"nameservers: \"dns\" is not an address: it must be an address, not a "
	"name"},
    {"nameservers = {\"10.0.0.0/8\"}", 1,
	"nameservers: \"10.0.0.0/8\" is not an address: it is one address, not "
	"a prefix"},
    {"nameservers = {\"::1:53\"}", 1,
	"nameservers: \"::1:53\" can be read in two ways: write [::1]:53 for "
	"the port, or [::1:53] for the address alone"},
    {"nameservers = {\"10.0.0.1:0\"}", 1,
	"nameservers: \"10.0.0.1:0\" is not an address: a port is from 1 to "
	"65535"},
    {"user = \"x", 1, "the text that begins with \" here has no \" at its end"},
    {"user = 'x", 1, "the text that begins with ' here has no ' at its end"},
    {"pid-file = \"x\"", 1, "pid-file: \"x\" is not an absolute path"},
    {"workers = \x0c"
     "4",
	1, "the character 0x0C is not allowed in this file"},
    {"origins = {\"panel.example\"}", 1,
	"origins: \"panel.example\" is not SCHEME://HOST[:PORT] or "
	"http[s]://*.NAME[:PORT]"},
    {"end-of-file = yes", 1, "no such setting: \"end-of-file\""},
    {"workers = ${NOPE_X}", 1,
	"the environment has no NOPE_X, which ${NOPE_X} stands for"},
    {"listen \"127.0.0.1:6080\" } ", 1,
	"listen \"127.0.0.1:6080\": a \"{\" is missing before \"}\""},
    {"}}}", 1, "this \"}\" ends no section or list"},
    {"user = \"a\"\n= 5", 2, "\"=\" is where the name of a setting should be"},
    {"= 1", 1, "\"=\" is where the name of a setting should be"},
    {"\"x\"", 1, "\"x\" is where the name of a setting should be"},
};

START_TEST(conf_fault_is_told_word_for_word)
{
	char expected[CONF_ERROR_MAX];

	unsetenv("NOPE_X");
	ck_assert_int_eq(load(faults[_i].text), VB_ESYNTAX);
	snprintf(expected, sizeof(expected), "%s:%d: %s", path, faults[_i].line,
	    faults[_i].says);
	ck_assert_str_eq(error, expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-messages");
	TCase *tc = tcase_create("conf-messages");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, conf_fault_is_told_word_for_word, 0, COUNT(faults));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
