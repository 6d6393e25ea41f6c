/* SPDX-License-Identifier: ISC */
/* Lists that grow one by one while they are told, to thousands. */
#ifndef VB_LIST_H
#define VB_LIST_H

#include <stdlib.h>

/*
 * Room for one more in a list of count, which this has grown all the time. It
 * doubles: one more each time would be copied each time. NULL without memory:
 * then the list stays as it is.
 */
static inline void *
list_grow(void *list, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return list;
	return reallocarray(list, count == 0 ? 1 : 2 * count, size);
}

/* It is complete: half of it may be room. Returns it, or where it is now. */
static inline void *
list_fit(void *list, size_t count, size_t size)
{
	void *fitting = reallocarray(list, count + 1, size);

	return fitting == NULL ? list : fitting;
}

#endif
