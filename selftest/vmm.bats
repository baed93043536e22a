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

@test "hypercalls can exit to it, quirks be off, and CPUID be enforced" {
	vmm --hypercall-exits --quirks-off=32 --enforce
	grep -q '^# host-cpuid base=0x40000000 .* features=0x[0-9a-f]*1[0-9a-f]\{4\} ' "$log"
}

@test "an option that it does not know is an error" {
	run "$build/vmm" --unknown "$build/kvm-pv-tests.pvh"
	[ "$status" -eq 2 ]
	[[ $output == "vmm: unknown option --unknown" ]]
}

@test "firmware may have left the local APIC in x2APIC mode" {
	vmm --x2apic
	says " apic=x2apic "
}
