/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advertised = asked for: the bits of the feature leaf that a guest has to see, and those that it must not see. They
 * follow from the configuration (its -cpu and its lists), QEMU (query-cpu-model-expansion), and KVM. A flag that was
 * dropped on the way, or a bit that was not asked for, is an error of the run.
 *
 * QEMU is asked about the model alone: in a QEMU that runs, -cpu's flags are defaults of that model. Its answer is the
 * expansion of -cpu before QEMU has asked KVM what of it is supported.
 */
#ifndef RUNNER_RUN_EXPECTED_H
#define RUNNER_RUN_EXPECTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/run/ktap_parser.h"
#include "runner/run/run_options.h"

/* Bits of the feature leaf: EAX in the lower half, EDX, the hints, in the upper. */
typedef uint64_t pv_bits_mask;

struct expected {
	bool judged; /* the run is under KVM */
	char *model; /* of -cpu, or NULL */
	pv_bits_mask on, off; /* flags that -cpu names */
	pv_bits_mask features, absent; /* the lists of the configuration */
	pv_bits_mask withdrawn; /* by KVM, because of other options, although -cpu asks for it */

	bool qemu_answered;
	bool qemu_shows_leaf; /* kvm=on */
	pv_bits_mask qemu_on, qemu_off; /* neither: this QEMU does not know */
	char *qemu_problem; /* why it did not answer, or NULL */

	bool kvm_answered;
	pv_bits_mask kvm;
	const char *kvm_problem; /* why it did not answer, or NULL */
};

/* Asks KVM. */
void expected_init(struct expected *e, const struct run_options *o);
/* The arguments of query-cpu-model-expansion, a new reference, or NULL if QEMU is not to be asked; and its answer. */
json_t *expected_question(const struct expected *e);
void expected_answer(struct expected *e, const json_t *reply, const char *error);
/* Compares what the guest saw with it. Differences become errors; that QEMU or KVM did not answer becomes a note. */
void expected_check(const struct expected *e, struct ktap_parser *ktap);
/* {"qemu": {"features", "hints"} or null, "kvm": the same}, or null. */
json_t *expected_json(const struct expected *e);
void expected_free(struct expected *e);

#endif
