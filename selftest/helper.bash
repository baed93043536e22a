# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# For the tests that boot images.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$top/build}
log=$BATS_TEST_TMPDIR/log
: "${QEMU:=qemu-system-x86_64}"

console=(-serial "file:$log")

# Boot, with the log on COM1 unless console says otherwise. Leaves QEMU's exit status in $status: 2 * what the guest wrote to isa-debug-exit + 1.
boot() { # SECONDS QEMU-ARGUMENT...
	local seconds=$1
	shift
	status=0
	timeout --signal=KILL "$seconds" "$QEMU" -nodefaults -no-user-config -display none -no-reboot \
		"${console[@]}" "$@" </dev/null 2>"$log.qemu" || status=$?
	cat "$log.qemu"
	[ "$status" -ne 137 ] || {
		echo "the run did not end within $seconds seconds"
		tail -n 20 "$log"
		return 1
	}
}

debug_exit=(-device "isa-debug-exit,iobase=0xf4,iosize=4")

# Does KVM work here, with these machine and CPU arguments? Otherwise the test is skipped.
need_kvm() { # QEMU-ARGUMENT...
	[ -w /dev/kvm ] || skip "there is no /dev/kvm to use"
	"$QEMU" -accel kvm -nodefaults -display none -S -monitor stdio "$@" <<<quit >/dev/null 2>&1 ||
		skip "QEMU does not start under KVM here"
}

says() { # TEXT, which must be in the log
	grep -qF -- "$1" "$log" || {
		echo "the log does not say: $1"
		tr -d '\r' <"$log"
		return 1
	}
}
