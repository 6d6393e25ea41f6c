# SPDX-License-Identifier: ISC
# What a kernel without a system call looks like.

check_PROGRAMS += %reldir%/refuse
%canon_reldir%_refuse_SOURCES = %reldir%/refuse.c
%canon_reldir%_refuse_LDADD = $(SECCOMP_LIBS)
