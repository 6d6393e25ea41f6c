/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/names/names.h"

#define DNS_PORT  53 /* RFC 1035, 4.2 */
#define READ_STEP 4096
#define LOCALHOST "localhost"
#define WORD_IS(w, s) \
	((w)->len == sizeof(s) - 1 && memcmp((w)->at, (s), sizeof(s) - 1) == 0)

struct word {
	const char *at;
	size_t len;
};

/* The rest of a line, or of a text. */
struct rest {
	const char *at;
	const char *end;
};

int
name_answer_add_alias(struct name_answer *answer, const char *name, size_t len)
{
	char lower[TARGET_NAME_MAX];
	size_t i;

	if (len > 0 && name[len - 1] == '.')
		len--;
	if (len >= sizeof(lower))
		return VB_ERANGE;
	for (i = 0; i < len; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z'
		    ? (char)(name[i] - 'A' + 'a')
		    : name[i];
	lower[len] = '\0';
	for (i = 0; i < answer->alias_count; i++)
		if (strcmp(answer->aliases[i], lower) == 0)
			return 0;
	if (answer->alias_count == NAMES_ALIASES_MAX)
		return VB_EFULL;
	memcpy(answer->aliases[answer->alias_count++], lower, len + 1);
	return 0;
}

int
names_read_file(int fd, char **text, size_t *len)
{
	char *grown, *line_end, *out = NULL;
	size_t size = 0, n = 0;
	ssize_t got;

	do {
		if (n + READ_STEP >= size) {
			size = size == 0 ? 2 * READ_STEP : 2 * size;
			if ((grown = realloc(out, size)) == NULL) {
				free(out);
				return VB_ENOMEM;
			}
			out = grown;
		}
		got = pread(fd, out + n, READ_STEP, (off_t)n);
		if (got < 0) {
			free(out);
			return VB_ESYS;
		}
		n += (size_t)got;
	} while (got > 0 && n < NAMES_FILE_MAX);
	/* half a line may have half a name */
	if (got > 0 && (line_end = memrchr(out, '\n', n)) != NULL)
		n = (size_t)(line_end + 1 - out);
	out[n] = '\0';
	*text = out;
	*len = n;
	return got > 0 ? VB_EFULL : 0;
}

/* Takes the next line, less its comment. Returns 0 at the end. */
static int
next_line(struct rest *text, const char *comments, struct rest *line)
{
	const char *end;

	if (text->at == text->end)
		return 0;
	end = memchr(text->at, '\n', (size_t)(text->end - text->at));
	line->at = text->at;
	line->end = end != NULL ? end : text->end;
	text->at = end != NULL ? end + 1 : text->end;
	for (; *comments != '\0'; comments++) {
		end =
		    memchr(line->at, *comments, (size_t)(line->end - line->at));
		if (end != NULL)
			line->end = end;
	}
	return 1;
}

static int
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static int
next_word(struct rest *line, struct word *word)
{
	while (line->at < line->end && is_space(*line->at))
		line->at++;
	word->at = line->at;
	while (line->at < line->end && !is_space(*line->at))
		line->at++;
	word->len = (size_t)(line->at - word->at);
	return word->len > 0;
}

static int
parse_ip(const struct word *word, struct addr *out)
{
	char text[ADDR_TEXT_MAX];

	if (word->len >= sizeof(text))
		return 0;
	memcpy(text, word->at, word->len);
	text[word->len] = '\0';
	return strlen(text) == word->len && addr_parse_ip(text, out) == 0;
}

static int
is_name(const struct word *word, const char *name, size_t name_len)
{
	size_t len = word->len;

	if (len > 0 && word->at[len - 1] == '.')
		len--;
	return len == name_len && strncasecmp(word->at, name, len) == 0;
}

/* A line of a hosts file. Returns 0 where there is no room for more. */
static int
match_line(struct rest *line, const char *name, struct name_answer *answer)
{
	size_t name_len = strlen(name);
	struct word ip, first, word;
	struct addr addr;
	int error = 0;

	if (!next_word(line, &ip) || !next_word(line, &first))
		return 1;
	word = first;
	while (!is_name(&word, name, name_len))
		if (!next_word(line, &word))
			return 1;
	if (!parse_ip(&ip, &addr)) /* last, since it takes longest */
		return 1;
	if (!is_name(&first, name, name_len))
		error = name_answer_add_alias(answer, first.at, first.len);
	if (error == VB_ERANGE)
		return 1; /* not a name that could be judged */
	if (error < 0 || answer->count == NAMES_ADDRS_MAX)
		return 0;
	answer->addrs[answer->count++] = addr;
	return 1;
}

/* RFC 6761, 6.3: never asked about elsewhere. */
static int
is_localhost(const char *name)
{
	size_t len = strlen(name), tail = sizeof(LOCALHOST) - 1;

	return len >= tail && strcmp(name + len - tail, LOCALHOST) == 0 &&
	    (len == tail || name[len - tail - 1] == '.');
}

size_t
names_find_host(
    const char *text, size_t len, const char *name, struct name_answer *answer)
{
	struct rest rest = {text, text + len}, line;

	memset(answer, 0, sizeof(*answer));
	while (next_line(&rest, "#", &line))
		if (!match_line(&line, name, answer))
			break;
	if (answer->count == 0 && is_localhost(name)) {
		answer->alias_count = 0;
		answer->count = 2;
		if (addr_parse_ip("127.0.0.1", &answer->addrs[0]) < 0 ||
		    addr_parse_ip("::1", &answer->addrs[1]) < 0)
			answer->count = 0;
	}
	return answer->count;
}

static void
parse_server(struct rest *line, struct name_servers *servers)
{
	struct word word;
	struct addr *out = &servers->addrs[servers->count];

	if (servers->count == PROTO_NAMESERVERS_MAX ||
	    !next_word(line, &word) || !parse_ip(&word, out))
		return;
	out->port = DNS_PORT;
	servers->count++;
}

void
names_parse_servers(const char *text, size_t len, struct name_servers *servers)
{
	struct rest rest = {text, text + len}, line;
	struct word word;

	memset(servers, 0, sizeof(*servers));
	while (next_line(&rest, "#;", &line)) {
		if (!next_word(&line, &word))
			continue;
		if (WORD_IS(&word, "nameserver"))
			parse_server(&line, servers);
		else if (WORD_IS(&word, "options"))
			while (next_word(&line, &word))
				if (WORD_IS(&word, "rotate"))
					servers->is_rotated = 1;
	}
	if (servers->count == 0 &&
	    addr_parse_ip("127.0.0.1", &servers->addrs[0]) == 0) {
		servers->addrs[0].port = DNS_PORT;
		servers->count = 1;
	}
}
