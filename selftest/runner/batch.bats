#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvbatch: its event stream, what it takes from a nested host, and what is left when it ends.
# shellcheck disable=SC2030,SC2031,SC2317 # every test is a subshell; a fake calls stream

load helper
load tree

good='qemu_params = -fake reports-all-good'

# A nested host that sends what the function stream prints, and then stays.
streams() {
	nested_hosts
	declare -f stream >stream.bash
	cat >nested-host/run <<-'END'
	#!/bin/bash
	echo $$ >>"$FAKE_PIDS"
	. ./stream.bash
	stream
	touch streamed
	exec sleep 1000
	END
}

wait_for() { # FILE
	for _ in {1..100}; do
		[[ ! -e $1 ]] || return 0
		sleep 0.1
	done
	return 1
}

@test "the event stream: every line is what docs/events.schema.json allows" {
	tree "[a]"$'\n'"$good"$'\n[b]\nqemu_params = -fake dies-in-the-middle\n[c]\naccel = kvm\n'"$good"
	ACCEL=tcg ./run_tests.sh -v --events - >stream 2>err || status=$?
	cat stream
	[ "$status" -eq 1 ]
	mkdir lines
	grep -v '^$' stream | split -l 1 - lines/
	"$top/selftest/validate" "$top/docs/events.schema.json" lines/*
	[ "$(head -n 1 lines/aa)" = '{"event":"hello","version":1,"program":"pvbatch"}' ]
	[ "$(tail -n 1 stream)" = '{"event":"done","status":1}' ]
	jq -es 'map(select(.event == "plan"))[0].configurations == ["a", "b", "c"]' stream
	jq -es 'map(select(.event == "end") | .configuration + " " + .verdict) == ["a skip", "b fail", "c skip"]' stream
	jq -es 'map(select(.event == "end"))[2].unmet == {kind: "accel", what: "kvm"}' stream
	jq -es 'map(select(.event == "test" and .configuration == "b").name) | .[1] == "alpha.second"' stream
	jq -es 'map(select(.event == "log").text) | index("  # measured 42 cycles")' stream
	grep '^3 configurations: ' err
}

@test "events go to a descriptor of their own; one that there is not is refused" {
	tree "[a]"$'\n'"$good"
	./run_tests.sh --events 5 5>stream >out
	grep '^PASS  a' out
	jq -es 'map(.event) == ["hello", "plan", "start", "test", "test", "end", "done"]' stream
	for where in 77 x '' -1; do
		go --events "$where"
		[ "$status" -eq 2 ]
		[ "$output" = "run_tests.sh: --events wants the number of a descriptor that is open for writing, or -, not \"$where\"" ]
	done
	"$pvrun" --qemu "$fakes/reports-all-good" --kernel /dev/null --events 5 5>stream
	jq -es 'map(.event) == ["hello", "test", "test", "end", "done"]' stream
}

@test "a reader of the events that goes away does not change the verdict" {
	tree "[a]"$'\n'"$good"
	./run_tests.sh --events 5 5> >(exec true) >out
	grep '^PASS  a' out
}

@test "-v prints where the time goes, and results have it" {
	tree "[a]"$'\n'"$good"
	go -v
	[[ $output =~ a:\ time:\ VM\ start\ [0-9.]+\ s,\ boot\ [0-9.]+\ s,\ end\ [0-9.]+\ s\;\ suites:\ alpha\ [0-9.]+ ]]
	jq -e '.timing.start_ms >= 0 and .timing.suites[0].name == "alpha"' results/latest/a.json
}

@test "[defaults] count for each section that does not say otherwise" {
	tree $'[defaults]\nmachine = q35\ncpu = host\nmemory = 64\n[a]\nmemory = 128\n'"$good"
	go -l
	[ "$output" = a ]
	go
	[ "$status" -eq 0 ]
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *" -machine q35 -m 128 -cpu host "* ]]
}

@test "hosts that are named twice, or not at all" {
	tree "[a]"$'\n'"$good"
	nested_hosts
	while IFS='|' read -r hosts message; do
		go --host "$hosts"
		[ "$status" -eq 2 ]
		[ "$output" = "run_tests.sh: $message" ]
	done <<-'END'
		fake,fake|--host names fake twice
		fake,other,fake|--host names fake twice
		|--host wants names with commas between them, not ""
		fake,|--host wants names with commas between them, not "fake,"
		,fake|--host wants names with commas between them, not ",fake"
	END
	[ ! -e results ]
}

@test "too few descriptors: status 2 and one line" {
	tree "[a]"$'\n'"$good"
	for limit in 4 5 8 20 63 64 90; do
		run bash -c "ulimit -n $limit; exec -a run_tests.sh build/runner/pvbatch"
		echo "$output"
		[ "$status" -eq 2 ]
		[ "$output" = "run_tests.sh: the limit of open descriptors is too low: it is $limit, want 100 (see ulimit -n)" ]
	done
	[ ! -e results ]
	run bash -c "ulimit -Sn 70; exec ./run_tests.sh"
	[ "$status" -eq 0 ]
}

@test "too little memory: status 2, and one line of each program that ended of it" {
	tree "[a]"$'\n'"$good"
	# The fakes are shell scripts, which need more than our programs do.
	export QEMU=/bin/true
	for limit in 2000 2500; do
		run bash -c "ulimit -v $limit; exec -a run_tests.sh build/runner/pvbatch"
		echo "$output"
		[ "$status" -eq 2 ]
	done
	# Enough for programs that are static; with shared libraries, pvreport does not start.
	run bash -c "ulimit -v 30000; exec -a run_tests.sh build/runner/pvbatch"
	echo "$output"
	[[ $status -eq 1 || $status -eq 2 && ${lines[-1]} == "run_tests.sh: cannot report, but the results are in results/$(readlink results/latest): the exit status of build/runner/pvreport was 127" ]]
	jq -e . results/latest/a.json
}

# Runs a command with a small disk as the folder small/.
on_small_disk() { # SIZE COMMAND...
	mkdir -p small
	# shellcheck disable=SC2016 # for the inner shell
	run unshare -rm bash -c 'mount -t tmpfs small small -o size="$0" && "$@"; status=$?; rm -rf kept; cp -a small kept; exit "$status"' "$@"
	echo "$1: $output"
}

need_small_disks() {
	on_small_disk 64K true
	[ "$status" -eq 0 ] || skip "mounts are not possible here"
}

# Are these all the reports that are there?
names_its_reports() {
	local name there=
	for name in report.html report.json junit.xml; do
		[[ ! -e $(echo kept/2*)/$name ]] || there+="${there:+, }$name"
	done
	[ "$(sed -n 's|^Reports: .*/||p' <<<"$output")" = "$there" ]
}

# Each configuration is reported as what it is, whether its result found room or not.
@test "a disk for results that fills at any point: status 2, one line each, and no half results" {
	tree $'[a]\n'"$good"$'\n[b]\n'"$good"
	need_small_disks
	for size in 4K 8K 12K 16K 64K; do
		on_small_disk "$size" ./run_tests.sh --runs small
		[ "$status" -eq 2 ]
		names_its_reports
		has "No space left on device"
		[[ "${lines[-1]}" == "CANNOT RUN" || "${lines[-1]}" == PASS ]]
		for name in a b; do
			[[ $output == *"PASS  $name"* ]] && jq -e '.verdict == "pass"' kept/2*/"$name".json && continue
			has "ERROR $name"
			[ ! -e "$(echo kept/2*)/$name.json" ]
		done
		[ ! "$(find kept -name '*.part')" ]
	done
	on_small_disk 1M ./run_tests.sh --runs small
	[ "$status" -eq 0 ]
	has "/report.html, report.json, junit.xml"
}

@test "a disk for a saved run that is full: nothing that looks like a run" {
	tree $'[a]\n'"$good"
	need_small_disks
	on_small_disk 8K ./run_tests.sh --save small
	[ "$status" -eq 2 ]
	has "No space left on device"
	[ "${lines[-1]}" = "run_tests.sh: cannot save the run in $PWD/small; it is in results/$(readlink results/latest)" ]
	[ ! "$(ls -A kept)" ]
	on_small_disk 64K ./run_tests.sh --save small
	[ "$status" -eq 0 ]
	diff -r kept "$(readlink -f results/latest)"
}

@test "a disk for what is said of a nested host that is full" {
	tree $'[a]\n'"$good"
	nested_hosts
	need_small_disks
	for size in 4K 8K 12K 16K 20K 64K; do
		on_small_disk "$size" ./run_tests.sh --runs small --host fake
		[ "$status" -eq 2 ]
		names_its_reports
	done
	on_small_disk 1M ./run_tests.sh --runs small --host fake
	[ "$status" -eq 0 ]
}

@test "results/latest of somebody else's making" {
	tree $'[a]\n'"$good"
	mkdir results elsewhere
	echo theirs >elsewhere/a.json
	# A link to another folder is replaced, and that folder is left alone.
	ln -s ../elsewhere results/latest
	go
	[ "$status" -eq 0 ]
	[[ $(readlink results/latest) == 2* ]]
	[ "$(cat elsewhere/*)" = theirs ]
	rm -rf results/*
	mkdir results/latest
	go
	[ "$status" -eq 2 ]
	[ "$output" = "run_tests.sh: cannot make results/latest: Is a directory" ]
	[ "$(find results)" = $'results\nresults/latest' ]
}

@test "runs that start together have folders of their own" {
	tree $'[a]\n'"$good"
	for _ in 1 2 3 4 5 6; do
		./run_tests.sh >/dev/null 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	[ "$(find results -name a.json | wc -l)" -eq 6 ]
	[ "$(find results -mindepth 1 -maxdepth 1 | wc -l)" -eq 7 ]
}

@test "kill -9 leaves nothing" {
	tree $'[slow]\nqemu_params = -fake chatters\n[slower]\nqemu_params = -fake chatters'
	./run_tests.sh -j 2 >/dev/null 3>&- &
	pid=$!
	wait_for results/latest/slower.log
	pgrep -P "$pid" >>"$FAKE_PIDS"
	[ "$(wc -l <"$FAKE_PIDS")" -ge 4 ]
	kill -KILL "$pid"
	wait "$pid" || true
}

@test "kill -9 ends the boots of nested hosts, too" {
	tree "[a]"$'\n'"$good"
	stream() { :; }
	streams
	./run_tests.sh --host fake,other -j 2 >/dev/null 3>&- &
	pid=$!
	wait_for streamed
	pgrep -P "$pid" >>"$FAKE_PIDS"
	kill -KILL "$pid"
	wait "$pid" || true
}

@test "interrupted: each configuration of the plan counts once, and only since the last boot" {
	tree $'[a]\n'"$good"$'\n[b]\n'"$good"$'\n[c]\n'"$good"
	stream() {
		hello='{"event":"hello","version":1}'
		plan='{"event":"plan","configurations":["a","b","c"]}'
		printf '%s\n' "$hello" "$plan"
		printf '{"event":"end","configuration":"%s","verdict":"pass"}\n' a b c c other
		printf '{"event":"end","configura\n%s\n%s\n' "$hello" "$plan"
		printf '{"event":"end","configuration":"%s","verdict":"pass"}\n' b b
	}
	streams
	env --default-signal=INT ./run_tests.sh --host fake >out 2>&1 3>&- &
	pid=$!
	wait_for streamed
	sleep 0.3
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	cat out
	[ "$status" -eq 130 ]
	grep -x "Interrupted: 1 of 3 configurations have ended." out
	lacks other
}

@test "a hostile nested host: no forged lines, no escape sequences, no files elsewhere" {
	tree "[a]"$'\n'"$good"
	stream() {
		echo '{"event":"hello","version":1}'
		echo '{"event":"plan","configurations":["../../x"]}'
		echo 'PASS  a                  999 passed (0.1 s)'
		echo '["event"]'
		echo '{"event":"end"}'
		echo '{"event":"end","configuration":7,"verdict":"pass"}'
		head -c 1000000 /dev/zero | tr '\0' x
		echo
		echo '{"event":"plan","configurations":["a"]}'
		printf '%s\n' '{"event":"end","configuration":"a","verdict":"pass","reason":"\u001b[2J\nPASS  b forged"}'
		printf '%s\n' '{"event":"message","level":"note","text":"x\nPASS  c forged\r"}'
		printf 'text \e[31m\n' >&2
		printf 'complaint\t\e[31mred\nnonsense\tbad kind\nno tab\n' >&3
	}
	streams
	sed -i 's/^exec sleep.*/exit 1/' nested-host/run
	go --host fake
	[ "$status" -eq 2 ]
	lacks $'\e'
	[ "$(grep -c 'forged' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^PASS' <<<"$output")" -eq 1 ]
	lacks 999
	jq -es 'map(.kind) == ["complaint", "note"]' results/latest/fake/host.jsonl
	[ -z "$(find . -name 'x*')" ]
}

@test "a stream of another version is refused" {
	tree "[a]"$'\n'"$good"
	stream() {
		echo '{"event":"hello","version":2}'
		echo '{"event":"plan","configurations":["a"]}'
	}
	streams
	sed -i 's/^exec sleep.*/exit 0/' nested-host/run
	go --host fake
	[ "$status" -eq 2 ]
	has "another version of the event stream"
	has "fake: it ended before it could say what it would run"
}

# In Turkish, [a-z] lacks letters and i has no dot as a capital.
@test "locales change nothing" {
	localedef -i tr_TR -f UTF-8 "$BATS_TEST_TMPDIR/tr_TR.UTF-8" 2>/dev/null || skip "the sources of tr_TR are not installed"
	export LOCPATH=$BATS_TEST_TMPDIR LC_ALL=tr_TR.UTF-8
	tree $'[i]\ncpu_flags = kvm-pv-ipi=on\ncpu = host\n'"$good"
	nested_hosts
	go
	[ "$status" -eq 0 ]
	[ "$(grep -c '^PASS  i' <<<"$output")" -eq 1 ]
	go --host fake
	[ "$status" -eq 0 ]
}
