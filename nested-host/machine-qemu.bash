# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # what run has
# The machine that QEMU emulates: AMD's virtualization, by TCG. Like every machine, it offers run
# these functions: find_emulator, add_to_job, make_disks, start_emulator (sets emulator_pid), start_clock, read_clock,
# take_results, emulator_fault.

readonly tsc_khz_program=$nested_host/../build/runner/host-tsc-khz
readonly default_silence=60

started=''

find_emulator() {
	emulator=${QEMU:-qemu-system-x86_64}
	command -v "$emulator" >/dev/null || die "$emulator is missing: it emulates the machine that the host runs on"
	! has_suffix "$host" 4cpus || (($(nproc) >= 4)) || die "$host: this machine has $(nproc) CPUs, too few for a host with 4"
}

add_to_job() { # FOLDER
	:
}

make_disks() {
	rm -f "$work/disk"
	truncate -s 1G "$work/disk"
}

# mitigations=off, tsc=reliable: an emulated TSC passes none of the kernel's checks, yet it is good, and with another
# clock KVM offers its guests no stable one. cryptomgr.notests, i8042.noprobe: a second less each. no_timer_check: on a machine
# with much other work the kernel panics in that check, as timer interrupts do not come as often as it wants them.
# cx16 is off because QEMU 7.2 leaves wrong flags behind that instruction, and a 6.12 kernel dies of it. thread=single: with
# a thread per vCPU, a kernel that patches its code may run the old code.
# tsc_early_khz: on a busy machine, a kernel can find its TSC seven times slower than it is, and all of its clocks then
# run seven times too fast.
start_emulator() {
	local port name number=0 tsc_khz='' tsc=reliable hpet=on cpus=2 options
	! has_suffix "$host" unstable-tsc || tsc=unstable
	! has_suffix "$host" no-hpet || hpet=off
	! has_suffix "$host" 4cpus || cpus=4
	[[ ! -x $tsc_khz_program ]] || tsc_khz=$("$tsc_khz_program")
	options=(
		-nodefaults -no-user-config -display none -no-reboot -machine "pc,hpet=$hpet" -accel 'tcg,thread=single'
		-cpu 'max,+svm,+npt,-cx16' -smp "$cpus" -m 2048 -kernel "$kernel_layer/vmlinuz" -initrd "$work/initramfs"
		-append 'console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests i8042.noprobe no_timer_check'" tsc=$tsc ${tsc_khz:+tsc_early_khz=$tsc_khz} $(kernel_arguments)"
		-chardev "file,id=console,path=$work/console" -serial chardev:console
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe"
		-device virtio-serial
	)
	for name in control output errors snapshots results; do
		port=$work/$name
		[[ $name != output && $name != errors ]] || port=/dev/fd/${!name}
		options+=(-chardev "file,id=$name,path=$port" -device "virtserialport,chardev=$name,nr=$((++number))")
	done
	# QEMU must not outlive this script, whatever ends it.
	setpriv --pdeathsig KILL "$emulator" "${options[@]}" </dev/null >"$work/emulator.log" 2>&1 &
	emulator_pid=$!
}

# The clock that limits of time go by: read_clock sets seconds.
start_clock() {
	started=$(now)
}

read_clock() {
	seconds=$(($(now) - started))
}

# QEMU's files of results are complete.
take_results() {
	:
}

# Prints why the emulator, and not the host, gave up.
emulator_fault() {
	:
}
