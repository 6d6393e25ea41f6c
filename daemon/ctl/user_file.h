/* SPDX-License-Identifier: ISC */
/*
 * The users' file on disk: read, and replaced so that whoever reads it, and
 * whatever happens meanwhile, finds the old or the new one.
 *
 * A symbolic link is followed, and stays: what it leads to is replaced. Two
 * that write wait for each other by a lock on FILE.lock, which is its owner's
 * alone: the file itself may be read, so locked, by those who must not be able
 * to keep the operator out. What goes wrong is said in an operator's words.
 */
#ifndef VB_CTL_USER_FILE_H
#define VB_CTL_USER_FILE_H

#include <sys/stat.h>
#include <limits.h>

#include "daemon/ctl/user_text.h"

struct user_file {
	char path[PATH_MAX]; /* without links */
	int lock_fd;	     /* -1: it is only read */
	int exists;
	struct stat st; /* if it exists */
	struct user_text text;
};

enum user_file_use {
	USER_FILE_READ,	  /* as it is now */
	USER_FILE_CHANGE, /* nobody else changes it before user_file_close() */
	USER_FILE_CREATE  /* as CHANGE; and it is empty if it is not there */
};

/*
 * Opens and reads it. Waits some seconds for the lock. Returns 0, or -1, and
 * then there is nothing to close.
 */
int user_file_open(struct user_file *file, const char *path,
    enum user_file_use use) VB_MUST_CHECK;

/*
 * Puts text in its place, by another file that is renamed: mode and owner
 * stay, and a new one has mode 0640. Opened for reading, it is not to be
 * replaced. Returns 0, or -1, and then the old one is in its place, unless a
 * message says that it is changed.
 */
int user_file_replace(
    const struct user_file *file, const struct user_text *text) VB_MUST_CHECK;

/* Wipes the text, and lets others change the file. */
void user_file_close(struct user_file *file);

#endif
