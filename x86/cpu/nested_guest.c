/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/nested_guest.h"

#include "x86/cpu/svm.h"
#include "x86/cpu/vmx.h"

bool nested_guest_offered(void)
{
	return svm_offered() || vmx_offered();
}

struct nested_exit nested_guest_read_u64(const volatile void *address)
{
	return svm_offered() ? svm_read_u64(address) : vmx_read_u64(address);
}

struct nested_exit nested_guest_resume(void)
{
	return svm_offered() ? svm_resume() : vmx_resume();
}
