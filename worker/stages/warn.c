/* SPDX-License-Identifier: ISC */
#include "worker/stages/talk.h"
#include "worker/stages/warn.h"

void
control_say_warning(struct client *c, uint32_t seconds, enum warn_kind kind)
{
	talk_tell_end(c, kind == WARN_IDLE ? "idle" : "time", seconds);
}
