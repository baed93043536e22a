/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/kvm/pv_msr.c: whether another kernel used the VM's MSRs before this one. */
#include "selftest/unit/unit.h"

#include <stdlib.h>

#include "x86/cpu/cpuid.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/smp.h"
#include "x86/platform/boot_info.h"

/* This machine's user mode has no RDMSR: what the boot vCPU read is set here. */
#include "x86/kvm/pv_msr.c" /* NOLINT(bugprone-suspicious-include) */

struct kvm_leaf kvm_leaf;
struct boot_info boot_info;

bool kvm_emulates_lapic(void)
{
	return true;
}

unsigned int smp_cpus_present(void)
{
	return 1;
}

void *pages_alloc(size_t count)
{
	return calloc(count, PAGE_SIZE);
}

static void set(u32 msr, u64 value)
{
	at_boot[pv_msr_find(msr) - pv_msrs].value = value;
}

static int power_on(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < pv_msr_count; i++)
		at_boot[i] = (struct pv_msr_reading){.value = pv_msrs[i].reset};
	boot_info.loader = BOOT_LOADER_OTHER;
	return 0;
}

static void a_fresh_vm(void **state)
{
	(void)state;
	assert_false(pv_msr_used_before());
	/* SeaBIOS reads the time from KVM's clock. */
	set(MSR_KVM_SYSTEM_TIME, 0x7001);
	set(MSR_KVM_SYSTEM_TIME_NEW, 0x7001);
	assert_false(pv_msr_used_before());
	/* An MSR that is not there reads as its fault. */
	at_boot[pv_msr_find(MSR_KVM_POLL_CONTROL) - pv_msrs] = (struct pv_msr_reading){.fault = 1};
	assert_false(pv_msr_used_before());
}

static void a_former_kernel(void **state)
{
	(void)state;
	set(MSR_KVM_STEAL_TIME, 0x7040);
	assert_true(pv_msr_used_before());
	power_on(state);
	set(MSR_KVM_POLL_CONTROL, 0);
	assert_true(pv_msr_used_before());
	power_on(state);
	boot_info.loader = BOOT_LOADER_KEXEC;
	assert_true(pv_msr_used_before());
}

/* QEMU itself loaded this kernel: what is wrong at power-on is the host's. */
static void a_host_with_wrong_values(void **state)
{
	(void)state;
	boot_info.loader = BOOT_LOADER_VMM;
	set(MSR_KVM_STEAL_TIME, 0x7040);
	assert_false(pv_msr_used_before());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_fresh_vm, power_on),
		cmocka_unit_test_setup(a_former_kernel, power_on),
		cmocka_unit_test_setup(a_host_with_wrong_values, power_on),
	};

	return cmocka_run_group_tests_name("pv_msr", tests, NULL, NULL);
}
