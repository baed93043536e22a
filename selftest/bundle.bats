#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# make bundle: one file, which needs nothing but a shell, tail, gzip, tar and QEMU.

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	make -s bundle >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log" && return 1; }
}

setup() {
	tree=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bundle=$tree/build/kvm-pv-tests-bundle
	export TMPDIR=$BATS_TEST_TMPDIR/temporary
	mkdir "$TMPDIR" "$BATS_TEST_TMPDIR/run"
	cd "$BATS_TEST_TMPDIR/run" || return 1
}

# The folder goes when the last of the programs has ended, and that may be a moment after the command.
nothing_is_left() {
	local i
	for ((i = 0; i < 100; i++)); do
		[[ $(ls -A "$TMPDIR") ]] || return 0
		sleep 0.1
	done
	ls -lR "$TMPDIR"
	return 1
}

fake() { # NAME: QEMU is one of the runner's fakes
	export QEMU=$tree/selftest/runner/fakes/$1 FAKE_PIDS=$BATS_TEST_TMPDIR/pids
}

@test "it is a few megabytes, and its programs need no library" {
	[ "$(stat -c %s "$bundle")" -lt 5000000 ]
	mkdir all
	tail -n "+$(($(grep -an -e '--tree ' "$bundle" | cut -d: -f1) + 1))" "$bundle" | tar -xz -C all
	for program in all/kvm-pv-tests all/build/runner/*; do
		! readelf -l "$program" | grep INTERP || return 1
	done
}

@test "it has the configurations, runs them, and leaves results, and nothing else" {
	diff <("$bundle" -a -l) <("$tree/run_tests.sh" -a -l)
	ACCEL=tcg run "$bundle" tcg
	echo "$output"
	[ "$status" -eq 77 ]
	[ -s results/latest/tcg.json ]
	[ "$(ls)" = results ]
	nothing_is_left
}

@test "BusyBox is enough" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	busybox --install -s "$BATS_TEST_TMPDIR/bin"
	QEMU=$(command -v qemu-system-x86_64)
	run env -i PATH="$BATS_TEST_TMPDIR/bin" TMPDIR="$TMPDIR" QEMU="$QEMU" ACCEL=tcg "$BATS_TEST_TMPDIR/bin/sh" "$bundle" tcg
	echo "$output"
	[ "$status" -eq 77 ]
	nothing_is_left
}

@test "a signal ends it, and nothing is left" {
	local signal pid
	fake hangs-ignoring-sigterm
	for signal in INT TERM KILL; do
		KVM_DEVICE='' ACCEL=tcg setsid env --default-signal=INT "$bundle" tcg >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
		pid=$!
		until [[ -s $FAKE_PIDS ]]; do sleep 0.1; done
		kill -s "$signal" "$pid"
		wait "$pid" || true
		nothing_is_left
		rm "$FAKE_PIDS"
	done
}

@test "what cannot work says what to do" {
	TMPDIR=/no/such/folder run "$bundle"
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == "kvm-pv-tests: cannot make a temporary folder: set TMPDIR" ]]
	for option in --list-hosts --host=bookworm; do
		run "$bundle" "$option"
		echo "$output"
		[ "$status" -eq 2 ]
		[[ $output == "kvm-pv-tests: ${option%=*} is for stock hosts,"* ]]
	done
	head -c 100000 "$bundle" >half
	run sh half
	echo "$output"
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == "kvm-pv-tests: cannot unpack into "* ]]
	nothing_is_left
}
