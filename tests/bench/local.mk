# SPDX-License-Identifier: ISC
# The benchmark.

EXTRA_PROGRAMS += %reldir%/load %reldir%/target
%canon_reldir%_load_SOURCES = %reldir%/load.c %reldir%/session.c \
	%reldir%/session.h %reldir%/tls.c %reldir%/tls.h \
	%reldir%/bench.c %reldir%/bench.h
%canon_reldir%_target_SOURCES = %reldir%/target.c %reldir%/bench.c \
	%reldir%/bench.h
%canon_reldir%_load_LDADD = $(SSL_LIBS) $(BSD_LIBS)
%canon_reldir%_target_LDADD = $(BSD_LIBS)
EXTRA_DIST += %reldir%/bench.py %reldir%/rows.py %reldir%/peers.py \
	%reldir%/boards.py %reldir%/meter.py %reldir%/report.py %reldir%/README.md \
	%reldir%/RESULTS.md %reldir%/bench.svg

# measures what is installed, or what VB_PREFIX names
bench: %reldir%/load %reldir%/target
	VB_PREFIX="$${VB_PREFIX:-$(prefix)}" /usr/bin/python3 -B \
	    $(top_srcdir)/%reldir%/bench.py --bin tests/bench \
	    --json bench.json --svg bench.svg $(BENCHFLAGS)
.PHONY: bench
