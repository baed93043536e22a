/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"

static const uint32_t round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t value, int bits)
{
	return value >> bits | value << (32 - bits);
}

static void take_block(struct sha256 *s)
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[4 * i] << 24 | (uint32_t)s->block[4 * i + 1] << 16 |
		       (uint32_t)s->block[4 * i + 2] << 8 | s->block[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, s->state, sizeof(v));
	for (int i = 0; i < 64; i++) {
		uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) +
			       ((v[4] & v[5]) ^ (~v[4] & v[6])) + round_constants[i] + w[i];
		uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) +
			       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(&v[1], &v[0], 7 * sizeof(v[0]));
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		s->state[i] += v[i];
}

void sha256_init(struct sha256 *s)
{
	*s = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
				       0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *s, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	while (length) {
		size_t used = s->length % sizeof(s->block), room = sizeof(s->block) - used;
		size_t part = length < room ? length : room;

		memcpy(&s->block[used], next, part);
		s->length += part;
		next += part;
		length -= part;
		if (part == room)
			take_block(s);
	}
}

char *sha256_end(struct sha256 *s)
{
	static const uint8_t first = 0x80, zero;
	uint64_t bits = s->length * 8;
	char *text;

	sha256_add(s, &first, 1);
	while (s->length % sizeof(s->block) != sizeof(s->block) - sizeof(bits))
		sha256_add(s, &zero, 1);
	for (int shift = 56; shift >= 0; shift -= 8) {
		uint8_t byte = (uint8_t)(bits >> shift);

		sha256_add(s, &byte, 1);
	}
	text = alloc_bytes(8 * sizeof(s->state) + 1);
	for (int i = 0; i < 8; i++)
		snprintf(&text[8 * i], 9, "%08x", s->state[i]);
	return text;
}

char *sha256_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char bytes[65536];
	struct sha256 s;
	size_t got;
	int error;

	if (!file)
		return NULL;
	sha256_init(&s);
	while ((got = fread(bytes, 1, sizeof(bytes), file)))
		sha256_add(&s, bytes, got);
	error = ferror(file) ? errno : 0;
	fclose(file);
	errno = error;
	return error ? NULL : sha256_end(&s);
}
