/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "worker/parse/rfb_refusal.h"

#define HEAD_BYTES 5 /* number-of-security-types U8, reason-length U32 */

size_t
rfb_encode_refusal(uint8_t out[RFB_REFUSAL_MAX], const char *reason)
{
	uint8_t *text = out + HEAD_BYTES;
	size_t n;

	for (n = 0; reason[n] != '\0' && n < RFB_REFUSAL_TEXT_MAX; n++)
		text[n] = reason[n] >= ' ' && reason[n] <= '~'
		    ? (uint8_t)reason[n]
		    : '?';
	memset(out, 0, HEAD_BYTES);
	out[HEAD_BYTES - 1] = (uint8_t)n;
	return HEAD_BYTES + n;
}
