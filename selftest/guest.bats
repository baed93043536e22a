#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The self-test image: its tests fail in all the ways that a test can. Each must end with the verdict and the messages
# that its source shows, and the run must continue unharmed. Under TCG always, under KVM where that works.
# shellcheck disable=SC2034 # variables go to and from helper.bash and bats

load helper

image=$build/kvm-pv-selftest

expected() { # OPTION-OF-AWK...
	awk "$@" -f "$top/selftest/guest/expect.awk" "${sources[@]}" "$log"
}

setup() {
	cd "$top" || return 1
	sources=(selftest/guest/*.c)
}

verdicts() { # ACCEL VCPUS [QEMU-ARGUMENT...]
	local accel=$1 vcpus=$2 cpu=max kvm=0
	shift 2
	if [ "$accel" = kvm ]; then
		cpu=host,arch-capabilities=off
		need_kvm -cpu "$cpu"
		kvm=1
	fi
	boot 120 -machine pc -bios qboot.rom -m 32 -accel "$accel" -cpu "$cpu" -smp "$vcpus" "${debug_exit[@]}" \
		-kernel "$image" "$@"
	expected -v "vcpus=$vcpus" -v "kvm=$kvm"
	[ "$status" -eq 3 ]
}

@test "TCG, 1 vCPU" {
	verdicts tcg 1
}

@test "TCG, 2 vCPUs" {
	verdicts tcg 2
}

@test "TCG, 4 vCPUs" {
	verdicts tcg 4
}

@test "KVM, 1 vCPU" {
	verdicts kvm 1
}

@test "KVM, 2 vCPUs" {
	verdicts kvm 2
}

@test "KVM, 4 vCPUs" {
	verdicts kvm 4
}

@test "log on a virtio console" {
	console=(-chardev "file,id=log,path=$log,mux=on" -serial chardev:log -device virtio-serial-pci
		-device "virtconsole,chardev=log")
	verdicts tcg 2 -append console=virtio
	says "console=virtio"
}

@test "addresses have the right function names" {
	verdicts tcg 2
	sed -nE 's/.*(rip|called from) (0x[0-9a-f]+) ([^+?]+)\+(0x[0-9a-f]+|0)\r?$/\2 \3 \4/p' "$log" |
		sort -u >"$log.places"
	[ "$(wc -l <"$log.places")" -gt 50 ]
	while read -r address name offset; do
		for start in $(nm "$image.elf" | awk -v "name=$name" '{ sub(/\..*/, "", $3) } $3 == name { print $1 }'); do
			((16#$start + offset == address)) && continue 2
		done
		echo "$address is not $name+$offset"
		return 1
	done <"$log.places"
}

@test "pvrun's NMI ends a silent test, and the run continues" {
	run "$build/runner/pvrun" --accel tcg --silence 1 --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
		--append "run=outside.*" --kernel "$image" -- -machine pc -bios qboot.rom -m 32 -cpu max -smp 2
	[ "$status" -eq 1 ]
	expected -v vcpus=2 -v epoch=1 -v suites=outside
}
