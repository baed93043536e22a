/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest of x86/cpu/nested_guest.h by AMD's Secure Virtual Machine.
 * Source: AMD64 Architecture Programmer's Manual, volume 2, chapter 15 and appendix B.
 */
#ifndef X86_CPU_SVM_H
#define X86_CPU_SVM_H

#include "x86/cpu/nested_guest.h"

/* Whether the processor has SVM. */
bool svm_offered(void);

struct nested_exit svm_read_u64(const volatile void *address);
struct nested_exit svm_resume(void);

#endif
