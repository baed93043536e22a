#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The product on stock hosts: nothing of the default configuration may fail on a kernel that people use.

setup() {
	cd "${BATS_TEST_DIRNAME}/.." || exit
}

# Every result that comes back is what docs/result.schema.json allows.
run_tests() { # ARGUMENT...
	run ./run_tests.sh "$@"
	echo "$output"
	selftest/validate docs/result.schema.json results/latest/*/*.json
}

default_passes_on() { # HOST
	run_tests --host "$1" default
	echo "# note: $(grep '^PASS\|^FAIL\|^ERROR' <<<"$output" | head -n 1), on $(grep -m 1 "^$1 Linux" <<<"$output")" >&3
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = PASS ]
	[[ ${lines[-2]} =~ ^1\ configuration:\ ([0-9]+)\ passed ]]
	((BASH_REMATCH[1] > 150))
}

@test "the default configuration passes on bookworm's kernel, 6.1" {
	default_passes_on bookworm
}

@test "the default configuration passes on trixie's kernel, 6.12" {
	default_passes_on trixie
}

# Debian's Bochs: to build one takes longer than this.
@test "the default configuration passes on bookworm's kernel on an Intel processor" {
	command -v bochs >/dev/null || skip "Debian's package bochs is not installed"
	BOCHS=bochs default_passes_on bookworm-intel
	grep -q 'emulated by Bochs' results/latest/bookworm-intel/host.jsonl
}

@test "async page faults, contention, extended destination IDs, and named models pass on trixie" {
	run_tests --host trixie async_pf shared_cpu msi_ext_dest_id 'model-*'
	[ "$status" -eq 0 ]
	[ "$(grep -c '^PASS  ' <<<"$output")" -eq 7 ]
}

@test "bookworm derives its matrix, and two boots share what of it is asked for" {
	run_tests --host bookworm -j2 --matrix 'only-kvm-pv-ipi*' 'pair-split-smp2-pc'
	[ "$status" -eq 0 ]
	[ "$(grep -c '^PASS  ' <<<"$output")" -eq 3 ]
	[[ $output == *"left out: kvm-mmu: this KVM does not offer it"* ]]
	[ "$(cat results/latest/bookworm/plan)" = "only-kvm-pv-ipi
only-kvm-pv-ipi-enforced
pair-split-smp2-pc" ]
	[ -s results/latest/bookworm/kernel-2.log ]
	[ "$(jq .guest.features results/latest/bookworm/only-kvm-pv-ipi.json)" -eq $((1 << 11)) ]
}

# No KVM of today offers kvm-mmu. QEMU warns, and starts without it.
@test "a stock QEMU does not drop a flag unnoticed" {
	run nested-host/run trixie build/runner/pvrun build/kvm-pv-tests -- build/runner/pvrun --kernel build/kvm-pv-tests \
		--append 'run=cpuid.*' -- -machine pc -bios qboot.rom -m 32 -cpu qemu64,kvm-mmu=on
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"kvm-mmu (EAX bit 2) was asked for by -cpu, but is not advertised: KVM does not offer it"* ]]
}
