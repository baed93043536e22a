#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# selftest/stability: what it finds in runs that were saved, and what it asks of a host.

load helper

# Results of runs FIRST to LAST.
runs() { # FIRST LAST TESTS-AS-JSON [VERDICT]
	local n
	for ((n = $1; n <= $2; n++)); do
		mkdir -p "$BATS_TEST_TMPDIR/runs/$n"
		jq -n --argjson tests "$3" --arg verdict "${4-pass}" '{config: {name: "default"}, $verdict, $tests}' \
			>"$BATS_TEST_TMPDIR/runs/$n/default.json"
	done
}

good='[{"name": "a.one", "verdict": "pass"}, {"name": "a.two", "verdict": "skip", "unmet": {"kind": "vcpus", "what": "2"}}]'
retried='[{"name": "a.one", "verdict": "pass", "retries": 2}, {"name": "a.two", "verdict": "skip"}]'
unlucky='[{"name": "a.one", "verdict": "skip", "unmet": {"kind": "luck", "what": "a HLT"}}, {"name": "a.two", "verdict": "skip"}]'
failed='[{"name": "a.one", "verdict": "fail"}, {"name": "a.two", "verdict": "skip"}]'

judge() {
	run "$top/selftest/stability" "$BATS_TEST_TMPDIR/runs"
	echo "$output"
}

@test "runs that are all alike" {
	runs 1 5 "$good"
	judge
	[ "$status" -eq 0 ]
	[ "$output" = "5 runs: all alike" ]
}

@test "a verdict that differs, and the runs" {
	runs 1 9 "$good"
	runs 4 4 "$failed" fail
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: the run itself: pass 8 times, fail 1 times (run 4)" ]
	[ "${lines[1]}" = "default: a.one: pass 8 times, fail 1 times (run 4)" ]
	[ "${lines[2]}" = "9 runs: not all alike" ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "luck is no verdict, but no more than 1 % may need it" {
	runs 1 200 "$good"
	runs 7 7 "$unlucky"
	runs 9 9 "$retried"
	judge
	[ "$status" -eq 0 ]
	runs 10 10 "$retried"
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: a.one: it needed luck in 3 of 200 runs" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "a test or a configuration that is not in every run" {
	runs 1 4 "$good"
	runs 2 2 '[{"name": "a.one", "verdict": "pass"}]'
	judge
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "default: a.two: in 3 of 4 runs alone" ]
	runs 2 2 "$good"
	jq '.config.name = "second"' "$BATS_TEST_TMPDIR/runs/4/default.json" >"$BATS_TEST_TMPDIR/runs/3/second.json"
	judge
	[ "$status" -eq 1 ]
	[[ $output == *"second: the run itself and 2 more: in 1 of 4 runs alone"* ]]
}

@test "one boot of the host, in which the configurations run N times" {
	cd "$BATS_TEST_TMPDIR"
	mkdir selftest nested-host
	cp "$top/selftest/stability" selftest/
	cat >nested-host/run <<-'END'
	#!/bin/bash
	printf '%s ' "$@" >>boots
	[[ $1 == --results ]] && export RESULTS=$2
	while [[ $1 != -- ]]; do shift; done
	"${@:2}"
	END
	cat >run_tests.sh <<-'END'
	printf '%s\n' "$*" >>calls
	mkdir -p "$RESULTS"
	for name in "${@:3}"; do
		echo '{"config": {"name": "'"$name"'"}, "verdict": "pass", "tests": []}' >"$RESULTS/$name.json"
	done
	exit 1 # as with a test that fails every time
	END
	chmod +x nested-host/run
	run selftest/stability --busy 1 --save kept fake 3
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "3 runs: all alike" ]
	[ "$(cat calls)" = "--host local default shared_cpu
--host local default shared_cpu
--host local default shared_cpu" ]
	[ "$(grep -o -- '--results' boots | wc -l)" -eq 1 ]
	[ "$(ls kept)" = "1
2
3" ]
	run selftest/stability --save kept fake 1
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "4 runs: all alike" ]
	mkdir kept/4th
	run selftest/stability --save kept fake 1
	[ "$status" -eq 2 ]
	[ "$output" = "stability: kept/4th: runs have numbers, and this is none" ]
	printf '#!/bin/sh\nexit 2\n' >nested-host/run
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
