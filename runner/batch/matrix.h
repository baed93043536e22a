/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations that take the place of unittests.cfg's with --matrix. They follow from the PV flags that QEMU knows
 * and that the host's KVM backs:
 *
 *   without-FLAG   all flags but one          each of the two also as NAME-enforced, where
 *   only-FLAG      one flag, all others off   features that are not advertised must fault
 *   pair-IRQCHIP-smpN-MACHINE[-hyperv]   any two choices of what else a VM is made of meet in one of these
 */
#ifndef RUNNER_BATCH_MATRIX_H
#define RUNNER_BATCH_MATRIX_H

#include "runner/batch/config.h"

struct matrix {
	struct config_list configs;
	char **left_out; /* what no configuration covers, and why: "kvm-mmu: this KVM does not offer it" */
	size_t left_out_count;
};

/*
 * Asks @qemu (a program, found as execvp(3) does) for its flags and for what it refuses, and @offer, which is
 * kvm-pv-features, for what KVM offers. KVM must work. NULL: done. Otherwise one line that says what is wrong; the caller
 * frees it. Call matrix_free() in either case. Takes as long as a few starts of QEMU, each of which ends after 20 s.
 */
char *matrix_make(struct matrix *matrix, const char *qemu, const char *offer);
void matrix_free(struct matrix *matrix);

#endif
