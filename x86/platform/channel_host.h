/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test has the runner do to the host, to a vCPU's thread and to QEMU, over the channel: docs/channel.md. */
#ifndef X86_PLATFORM_CHANNEL_HOST_H
#define X86_PLATFORM_CHANNEL_HOST_H

#include "lib/types.h"
#include "x86/platform/channel.h"

/*
 * Have the host take its time from the TSC, or from another clock. Returns how long the change took, in ns; 0 if there was
 * nothing to change. Skips the test on hosts that do not allow it.
 */
u64 channel_clocksource(bool tsc);

/* Have the host switch one of its CPUs on or off. Skips the test on hosts that do not allow it, or cannot. */
void channel_host_cpu(unsigned int cpu, bool on);

/* The same, with the calling vCPU halted for rest_ns meanwhile. */
void channel_host_cpu_and_rest(unsigned int cpu, bool on, u64 rest_ns);

/*
 * Have the thread of a vCPU stand for ms, at most CHANNEL_PAUSE_MAX_MS, without a word to KVM. The calling vCPU may be that one;
 * then the test goes on afterwards.
 */
void channel_suspend(unsigned int cpu, unsigned int ms, struct channel_pause *stood);

/*
 * Have a thread of the host spin for ms, at most CHANNEL_PAUSE_MAX_MS, on the CPU of this vCPU; 0 ends the one that spins. Skips
 * the test where the vCPU may run on several CPUs.
 */
void channel_contend(unsigned int cpu, unsigned int ms);

/* How long the vCPU's thread has waited for a CPU since it began. Skips the test on hosts that do not count that. */
u64 channel_run_delay_ns(unsigned int cpu);

/* Have QEMU plug in one more vCPU, which then waits for INIT and STARTUP. Returns the ID of its local APIC. */
u32 channel_plug(void);

#endif
