/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), as sha256sum prints it: by this, results say which test kernel ran. */
#ifndef RUNNER_COMMON_SHA256_H
#define RUNNER_COMMON_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint8_t block[64];
	uint64_t length; /* in bytes, so far */
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *bytes, size_t length);
/* 64 digits, which the caller frees. */
char *sha256_end(struct sha256 *s);

/* Of a file's content. NULL, with errno: it cannot be read. The caller frees it. */
char *sha256_file(const char *path);

#endif
