#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport on its own: what run_tests.bats cannot show.

load helper

report() {
	run "$pvreport" "$@"
	echo "$output"
}

has() {
	[[ $output == *"$1"* ]]
}

@test "results that are missing, broken or of another schema" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"schema": 1, "con' >half.json
	echo '{"schema": 99}' >future.json
	echo '[]' >list.json
	report missing.json half.json future.json list.json
	[ "$status" -eq 2 ]
	[[ $output == *"      no result in missing.json: "*"No such file"* ]]
	[[ $output == *"      no result in half.json: "* ]]
	[[ $output == *"      future.json was written by a newer version: its schema is 99, and this one knows 1"* ]]
	[[ $output == *"      list.json is no result of pvrun"* ]]
}

@test "what a pvrun that was killed leaves is called by its name" {
	cd "$BATS_TEST_TMPDIR"
	mkdir run
	touch run/killed.json.part run/killed.log
	vm reports-all-good
	cp "$result" run/whole.json
	for arguments in run "run/killed.json run/whole.json"; do
		read -ra words <<<"$arguments"
		report "${words[@]}"
		[ "$status" -eq 2 ]
		has "  the run itself: error (killed)
      no result in run/killed.json, but the beginning of one: pvrun was killed, or is still running"
		has "      log: run/killed.log"
		has "2 configurations: 2 passed, 2 skipped"
	done
}

@test "a folder is a saved run, with its hosts" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir -p one/.git several/b several/a/deeper
	cp "$result" one/x.json
	echo nothing >one/x.log
	echo nonsense >one/.git/y.json
	report one/
	[ "$status" -eq 0 ]
	has "1 configuration: 2 passed, 2 skipped"

	cp "$result" several/a/x.json
	sed 's/0x01007afb/0x01007afa/; s/kvm-foo=on/kvm-foo=off/' "$result" >several/b/x.json
	echo nonsense >several/a/deeper/y.json
	report several
	[ "$status" -eq 0 ]
	[[ $output =~ features\ +0x01007afb\ +0x01007afa ]]
	has "a/t (1)"
	has "b/t (1)"
	report --by-host several/b/x.json several/a/x.json
	[ "$status" -eq 0 ]
	[[ $output =~ features\ +0x01007afa\ +0x01007afb ]]
}

@test "hosts that behave differently are shown, though all tests pass" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir -p hosts/{old,new,newer}
	jq '.tests[0].observed = ["it is served"] | .tests[1].observed = ["the same"]' "$result" >hosts/old/x.json
	jq '.tests[0].observed = ["it is ignored"]' "$result" | tee hosts/new/x.json >hosts/newer/x.json
	report hosts
	[ "$status" -eq 0 ]
	[[ $output =~ "alpha.first, in t"$'\n'\ +pass\ +pass\ +pass ]]
	has "    new, newer: observed it is ignored"
	has "    old: observed it is served"
	[[ $output != *"alpha.second, in"* ]]
}

@test "too many hosts for one screen" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir -p fleet/host{1..9}
	for host in fleet/*; do
		cp "$result" "$host/x.json"
	done
	report fleet/host{1..9}
	[ "$status" -eq 0 ]
	has "  everywhere (1): kvm-foo"
	report fleet
	[ "$status" -eq 0 ]
	has "9 hosts are too many to be shown side by side: name up to 8 of them."
	[[ $output != *"Tests whose outcome"* ]]
	report --by-host fleet/host{1..8}/x.json
	has "Tests whose outcome is not the same everywhere:"
}

@test "folders that are empty, or cannot be read" {
	cd "$BATS_TEST_TMPDIR"
	mkdir empty parent parent/child
	report empty parent missing/
	[ "$status" -eq 2 ]
	has "      no result in missing: No such file or directory"
	has "  the run itself: error (empty, child/child)
      no results in the folder empty"
	mkdir secret
	chmod 0 secret
	# Root reads everything, and what is not here cannot be read at all.
	cp "$pvreport" .
	if [ "$(id -u)" -eq 0 ]; then
		run setpriv --reuid=65534 --clear-groups ./pvreport secret
	else
		run ./pvreport secret
	fi
	echo "$output"
	[ "$status" -eq 2 ]
	has "      cannot read the folder secret: Permission denied"
}

@test "a result whose parts are of the wrong kind is no crash" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"schema": 1, "config": [], "tests": {"a": 1}, "errors": "x", "counts": 7, "verdict": 1}' >odd.json
	echo '{"schema": 1, "tests": [1, null, {}], "errors": [1, null], "notes": [{}], "guest": {"suite_features": [1]}}' >odder.json
	echo '{"schema": 1, "guest": {"suite_features": {"": 1, "_": 2, "a": 4, "a_": 8}}, "tests": [{"name": ".", "verdict": "x"},
		{"name": "a_.b", "verdict": "fail", "messages": [null, {}]}, {"name": "no dot", "verdict": "skip"}]}' >oddest.json
	report odd.json odder.json oddest.json
	[ "$status" -lt 128 ]
	for form in ktap junit json html markdown; do
		report --$form odd.json odder.json oddest.json
		[ "$status" -lt 128 ]
	done
}

@test "FIFOs, devices and folders are no results, and do not block" {
	cd "$BATS_TEST_TMPDIR"
	mkdir run
	mkfifo run/fifo.json
	ln -s /dev/zero run/zero.json
	ln -s /dev/tty run/tty.json
	vm reports-all-good
	cp "$result" run/good.json
	run timeout 10 "$pvreport" run
	echo "$output"
	[ "$status" -eq 2 ]
	has "      no result in run/fifo.json: it is not a regular file"
	has "error (fifo, zero)"
	has "4 configurations: 2 passed, 2 skipped"
	run timeout 10 "$pvreport" --baseline run run/good.json
	[ "$status" -eq 2 ]
	[ "$output" = "pvreport: cannot compare: no result in run/fifo.json: it is not a regular file" ]
}

@test "results have a size limit" {
	cd "$BATS_TEST_TMPDIR"
	truncate -s $(((64 << 20) + 1)) large.json
	run timeout 20 "$pvreport" large.json
	echo "$output"
	[ "$status" -eq 2 ]
	has "      no result in large.json: it is larger than 64 MiB"
}

@test "no text in a result forges a line, or reaches the terminal raw" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir -p hosts/{a,b} before/{a,b}
	# Every string of a result, also the keys of its parameters, ends with this.
	evil=$'\u001b[2J\r\nPASS forged\nok 9 forged\n  ok 9 forged\n# forged\u009b2J\u202e'
	jq --arg evil "$evil" '
		.tests[0].verdict = "fail" | .tests[0].at = "x.c:1" | .tests[1].observed = ["it"] | .errors = ["e"] | .notes = ["n"] |
		.host.kvm_parameters = {kvm: {p: "1"}, kvm_amd: {p: "1"}} | .reason = "r" |
		walk(if type == "string" and (IN("pass", "fail", "skip", "exit") | not) then . + $evil
			elif type == "object" then with_entries(if .key == "p" then .key += $evil else . end) else . end)' \
		"$result" >hosts/a/x.json
	sed 's/it\\u001b/that\\u001b/; s/"fail/"pass/; s/"1\\u001b/"2\\u001b/; s/host/tsoh/; s/0x01007afb/0x01007afa/' hosts/a/x.json >before/a/x.json
	jq '.verdict = "skip"' hosts/a/x.json | tee before/b/y.json >hosts/b/y.json
	jq '.tests = []' hosts/a/x.json >hosts/b/x.json
	printf '{"event": "host", "kind": "died", "text": "d%s"}\n' '\u001b[2J\nPASS forged' >hosts/a/host.jsonl
	for form in "" --ktap; do
		"$pvreport" $form --baseline before hosts >out 2>&1 || true
		cat -A out
		grep -q 'x1b\[2J.x0d.x0aPASS forged' out
		[ "$(tr -d '\n\40-\176' <out | wc -c)" -eq 0 ]
		! grep -E '^ *(PASS .|ok 9|# ?forged)' out || false
	done
	"$pvreport" $'no\nPASS forged.json' >out || true
	grep -qF '      no result in no\x0aPASS forged.json: ' out
	for name in 'x # SKIP' 'x # TODO y'; do
		jq --arg name "$name" '.tests[0].name = $name | .config.name = $name' "$result" >odd.json
		"$pvreport" --ktap odd.json >out
		grep -qxF "  ok 1 ${name/\#/\\#}" out
		grep -qxF "ok 1 ${name/\#/\\#}" out
	done
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
