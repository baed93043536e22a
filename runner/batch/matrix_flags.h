/* SPDX-License-Identifier: BSD-2-Clause */
/* The PV flags of which a matrix is made: what QEMU knows, and what the host's KVM backs. */
#ifndef RUNNER_BATCH_MATRIX_FLAGS_H
#define RUNNER_BATCH_MATRIX_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#define MATRIX_SECONDS_MAX 20 /* for one question to QEMU; some starts of it never end */

/* Names of flags, in an order, each once. */
struct flag_list {
	char **names;
	size_t count;
};

struct matrix_flags {
	struct flag_list backed; /* QEMU knows them, and KVM or QEMU itself offers what they promise */
	struct flag_list switches; /* those, and what only QEMU knows */
	struct flag_list left_out; /* not flags but lines: "FLAG: why it has no configurations" */
	bool enforce; /* QEMU and KVM can make features that are not advertised fault */
};

/*
 * Asks @qemu for its flags, and @offer, which understands --json as kvm-pv-features does, for what KVM offers. NULL:
 * done. Otherwise one line that says what is wrong; the caller frees it. Call matrix_flags_free() in either case.
 */
char *matrix_flags_ask(struct matrix_flags *flags, const char *qemu, const char *offer);
void matrix_flags_free(struct matrix_flags *flags);

#endif
