/* SPDX-License-Identifier: ISC */
/*
 * libFuzzer's mutator for client scripts: beside its own, which knows only
 * bytes, it adds, removes, moves, repeats and changes whole ops.
 */
#include <stdint.h>
#include <string.h>

#include "tests/fuzz/client_script.h"

#define OPS_MAX	 400
#define DATA_MAX 32 /* bytes of a new op's own data */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed);

static const struct {
	uint8_t args;
	uint8_t has_data;
} ops[OP_COUNT] = {
#define X(name, n, data) {n, data},
    SCRIPT_OPS(X)
#undef X
};

static unsigned
roll(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % below;
}

/* The size of the op at data, at most size. */
static size_t
op_size(const uint8_t *data, size_t size)
{
	unsigned op = (data[0] & 31) % OP_COUNT;
	size_t n = 1u + ops[op].args;

	if (ops[op].has_data && size > 1)
		n += data[1];
	if (op == OP_FRAME && size > 3 && (data[2] & 8))
		n += (size_t)data[3] << (data[2] & 16 ? 7 : 0);
	return n < size ? n : size;
}

/* The places of all ops, and the end's. Returns how many ops. */
static size_t
find_ops(const uint8_t *data, size_t size, size_t places[OPS_MAX + 1])
{
	size_t at = 1, n = 0;

	while (at < size && n < OPS_MAX) {
		places[n++] = at;
		at += op_size(data + at, size - at);
	}
	places[n] = size;
	return n;
}

/* A frame as it should be, more often than not. */
static void
make_frame(uint8_t *args, unsigned *seed)
{
	static const uint8_t firsts[] = {
	    0x82, 0x82, 0x82, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x81, 0x83};

	args[0] = firsts[roll(seed, sizeof(firsts))];
	args[1] = roll(seed, 4) == 0 ? (uint8_t)roll(seed, 64)
				     : (uint8_t)(roll(seed, 2) * 16);
	if (args[0] > 0x87 && roll(seed, 4) != 0)
		args[1] = 0;
	args[2] = (uint8_t)roll(seed, 130);
	args[3] = (uint8_t)roll(seed, 256);
}

/* Writes a new op; returns its size. */
static size_t
make_op(uint8_t out[8 + DATA_MAX], unsigned *seed)
{
	unsigned op = roll(seed, OP_COUNT);
	size_t i, n = 1u + ops[op].args;

	out[0] = (uint8_t)(op | (roll(seed, 4) == 0 ? roll(seed, 7) << 5 : 0));
	for (i = 1; i < n; i++)
		out[i] = roll(seed, 3) == 0 ? (uint8_t)roll(seed, 256) : 0;
	if (op == OP_FRAME)
		make_frame(out + 1, seed);
	if (ops[op].has_data) {
		out[1] = (uint8_t)roll(seed, DATA_MAX);
		for (i = 0; i < out[1]; i++)
			out[n + i] = (uint8_t)roll(seed, 256);
		n += out[1];
	}
	return n;
}

/* Puts len bytes at a place; returns the new size. */
static size_t
insert(uint8_t *data, size_t size, size_t max_size, size_t at,
    const uint8_t *bytes, size_t len)
{
	if (len > max_size - size)
		return size;
	memmove(data + at + len, data + at, size - at);
	memcpy(data + at, bytes, len);
	return size + len;
}

static size_t
mutate_ops(uint8_t *data, size_t size, size_t max_size, unsigned *seed)
{
	static uint8_t copy[4096];
	size_t places[OPS_MAX + 1], count, which, len, at;
	uint8_t op[8 + DATA_MAX];

	count = find_ops(data, size, places);
	which = roll(seed, (unsigned)count + 1);
	at = places[which];
	if (count == 0 || which == count || roll(seed, 2) == 0) {
		len = make_op(op, seed);
		return insert(data, size, max_size, at, op, len);
	}
	len = places[which + 1] - at;
	if (len > sizeof(copy))
		return size;
	memcpy(copy, data + at, len);
	switch (roll(seed, 4)) {
	case 0: /* again, somewhere */
		at = places[roll(seed, (unsigned)count + 1)];
		return insert(data, size, max_size, at, copy, len);
	case 1: /* its arguments, or which client */
		if (len > 1 && roll(seed, 3) != 0) {
			LLVMFuzzerMutate(data + at + 1, len - 1, len - 1);
			return size;
		}
		data[at] ^= (uint8_t)(roll(seed, 8) << 5);
		return size;
	case 2: /* elsewhere */
		memmove(data + at, data + at + len, size - at - len);
		size -= len;
		count = find_ops(data, size, places);
		at = places[roll(seed, (unsigned)count + 1)];
		return insert(data, size, max_size, at, copy, len);
	default: /* gone */
		memmove(data + at, data + at + len, size - at - len);
		return size - len;
	}
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	unsigned i, n;

	if (size == 0 || roll(&seed, 8) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (roll(&seed, 10) == 0)
		data[0] ^= (uint8_t)(1u << roll(&seed, 8));
	n = 1 + roll(&seed, 4);
	for (i = 0; i < n; i++)
		size = mutate_ops(data, size, max_size, &seed);
	return size;
}
