#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport's reports for forges and test labs: SARIF, GitHub's annotations, GitLab's Code Quality, LAVA, KCIDB. The official
# schemas of SARIF and KCIDB are under licences of their own and are not in this tree: what they ask for is checked by jq.
# shellcheck disable=SC2016 # these are variables of jq

load ../runner/helper

# A test fails in two configurations, another hangs, and one configuration cannot run.
run_of_four() {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR" || return
	mkdir run
	failed='.tests[1].verdict = "fail" | .tests[1].name = "pv_eoi.an_address_in_rom_or_mmio_faults" | .tests[1].at = "tests/pv_eoi_places.c:44" |
		.tests[1].messages = ["tests/pv_eoi_places.c:44: EXPECT_FAULT(x): got no fault, want #GP(0)"] | .verdict = "fail"'
	jq ".config.name = \"a\" | $failed" "$result" >run/a.json
	jq ".config.name = \"b\" | $failed"' | .tests[0].verdict = "timeout" | .tests[0].reason = "silent for 5.0 s"' "$result" >run/b.json
	jq '.config.name = "c" | .tests = [] | .verdict = "error" | .end = "could not start" | .errors = ["no such QEMU"]' "$result" >run/c.json
	jq '.config.name = "d"' "$result" >run/d.json
}

# The same with hostile text in every field. What is no text stays, and so does what verdicts are made of.
hostile() {
	run_of_four
	evil=$'\n::error::x%0A,y:z ##[add-mask]é\u0001\xff'"{0} [a](https://x) <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass> ../../etc/passwd:1"
	for path in run/*.json; do
		jq --arg evil "$evil" 'walk(if type == "string" and (IN("pass", "fail", "skip", "timeout", "error", "exit", "could not start") | not)
			then . + $evil else . end)' "$path" >x
		mv x "$path"
	done
}

report() { # OPTION...
	"$pvreport" "$@" run >report || [ $? -eq 1 ]
}

holds() {
	jq -e "$1" report >/dev/null || {
		echo "not true: $1"
		cat report
		return 1
	}
}

sarif_is_sound() {
	holds '.version == "2.1.0" and (.runs | length) == 1 and (.runs[0].tool.driver | .name == "kvm-pv-tests" and (.version | length > 0))'
	holds '.runs[0] | .tool.driver.rules as $rules | .results | length > 0 and all(
		.ruleId == $rules[.ruleIndex].id and (.level | IN("error", "warning")) and (.message.text | length > 0) and
		(.partialFingerprints["reason/v1"] | test("^[0-9a-f]{64}$")) and (.locations | length) == 1 and
		(.locations[0].physicalLocation | .region.startLine >= 1 and (.artifactLocation.uri | test("^[A-Za-z0-9_][A-Za-z0-9_./-]*$"))))'
	holds '.runs[0].tool.driver.rules | (map(.id) | unique | length) == length and all(.defaultConfiguration.level == "error" and
		([.shortDescription.text, .fullDescription.text, .help.text] | all(length > 0 and length <= 1024)))'
}

@test "SARIF: one result for each reason, at the check, and the promise is its rule" {
	run_of_four
	report --sarif
	sarif_is_sound
	holds '.runs[0].results | length == 3'
	holds '.runs[0].results[] | select(.ruleId == "E20") | .level == "error" and
		(.message.text | contains("pv_eoi.an_address_in_rom_or_mmio_faults: fail in a, b:") and contains("got no fault, want #GP(0)")) and
		.locations[0].physicalLocation == {artifactLocation: {uri: "tests/pv_eoi_places.c"}, region: {startLine: 44}}'
	holds '.runs[0].tool.driver.rules[] | select(.id == "E20") | .shortDescription.text | startswith("A word may be at the end of RAM")'
	holds '.runs[0].results[] | select(.ruleId == "test") | .locations[0].physicalLocation.artifactLocation.uri == "tests/alpha.c"'
	holds '.runs[0].results[] | select(.ruleId == "run") | .locations[0].physicalLocation.artifactLocation.uri == "unittests.cfg"'
}

@test "a run without failures is an empty report" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir run
	cp "$result" run/
	report --sarif
	holds '.runs[0].results == [] and .runs[0].tool.driver.rules == []'
	report --codequality
	holds '. == []'
	report --annotations
	[ ! -s report ]
}

@test "the fingerprint is that of the failure, whatever the numbers in it" {
	run_of_four
	report --codequality
	cp report before
	sed -i 's/silent for 5.0 s/silent for 61.5 s/' run/b.json
	rm run/a.json
	report --codequality
	diff <(jq -S 'map(.fingerprint) | sort' before) <(jq -S 'map(.fingerprint) | sort' report)
}

@test "annotations: GitHub's runner reads file, line, title and message" {
	run_of_four
	report --annotations
	[ "$(grep -c '^::error file=' report)" -eq 3 ]
	grep -qxF '::error file=tests/pv_eoi_places.c,line=44,title=pv_eoi.an_address_in_rom_or_mmio_faults::fail in a, b: tests/pv_eoi_places.c:44: EXPECT_FAULT(x): got no fault, want #GP(0)' report
	grep -qxF '::error file=unittests.cfg,line=1,title=the run itself::error in c: no such QEMU' report
}

@test "a step has room for ten annotations" {
	run_of_four
	for i in {10..30}; do
		jq ".config.name = \"e$i\" | .tests[1].at = \"tests/x.c:$i\"" run/a.json >"run/e$i.json"
	done
	report --annotations
	[ "$(wc -l <report)" -eq 10 ]
	[ "$(tail -n 1 report)" = '::error title=15 more reasons::pvreport prints all of them' ]
}

@test "Code Quality: what GitLab's parser asks for" {
	run_of_four
	report --codequality
	holds 'length == 3 and (map(.fingerprint) | unique | length) == 3'
	holds 'all((.description | type) == "string" and (.severity | IN("info", "minor", "major", "critical", "blocker")) and
		(.location.path | length > 0) and (.location.lines.begin | type) == "number")'
	holds 'any(.location == {path: "tests/pv_eoi_places.c", lines: {begin: 44}} and .check_name == "fail" and .severity == "critical")'
}

lava_is_sound() {
	name='[A-Za-z0-9._+-]+'
	grep -vxE "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=$name RESULT=(pass|fail|skip|unknown)>|<LAVA_SIGNAL_TESTSET (START $name|STOP)>" report && return 1
	[ "$(grep -c 'TESTSET START' report)" -eq 4 ]
	[ "$(grep -c 'TESTSET STOP' report)" -eq 4 ]
}

@test "LAVA: a test set for each configuration, a signal for each test" {
	run_of_four
	report --lava
	lava_is_sound
	tr '\n' ' ' <report | grep -qF '<LAVA_SIGNAL_TESTSET START b> <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=alpha.first RESULT=fail> <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=pv_eoi.an_address_in_rom_or_mmio_faults RESULT=fail>'
	tr '\n' ' ' <report | grep -qF '<LAVA_SIGNAL_TESTSET START c> <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=run.as_a_whole RESULT=unknown> <LAVA_SIGNAL_TESTSET STOP>'
	[ "$(grep -c 'RESULT=skip' report)" -eq 6 ]
}

kcidb_is_sound() {
	holds 'keys == ["tests", "version"] and .version == {major: 5, minor: 0}'
	holds '.tests | (map(.id) | unique | length) == length and all(.build_id == "lab_1:6.12/x" and .origin == "lab_1" and
		(.id | startswith("lab_1:")) and (.path | test("^[a-zA-Z0-9_-]+([.][a-zA-Z0-9_-]+)*$")) and
		(.status | IN("FAIL", "ERROR", "MISS", "PASS", "SKIP")) and (.duration | type) == "number" and
		(.environment.comment | type) == "string" and ((.log_excerpt // "") | length <= 16384) and
		(keys - ["build_id", "comment", "duration", "environment", "id", "log_excerpt", "misc", "origin", "path", "status"] == []))'
}

@test "KCIDB: an object for each test and each run" {
	run_of_four
	report --kcidb lab_1:6.12/x
	kcidb_is_sound
	holds '[.tests[] | select(.path | startswith("kvm-pv-tests.b")) | .status] == ["FAIL", "FAIL", "FAIL", "SKIP", "SKIP"]'
	holds '.tests[] | select(.path == "kvm-pv-tests.a.pv_eoi.an_address_in_rom_or_mmio_faults") | .misc.promises == ["E20"] and
		(.log_excerpt | contains("got no fault"))'
	holds '.tests[] | select(.path == "kvm-pv-tests.c") | .status == "MISS" and .log_excerpt == "no such QEMU\n"'
	for build in x :x 'A:x' lab: ''; do
		run "$pvreport" --kcidb "$build" run
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
	done
}

@test "hostile text is text in each of them" {
	hostile
	report --sarif
	sarif_is_sound
	holds '.runs[0].results | all(.message.text | contains("{{0}} [a] (https") and (contains("](") | not))'
	report --codequality
	holds 'length == 3 and all(.location.path | test("^(tests/[a-z_]*[.]c|unittests[.]cfg)$"))'
	report --annotations
	[ "$(wc -l <report)" -eq 3 ]
	! grep -vE '^::error file=(tests/[a-z_]*\.c|unittests\.cfg),line=[0-9]+,title=[^:,]*::fail|^::error file=[a-z_/.]*,line=1,title=[^:,]*::(timeout|error) in' report || false
	! grep '%0A' report || false
	grep -q '%250A' report
	report --lava
	lava_is_sound
	report --kcidb lab_1:6.12/x
	kcidb_is_sound
}

@test "what guests say is no command in a log that a CI system reads" {
	run_of_four
	for evil in ::add-mask::PASS $' \t::stop-commands::x' ':::error::x' 'x ##[add-mask]PASS' '##vso[task.complete]' '###teamcity[x]'; do
		jq --arg evil "$evil" 'walk(if type == "string" and (IN("pass", "fail", "skip", "timeout", "error", "exit", "could not start") | not)
			then $evil else . end)' run/a.json >run/e.json
		for form in "" -v --by-host --ktap --baseline=run; do
			# shellcheck disable=SC2086 # none is none
			"$pvreport" $form run/e.json >report 2>&1 || true
			[ -s report ]
			! grep -E '^[[:space:]]*::|##' report || false
		done
	done
}

@test "a report that does not fit on the disk is an error" {
	run_of_four
	for form in --sarif --annotations --codequality --lava --kcidb=lab:x; do
		status=0
		"$pvreport" "$form" run >/dev/full || status=$?
		[ "$status" -eq 2 ]
	done
}
