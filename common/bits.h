/* SPDX-License-Identifier: ISC */
/* Bits in an array of bytes, the lowest first: as messages have them. */
#ifndef VB_BITS_H
#define VB_BITS_H

#include <stddef.h>
#include <stdint.h>

static inline int
bits_have(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

static inline void
bits_set(uint8_t *bits, size_t i)
{
	bits[i / 8] |= (uint8_t)(1 << i % 8);
}

static inline void
bits_clear(uint8_t *bits, size_t i)
{
	bits[i / 8] &= (uint8_t) ~(1 << i % 8);
}

#endif
