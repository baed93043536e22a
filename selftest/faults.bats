#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A few moments of "make faults": a process of a real run is killed, and nothing is left. The host is a real one if the
# cache has it.

setup() {
	cd "${BATS_TEST_DIRNAME}/.." || exit
}

@test "killed at random moments, a run leaves nothing and loses no result" {
	run selftest/faults --moments 3 --duration 2
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "so does a run on a nested host" {
	compgen -G "${XDG_CACHE_HOME:-$HOME/.cache}/kvm-pv-tests/nested-host/*/kernel-bookworm/description" >/dev/null ||
		skip "bookworm is not in the cache"
	run selftest/faults --moments 1 --duration 12 --host bookworm
	echo "$output"
	[ "$status" -eq 0 ]
}

# shellcheck disable=SC2016 # the fake expands it
@test "it finds what is left" {
	export TMPDIR=$BATS_TEST_TMPDIR QEMU=$BATS_TEST_TMPDIR/qemu
	printf '#!/bin/sh\nsetsid sh -c ": >$TMPDIR/forgotten; exec sleep 1000" &\nuntil [ -e "$TMPDIR/forgotten" ]; do sleep 0.1; done\n' >"$QEMU"
	chmod +x "$QEMU"
	FAULTS_SECONDS=2 run selftest/faults --moments 1
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"was left: sleep 1000"*"forgotten was left in TMPDIR"* ]]
}

# What make writes takes its place in one step: a program that runs keeps its file, and one that starts finds a whole one.
@test "make during a run" {
	local file=$BATS_TEST_TMPDIR/bad
	image=$(cksum <build/kvm-pv-tests)
	exec 5<build/runner/pvrun 6<build/kvm-pv-tests
	program=$(cksum <build/runner/pvrun)
	until [[ -e $BATS_TEST_TMPDIR/stop ]]; do
		build/runner/pvrun --help >/dev/null || echo pvrun
		[[ $(cksum <build/kvm-pv-tests) == "$image" ]] || echo image
	done >"$file" 2>&1 3>&- &
	for _ in 1 2 3; do
		touch build/runner/run/pvrun.o build/kvm-pv-tests.elf
		make build/runner/pvrun build/kvm-pv-tests
	done
	touch "$BATS_TEST_TMPDIR/stop"
	wait "$!"
	cat "$file"
	[ ! -s "$file" ]
	[ "$(cksum <&5)" = "$program" ]
	[ "$(cksum <&6)" = "$image" ]
}
