/* SPDX-License-Identifier: ISC */
/*
 * A whole worker under a script of what its clients, its broker, its
 * targets, its master and the clock do; see client_script.c for the ops.
 */
#include "tests/fuzz/client_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig *rig = rig_get();

	rig_begin(rig);
	script_run(rig, data, size);
	rig_end(rig);
	return 0;
}
