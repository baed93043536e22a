#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The parser is strict: each of these takes the good report, damages it in one place, and names the error that has to come
# out. None may pass, none may crash pvrun, and the result stays valid JSON.

load helper

replay() {
	REPLAY=$BATS_TEST_TMPDIR/replay REPLAY_STATUS=${1-1} vm replays
}

damaged() { # SED-SCRIPT EXPECTED-ERROR
	sed "$1" "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	! cmp -s "$logs/good.log" "$BATS_TEST_TMPDIR/replay" || {
		echo "changes nothing: $1"
		return 1
	}
	replay
	[ "$status" -eq 1 ]
	complains "$2"
}

@test "missing plans" {
	damaged '/^1\.\.2/d' 'protocol: unexpected line "# kvm-pv-tests 0.2"'
	damaged '/^  1\.\.3/d' 'protocol: unexpected line "  # needs features=0x4010"'
}

@test "wrong plans" {
	damaged 's/^1\.\.2/1..3/' "0 tests and 1 whole suites did not run"
	damaged 's/^  1\.\.3/  1..4/' "suite alpha planned 4 tests and gave 3 results"
	damaged 's/^  1\.\.3/  1..2/' "suite alpha planned 2 tests and gave 3 results"
	damaged 's/^1\.\.2/1..x/' 'protocol: unexpected line "1..x"'
	damaged 's/^1\.\.2/1..99999999999999999999/' 'protocol: unexpected line'
	holds '.counts.suites_not_run == 0'
	damaged 's/^1\.\.2/1..2 # SKIP no/' 'protocol: unexpected line'
}

@test "wrong numbers" {
	damaged 's/ok 2 second/ok 3 second/' "result 3 of alpha.second, expected number 2"
	damaged 's/ok 2 second/ok 02 second/' 'unexpected line "  ok 02 second"'
	damaged 's/ok 2 second/ok -2 second/' 'unexpected line "  ok -2 second"'
	damaged 's/^ok 2 beta/ok 1 beta/' "suite beta has number 1, expected 2"
}

@test "missing results" {
	damaged '/ok 2 second/d' "result 3 of alpha.third, expected number 2"
	holds '.tests[1] | .name == "alpha.second" and .verdict == "error"'
	damaged '/ok 1 first/d' "no result for alpha.first when the next test started"
	damaged '/^ok 1 alpha/d' 'unexpected line "  KTAP version 1"'
	damaged '/^ok 2 beta/d' "totals inside suite beta"
	damaged '/totals/d' "QEMU's exit status was 1, between suites"
	holds '.end == "qemu died"'
}

@test "duplicates" {
	damaged 's/\(.*\)ok 2 second/&\n\1ok 2 second/' "a second result for alpha.second"
	holds '.counts.pass == 2'
	damaged 's/ok 2 second/ok 2 first/' "no result for alpha.second but for another test"
	damaged 's/start alpha.second/start alpha.first/' "alpha.first started twice"
	damaged 's/^ok 1 alpha/&\n&/' "a result for suite alpha, which did not start"
	damaged 's/^# totals.*/&\n&/' "output after the totals"
	damaged 's/^KTAP version 1/&\n&/' 'unexpected line "KTAP version 1"'
}

@test "names that do not fit" {
	damaged 's/start alpha.second/start beta.second/' '"# start beta.second" in suite alpha'
	damaged 's/start alpha.second/start alphabet.second/' '"# start alphabet.second" in suite alpha'
	damaged 's/start alpha.second/start alpha./' '"# start alpha." in suite alpha'
	damaged 's/ok 2 second/ok 2/' 'unexpected line "  ok 2"'
	damaged 's/ok 2 second/ok 2 sec-ond/' 'unexpected line "  ok 2 sec-ond"'
	damaged 's/^ok 1 alpha/ok 1 gamma/' "result of suite gamma while alpha was open"
	damaged 's/Subtest: beta/Subtest: be ta/' 'unexpected line "  # Subtest: be ta"'
}

@test "a result without a start, unless it is a skip" {
	damaged '/start alpha.second/d' "a result for alpha.second, which did not start"
}

@test "directives" {
	damaged 's/# SKIP kvm-foo.*/# SKIP/' 'unexpected line "  ok 3 third # SKIP"'
	damaged 's/# SKIP kvm-foo/# TODO kvm-foo/' 'unexpected line "  ok 3 third # TODO'
	damaged 's/  ok 3 third/  not ok 3 third/' 'unexpected line "  not ok 3 third # SKIP'
	damaged 's/ok 2 second/& # ERROR how/' 'unexpected line "  ok 2 second # ERROR how"'
	damaged 's/^ok 1 alpha/& # SKIP why/' "suite alpha says skip, which its tests contradict"
}

@test "verdicts that contradict each other" {
	damaged 's/^ok 1 alpha/not ok 1 alpha/' "suite alpha says fail, which its tests contradict"
	damaged 's/  ok 2 second/  not ok 2 second/' "suite alpha says pass, which its tests contradict"
	damaged 's/pass=2/pass=3/' "the totals say pass=3 fail=0 error=0 skip=2, the results say pass=2"
}

@test "garbage between lines, NUL bytes, overlong lines, no last line end" {
	damaged 's/.*start alpha.second/garbage\n&/' 'unexpected line "garbage"'
	damaged 's/.*start alpha.second/\n&/' 'unexpected line ""'
	damaged 's/ok 2 second/ok 2\x00second/' 'unexpected line "  ok 2\x00second"'
	damaged 's/ok 2 second/\xff\xfe/' 'unexpected line "  \xff\xfe"'
	damaged "s/measured/$(printf '%05000d' 0)/" 'a line longer than 4096 bytes: "  # 0000'
	damaged '/totals/s/2$/2 /' "the totals say"
	head -c -1 "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 1 ]
	complains 'ends in the middle of a line: "# totals pass=2'
}

@test "run-level errors of the guest fail the run" {
	damaged 's/^1\.\.2/&\n# error: unknown kernel argument "foo"/' 'unknown kernel argument "foo"'
	damaged 's/.*start alpha.second/# error: late\n&/' "late"
	[[ $output == "ERROR t "*"late"* ]]
}

@test "a report that is cut short anywhere is no pass" {
	lines_total=$(wc -l <"$logs/good.log")
	for ((n = 0; n < lines_total; n++)); do
		head -n "$n" "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
		replay 0
		[ "$status" -eq 1 ]
		holds '.verdict != "pass" and (.errors | length) > 0'
	done
}

@test "what is not damage: carriage returns, firmware noise, remarks, empty diagnostics" {
	sed 's/$/\r/; 1i \x1b[2J\x00noise' "$logs/good.log" |
		sed 's/.*measured.*/&\n  #\n# note: n/; s/^KTAP/boot: KTAP/' >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.notes == ["n"] and .tests[1].messages == ["measured 42 cycles", ""]'
}

@test "what a test observed is no message" {
	sed 's/.*measured.*/  # observed: one\n&\n  # observed: two\n  # observed: /; s/.*start alpha.first/&\n  # unobserved: x/' "$logs/good.log" \
		>"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.tests[1].observed == ["one", "two"] and .tests[1].messages == ["measured 42 cycles", "observed: "]'
	holds '.tests[0].messages == ["unobserved: x"] and ([.tests[] | has("observed")] == [false, true, false, false])'
	sed "s/.*measured.*/$(yes '  # observed: it' | head -n 1000 | sed 's/$/\\n/' | tr -d '\n')&/" "$logs/good.log" \
		>"$BATS_TEST_TMPDIR/replay"
	replay
	holds '(.tests[1].observed | length) == 100 and .tests[1].messages == ["measured 42 cycles"]'
}

@test "why a test was skipped is data" {
	cp "$logs/good.log" "$BATS_TEST_TMPDIR/replay"
	replay
	holds '[.tests[] | .unmet] == [null, null, {kind: "absent", what: "kvm-foo"}, {kind: "vcpus", what: "2"}]'
	holds '[.tests[] | has("unmet")] == [false, false, true, true]'
	# A test that began may end so, too.
	sed 's/.*ok 2 second/  # measured\n  # unmet: luck of the day\n  ok 2 second # SKIP not this time/; s/^# totals.*/# totals pass=1 fail=0 error=0 skip=3/' \
		"$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.tests[1] | .unmet == {kind: "luck", what: "of the day"} and .messages == ["measured 42 cycles", "measured"]'
}

@test "why a test was skipped: what does not fit" {
	for unmet in "kvm-foo" "missing kvm-foo" "absent" "absent " "absent  kvm-foo" "" "refused kvm-foo" "accel kvm" "nothing ran" "ABSENT x"; do
		damaged "s/# unmet: absent kvm-foo/# unmet: $unmet/" "protocol: \"# unmet: $unmet\" has no known kind"
		holds '.tests[2] | .verdict == "skip" and (has("unmet") | not)'
	done
	damaged '/unmet: absent/d' 'protocol: no "# unmet:" before the skip of alpha.third'
	damaged 's/.*ok 2 second/  # unmet: luck of the day\n&/' 'protocol: "# unmet: luck of the day" is not before a skip'
	damaged 's/.*measured/  # unmet: luck of the day\n&/' 'protocol: "# unmet: luck of the day" is not before a skip'
	damaged 's/.*start alpha.second/  # unmet: luck of the day\n&/' 'protocol: "# unmet: luck of the day" is not before a skip'
	damaged 's/.*unmet: absent.*/&\n&/' 'protocol: "# unmet: absent kvm-foo" is not before a skip'
	damaged 's/^ok 1 alpha/  # unmet: luck of the day\n&/' 'protocol: "# unmet: luck of the day" is not before a skip'
	damaged 's/  ok 3 third.*/  # more\n&/' 'protocol: "# unmet: absent kvm-foo" is not before a skip'
}

@test "where the first check failed is data" {
	REPLAY_STATUS=3 vm reports-a-failure
	holds '[.tests[] | .at] == [null, "tests/alpha.c:21", null] and ([.tests[] | has("at")] == [false, true, false])'
	sed 's/.*ok 2 second/  # x: 1: no\n  # tests\/a.c:12 no\n  # :7: no\n  # a b:7: no\n  # tests\/a.c:12: EXPECT_EQ(a, b): got 1, want 2\n  # b.c:1: also\n  not ok 2 second/
		s/^ok 1 alpha/not ok 1 alpha/; s/^# totals.*/# totals pass=1 fail=1 error=0 skip=2/' "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay 3
	[ "$status" -eq 1 ]
	holds '.errors == [] and .tests[1].at == "tests/a.c:12" and (.tests[1].messages | length) == 7'
	# Of a test that passes there is none.
	sed 's/.*measured.*/  # tests\/a.c:12: measured/' "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '[.tests[] | has("at")] == [false, false, false, false]'
}

@test "a pass in which the feature did not act says so" {
	sed 's/.*measured.*/&\n  # inert: it did not act/; s/.*start alpha.first/&\n  # inert: never\n  # inert: /' "$logs/good.log" \
		>"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.tests[0].inert == "never" and .tests[0].messages == ["inert: "] and .tests[1].inert == "it did not act" and .tests[1].messages == ["measured 42 cycles"]'
	sed 's/^  ok 1 first/  not ok 1 first/; s/.*start alpha.first/&\n  # inert: never/' "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	holds '.tests[0].verdict == "fail" and ([.tests[] | has("inert")] | any | not)'
}

@test "what operations cost" {
	sed 's/.*measured.*/&\n  # cost: a-B_1 exits=2 median-cycles=50000 p99-cycles=9000000000\n  # cost: b exits=unknown median-cycles=0 p99-cycles=1/' \
		"$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.tests[1].costs == [{operation: "a-B_1", exits: 2, median_cycles: 50000, p99_cycles: 9000000000},
		{operation: "b", exits: null, median_cycles: 0, p99_cycles: 1}] and (.tests[0] | has("costs") | not)'
	for line in "exits=1 median-cycles=1 p99-cycles=1" "a exits=-1 median-cycles=1 p99-cycles=1" "a exits=1 median-cycles=1" \
		"a exits=1 median-cycles=1 p99-cycles=1 " "a exits=1 median-cycles=99999999999999999999 p99-cycles=1" "a b exits=1 median-cycles=1 p99-cycles=1"; do
		sed "s/.*measured.*/  # cost: $line/" "$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
		replay
		holds ".tests[1].messages == [\"cost: $line\"] and (.tests[1] | has(\"costs\") | not)"
	done
}

@test "how often a test measures again is counted" {
	sed 's/.*measured.*/&\n  # retry: it took 7 ms\n  # retry: it took 9 ms/; s/.*start alpha.first/&\n  # retry: the first/' \
		"$logs/good.log" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '.tests[1].retries == 2 and .tests[1].messages == ["measured 42 cycles"]'
	holds '.tests[0].retries == 1 and (.tests[2] | has("retries") | not)'
}

@test "a list of tests validates nothing" {
	printf '%s\n' "KTAP version 1" "1..0 # SKIP list" "# test alpha.first" \
		"# totals pass=0 fail=0 error=0 skip=0" >"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 77 ]
}

@test "a thousand messages of one test do not fill the result" {
	sed "s/.*measured.*/$(yes '  # again' | head -n 1000 | sed 's/$/\\n/' | tr -d '\n')&/" "$logs/good.log" \
		>"$BATS_TEST_TMPDIR/replay"
	replay
	[ "$status" -eq 0 ]
	holds '(.tests[1].messages | length) == 101 and .tests[1].messages[100] == "(more in the log)"'
}

@test "random damage never crashes the parser" {
	for seed in {1..40}; do
		python3 - "$seed" >"$BATS_TEST_TMPDIR/replay" <<-'END' 3<"$logs/good.log"
			import os, random, sys
			random.seed(int(sys.argv[1]))
			report = bytearray(os.fdopen(3, "rb").read())
			for _ in range(random.randint(1, 20)):
			    at = random.randrange(len(report))
			    what = random.randrange(3)
			    if what == 0:
			        report[at] = random.randrange(256)
			    elif what == 1:
			        del report[at:at + random.randrange(40)]
			    else:
			        report[at:at] = report[random.randrange(len(report)):][:random.randrange(80)]
			sys.stdout.buffer.write(report)
		END
		replay
		[ "$status" -eq 1 ] || { [ "$status" -eq 0 ] && holds '.errors == []'; }
	done
}
