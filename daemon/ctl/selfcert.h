/* SPDX-License-Identifier: ISC */
/* vncbridgectl selfcert: a certificate for a first try. */
#ifndef VB_CTL_SELFCERT_H
#define VB_CTL_SELFCERT_H

/*
 * Makes a P-256 key and a certificate that it signs itself, for these DNS
 * names and addresses, as NAME.key (mode 0600) and NAME.pem in directory;
 * NAME is the first. Existing files are not touched. Says what was made.
 * Returns the exit status.
 */
int selfcert(const char *directory, char *const names[], int count);

#endif
