#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# selftest/stability: what it finds in runs that were saved, and what it asks of a host.

load helper

# The counts of a call, NUMBER, with OUTCOMES of a.one, of which verdicts are the same.
call() { # NUMBER RUNS OUTCOMES-AS-JSON
	mkdir -p "$BATS_TEST_TMPDIR/runs/$1/fake"
	jq -n --argjson runs "$2" --argjson outcomes "$3" '{version: 1, host: "fake", started: "2026-11-22T00:00:00Z", asked: {until_fail: false},
		complete: true, host_events: [], configurations: {default: {$runs, verdicts: {pass: {$runs, kept: [1]}}, tests: {
			"a.one": $outcomes, "a.two": {skip: {$runs, kept: [1]}}}}}}' >"$BATS_TEST_TMPDIR/runs/$1/fake/soak.json"
	"$top/selftest/validate" "$top/docs/soak.schema.json" "$BATS_TEST_TMPDIR/runs/$1/fake/soak.json"
}

judge() {
	run "$top/selftest/stability" "$BATS_TEST_TMPDIR/runs"
	echo "$output"
}

@test "runs that are all alike" {
	call 1 5 '{"pass": {"runs": 5, "kept": [1]}}'
	judge
	[ "$status" -eq 0 ]
	[ "$output" = "5 runs: all alike" ]
	call 2 2 '{"pass": {"runs": 2, "kept": [1]}}'
	judge
	[ "$output" = "7 runs: all alike" ]
}

@test "a verdict that differs, and the runs; one that always fails" {
	call 1 9 '{"pass": {"runs": 8, "kept": [1]}, "fail": {"runs": 1, "kept": [4]}}'
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: a.one: pass 8 times, fail 1 times ($BATS_TEST_TMPDIR/runs/1/fake/default/4.log)" ]
	[ "${lines[1]}" = "9 runs: not all alike" ]
	[ "${#lines[@]}" -eq 2 ]
	call 1 9 '{"fail": {"runs": 9, "kept": [1]}}'
	judge
	[ "$status" -eq 0 ]
}

@test "luck is no verdict, but no more than 1 % may need it" {
	call 1 100 '{"pass": {"runs": 100, "kept": [1]}}'
	call 2 100 '{"pass": {"runs": 98, "kept": [1]}, "luck": {"runs": 1, "kept": [7]}, "retried": {"runs": 1, "kept": [9]}}'
	judge
	[ "$status" -eq 0 ]
	call 2 100 '{"pass": {"runs": 97, "kept": [1]}, "luck": {"runs": 1, "kept": [7]}, "retried": {"runs": 2, "kept": [9]}}'
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: a.one: it needed luck in 3 of 200 runs" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "a test that is not in every run; runs that were not all made" {
	call 1 4 '{"pass": {"runs": 3, "kept": [1]}}'
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: a.one: pass 3 times ($BATS_TEST_TMPDIR/runs/1/fake/default/1.log), missing 1 times" ]
	call 1 4 '{"pass": {"runs": 4, "kept": [1]}}'
	sed -i 's/"complete": true/"complete": false/' "$BATS_TEST_TMPDIR/runs/1/fake/soak.json"
	judge
	[ "$status" -eq 2 ]
	[ "$output" = "stability: $BATS_TEST_TMPDIR/runs: not all runs were made" ]
}

@test "one call of run_tests.sh --repeat" {
	call 1 3 '{"pass": {"runs": 3, "kept": [1]}}'
	cd "$BATS_TEST_TMPDIR"
	mkdir -p selftest build/runner
	cp "$top/selftest/stability" selftest/
	ln -s "$(realpath "$top/build/runner/pvreport")" build/runner/
	cat >run_tests.sh <<-'END'
	#!/bin/bash
	printf '%s\n' "$*" >>calls
	mkdir -p "$RESULTS" && cp -r runs/1/fake "$RESULTS/"
	exit 1 # as with a test that fails every time
	END
	chmod +x run_tests.sh
	run selftest/stability --busy 1 --save kept fake 3
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "3 runs: all alike" ]
	[ "$(cat calls)" = "--host fake --repeat 3 default shared_cpu" ]
	run selftest/stability --save kept fake 3 split
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "6 runs: all alike" ]
	[ -d kept/1 ] && [ -d kept/2 ] && [ ! -e kept/3 ]
	mkdir kept/4th
	run selftest/stability --save kept fake 1
	[ "$status" -eq 2 ]
	[ "$output" = "stability: $BATS_TEST_TMPDIR/kept/4th: calls have numbers, and this is none" ]
	printf '#!/bin/sh\nexit 2\n' >run_tests.sh
	run selftest/stability fake 3
	[ "$status" -eq 2 ]
	[ "$output" = "stability: fake ended with status 2: not all runs were made" ]
}

@test "mistakes" {
	for arguments in "" "bookworm" "--busy x bookworm 3" "bookworm none" "--no-such bookworm 3"; do
		read -ra words <<<"$arguments"
		run "$top/selftest/stability" "${words[@]}"
		[ "$status" -eq 2 ]
	done
	mkdir "$BATS_TEST_TMPDIR/runs"
	judge
	[ "$status" -eq 2 ]
}
