#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# run_tests.sh --matrix: configurations from what the fake QEMU "knows-flags" and KVM, as the fake kvm-pv-features
# has it, have in common.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper
load tree

matrix() {
	tree '[default]'
	cat >build/runner/kvm-pv-features <<-'END'
	#!/bin/sh
	[ "$*" = --json ] && exec cat <<-JSON
	{
	 "features": [
	  {"name": "CLOCKSOURCE",      "offered_by": "kvm", "qemu_flag": "kvmclock"},
	  {"name": "MMU_OP",           "offered_by": null,  "qemu_flag": "kvm-mmu"},
	  {"name": "CLOCKSOURCE2",     "offered_by": "kvm", "qemu_flag": "kvmclock"},
	  {"name": "ASYNC_PF",         "offered_by": "kvm", "qemu_flag": "kvm-asyncpf"},
	  {"name": "STEAL_TIME",       "offered_by": "kvm", "qemu_flag": "kvm-steal-time"},
	  {"name": "PV_EOI",           "offered_by": "kvm", "qemu_flag": "kvm-pv-eoi"},
	  {"name": "HC_MAP_GPA_RANGE", "offered_by": "vmm", "qemu_flag": null}
	 ],
	 "capabilities": {"KVM_CAP_ENFORCE_PV_FEATURE_CPUID": 1}
	}
	JSON
	exit 2
	END
	chmod +x build/runner/kvm-pv-features
	export QEMU=$fakes/knows-flags
}

@test "without and only, each plain and enforced, of what QEMU and KVM have in common" {
	matrix
	go --matrix -l -g without
	[ "$output" = "without-kvmclock
without-kvm-steal-time
without-kvm-pv-eoi
without-kvmclock-enforced
without-kvm-steal-time-enforced
without-kvm-pv-eoi-enforced" ]
	go --matrix -l -g only
	[ "$output" = "only-kvmclock
only-kvm-steal-time
only-kvm-pv-eoi
only-kvmclock-enforced
only-kvm-steal-time-enforced
only-kvm-pv-eoi-enforced" ]
	go --matrix -l
	[[ ${#lines[@]} -gt 20 && ${lines[-1]} == pair-* ]]
}

@test "--list prints QEMU's arguments, and what is left out and why" {
	matrix
	./run_tests.sh --matrix --list >list 2>said
	cat list said
	grep -E '^without-kvm-pv-eoi +-smp 2 .*-cpu host,arch-capabilities=off,kvm-pv-eoi=off$' list
	grep -E '^only-kvm-pv-eoi-enforced +-smp 2 .*-cpu host,arch-capabilities=off,kvm-pv-enforce-cpuid=on,kvmclock=off,kvm-mmu=off,kvm-steal-time=off,kvm-pv-eoi=on$' list
	[ "$(cat said)" = "Matrix: $(wc -l <list) configurations
  left out: kvm-mmu: this KVM does not offer it
  left out: kvm-asyncpf: this QEMU does not know it
  left out: kvm-new-thing: no test knows what it promises" ]
}

@test "irqchip=off goes with one vCPU and without its interrupt, microvm with a serial console" {
	matrix
	go --matrix --list 'pair-off-*'
	[ "${#lines[@]}" -gt 3 ]
	[ "$(grep -c 'pair-off-smp1-.* -smp 1 .*kernel-irqchip=off .*,kvm-asyncpf-int=off' <<<"$output")" -eq "$(grep -c ^pair <<<"$output")" ]
	go --matrix 'pair-*-smp2-microvm*'
	[ "$status" -eq 0 ]
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *" console=serial "*"-smp 2 -machine microvm,"* ]]
}

@test "what QEMU refuses at the first look is no part of the matrix" {
	matrix
	export FAKE_REFUSAL='qemu: failed to set MSR 0x12 to 0x0'
	go --matrix --list 'only-*-enforced'
	has 'left out: only-FLAG-enforced without kvmclock: QEMU says "failed to set MSR 0x12 to 0x0"'
	has ',kvmclock=on,kvm-mmu=off,kvm-steal-time=off,kvm-pv-eoi=on'
	FAKE_REFUSAL='qemu: KVM does not support userspace APIC'
	go --matrix --list
	has 'left out: kernel-irqchip=off: QEMU says "KVM does not support userspace APIC"'
	lacks pair-off
	FAKE_REFUSAL='' FAKE_ENFORCE='' go --matrix --list
	has 'left out: kvm-pv-enforce-cpuid: this QEMU does not know it, or KVM does not offer it'
	lacks "-enforced "
}

@test "a matrix runs, and its flags are checked" {
	matrix
	go --matrix -j2
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^Matrix:\ ([0-9]+)\ configurations$ ]]
	[ "$(grep -c ^PASS <<<"$output")" -eq $((BASH_REMATCH[1] + 1)) ]
	has "${BASH_REMATCH[1]} configurations: "
	[ "$(jq -r '.config.features' results/latest/without-kvm-pv-eoi.json)" = kvmclock,kvm-steal-time ]
	FAKE_DEAF=on go --matrix only-kvm-pv-eoi
	[ "$status" -eq 1 ]
	has "      kvm-pv-eoi (EAX bit 6) was asked for"
	has "      kvmclock (EAX bit 0) is advertised, contrary to"
}

@test "names and patterns pick; mistakes have one line" {
	matrix
	go --matrix -l 'only-*-eoi*' without-kvmclock
	[ "$output" = "without-kvmclock
only-kvm-pv-eoi
only-kvm-pv-eoi-enforced" ]
	go --matrix only-kvm-nonsense
	[ "$status" -eq 2 ]
	[[ $output == 'no configuration "only-kvm-nonsense": there are without-kvmclock '* && ${#lines[@]} -eq 1 ]]
	go --matrix -g nonsense
	[ "$status" -eq 2 ]
	[ "$output" = 'no group "nonsense": there are enforced matrix only pair without' ]
	QEMU=$fakes/exits-before-qmp go --matrix
	[ "$status" -eq 2 ]
	[ "$output" = "--matrix: $fakes/exits-before-qmp names no PV flags: qemu-system-x86_64: Property 'host-x86_64-cpu.kvm-foo' not found" ]
	ACCEL=tcg go --matrix
	[ "$status" -eq 2 ]
	has "run_tests.sh: --matrix is about KVM, and this is TCG"
	rm build/runner/kvm-pv-features
	go --matrix
	[ "$status" -eq 2 ]
	[ "$output" = 'run_tests.sh: build/runner/kvm-pv-features is missing: run "make"' ]
	printf '#!/bin/sh\necho "kvm-pv-features: no" >&2\nexit 2\n' >build/runner/kvm-pv-features
	chmod +x build/runner/kvm-pv-features
	go --matrix
	[ "$status" -eq 2 ]
	[ "$output" = "kvm-pv-features: no" ]
	[ ! -e results ]
}

@test "in nested hosts: each derives its own, and what it derived is known outside" {
	matrix
	nested_hosts
	go --host fake,other --matrix 'only-*'
	[ "$status" -eq 0 ]
	has "fake: Matrix: 6 configurations"
	has "other: PASS  only-kvm-pv-eoi "
	has "12 configurations: "
	[ "$(wc -l <results/latest/other/plan)" -eq 6 ]
	go --host fake --matrix -l 'only-*-eoi'
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = only-kvm-pv-eoi ]
	go --host fake --matrix nonsense
	[ "$status" -eq 2 ]
	has 'no configuration "nonsense": there are '
	has "fake: it ended before it could say what it would run: see results/"
}

@test "more jobs than hosts: several boots of one, whose results come together" {
	matrix
	nested_hosts
	go --host fake -j3 --matrix
	[ "$status" -eq 0 ]
	[ "$(grep -c '^Matrix: ' <<<"$output")" -eq 1 ]
	[ "$(grep -c '^  left out: ' <<<"$output")" -eq 3 ]
	cd results/latest/fake
	while read -r name; do
		[ "$(jq -r .verdict "$name.json")" = pass ]
	done <plan
	[ "$(echo ./*.json | wc -w)" -eq "$(wc -l <plan)" ]
	[ "$(echo host*.log kernel*)" = "host-1.log host-2.log host-3.log kernel-1.log kernel-2.log kernel-3.log" ]
	[ "$(cat host-?.log | grep -c ^PASS)" -eq "$(wc -l <plan)" ]
	for log in host-?.log; do
		[ "$(grep -c ^PASS "$log")" -ge 7 ]
	done
}

@test "jobs go to hosts first, and no boot is for nothing" {
	matrix
	nested_hosts
	printf '[%s]\nqemu_params = -machine pc\n' a b c >unittests.cfg
	go --host fake,other -j3
	[ "$status" -eq 0 ]
	has "6 configurations: "
	[ "$(cd results/latest && echo */host*.log)" = "fake/host-1.log fake/host-2.log other/host.log" ]
	go --host fake -j9 a b
	[ "$status" -eq 0 ]
	[ "$(cd results/latest && echo */host*.log)" = "fake/host-1.log fake/host-2.log" ]
}

@test "a host that dies: what it did not run is named" {
	matrix
	nested_hosts
	go --host half -j2 --matrix 'only-*'
	[ "$status" -eq 2 ]
	has "half/2: the host's kernel panicked"
	[ "$(grep -c '^PASS  only' <<<"$output")" -eq 3 ]
	[[ $output =~ "  the run itself: error ("only-[^,]*,\ only-[^,]*,\ only-[^,]*\)$'\n'"      no result in results/" ]]
	for host in panics vanishes; do
		go --host "$host" -j2 --matrix
		[ "$status" -eq 2 ]
		has "$host: it ended before it could say what it would run: see results/"
	done
}

@test "a heartbeat on a terminal: how far, and which boots are at it" {
	matrix
	nested_hosts
	printf '[%s]\nqemu_params = -machine pc -fake prints-slowly\n' a b c d >unittests.cfg
	QEMU=$fakes/obeys script -qec './run_tests.sh --host fake -j2' /dev/null >out
	cat out
	grep -q $'\r\e\\[K\\[[0-4]/4\\] fake/[12] [0-9] s fake/[12] [0-9] s' out
}

@test "a hostile host's plan: no names that lead elsewhere, no escape sequences, no files of its choice" {
	matrix
	nested_hosts
	cat >nested-host/run <<-'END'
	#!/bin/bash
	hello='{"event":"hello","version":1}'
	printf '%s\n' "$hello" '{"event":"plan","configurations":["only-kvmclock","../../x"],"notes":["\u001b[31mred"]}' \
		'{"event":"plan","configurations":["a/b"]}' '{"event":"plan","configurations":["x\u0000y"]}' \
		'{"event":"plan","configurations":["-rf"]}' '{"event":"plan","configurations":[".."]}' \
		'{"event":"plan","configurations":[7]}' '{"event":"plan","configurations":{}}' '{"event":"plan","configurations":[]}'
	[[ $* != *good* ]] || {
		printf '%s\n' '{"event":"plan","configurations":["only-kvmclock"],"notes":["\u001b[31mred\nPASS forged",7]}' \
			'{"event":"plan","configurations":["second-plan"]}'
		printf '{"event":"end","configuration":"%s","verdict":"pass"}\n' only-kvmclock ../../x second-plan
	}
	exit 1
	END
	go --matrix --host bad
	[ "$status" -eq 2 ]
	has "bad: it ended before it could say what it would run"
	go --matrix --host good
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
	lacks $'\e'
	lacks second-plan
	! grep '^PASS forged' <<<"$output" || false
	has "  the run itself: error (only-kvmclock)"
	[ "$(cat results/latest/good/plan)" = only-kvmclock ]
	[ ! "$(find . "$BATS_TEST_TMPDIR/.." -maxdepth 2 -name 'x*')" ]
}
