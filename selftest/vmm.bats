#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The kernel in a VMM that is not QEMU (selftest/vmm/vmm.c): a machine as those of cloud VMMs, with few devices. It has to
# find its way out of that machine by ACPI: resets would start the tests again.

load helper

setup() {
	[ -w /dev/kvm ] || skip "there is no /dev/kvm to use"
	status=0
}

vmm() { # OPTION... , for the VMM
	timeout 60 "$build/vmm" "$@" "$build/kvm-pv-tests.pvh" "run=poll_control.*" >"$log" || status=$?
	cat "$log"
	[ "$status" -ne 2 ] || skip "no VM can be made here"
	[ "$status" -eq 0 ]
	says '# boot protocol=pvh memory=63MiB cmdline="run=poll_control.*"'
	says "# totals pass="
}

@test "it is powered off, and the PM timer found, by 64-bit fields of a hardware-reduced FADT" {
	vmm
	says " clock=pmtimer "
}

@test "without a PM timer, kvmclock or CPUID tells the TSC's frequency" {
	vmm --no-pm-timer
	grep -q '^# guest .* tsc-from=\(kvmclock\|cpuid\) clock=none ' "$log"
}

@test "firmware may have left the local APIC in x2APIC mode" {
	vmm --x2apic
	says " apic=x2apic "
}
