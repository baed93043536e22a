#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A few moments of "make faults": a process of a real run is killed, and nothing is left. The host is a real one if the
# cache has it.
# shellcheck disable=SC2154 # bats sets status, output and lines

setup() {
	cd "${BATS_TEST_DIRNAME}/.." || exit
}

@test "killed at random moments, a run leaves nothing and loses no result" {
	run selftest/faults --moments 4
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "so does a run on a nested host" {
	compgen -G "${XDG_CACHE_HOME:-$HOME/.cache}/kvm-pv-tests/nested-host/*/kernel-bookworm/description" >/dev/null ||
		skip "bookworm is not in the cache"
	run selftest/faults --moments 1 --host bookworm
	echo "$output"
	[ "$status" -eq 0 ]
}

# shellcheck disable=SC2016 # the fake expands it
@test "it finds what is left" {
	export TMPDIR=$BATS_TEST_TMPDIR QEMU=$BATS_TEST_TMPDIR/qemu
	printf '#!/bin/sh\n: >"$TMPDIR/forgotten"\nsetsid sleep 1000 &\n' >"$QEMU"
	chmod +x "$QEMU"
	FAULTS_SECONDS=2 run selftest/faults --moments 1
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"was left: sleep 1000"*"forgotten was left in TMPDIR"* ]]
}
