# SPDX-License-Identifier: ISC
# A VNC server whose every byte is known.

check_PROGRAMS += testcard
testcard_SOURCES = \
	%reldir%/auth.c %reldir%/buf.c %reldir%/conn.c \
	%reldir%/knobs.c %reldir%/main.c \
	%reldir%/pattern.c %reldir%/rfb.c \
	%reldir%/stream.c %reldir%/testcard.h
testcard_LDADD = $(CRYPTO_LIBS) $(BSD_LIBS)
