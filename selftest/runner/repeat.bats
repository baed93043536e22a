#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# run_tests.sh --repeat, --for and --until-fail, and pvreport --soak: of fake QEMUs, and of nested hosts that are none.
# shellcheck disable=SC2016,SC2030,SC2031 # every test is a subshell; sed adds to a script

load helper
load tree

some='qemu_params = -fake fails-at-times'

at_times() { # [CONFIG]
	tree "${1-[a]
$some}"
	export QEMU=$fakes/fails-at-times
}

documents_are_valid() { # SOAK.json...
	"$top/selftest/validate" "$top/docs/soak.schema.json" "$@"
	"$pvreport" --soak --json "$@" >report || (($? <= 2))
	"$top/selftest/validate" "$top/docs/soak-report.schema.json" report
}

wait_for() { # COMMAND...
	for _ in {1..300}; do
		! "$@" || return 0
		sleep 0.1
	done
	return 1
}

# What is kept of configuration a.
kept() { # FOLDER
	find "$1/a" -name '*.log' -printf '%f\n' | sort -n | xargs
}

@test "all alike: status 0, one log, and an upper bound" {
	at_times
	go --repeat 5
	[ "$status" -eq 0 ]
	has "a: 5 runs of 4 tests; what never failed fails in less than 43.4 % of runs (95 %)"
	has "0 not the same every time, 0 failed every time"
	[ "$(tail -n 1 <<<"$output")" = PASS ]
	[ "$(find results/latest/ -type f -printf '%P\n' | sort | xargs)" = "a/1.json a/1.log soak.json" ]
	jq -e '.complete and .configurations.a.runs == 5 and .asked.repetitions == 5' results/latest/soak.json
	jq -e '.log | endswith("/a/1.log")' results/latest/a/1.json
	documents_are_valid results/latest/soak.json
}

@test "a failure in one of many runs is told with its rate, its interval and its log" {
	at_times
	FAILS_AT=4 go --repeat 20
	[ "$status" -eq 1 ]
	has "a: alpha.second: fail in repetition 4; at first: pass"
	has "  a: alpha.second: failed in 1 of 20 runs (5 %, 95 %: 0.89 to 23.6 %)"
	has "      fail in 1: results/"
	[ "$(kept results/latest)" = "1.log 4.log" ]
	[ "$(tail -n 1 <<<"$output")" = FAIL ]
	documents_are_valid results/latest/soak.json
	jq -e '.differing[0] | .names == ["alpha.second"] and .rate.runs == 1 and .rate.of == 20' report
	"$pvreport" results/latest/a/4.json >once || :
	grep "results/latest/a/4.log" once
	# Several runs are one.
	rm runs
	go --repeat 5
	run "$pvreport" --soak results
	[ "$status" -eq 1 ]
	has "alpha.second: failed in 1 of 25 runs (4 %, "
}

@test "a guest that dies, once; a test that measures again" {
	at_times
	DIES_AT=3 RETRIES_AT=2 go --repeat 4
	[ "$status" -eq 1 ]
	has "  a: alpha.second: failed in 1 of 4 runs"
	has "  a: alpha.third, beta.only: was missing in 1 of 4 runs"
	has "  a: alpha.second: needed luck in 1 of 4 runs"
	[ "$(kept results/latest)" = "1.log 2.log 3.log" ]
}

@test "--until-fail stops where something is not as at first, and not for what always fails" {
	at_times "[a]"$'\n'"$some"$'\n[b]\nqemu_params = -fake reports-a-failure'
	cat >both <<-END
	#!/bin/bash
	[[ " \$* " != *" -fake reports-a-failure "* ]] || exec "$fakes/reports-a-failure" "\$@"
	exec "$fakes/fails-at-times" "\$@"
	END
	chmod +x both
	export QEMU=./both
	go --until-fail --repeat 3 b
	[ "$status" -eq 1 ]
	has "b: alpha.second: failed in 3 of 3 runs (100 %, 95 %: 43.9 to 100 %)"
	has "0 not the same every time, 2 failed every time"
	FAILS_AT=3 go --until-fail
	[ "$status" -eq 1 ]
	has "a: alpha.second: fail in repetition 3; at first: pass"
	has "Stopped after repetition 3"
	jq -e '.complete and .configurations.b.runs == 3' results/latest/soak.json
}

@test "--for ends in time, and with --repeat whichever comes first" {
	at_times
	SECONDS=0
	go --for 1s
	[ "$status" -eq 0 ]
	((SECONDS < 20))
	go --for 1h --repeat 2
	has "a: 2 runs of"
}

@test "events: runs, and how far it is" {
	at_times
	FAILS_AT=2 ./run_tests.sh --repeat 3 --events 5 5>stream >out || (($? == 1))
	mkdir lines
	grep -v '^$' stream | split -l 1 - lines/
	"$top/selftest/validate" "$top/docs/events.schema.json" lines/*
	jq -es 'map(select(.event == "run").tests | length) == [4, 3, 0]' stream
	jq -es 'map(select(.event == "repetition")) | map([.repetitions, .of, .failing]) == [[1, 3, 0], [2, 3, 2], [3, 3, 2]]' stream
	jq -es 'map(select(.event == "end" or .event == "test")) == []' stream
}

@test "on a terminal: one line, with names and what is left" {
	at_times
	FAILS_AT=2 script -qec "./run_tests.sh --repeat 6 a" /dev/null >out || :
	tr '\r' '\n' <out >lines
	grep -F '[0/6]' lines
	# The rest, and the time of each, is luck.
	[ "$(grep -c '^PASS  a' lines)" -eq 0 ]
}

@test "Ctrl-C ends the repetition and prints the report" {
	at_times
	# What a shell starts in the background ignores it.
	env --default-signal=INT ./run_tests.sh --until-fail >out 2>&1 &
	pid=$!
	wait_for test -e results/latest/a/1.json
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	cat out
	[ "$status" -eq 130 ]
	grep '^a: [0-9]* runs\? of 4 tests' out
	grep '; not all was run$' out
	grep '^Interrupted after [0-9]* complete repetition' out
	[ ! -e results/latest/running.part ]
	jq -e '.complete == false and (.configurations.a.verdicts | keys == ["pass"])' results/latest/soak.json
	documents_are_valid results/latest/soak.json
}

@test "a run that is killed leaves what it has counted" {
	at_times
	./run_tests.sh --until-fail >out 2>&1 &
	wait_for test -e results/latest/a/1.json
	wait_for grep -q '"runs": [2-9]' results/latest/soak.json
	kill -KILL $!
	wait $! || :
	documents_are_valid results/latest/soak.json
	jq -e '.configurations.a.runs >= 2' results/latest/soak.json
}

@test "where nothing runs, it is not repeated" {
	at_times $'[a]\naccel = kvm\n'"$some"
	ACCEL=tcg go --repeat 1000
	[ "$status" -eq 77 ]
	has "No test ran in this repetition"
	export QEMU=/bin/false
	go --repeat 1000
	[ "$status" -ne 0 ]
	has "a: 1 run of"
}

@test "nested hosts: one boot for all repetitions" {
	at_times
	nested_hosts
	sed -i 's/^host=\$1$/&; echo "$*" >>boots/' nested-host/run
	FAILS_AT=2 go --host fake --repeat 4
	[ "$status" -eq 1 ]
	has "a: alpha.second: fail in repetition 2; at first: pass"
	has "  fake/a: alpha.second: failed in 1 of 4 runs (25 %, "
	[ "$(wc -l <boots)" -eq 1 ]
	grep -F " REPETITION=1 bash run_tests.sh --host local --events - --repeat 4 -- a" boots
	[ "$(kept results/latest/fake)" = "1.log 2.log" ]
	jq -e '.host == "fake" and .boots == 1 and .complete' results/latest/fake/soak.json
	documents_are_valid results/latest/fake/soak.json
	rm runs
	FAILS_AT=3 go --host fake --until-fail --for 1h
	[ "$status" -eq 1 ]
	has "failed in 1 of 3 runs"
	grep -F -- "--for 3600s --until-fail -- a" boots
}

# A nested host that dies in its third repetition, the first time.
dies_once() {
	nested_hosts
	mv nested-host/run nested-host/run.fake
	cat >nested-host/run <<-'END'
	#!/bin/bash
	echo "$*" >>boots
	(($(wc -l <boots) < 2)) || exec nested-host/run.fake "$@"
	mkfifo stream
	nested-host/run.fake "$@" >stream &
	pid=$!
	sed '/"repetition":3/q' <stream
	kill "$pid" $(pgrep -P "$pid")
	wait
	printf 'panicked\tit panicked\n' >&3
	exit 1
	END
	chmod +x nested-host/run
}

@test "a nested host that dies is booted again, for what is left" {
	at_times
	dies_once
	go --host fake --repeat 6
	[ "$status" -eq 1 ]
	has "fake: booting it again, for what is left after repetition 3"
	has "  fake: after repetition 3: it panicked"
	[ "$(wc -l <boots)" -eq 2 ]
	grep -F " REPETITION=4 bash run_tests.sh --host local --events - --repeat 3 -- a" boots
	jq -e '.boots == 2 and .configurations.a.runs == 6 and .configurations.a.verdicts == {"pass": {runs: 6, kept: [1, 4]}}' \
		results/latest/fake/soak.json
	[ -e results/latest/fake/host-1.log ]
	documents_are_valid results/latest/fake/soak.json
	rm boots stream
	go --host fake --until-fail
	[ "$status" -eq 1 ]
	lacks "booting it again"
}

@test "a nested host that never gets through a repetition is not booted for ever" {
	at_times
	nested_hosts
	go --host panics --for 1h
	[ "$status" -ne 0 ]
	[ "$(grep -c "the host's kernel panicked" results/latest/panics/host.jsonl)" -eq 2 ]
}

@test "mistakes" {
	at_times
	for arguments in "--repeat 0" "--repeat x" "--for 8" "--for 1.5h" "--for 400d" "--repeat 2 --matrix" "--until-fail --ktap" \
		"--repeat 2 --series 6.1..6.2 --host fake"; do
		read -ra words <<<"$arguments"
		go "${words[@]}"
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
	done
	go --for 8
	[ "$output" = 'run_tests.sh: --for wants a time such as 30s, 20m, 8h or 2d, of at most 365 days, not "8"' ]
	mkdir empty
	echo '{"version": 2, "configurations": {}}' >newer
	for path in empty missing newer unittests.cfg; do
		run "$pvreport" --soak "$path"
		echo "$output"
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
	done
	run "$pvreport" --soak --html empty
	[ "$status" -eq 2 ]
	printf '[soak]\n%s\n' "$some" >unittests.cfg
	go --repeat 2
	[ "$status" -eq 2 ]
	[ "$output" = "unittests.cfg:1: [soak] would leave its result in soak.json, which is the run's report" ]
}
