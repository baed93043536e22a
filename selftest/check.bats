#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# selftest/check, which adds the tests' results up: nothing that goes wrong may be lost in the sum.

load helper

# Runs parts that print the given text, each, and exit with the given status.
sums_up() { # STATUS TEXT [STATUS TEXT]...
	local parts=()
	while (($#)); do
		parts+=("$BATS_TEST_TMPDIR/part${#parts[@]}")
		printf '#!/bin/sh\ncat <<END\n%s\nEND\nexit %d\n' "$2" "$1" >"${parts[-1]}"
		chmod +x "${parts[-1]}"
		shift 2
	done
	run "$top/selftest/check" "${parts[@]}"
	echo "$output"
}

@test "all passed" {
	sums_up 0 $'1..2\nok 1 - a\nok 2 - b' 0 $'1..1\nok 1 c'
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "3 passed, 0 failed, 0 skipped" ]
}

@test "a failed test is counted and shown with its messages" {
	sums_up 1 $'1..2\nok 1 - a\nnot ok 2 - b\n# b.c:7: why' 0 $'1..1\nok 1 c'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "2 passed, 1 failed, 0 skipped" ]
	[[ $output == *"not ok 2 - b"*"# b.c:7: why"* ]]
}

@test "a skipped test is not a passed one, and is named with the reason" {
	sums_up 0 $'1..2\nok 1 a\nok 2 b # skip there is no KVM'
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1 passed, 0 failed, 1 skipped" ]
	[[ $output == *"skipped: b # skip there is no KVM"* ]]
}

@test "nothing but skipped tests is no success" {
	sums_up 0 $'1..1\nok 1 b # skip there is no KVM'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "0 passed, 0 failed, 1 skipped" ]
}

@test "planned tests that did not run have failed" {
	sums_up 0 $'1..5\nok 1 a\nok 2 b'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "2 passed, 3 failed, 0 skipped" ]
}

@test "a part that dies has failed, whatever it said before" {
	sums_up 139 $'1..1\nok 1 a'
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "1 passed, 1 failed, 0 skipped" ]
}

@test "a part that says nothing has failed" {
	sums_up 0 ''
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "0 passed, 1 failed, 0 skipped" ]
}

@test "a part that cannot be run has failed" {
	run "$top/selftest/check" "$BATS_TEST_TMPDIR/is-not-there"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "0 passed, 1 failed, 0 skipped" ]
}

@test "without any part nothing was tested" {
	sums_up
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "0 passed, 0 failed, 0 skipped" ]
}
