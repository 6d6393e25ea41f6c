/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "common/errors.h"

const char *
vb_strerror(int error)
{
	switch (error) {
	case VB_ESYS:
		return strerror(errno);
	case VB_ENOMEM:
		return "out of memory";
	case VB_ESYNTAX:
		return "syntax error";
	case VB_ERANGE:
		return "out of range";
	case VB_EBADMSG:
		return "malformed message";
	case VB_ENOFD:
		return "descriptor missing";
	case VB_ECLOSED:
		return "closed by the other end";
	case VB_EFULL:
		return "queue full";
	case VB_ENOTFOUND:
		return "not found";
	case VB_EWEAK:
		return "too weak";
	default:
		return error >= 0 ? "no error" : "unknown error";
	}
}
