/* SPDX-License-Identifier: ISC */
/*
 * Two modules above each other are one character. What is light is drawn and
 * what is dark is left out, since most terminals are dark; on one that takes
 * colours these are set, whatever it is.
 */
#include <langinfo.h>
#include <locale.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ctl/user_qr.h"

#define MARGIN	    4 /* ISO/IEC 18004: the quiet zone */
#define COLOURS_ON  "\033[40;97m"
#define COLOURS_OFF "\033[0m"

static int
is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return 1;
	return (code->data[y * code->width + x] & 1) == 0;
}

/* The rows y and y + 1. */
static void
print_rows(const QRcode *code, int y, int is_coloured)
{
	static const char *const blocks[2][2] = {
	    {" ", "\u2584"}, {"\u2580", "\u2588"}};
	int x;

	fputs(is_coloured ? COLOURS_ON : "", stdout);
	for (x = -MARGIN; x < code->width + MARGIN; x++)
		fputs(blocks[is_light(code, x, y)][is_light(code, x, y + 1)],
		    stdout);
	fputs(is_coloured ? COLOURS_OFF "\n" : "\n", stdout);
}

void
user_qr_print(const char *text)
{
	int y, is_coloured = isatty(STDOUT_FILENO);
	QRcode *code;

	if (setlocale(LC_CTYPE, "") == NULL ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
		fprintf(stderr,
		    "vncbridgectl: no QR code, since the locale is not "
		    "UTF-8\n");
		return;
	}
	code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	if (code == NULL) {
		perror("vncbridgectl: no QR code");
		return;
	}
	for (y = -MARGIN; y < code->width + MARGIN; y += 2)
		print_rows(code, y, is_coloured);
	explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
	QRcode_free(code);
}
