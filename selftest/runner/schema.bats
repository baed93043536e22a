#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The published formats are no empty words: what breaks them is refused. That everything which is really written keeps
# to them is checked in helper.bash.

load helper

# Each jq expression on standard input makes a document that must be refused for something at its place.
refuses() { # SCHEMA FILE
	local place mutation
	"$top/selftest/validate" "$1" "$2"
	while IFS='|' read -r place mutation; do
		jq "$mutation" "$2" >"$BATS_TEST_TMPDIR/mutant.json"
		run "$top/selftest/validate" "$1" "$BATS_TEST_TMPDIR/mutant.json"
		echo "$mutation: $output"
		[ "$status" -eq 1 ]
		[[ $output == *"mutant.json: $place: "* ]]
	done
}

# All members say what they mean, but for the verdicts that are only counted.
explains() { # SCHEMA
	run jq -r '. as $schema | paths(objects) | select(.[-2] == "properties") |
		select(any(IN("if", "then", "else", "counts")) | not) as $path |
		$schema | getpath($path) | select(has("description") or has("$ref") | not) | $path | join("/")' "$1"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a result that breaks its format is refused" {
	vm reports-all-good
	refuses "$top/docs/result.schema.json" "$result" <<-'END'
		/|del(.schema)
		/schema|.schema = 2
		/|.extra = 1
		/|del(.log)
		/config|.config.extra = 1
		/config|del(.config.features)
		/config/accel|.config.accel = "xen"
		/config/timeout|.config.timeout = 0
		/host|.host.extra = 1
		/host/kvm_parameters|.host.kvm_parameters.x = {}
		/host/kvm_parameters/kvm|.host.kvm_parameters.kvm = 1
		/config|del(.config.absent)
		/guest/features|.guest.features = "0x01007afb"
		/|del(.expected)
		/expected|.expected.extra = 1
		/expected|del(.expected.qemu)
		/expected/kvm|.expected.kvm = {features: 1}
		/expected/kvm/hints|.expected.kvm = {features: 1, hints: "0x0"}
		/guest|del(.guest.vcpus)
		/guest/suite_features/alpha|.guest.suite_features.alpha = -1
		/started|.started = "yesterday"
		/duration_ms|.duration_ms = -1
		/tests/0|.tests[0].extra = 1
		/tests/0|del(.tests[0].messages)
		/tests/0/name|.tests[0].name = "first"
		/tests/0/verdict|.tests[0].verdict = "ok"
		/tests/0/ms|.tests[0].ms = 1.5
		/tests/1/messages/0|.tests[1].messages[0] = 42
		/tests/1/observed|.tests[1].observed = []
		/tests/1/inert|.tests[1].inert = ""
		/tests/1/costs|.tests[1].costs = []
		/tests/1/costs/0|.tests[1].costs = [{"operation": "a", "exits": 1, "median_cycles": 1}]
		/tests/1/costs/0/exits|.tests[1].costs = [{"operation": "a", "exits": 0.5, "median_cycles": 1, "p99_cycles": 1}]
		/tests/1/observed/0|.tests[1].observed = [""]
		/tests/2/reason|.tests[2].reason = null
		/tests/2/unmet/kind|.tests[2].unmet.kind = "kvm-foo is not advertised"
		/tests/2/unmet/what|.tests[2].unmet.what = ""
		/tests/2/unmet|del(.tests[2].unmet.what)
		/tests/2/unmet|.tests[2].unmet.extra = 1
		/tests/1/at|.tests[1].at = "alpha.c"
		/tests/1/at|.tests[1].at = "alpha.c:7: no"
		/unmet|.unmet = "accel kvm"
		/errors/0|.errors = [""]
		/errors|.errors = ["but it passed"]
		/errors|.verdict = "error"
		/notes/0|.notes = [null]
		/end|.end = "done"
		/end|.end = "killed"
		/verdict|.verdict = "passed"
		/reason|.verdict = "skip"
		/reason|.reason = "but it passed"
		/counts|del(.counts.skip)
		/counts/pass|.counts.pass = -1
		/log|.log = []
	END
}

@test "a report that breaks its format is refused" {
	vm reports-a-failure
	"$pvreport" --json "$result" >"$BATS_TEST_TMPDIR/report" || true
	refuses "$top/docs/report.schema.json" "$BATS_TEST_TMPDIR/report" <<-'END'
		/|del(.totals)
		/|.extra = 1
		/schema|.schema = 2
		/verdict|.verdict = "pass"
		/status|.status = 3
		/totals/pass|.totals.pass = -1
		/hosts/0|.hosts[0].extra = 1
		/hosts/0/release|.hosts[0].release = 6.1
		/hosts/0|del(.hosts[0].kvm_parameters)
		/hosts/0/kvm_parameters/kvm|.hosts[0].kvm_parameters = {kvm: []}
		/results/0|del(.results[0].counts)
		/results/0/verdict|.results[0].verdict = "PASS"
		/results/0/counts|.results[0].counts.extra = 1
		/failures/0|.failures[0].extra = 1
		/failures/0/verdict|.failures[0].verdict = "skip"
		/failures/0/messages|.failures[0].messages = "text"
		/skips|.skips = null
	END
}

@test "every member is explained" {
	explains "$top/docs/result.schema.json"
	explains "$top/docs/report.schema.json"
	explains "$top/docs/fleet.schema.json"
}

@test "the validator wants something to look at" {
	run "$top/selftest/validate" "$top/docs/result.schema.json"
	[ "$status" -eq 1 ]
	run "$top/selftest/validate" "$top/docs/result.schema.json" /dev/null
	[ "$status" -ne 0 ]
}
