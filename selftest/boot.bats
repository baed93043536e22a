#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Every way into the kernel and out of it, the kernel's arguments, and machines of unusual size.

load helper

kernel=$build/kvm-pv-tests
tcg=(-accel tcg -cpu max -m 32)
kvm=(-accel kvm -cpu "host,arch-capabilities=off")
# The shortest run: under TCG its tests are skipped, because the feature is not advertised.
short="run=poll_control.*"

ends_well() { # EXIT-STATUS PROTOCOL
	says "# boot protocol=$2 "
	says "# totals pass="
	[ "$(grep -c '^# totals' "$log")" -eq 1 ]
	[ "$status" -eq "$1" ]
}

multiboot() { # QEMU-ARGUMENT...
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "$short" "$@"
	ends_well 1 multiboot
	says 'cmdline="'"$short"'"'
	says 'ok 1 poll_control # SKIP every test was skipped'
}

@test "Multiboot: pc, SeaBIOS" {
	multiboot -machine pc
	says "clock=pmtimer"
}

@test "Multiboot: pc, qboot" {
	multiboot -machine pc -bios qboot.rom
}

@test "Multiboot: q35, SeaBIOS" {
	multiboot -machine q35
}

@test "Multiboot: q35, qboot" {
	multiboot -machine q35 -bios qboot.rom
}

@test "Multiboot: microvm, its own firmware" {
	multiboot -machine microvm
}

@test "Multiboot: microvm, qboot" {
	multiboot -machine microvm -bios qboot.rom
}

pvh() { # QEMU-ARGUMENT...
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel.pvh" -append "$short" "$@"
	ends_well 1 pvh
	says 'cmdline="'"$short"'"'
}

@test "PVH: q35, SeaBIOS" {
	pvh -machine q35
}

@test "PVH: q35, qboot" {
	pvh -machine q35 -bios qboot.rom
}

@test "PVH: pc, SeaBIOS" {
	pvh -machine pc
}

@test "PVH: microvm, its own firmware" {
	pvh -machine microvm
}

@test "PVH: microvm, qboot" {
	pvh -machine microvm -bios qboot.rom
}

@test "GRUB: the ISO boots on pc and q35" {
	for machine in pc q35; do
		boot 60 -machine "$machine" "${tcg[@]}" -m 64 "${debug_exit[@]}" -cdrom "$kernel.iso"
		ends_well 1 multiboot
		says 'cmdline=""'
	done
}

# QEMU exits with 0 after a power-off and, with -no-reboot, after a reset. A kernel that found no way out
# would not end at all. Without -no-reboot, one that resets the machine would run again and again.
@test "without isa-debug-exit the machine is powered off" {
	for machine in pc q35 microvm; do
		boot 60 -machine "$machine" "${tcg[@]}" -action reboot=reset -kernel "$kernel" -append "$short"
		ends_well 0 multiboot
	done
	boot 60 -machine microvm,acpi=off "${tcg[@]}" -kernel "$kernel" -append "$short"
	ends_well 0 multiboot
}

tsc_khz() {
	sed -nE 's/^# guest .* tsc-khz=([0-9]+) .*/\1/p' "$log"
}

@test "without any clock, and nothing to tell the TSC's frequency, it is guessed" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -machine microvm,pit=off,rtc=off -kernel "$kernel" -append "$short"
	ends_well 1 multiboot
	says " tsc-khz=2000000 tsc-from=guess clock=none "
	says "# nothing tells the TSC's frequency"
}

@test "without any clock, kvmclock tells the TSC's frequency (KVM)" {
	need_kvm -machine microvm,pit=off,rtc=off -cpu host,arch-capabilities=off
	boot 60 "${kvm[@]}" "${debug_exit[@]}" -machine microvm -kernel "$kernel" -append "$short"
	says " clock=pit "
	measured=$(tsc_khz)
	boot 60 "${kvm[@]}" "${debug_exit[@]}" -machine microvm,pit=off,rtc=off -kernel "$kernel" -append "$short"
	ends_well 1 multiboot
	says " tsc-from=kvmclock clock=none "
	((100 * $(tsc_khz) > 98 * measured && 100 * $(tsc_khz) < 102 * measured))
}

@test "list names the tests, and runs none" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "list"
	[ "$status" -eq 1 ]
	says "1..0 # SKIP"
	says "# test poll_control.reserved_bits_fault_and_change_nothing"
	[ "$(grep -c '^# test [a-z0-9_]*\.[a-z0-9_]*.$' "$log")" -eq "$(grep -c '^# test ' "$log")" ]
	[ "$(grep -c '^# start\|^  ' "$log")" -eq 0 ]
}

@test "list prints only the tests that run= selects" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "list run=poll_control.res*"
	[ "$(grep '^# test' "$log" | tr -d '\r')" = "# test poll_control.reserved_bits_fault_and_change_nothing" ]
}

@test "run= picks tests by globs" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$build/kvm-pv-selftest" \
		-append "run=checks.e?,skips.more*,*_is_left_deaf,*.after_assertion"
	[ "$(sed -n 's/^  # start \([a-z0-9_.]*\).*/\1/p' "$log" | xargs)" = "checks.eq checks.after_assertion skips.more_vcpus_than_there_are" ]
	says "1..2"
}

@test "run= that matches nothing fails, and says so" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "run=no_such.test"
	[ "$status" -eq 3 ]
	says "1..0 # SKIP no test was selected"
	says "# error: no test matches run=no_such.test"
}

@test "an unknown argument is named, and fails the run" {
	for argument in foo foo=bar run list=yes enforce=maybe epoch=soon console=paper epoch=18446744073709551616 \
		tsc-clock= lapic=on kvm-features=-1 host-cpus=0 clock-slew-ppm=fast; do
		boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "$short $argument"
		[ "$status" -eq 3 ]
		says "# error: bad kernel argument \"$argument\""
		says "ok 1 poll_control"
	done
}

@test "a command line that is too long fails the run" {
	boot 60 "${tcg[@]}" "${debug_exit[@]}" -kernel "$kernel" -append "$short $(printf '%1100s' "")epoch=1"
	[ "$status" -eq 3 ]
	says "# error: the kernel command line is longer than 1023 bytes"
}

@test "1 vCPU, the least memory" {
	boot 60 "${tcg[@]}" -m 4 "${debug_exit[@]}" -bios qboot.rom -kernel "$kernel" -append "$short" -smp 1
	ends_well 1 multiboot
}

@test "more vCPUs than the memory is enough for" {
	boot 60 "${tcg[@]}" -m 4 "${debug_exit[@]}" -bios qboot.rom -kernel "$kernel" -append "$short" -smp 64
	ends_well 3 multiboot
	says "# error: no memory to start the vCPU"
}

@test "64 vCPUs" {
	boot 120 "${tcg[@]}" "${debug_exit[@]}" -bios qboot.rom -kernel "$kernel" -append "$short" -smp 64
	ends_well 1 multiboot
	says "# guest vcpus=64 apic="
}

@test "3 GiB and more of memory" {
	boot 60 "${tcg[@]}" -m 5G "${debug_exit[@]}" -bios qboot.rom -kernel "$kernel" -append "$short"
	ends_well 1 multiboot
	says "memory=5119MiB"
}

@test "288 vCPUs (KVM)" {
	need_kvm -machine q35,kernel-irqchip=split -cpu host,arch-capabilities=off -smp 288
	boot 120 "${kvm[@]}" -m 64 -machine q35,kernel-irqchip=split "${debug_exit[@]}" -bios qboot.rom \
		-kernel "$kernel" -append "$short" -smp 288
	ends_well 1 multiboot
	says "# guest vcpus=288 apic=x2apic"
}

@test "an APIC ID above 255 (KVM)" {
	machine=(-machine "q35,kernel-irqchip=split" -cpu "host,arch-capabilities=off,kvm-msi-ext-dest-id=on"
		-smp "1,maxcpus=258,sockets=2,cores=129,threads=1"
		-device "host-x86_64-cpu,socket-id=1,die-id=0,core-id=0,thread-id=0")
	need_kvm "${machine[@]}"
	boot 60 -accel kvm "${machine[@]}" -m 32 "${debug_exit[@]}" -kernel "$build/kvm-pv-selftest" \
		-append "run=other_cpus.*failing_check"
	says "# guest vcpus=2 apic=x2apic"
	says "ok 2 after_failing_check"
}
