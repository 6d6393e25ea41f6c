/* SPDX-License-Identifier: ISC */
/*
 * libcurl, with memory of which nothing is left when it is freed: what it sends
 * and gets has secrets in it. (OpenSSL's is common/memory.h's matter.)
 */
#ifndef VB_FETCH_WIPE_H
#define VB_FETCH_WIPE_H

/* Starts libcurl, once, before anything else of it; ends the process if it
 * can't. */
void wipe_start_curl(void);

#endif
