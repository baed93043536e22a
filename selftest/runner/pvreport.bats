#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport on its own: what run_tests.bats cannot show.
# shellcheck disable=SC2154 # bats sets status, output and lines

load helper

report() {
	run "$pvreport" "$@"
	echo "$output"
}

@test "results that are missing, broken or of another schema" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"schema": 1, "con' >half.json
	echo '{"schema": 99}' >future.json
	echo '[]' >list.json
	report missing.json half.json future.json list.json
	[ "$status" -eq 2 ]
	[[ $output == *"  missing: no result in missing.json: "*"No such file"* ]]
	[[ $output == *"  half: no result in half.json: "* ]]
	[[ $output == *"  future: no result in future.json: not a result of a known schema"* ]]
	[[ $output == *"  list: no result in list.json: not a result of a known schema"* ]]
}

@test "a result whose parts are of the wrong kind is no crash" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"schema": 1, "config": [], "tests": {"a": 1}, "errors": "x", "counts": 7, "verdict": 1}' >odd.json
	echo '{"schema": 1, "tests": [1, null, {}], "errors": [1, null], "notes": [{}]}' >odder.json
	report odd.json odder.json
	[ "$status" -lt 128 ]
	report --ktap odd.json odder.json
	[ "$status" -lt 128 ]
}

@test "a report that cannot be written is an error" {
	vm reports-all-good
	"$pvreport" "$result" >/dev/full || status=$?
	[ "$status" -eq 2 ]
}

@test "mistakes on the command line" {
	report
	[ "$status" -eq 2 ]
	report --nonsense
	[ "$status" -eq 2 ]
	report --help
	[ "$status" -eq 0 ]
}
