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

/* Set up struct cpu for the boot processor; before that, this_cpu() is no good. */
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
 * Wait for the posted work's end. Returns whether it came to its own end; a failed assertion or an exception
 * in it has been reported. Waits for ever: the caller's watchdog is the bound.
 */
bool smp_wait(unsigned int index);
bool smp_idle(unsigned int index);

/* Both. On the calling processor's own index, just call it. */
bool smp_call(unsigned int index, void (*work)(void *argument), void *argument);

/* Call work(argument) on every processor, one after the other, in order of their indexes. */
void smp_call_all(void (*work)(void *argument), void *argument);

/* Send one to its reset state and bring it up again. Returns false when it does not come back. */
bool smp_reinit(unsigned int index);

/* INIT alone: the processor waits for STARTUP from then on; smp_startup() ends that. */
void smp_send_init(unsigned int index);
bool smp_startup(unsigned int index);

/* An NMI from the kernel itself, so that it does not pass for one of the test's, or from outside. */
void smp_send_nmi(unsigned int index);

/* Make every processor idle again: by an NMI, else by INIT and STARTUP. Called after each test. */
void smp_restore(void);

/* C entry of the others, from boot/start.S. */
_Noreturn void smp_ap_main(struct cpu *cpu);

#endif
