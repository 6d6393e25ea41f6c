/* SPDX-License-Identifier: ISC */
/* A QR code on the terminal. */
#ifndef VB_CTL_USER_QR_H
#define VB_CTL_USER_QR_H

/*
 * Writes text as a QR code to standard output, in half blocks of UTF-8, light
 * on dark; or why that can't be, to standard error.
 */
void user_qr_print(const char *text);

#endif
