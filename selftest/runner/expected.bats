#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Advertised = asked for: what a guest sees of the feature leaf, against its configuration and what a fake QEMU says. For
# KVM's part see selftest/unit/expected_test.c.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

@test "features that must be advertised, and features that must not" {
	vm reports-all-good --features kvmclock,kvm-pv-eoi,kvm-msi-ext-dest-id,kvm-hint-dedicated --absent kvm-mmu,kvm-pv-ipi
	[ "$status" -eq 1 ]
	holds '.errors | length == 3'
	complains "kvm-msi-ext-dest-id (EAX bit 15) was asked for by the features list, but is not advertised"
	complains "kvm-hint-dedicated (EDX bit 0) was asked for by the features list, but is not advertised"
	complains "kvm-pv-ipi (EAX bit 11) is advertised, contrary to the absent list"
	holds '.config.absent == "kvm-mmu,kvm-pv-ipi" and .expected == {qemu: null, kvm: null} and .notes == []'
}

@test "without KVM no feature is expected" {
	vm reports-all-good --features kvm-hint-dedicated --absent kvm-pv-ipi --accel tcg -- -cpu max,kvm-pv-ipi=off
	[ "$status" -eq 77 ]
	holds '.expected == null and .errors == [] and .notes == []'
}

# What a QEMU says of a model. One of its numbers is larger than any signed one.
expansion() { # FLAG=VALUE...
	printf '{"return": {"model": {"name": "x", "props": {"lbr-fmt": 18446744073709551552, "kvm-pv-ipi": false'
	for word in kvm=true "$@"; do
		printf ', "%s": %s' "${word%=*}" "${word#*=}"
	done
	printf '}}}}'
}

# A QEMU that makes such a thing of -cpu CPU, and a guest that sees "features=... hints=...".
expands() { # CPU SEEN OPTION...
	SEEN=$2 vm expands-the-model "${@:3}" -- -cpu "$1"
}

@test "QEMU is asked to expand -cpu, and the guest sees just that" {
	export EXPANSION
	EXPANSION=$(expansion kvmclock=true kvm-steal-time=true kvm-hint-dedicated=true)
	expands host,kvm-steal-time=on "features=0x00000029 hints=0x1"
	[ "$status" -eq 0 ]
	holds '.expected == {qemu: {features: 41, hints: 1}, kvm: null} and .errors == [] and .notes == []'
	jq -e '.execute == "query-cpu-model-expansion" and .arguments == {type: "full", model: {name: "host"}}' \
		"$FAKE_PIDS.question"
}

@test "a flag that was dropped on the way fails the run" {
	export EXPANSION
	EXPANSION=$(expansion kvmclock=true kvm-pv-ipi=true kvm-msi-ext-dest-id=true)
	expands qemu64,kvm-pv-ipi=on "features=0x00000009 hints=0"
	[ "$status" -eq 1 ]
	holds '.errors | length == 2'
	complains "kvm-pv-ipi (EAX bit 11) was asked for by -cpu, but is not advertised"
	complains "kvm-msi-ext-dest-id (EAX bit 15) was asked for by QEMU's expansion of -cpu qemu64, but is not advertised"
}

@test "a bit that was not asked for fails the run" {
	export EXPANSION
	EXPANSION=$(expansion kvmclock=true)
	expands qemu64,kvm-pv-eoi=off "features=0x00040849 hints=0x1"
	[ "$status" -eq 1 ]
	holds '.errors | length == 3'
	complains "kvm-pv-eoi (EAX bit 6) is advertised, contrary to -cpu"
	complains "kvm-pv-ipi (EAX bit 11) is advertised, contrary to QEMU's expansion of -cpu qemu64"
	complains "kvm-hint-dedicated (EDX bit 0) is advertised, contrary to QEMU's expansion of -cpu qemu64"
}

@test "of flags in -cpu the last one counts, and signs override words" {
	export EXPANSION
	EXPANSION=$(expansion)
	cpu=host,kvm_pv_eoi,kvm-pv-ipi=off,kvm-pv-ipi=yes,+kvm-steal-time,kvm-steal-time=off,-kvmclock,+kvmclock,kvmclock=on
	expands "$cpu,kvm-mmu=maybe,hv-time=on" "features=0x00000860 hints=0"
	[ "$status" -eq 0 ]
	expands "$cpu" "features=0x00000009 hints=0"
	[ "$status" -eq 1 ]
	holds '.errors | length == 5'
	complains "kvm-pv-eoi (EAX bit 6) was asked for by -cpu, but"
	complains "kvm-pv-ipi (EAX bit 11) was asked for by -cpu, but"
	complains "kvm-steal-time (EAX bit 5) was asked for by -cpu, but"
	complains "kvmclock (EAX bit 0) is advertised, contrary to -cpu"
	complains "kvmclock (EAX bit 3) is advertised, contrary to -cpu"
}

@test "with kvm=off there is no leaf, else there is one" {
	export EXPANSION
	EXPANSION=$(expansion kvm=false kvm-pv-ipi=true)
	REPORT=no-kvm.log expands host,kvm=off,kvm-pv-ipi=on ""
	[ "$status" -eq 77 ]
	holds '.expected.qemu.features == 2048 and .errors == []'
	EXPANSION=$(expansion)
	REPORT=no-kvm.log expands host ""
	[ "$status" -eq 1 ]
	complains "the guest sees no KVM leaf, contrary to QEMU's expansion of -cpu host (kvm=on)"
}

@test "what migratable=off lets through without a name is no surplus" {
	export EXPANSION
	EXPANSION=$(expansion migratable=false)
	expands host "features=0x00000400 hints=0"
	[ "$status" -eq 0 ]
	EXPANSION=$(expansion migratable=true)
	expands host "features=0x00000400 hints=0"
	[ "$status" -eq 1 ]
	complains "kvm-asyncpf-vmexit (EAX bit 10) is advertised, contrary to QEMU's expansion of -cpu host"
}

@test "a QEMU that answers late is heard, and one that cannot or does not is no failure" {
	export EXPANSION
	EXPANSION=$(expansion)
	WHEN=late expands host "features=0x00000800 hints=0"
	[ "$status" -eq 1 ]
	complains "kvm-pv-ipi (EAX bit 11) is advertised, contrary to QEMU's expansion of -cpu host"
	WHEN=never expands host "features=0x00000800 hints=0"
	[ "$status" -eq 0 ]
	holds '.expected.qemu == null and .notes == ["QEMU did not expand -cpu host: the VM ended first"]'
	EXPANSION='{"error": {"class": "CommandNotFound", "desc": "The command has not been found"}}'
	expands host "features=0x00000800 hints=0"
	[ "$status" -eq 0 ]
	holds '.notes == ["QEMU did not expand -cpu host: The command has not been found"]'
	for EXPANSION in '{"return": {}}' '{"return": {"model": 1}}' '{"return": {"model": {"props": {"kvm": 1}}}}'; do
		expands host "features=0x00000800 hints=0"
		[ "$status" -eq 0 ]
		holds '.notes == ["QEMU did not expand -cpu host: its answer is not valid"]'
	done
}

@test "a KVM that cannot be asked is noted" {
	KVM_DEVICE=/dev/null vm reports-all-good
	[ "$status" -eq 0 ]
	holds '.expected.kvm == null and .notes == ["what KVM offers is not known: this is not KVM"]'
}
