/* SPDX-License-Identifier: ISC */
/* Texts in JSON. */
#ifndef VB_CTL_JSON_H
#define VB_CTL_JSON_H

/*
 * Writes text to standard output as a JSON string, quotes included (RFC
 * 8259, 7). What is not UTF-8 becomes U+FFFD.
 */
void json_string(const char *text);

#endif
