#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Hostile VMMs: whatever they say, where and how much of it, the run ends with a result, and nothing else is hurt.

load helper

@test "what QEMU prints counts for the limit of the log" {
	vm floods-its-stderr --silence 10
	[ "$status" -eq 1 ]
	holds '.end == "flood" and .duration_ms < 20000'
	complains "QEMU printed more than 16 MiB"
	[ "$(stat -c %s "$log")" -lt 20000000 ]
	[ "$(stat -c %s "$result")" -lt 100000 ]
}

@test "a process that QEMU left cannot keep the run going" {
	vm floods-from-a-child
	# Where it writes more slowly than pvrun reads, its pause is the end.
	holds '(.end == "flood" or .end == "exit") and .counts.pass == 2 and .duration_ms < 20000'
	[ "$status" -eq "$(jq 'if .end == "flood" then 1 else 0 end' "$result")" ]
	[ "$(stat -c %s "$log")" -lt 20000000 ]
	while read -r pid; do
		kill "$pid" 2>/dev/null || true
	done <"$FAKE_PIDS"
}

@test "a flood on QMP fills no memory, and the VM is ended in time" {
	vm floods-qmp
	[ "$status" -eq 1 ]
	holds '.end == "silence" and .duration_ms < 10000'
}

@test "a second greeting ends the talk on QMP" {
	vm greets-twice
	[ "$status" -eq 0 ]
	holds '.host.qemu_version == "7.8.9 (fake)"'
}

@test "strings of a VMM forge no line and reach no terminal" {
	vm forges-lines
	[ "$status" -eq 1 ]
	holds '.end == "stopped"'
	[[ $output != *$'\e'* && $output != *$'\r'* ]]
	! grep '^PASS' <<<"$output" || false
	"$pvreport" "$result" >"$BATS_TEST_TMPDIR/text" || true
	"$pvreport" --ktap "$result" >"$BATS_TEST_TMPDIR/ktap" || true
	"$pvreport" --json "$result" >"$BATS_TEST_TMPDIR/json" || true
	"$pvreport" --junit "$result" >"$BATS_TEST_TMPDIR/junit" || true
	for form in text ktap json junit; do
		! LC_ALL=C grep -q $'[\001-\010\013-\037\177\233]' "$BATS_TEST_TMPDIR/$form" || false
	done
	for form in text ktap; do
		! grep -E "^ *(PASS|ok 1 forged)" "$BATS_TEST_TMPDIR/$form" || false
	done
}

@test "what is no request gets an answer that says so, and does no harm" {
	vm asks-nonsense --channel
	[ "$status" -eq 0 ]
	diff "$FAKE_PIDS.answers" - <<-'END'
		7 bad a hello comes first
		0 bad the line does not begin with the request's number and a blank
		0 bad the line is too long
		8 bad the verb takes other arguments
		9 bad there is no version 0
		10 ok version=1 boots=1
		11 unsupported newer-runner
		12 bad a pause takes from 1 to 10000 ms
		13 bad a pause takes from 1 to 10000 ms
		0 bad there is no request 0
		15 failed request 14 is under way
		14 failed cannot\x0a16 ok
	END
	! LC_ALL=C grep -q $'\e' "$log" || false
}

@test "requests without end count for the limit of the log" {
	vm floods-the-channel --channel --silence 10
	[ "$status" -eq 1 ]
	holds '.end == "flood" and .duration_ms < 30000'
	complains "the guest asked for more than 16 MiB"
	[ "$(stat -c %s "$log")" -lt 40000000 ]
}
