/* SPDX-License-Identifier: ISC */
/*
 * A whole worker under a script of what its clients, its broker, its
 * targets, its master and the clock do; see client_script.c for the ops.
 */
#include "tests/fuzz/client_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void replay_end(void);

/* The corpus enters each state but those of TLS, which have fuzz_tls.c. */
void
replay_end(void)
{
	uint32_t all = (1u << (CLIENT_OVER + 1)) - 1;

	must((rig_get()->seen | 1u << CLIENT_SECURING |
		 1u << CLIENT_VERIFYING) == all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig *rig = rig_get();

	rig_begin(rig);
	script_run(rig, data, size);
	rig_end(rig);
	return 0;
}
