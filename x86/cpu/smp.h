/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other processors: found in the MADT, started with INIT and STARTUP, then idle in HLT until work is
 * posted. Processors have indexes from 0 (the boot processor) without gaps; all that have an index run.
 */
#ifndef X86_CPU_SMP_H
#define X86_CPU_SMP_H

#include "x86/cpu/cpu.h"

/* The highest number of processors: twice what QEMU's q35 takes, and more than the 288 that KVM recommends at most. */
#define SMP_CPUS_MAX 512

/* The processor that watches the boot processor's watchdog while it has no work. */
#define SMP_WATCHER 1

/* Set up struct cpu for the boot processor; this_cpu() works from then on. */
void smp_init_boot_cpu(void);

/* Start all others. One that does not answer in time is reported as an error of the run. */
void smp_start_all(void);

unsigned int smp_cpus_online(void);

/* How many processors the MADT lists, started or not; at most SMP_CPUS_MAX. */
unsigned int smp_cpus_present(void);
struct cpu *smp_cpu(unsigned int index);

/* Have an idle processor call work(argument), with interrupts on, in a rescue scope; do not wait. */
void smp_post(unsigned int index, void (*work)(void *argument), void *argument);

/*
 * Wait until the posted work has ended. Returns true if it returned, false if a failed assertion or an exception
 * ended it (which has been reported). There is no time limit but the caller's watchdog.
 */
bool smp_wait(unsigned int index);

/* Is no work posted to this processor, or under way there? */
bool smp_idle(unsigned int index);

/* smp_post() and smp_wait(). With the calling processor's own index, call work() directly and return true. */
bool smp_call(unsigned int index, void (*work)(void *argument), void *argument);

/* Call work(argument) on every processor, one after the other, in order of their indexes. */
void smp_call_all(void (*work)(void *argument), void *argument);

/* Reset a processor with INIT, and start it again. Returns false if it does not start. */
bool smp_reinit(unsigned int index);

/*
 * Start a processor that came later, and that the MADT did not list. Returns its index, which is that of no other processor, or 0 if
 * it does not start. What its MSRs hold is not looked at.
 */
unsigned int smp_start_plugged(u32 apic_id);

/* INIT alone: the processor waits for STARTUP, which smp_startup() sends. smp_startup() returns whether it started. */
void smp_send_init(unsigned int index);
bool smp_startup(unsigned int index);

/*
 * One STARTUP, for code at @address, a page below 1 MiB: after INIT the processor begins there in real mode. To be sent twice, as the
 * MultiProcessor Specification demands: if a second INIT arrives while KVM still processes the first, KVM may use up the first
 * STARTUP for it, and the processor waits for another.
 */
void smp_send_startup(unsigned int index, u32 address);

/* Send an NMI of the kernel's own: the handler can tell it from those of tests and from outside the VM. */
void smp_send_nmi(unsigned int index);

/* Make all processors idle: with an NMI, or with INIT and STARTUP if that has no effect. Called after each test. */
void smp_restore(void);

/* Where boot/start.S enters C on application processors. */
_Noreturn void smp_ap_main(struct cpu *cpu);

#endif
