# SPDX-License-Identifier: ISC
# What takes long: also the generator of the tests' large streams.

EXTRA_PROGRAMS += %reldir%/verify
%canon_reldir%_verify_SOURCES = %reldir%/verify.c %reldir%/stream.c \
	%reldir%/stream_target.c %reldir%/stream.h
%canon_reldir%_verify_LDADD = $(CRYPTO_LIBS) $(BSD_LIBS)

long: testprograms
	VB_PREFIX="$${VB_PREFIX:-$(prefix)}" VB_BUILD=. \
	    $(top_srcdir)/%reldir%/run.py $(LONGFLAGS)
.PHONY: long
EXTRA_DIST += %reldir%/run.py %reldir%/flood.py %reldir%/logins.py %reldir%/leases.py \
	%reldir%/README.md
