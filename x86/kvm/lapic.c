/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/lapic.h"

#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/told.h"

/* Without KVM's local APIC MSR_KVM_ASYNC_PF_EN takes 0 alone: a bit that enables nothing shows it. */
static bool async_pf_can_be_asked_for(void)
{
	static bool tried, taken;

	if (!tried) {
		taken = !wrmsr_safe(MSR_KVM_ASYNC_PF_EN, KVM_ASYNC_PF_SEND_ALWAYS);
		wrmsr_safe(MSR_KVM_ASYNC_PF_EN, 0);
	}
	tried = true;
	return taken;
}

bool kvm_emulates_lapic(void)
{
	if (told.kernel_lapic != TOLD_NOTHING)
		return told.kernel_lapic == TOLD_ON;
	/* QEMU offers no x2APIC mode with a local APIC of its own. */
	return apic_is_x2apic() || async_pf_can_be_asked_for();
}
