/* SPDX-License-Identifier: BSD-2-Clause */
/* Short names for the fixed-width types, and the few macros that every file needs. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n)		(1u << (n))
#define BIT_ULL(n)	(1ull << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define ABS(a)		((a) < 0 ? -(a) : (a))
#define PRINTF(f, args) __attribute__((format(printf, f, args)))

/* An aligned(n) shared-memory object is what most PV ABI areas are. */
#define ALIGNED(n) __attribute__((aligned(n)))

/* Single, untorn accesses to memory that another CPU or the host writes. */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#endif
