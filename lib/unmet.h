/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a test was skipped, as data: a kind and a word. The guest logs both as "# unmet: KIND WHAT" directly before the
 * test's result line (docs/ktap.md), and the runner keeps them in the result's JSON. Shared by the kernel and the runner.
 */
#ifndef LIB_UNMET_H
#define LIB_UNMET_H

/*
 * X(NAME, word). WHAT, of each kind:
 *	absent		a feature that has to be advertised, by its QEMU property (kvm-pv-eoi), or "bit-N"
 *	advertised	a feature that must not be advertised, named in the same way
 *	vcpus		how many vCPUs have to run
 *	setting		a kernel argument, KEY=VALUE, which a configuration sets together with what it stands for
 *	machine		a device or a mode that the VM has to have
 *	processor	what the virtual processor has to have
 *	host		how the KVM host has to be set up
 *	luck		what happened not to occur in this run; no loss where two runs are compared
 *	unknown		what is newer than these tests
 * The runner alone gives these, for a configuration that did not run:
 *	refused		QEMU's message
 *	accel		the accelerator that does not work
 *	nothing		why no test validated anything
 */
#define UNMET_KINDS(X)              \
	X(ABSENT, "absent")         \
	X(ADVERTISED, "advertised") \
	X(VCPUS, "vcpus")           \
	X(SETTING, "setting")       \
	X(MACHINE, "machine")       \
	X(PROCESSOR, "processor")   \
	X(HOST, "host")             \
	X(LUCK, "luck")             \
	X(UNKNOWN, "unknown")       \
	X(REFUSED, "refused")       \
	X(ACCEL, "accel")           \
	X(NOTHING, "nothing")

enum unmet_kind {
#define UNMET_ENUMERATOR(name, word) UNMET_##name,
	UNMET_KINDS(UNMET_ENUMERATOR)
#undef UNMET_ENUMERATOR
};

/* The longest WHAT that the guest logs, with its final NUL. */
#define UNMET_WHAT_SIZE 80

#endif
