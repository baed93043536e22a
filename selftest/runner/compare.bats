#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport --baseline: what has changed from one run to another. The runs are small, and made by hand from a result of
# pvrun: what stands in "before" and "now" is CONFIGURATION.json, or HOST/CONFIGURATION.json.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

setup_file() {
	FAKE_PIDS=$BATS_FILE_TMPDIR/pids "$pvrun" --qemu "$fakes/reports-all-good" --kernel /dev/null --name t \
		--log "$BATS_FILE_TMPDIR/log" --result "$BATS_FILE_TMPDIR/template.json" >&2
}

clock=$((1 << 0 | 1 << 3)) # CLOCKSOURCE and CLOCKSOURCE2
ipi=$((1 << 11)) vmexit=$((1 << 10))
no_ipi='absent kvm-pv-ipi' no_vmexit='absent kvm-asyncpf-vmexit' has_vmexit='advertised kvm-asyncpf-vmexit'
features=$((clock | ipi)) # what guests see, until a test says otherwise

# A result with these tests, which pass unless it is said otherwise. A skip whose reason is KIND WHAT has these as data;
# a message that begins with FILE:LINE is of a check that failed there.
result() { # RUN/NAME TEST[|VERDICT[|REASON[|MESSAGE]]]...
	local path=$BATS_TEST_TMPDIR/$1.json
	mkdir -p "${path%/*}"
	jq --arg name "${1##*/}" --argjson features "$features" '
		.config.name = $name | .guest.features = $features | .guest.features_hex = "0x01007afb" |
		.tests = [$ARGS.positional[] | split("|") | {name: .[0], verdict: (.[1] // "pass"), ms: 1,
			reason: (if (.[2] // "") == "" then null else .[2] end), messages: .[3:4]} |
			(.reason // "" | capture("^(?<kind>absent|advertised|machine|luck) (?<what>.*)") // null) as $unmet |
			(.messages[0] // "" | capture("^(?<at>[^ :]+:[0-9]+): ") // {at: null}) as {$at} |
			if $unmet then .unmet = $unmet else . end | if $at then .at = $at else . end] |
		.counts = (.counts | map_values(0)) |
		reduce .tests[] as $test (.; .counts[$test.verdict] += 1) |
		if .counts.fail + .counts.error + .counts.timeout > 0 then .verdict = "fail"
		elif .counts.pass > 0 then .verdict = "pass"
		else .verdict = "skip" | .reason = "nothing validated: no test ran" end' \
		"$BATS_FILE_TMPDIR/template.json" --args "${@:2}" >"$path"
	keep "$path"
}

# Changes a result.
edit() { # RUN/NAME FILTER
	local path=$BATS_TEST_TMPDIR/$1.json
	jq "$2" "$path" >"$path.new" && mv "$path.new" "$path"
	keep "$path"
}

# A line of host.jsonl.
host_says() { # KIND TEXT
	jq -cn --arg kind "$1" --arg text "$2" '{event: "host", $kind, $text}'
}

# A configuration that QEMU refuses.
refused() { # RUN/NAME
	result "$1"
	edit "$1" '.end = "could not start" | .reason = "QEMU refuses: no such property" | .guest |= map_values(null)'
}

compare() { # OPTION...
	cd "$BATS_TEST_TMPDIR" || return
	run "$pvreport" --baseline before "$@" now
	output=$(sed -n '/^Compared with/,$p; /^CANNOT COMPARE/p; /^pvreport: /p' <<<"$output")
	mapfile -t lines <<<"$output"
	echo "$output"
}

has() {
	[[ $output == *"$1"* ]]
}

lacks() {
	[[ $output != *"$1"* ]]
}

ends() { # STATUS LAST-LINE
	[ "$status" -eq "$1" ]
	[ "${lines[-1]}" = "$2" ]
}

@test "nothing has changed: a few lines, whatever times and clocks say" {
	result before/default a.one 'a.two|skip|too few CPUs'
	result before/split a.one
	cp -r "$BATS_TEST_TMPDIR"/{before,now}
	edit now/default '.duration_ms = 99999 | .started = "2031-01-01T00:00:00Z" | .guest.tsc_khz = 1 | .tests[].ms = 7'
	compare
	ends 0 "SAME as before"
	[ "${#lines[@]}" -eq 4 ]
	[[ ${lines[0]} =~ ^"Compared with the run of "20[0-9-]{8}\ [0-9:]{5}" UTC on Linux "[0-9].*", QEMU 7.8.9 (fake):"$ ]]
	has "  the same host, with the same parameters, advertises the same features"
}

@test "regressed: each test once, with its message and where" {
	for config in a b c d e f; do
		result "before/$config" x.one x.two x.three
		result "now/$config" "x.one|fail||tests/x.c:7: EXPECT_EQ(a, 0): a is $RANDOM" x.two 'x.three|skip|no'
	done
	result now/a "x.one|fail||tests/x.c:7: EXPECT_EQ(a, 0): a is 42" 'x.two|timeout|no end in sight' x.three
	result now/f x.one 'x.two|error|the test checked nothing' x.three
	compare
	ends 1 "WORSE than before: 2 regressed, 1 no longer checked"
	has "Regressed: 2 tests
  x.one: pass -> fail, in a, b, c and 2 more
      tests/x.c:7: EXPECT_EQ(a, 0): a is 42
"
	has "  x.two: pass -> timeout, in a
      no end in sight
"
	has "  x.two: pass -> error, in f
      the test checked nothing
"
	has "  x.three: pass -> skip, in b, c, d, e
      no
"
}

@test "another place in the source is another row" {
	for config in a b; do
		result "before/$config" x.one
	done
	result now/a 'x.one|fail||tests/x.c:7: EXPECT_EQ(a, 0): a is 1'
	result now/b 'x.one|fail||tests/x.c:8: EXPECT_EQ(b, 0): b is 1'
	compare
	ends 1 "WORSE than before: 1 regressed"
	has "Regressed: 1 test
  x.one: pass -> fail, in a
      tests/x.c:7: EXPECT_EQ(a, 0): a is 1
  x.one: pass -> fail, in b
      tests/x.c:8: EXPECT_EQ(b, 0): b is 1
"
}

@test "dumps are cut: the log has the rest" {
	result before/a x.one
	result now/a 'x.one|error|unexpected #GP(0)'
	edit now/a '.tests[0].messages = [range(20) | "line \(.)"]'
	compare
	has "
      line 5
      [... 14 more lines]
"
	lacks "line 6"
}

@test "a guest that dies takes tests along that passed before" {
	for config in a b; do
		result "before/$config" x.one x.two y.three 'y.four|skip|no'
		result "now/$config" x.one 'x.two|error|the guest died'
		edit "now/$config" '.counts.suites_not_run = 1 | .end = "qemu died" |
			.errors = ["QEMU was killed by signal 9 (Killed), in x.two"]'
	done
	compare
	ends 1 "WORSE than before: 3 regressed"
	has "  the run itself: good -> error, in a, b
      QEMU was killed by signal 9 (Killed), in x.two
"
	has "  y.three: pass -> not run, in a, b
      QEMU was killed by signal 9 (Killed), in x.two
"
	lacks y.four
}

@test "fixed, and still failing: no reason to fail" {
	result before/a 'x.one|fail||tests/x.c:7: EXPECT_EQ(a, 0): a is 1' 'x.two|fail||tests/x.c:9: old' x.three
	result now/a x.one 'x.two|error||tests/x.c:9: new' x.three
	compare
	ends 0 "BETTER than before: 1 fixed; 1 still failing"
	has "Fixed: 1 test
  x.one: fail -> pass, in a
      tests/x.c:7: EXPECT_EQ(a, 0): a is 1
"
	has "Still failing: 1 test
  x.two: fail -> error, in a
      tests/x.c:9: new
"
	result now/a 'x.one|fail||again' 'x.two|fail' x.three
	compare
	ends 0 "SAME as before: 2 still failing"
}

@test "a test that passes without showing its feature" {
	for config in a b; do
		result "before/$config" x.one x.two
		result "now/$config" x.one x.two
		edit "now/$config" '.tests[0].inert = "the host never set the bit"'
	done
	compare
	ends 0 "SAME as before, but 1 not shown any more"
	has "Pass, but do not show the feature any more: 1 test
  x.one: acting -> inert, in a, b
      the host never set the bit

"
	cd "$BATS_TEST_TMPDIR"
	"$pvreport" --json --baseline before now >now.json
	"$top/selftest/validate" "$top/docs/report.schema.json" now.json
	jq -e '.comparison.changes[0] | .kind == "not shown" and .before == "acting" and .now == "inert"' now.json
	"$pvreport" --ktap now | grep -xF "  # inert: the host never set the bit"
	"$pvreport" now | tee report
	grep -F "a, b: the host never set the bit" report || grep -F "the host never set the bit" report
	grep -F "4 passed (2 without acting)" report
	mv now after
	mv before now
	mv after before
	compare
	ends 0 "SAME as before"
	has "Show the feature now, and passed without it before: 1 test"
}

cost() { # OPERATION EXITS CYCLES
	jq -cn --arg operation "$1" --argjson exits "$2" --argjson cycles "$3" \
		'{$operation, $exits, median_cycles: $cycles, p99_cycles: ($cycles * 2)}'
}

@test "operations that cost more exits, or less" {
	for run in before now; do result "$run/a" x.one x.two; done
	edit before/a ".tests[0].costs = [$(cost call 1 1000), $(cost yield null 10), $(cost ipi 3 10)] | .tests[1].costs = [$(cost eoi 1 5)]"
	edit now/a ".tests[0].costs = [$(cost call 2 9000), $(cost yield 7 99), $(cost ipi 3 90)] | .tests[1].costs = [$(cost eoi 0 5)]"
	compare
	ends 1 "WORSE than before: 1 costs more; 1 costs less"
	has "Cost more: 1 test
  x.one: 1 exit -> 2 exits, in a
      call
"
	has "Cost less: 1 test
  x.two: 1 exit -> 0 exits, in a
      eoi
"
	cd "$BATS_TEST_TMPDIR"
	"$pvreport" --json --baseline before now >now.json || [ $? -eq 1 ]
	"$top/selftest/validate" "$top/docs/report.schema.json" now.json
	jq -e '.comparison.changes | [.[].kind] == ["costs more", "costs less"]' now.json
	"$pvreport" now | tr -s ' ' | grep -xF " yield 7 99 198"
}

@test "cycles are compared on hardware alone, and only if that is asked for" {
	for run in before now; do result "$run/a" x.one; done
	edit before/a ".tests[0].costs = [$(cost call 1 1000), $(cost ipi 1 1000)] | .guest.command_line = \"a=b host-is-virtual=off\""
	edit now/a ".tests[0].costs = [$(cost call 1 1200), $(cost ipi 1 1099)] | .guest.command_line = \"host-is-virtual=off a=b\""
	compare
	ends 0 "SAME as before"
	compare --judge-cost 10
	ends 1 "WORSE than before: 1 costs more"
	has "  x.one: 1000 cycles -> 1200 cycles, in a
      call
"
	compare --judge-cost 20
	ends 0 "SAME as before"
	edit now/a '.guest.command_line = "host-is-virtual=on"'
	compare --judge-cost 10
	ends 0 "SAME as before"
}

@test "results of an older suite do not tell that the feature acted" {
	result before/a x.one
	cp -r "$BATS_TEST_TMPDIR"/{before,now}
	edit now/a '.tests[0].inert = "the host never set the bit"'
	[ "$(jq -r .guest.version "$BATS_TEST_TMPDIR/now/a.json")" = 0.2 ]
	for version in '.guest.version = "0.3"' 'del(.guest.version)'; do
		edit before/a "$version"
		compare
		ends 0 "SAME as before"
		lacks x.one
	done
}

@test "another behaviour, and either is right" {
	for config in a b; do
		result "before/$config" x.one x.two x.three y.four y.five
		result "now/$config" x.one x.two x.three y.four y.five
		edit "before/$config" '.tests[0, 1].observed = ["it is served"] | .tests[2].observed = ["a", "b"] | .tests[3].observed = ["only then"]'
		edit "now/$config" '.tests[0, 1].observed = ["it is ignored"] | .tests[2].observed = ["a", "c"] | .tests[4].observed = ["only now"] |
			.tests[].messages = ["measured \(now)"]'
	done
	compare
	ends 0 "SAME as before, but 3 behave differently"
	has "Behaves differently, and either is right: 3 tests
  x.three: a; b -> a; c, in a, b
  2 tests: it is served -> it is ignored, in a, b
      x: one, two

"
	lacks measured
	lacks only
	cd "$BATS_TEST_TMPDIR"
	"$pvreport" --json --baseline before now >now.json
	"$top/selftest/validate" "$top/docs/report.schema.json" now.json
	jq -e '.comparison | .verdict == "SAME" and .status == 0 and (.changes[0] |
		.kind == "behaves differently" and
		.test == "x.one" and .before == "it is served" and .now == "it is ignored" and .messages == [])' now.json
	"$pvreport" --ktap now | grep -xF "  # observed: a; c"
	edit before/b 'del(.tests[].observed)'
	edit before/a 'del(.tests[].observed) | .tests[2].observed = ["b"]'
	compare
	ends 0 "SAME as before, but 1 behaves differently"
	edit now/b '.tests[3].verdict = "fail" | .counts.fail = 1 | .verdict = "fail"'
	compare
	ends 1 "WORSE than before: 1 regressed; 1 behaves differently"
	edit now/a '.tests[2].verdict = "fail" | .counts.fail = 1 | .verdict = "fail"'
	compare
	ends 1 "WORSE than before: 2 regressed"
}

@test "coverage is lost where a feature vanished, and that is worse" {
	for config in a b; do
		result "before/$config" ipi.one ipi.two 'ipi.three|fail' eoi.four
		features=$clock result "now/$config" "ipi.one|skip|$no_ipi" "ipi.two|skip|$no_ipi" "ipi.three|skip|$no_ipi" eoi.four
	done
	compare
	ends 1 "WORSE than before: 3 no longer checked"
	has "  features    - kvm-pv-ipi (bit 11) everywhere
"
	has "Coverage lost: 3 tests
  ipi.three: fail -> skip, in a, b
      $no_ipi
  2 tests: pass -> skip, in a, b
      $no_ipi
      ipi: one, two
"
}

@test "a test that is gone, or has another name" {
	result before/a x.old x.same
	result before/b x.same x.other
	result now/a x.new x.same
	result now/b x.other
	compare
	ends 1 "WORSE than before: 2 no longer checked"
	has "  x.old: pass -> missing, in a
      there is no such test: has it got another name?
"
	has "  x.same: pass -> missing, in b
      this configuration does not have it
"
	has "New tests: 1 test
  x.new: new -> pass, in a
"
}

@test "what was in error has checked nothing that could be lost" {
	result before/a x.one 'x.two|error|nothing was checked'
	result now/a x.one 'x.two|skip|no CPU'
	compare
	ends 0 "SAME as before"
	has "In error before, and not checked now: 1 test
  x.two: error -> skip, in a
      no CPU
"
}

@test "bad luck is no loss, and the end of it no gain" {
	reason="luck the vCPUs did not run at the same time"
	result before/a x.one x.two "x.three|skip|$reason"
	result now/a x.one "x.two|skip|$reason" x.three
	compare
	ends 0 "SAME as before"
	has "Not checked this time; run it again: 1 test
  x.two: pass -> skip, in a
      $reason
"
	lacks x.three
}

@test "what needs the absence of a feature does not apply where that was gained" {
	result before/a "apf.hidden" "apf.delivery|skip|$no_vmexit"
	refused before/no-vmexit
	features=$((features | vmexit)) result now/a "apf.hidden|skip|$has_vmexit" apf.delivery
	result now/no-vmexit apf.hidden "apf.delivery|skip|$no_vmexit"
	compare
	ends 0 "BETTER than before: 1 more checked, 1 configuration gained"
	has "  features    + kvm-asyncpf-vmexit (bit 10) in a
"
	has "Does not apply any more: 1 test
  apf.hidden: pass -> skip, in a
      $has_vmexit; now it runs in no-vmexit
"
	has "Checked now, and not before: 1 test
  apf.delivery: skip -> pass, in a
      before: $no_vmexit
"
	has "Configurations that can run now: 1
  no-vmexit
      1 passed, 0 failed, 1 skipped; before: QEMU refuses: no such property
"
	rm "$BATS_TEST_TMPDIR"/*/no-vmexit.json
	compare
	ends 0 "BETTER than before: 1 more checked"
	has "      $has_vmexit
"
}

@test "a feature that was there all along explains nothing" {
	features=$((features | vmexit)) result before/a apf.hidden
	features=$((features | vmexit)) result now/a "apf.hidden|skip|$has_vmexit"
	compare
	ends 1 "WORSE than before: 1 no longer checked"
	features=$clock result before/a x.one
	features=$((clock | 1 << 17)) result now/a "x.one|skip|advertised bit-17"
	compare
	ends 0 "SAME as before"
	has "  features    + MIGRATION_CONTROL (bit 17) in a"
}

@test "a feature that a configuration wants hidden, and that is hidden at last" {
	result before/pm ipi.one x.two
	features=$clock result now/pm "ipi.one|skip|$no_ipi" x.two
	compare
	ends 1 "WORSE than before: 1 no longer checked"
	edit now/pm '.config.absent = "kvmclock,kvm-pv-ipi"'
	compare
	ends 0 "SAME as before"
	has "Does not apply any more: 1 test
  ipi.one: pass -> skip, in pm
      $no_ipi
"
	# The same, known from QEMU: that this one does not ask for it any more would be no excuse.
	edit now/pm '.config.absent = "" | .expected = {qemu: {features: 9, hints: 0}, kvm: null}'
	edit before/pm '.expected = {qemu: {features: 2057, hints: 0}, kvm: {features: 9, hints: 0}}'
	compare
	ends 1 "WORSE than before: 1 no longer checked"
	edit before/pm '.expected.qemu.features = 9'
	compare
	ends 0 "SAME as before"
	edit now/pm '.expected.kvm = {features: 2057, hints: 0}'
	compare
	has "  KVM         + kvm-pv-ipi (bit 11) in what KVM offers
"
}

@test "moved: skipped here, and run there, where it was not" {
	result before/a x.one x.two
	result before/b 'x.one|skip|no' x.two
	result now/a 'x.one|skip|the machine has no PM timer' 'x.two|skip|the machine has no PM timer'
	result now/b x.one x.two
	compare
	ends 1 "WORSE than before: 1 no longer checked; 1 more checked"
	has "Moved to another configuration: 1 test
  x.one: pass -> skip, in a
      the machine has no PM timer; now it runs in b
"
	has "Coverage lost: 1 test
  x.two: pass -> skip, in a
"
}

@test "one more configuration excuses no loss in the others" {
	result before/a x.one
	result before/b x.one
	result now/a x.one
	result now/b 'x.one|skip|the machine has no PM timer'
	result now/new x.one
	compare
	ends 1 "WORSE than before: 1 no longer checked"
	lacks "now it runs"
}

@test "guests that lost a feature do not get it back by a test in another configuration" {
	result before/a ipi.one
	result before/forced "ipi.one|skip|$no_ipi"
	features=$clock result now/a "ipi.one|skip|$no_ipi"
	result now/forced ipi.one
	compare
	ends 1 "WORSE than before: 1 no longer checked; 1 more checked"
	lacks Moved
}

@test "not checked before: it may pass, but not fail" {
	result before/a 'x.one|skip|no CPU' 'x.two|skip|no CPU' x.three
	result now/a x.one 'x.two|skip|no CPU' x.three x.new 'x.odd|skip|no such host'
	result now/b x.new 'x.odd|skip|no such host'
	result before/b x.three
	edit before/b '.tests = [] | .counts.pass = 0 | .verdict = "skip" | .reason = "none"'
	compare
	ends 0 "BETTER than before: 1 more checked, 1 configuration gained"
	has "New tests: 2 tests
  x.new: new -> pass, in a, b
  x.odd: new -> skip, in a, b
      no such host
"
	result now/a x.one 'x.two|fail||tests/x.c:1: no' x.three 'x.new|error|nothing was checked'
	compare
	ends 1 "WORSE than before: 2 newly failing; 1 more checked, 1 configuration gained"
	has "Failing, and not checked before: 2 tests
  x.two: skip -> fail, in a
      tests/x.c:1: no
  x.new: new -> error, in a
      nothing was checked
"
}

@test "a configuration that cannot run any more, and what only it has checked" {
	result before/a x.one
	result before/off x.one x.two 'x.three|skip|no'
	result now/a x.one
	refused now/off
	compare
	ends 1 "WORSE than before: 1 configuration lost, 1 no longer checked"
	has "Configurations that cannot run any more: 1
  off
      QEMU refuses: no such property
"
	has "Coverage lost: 1 test
  x.two: pass -> not run, in off
      no other configuration runs it
"
	edit now/off '.verdict = "error" | .reason = null | .errors = ["QEMU could not start: no memory"]'
	compare
	ends 1 "WORSE than before: 1 configuration lost, 1 no longer checked"
	has "      QEMU could not start: no memory
"
}

@test "a configuration that is not in this run is missed, unless that is on purpose" {
	result before/a x.one
	result before/b x.one
	refused before/c
	result now/a x.one
	compare
	ends 1 "WORSE than before: 1 configuration lost"
	has "  b
      it is not in this run
"
	compare --part
	ends 0 "SAME as before"
	lacks "  b"
}

@test "what was left out on purpose is still known" {
	result before/a x.one
	result before/b x.one x.two
	refused before/c
	refused now/a
	result now/c x.two x.three
	compare --part
	ends 1 "WORSE than before: 1 configuration lost; 1 configuration gained"
	lacks "x.one"
	lacks "x.two"
	has "  x.three: new -> pass, in c"
}

@test "new configurations" {
	result before/a x.one
	result now/a x.one
	result now/b x.one
	refused now/c
	compare
	ends 0 "SAME as before"
	has "New configurations: 2
  b
      1 passed, 0 failed, 0 skipped
  c
      QEMU refuses: no such property
"
	result now/b 'x.one|fail||tests/x.c:1: no'
	compare
	ends 1 "WORSE than before: 1 newly failing"
	has "  x.one: not run -> fail, in b
"
}

@test "what went wrong outside of any test" {
	result before/a x.one
	result now/a x.one
	edit now/a '.verdict = "error" | .errors = ["kvm-pv-ipi was asked for, but is not advertised"]'
	compare
	ends 1 "WORSE than before: 1 regressed"
	has "  the run itself: good -> error, in a
      kvm-pv-ipi was asked for, but is not advertised
"
	cp "$BATS_TEST_TMPDIR"/{now,before}/a.json
	compare
	ends 0 "SAME as before: 1 still failing"
	result now/a x.one
	compare
	ends 0 "BETTER than before: 1 fixed"
}

@test "a kernel that complains, while all tests pass" {
	result before/bookworm/a x.one
	result now/bookworm/a x.one
	cd "$BATS_TEST_TMPDIR"
	host_says delay "its kernel was kept waiting: rcu" >now/bookworm/host.jsonl
	host_says reboot "the host hangs; booting it again" >before/bookworm/host-2.jsonl
	host_says note "it is slow" >>before/bookworm/host-2.jsonl
	compare
	ends 0 "SAME as before"
	host_says complaint "its kernel complained: WARNING: CPU: 0" >>now/bookworm/host.jsonl
	compare
	ends 1 "WORSE than before: 1 regressed"
	has "  the host itself: good -> error, in bookworm
      its kernel complained: WARNING: CPU: 0
"
	cp now/bookworm/host.jsonl before/bookworm/host-1.jsonl
	compare
	ends 0 "SAME as before: 1 still failing"
	rm now/bookworm/host.jsonl
	compare
	ends 0 "SAME as before"
	host_says note "all is well" >now/bookworm/host.jsonl
	compare
	ends 0 "BETTER than before: 1 fixed"
}

@test "all events that are the host's fault, and nothing else in its file" {
	result before/bookworm/a x.one
	result now/bookworm/a x.one
	cd "$BATS_TEST_TMPDIR"
	for kind in complaint hung flood panicked died broken; do
		host_says "$kind" "it is $kind"
	done >now/bookworm/host.jsonl
	printf '%s\n' "" nonsense '[]' '{"event": "host"}' '{"event": "log", "kind": "died", "text": "no"}' >>now/bookworm/host.jsonl
	compare
	ends 1 "WORSE than before: 1 newly failing"
	has "  the host itself: not run -> error, in bookworm
      it is complaint
      it is hung
      it is flood
      it is panicked
      it is died
      it is broken

"
	# Nothing waits for the other end of a FIFO.
	rm now/bookworm/host.jsonl
	mkfifo now/bookworm/host.jsonl
	compare
	ends 0 "SAME as before"
}

@test "results of an older version, whose sentences are not parsed" {
	local sentence='kvm-asyncpf-vmexit is advertised; use -cpu ...,kvm-asyncpf-vmexit=off'
	result before/a apf.hidden x.one 'x.two|fail||tests/x.c:7: wrong' 'x.three|skip|this time it was not seen'
	edit before/a 'del(.tests[].at, .tests[].unmet)'
	cp -r "$BATS_TEST_TMPDIR"/{before,now}
	compare
	ends 0 "SAME as before: 1 still failing"
	# A new run is judged by its own data, whatever the older one lacks.
	features=$((features | vmexit)) result now/a "apf.hidden|skip|$has_vmexit" 'x.one|skip|luck of the day' \
		'x.two|fail||tests/x.c:8: wrong' 'x.three|skip|luck of the day'
	compare
	ends 0 "SAME as before: 1 still failing"
	edit now/a "del(.tests[].unmet) | .tests[0].reason = \"$sentence\" | .tests[1].reason = \"this time it was not seen\""
	compare
	ends 1 "WORSE than before: 2 no longer checked; 1 still failing"
}

@test "tests whose names have no dot, and lines of their own" {
	result before/a "one" "two
PASS forged"
	result now/a "one|skip|no" "two
PASS forged|skip|no"
	rm -rf "$BATS_FILE_TMPDIR/results/$BATS_TEST_NAME".*
	compare
	ends 1 "WORSE than before: 2 no longer checked"
	has "      one: one
"
	has '      two\x0aPASS forged: two\x0aPASS forged'
	lacks "
PASS"
}

@test "one host with the other, whatever their names" {
	result before/bookworm/a x.one
	result now/trixie/a 'x.one|fail'
	compare
	ends 1 "WORSE than before: 1 regressed"
	has "  host        bookworm -> trixie"
	has "  x.one: pass -> fail, in a
"
	rm -r now
	result now/a x.one
	compare
	ends 0 "SAME as before"
}

@test "several hosts by their names" {
	for host in bullseye bookworm trixie; do
		result "before/$host/a" x.one
	done
	for host in sid trixie bookworm; do
		result "now/$host/a" 'x.one|fail'
	done
	compare
	ends 1 "WORSE than before: 1 regressed"
	has "  x.one: pass -> fail, in bookworm/a, trixie/a
"
	has "UTC on trixie: Linux "
	has "UTC on bookworm: Linux "
	has "Not compared, because only the baseline has it: bullseye
"
	has "Not compared, because only this run has it: sid
"
	rm -r now
	result now/sid/a x.one
	compare
	ends 2 "CANNOT COMPARE: nothing is in both runs: before there were bookworm/a, bullseye/a, trixie/a; now there are a"
}

@test "kernel, QEMU, processor and parameters: what is different" {
	result before/a x.one
	result before/b x.one
	result now/a x.one
	result now/b x.one
	parameters='.host.kvm_module = "kvm_amd" | .host.kvm_parameters = {"kvm_amd": {"npt": "Y"}, "kvm": '
	for config in a b; do
		edit "before/$config" '.host.release = "6.1.0" | .host.version = "#1" | .host.cpu_model = "Old" |
			'"$parameters"' {"gone": "1", "same": "N", "halt_poll_ns": "0"}}'
		edit "now/$config" '.host.release = "6.12.0" | .host.version = "#1" | .host.cpu_model = "New" |
			'"$parameters"' {"new": "7", "same": "N", "halt_poll_ns": "200"}} | .config.qemu_args[1] = "64"'
	done
	compare
	ends 0 "SAME as before"
	has "  kernel      6.1.0 -> 6.12.0
  CPU         Old -> New
  kvm         "
	has "halt_poll_ns=0 -> 200"
	has "new=7 (new)"
	has "gone=1 (gone)"
	lacks "same="
	lacks "npt"
}

@test "edited configurations explain differences" {
	result before/a x.one
	result now/a x.one
	edit before/a '.config.qemu_args = ["-smp", "2", "-cpu", "host"] | .config.append = "enforce=off"'
	edit now/a '.config.qemu_args = ["-smp", "2", "-cpu", "host,x=on"] | .config.append = "enforce=off"'
	compare
	ends 0 "SAME as before"
	has "  arguments   host -> host,x=on in a
"
	# Which is never twice the same.
	edit before/a '.config.qemu_args[3] = "host,tsc-frequency=2596102000,x=on"'
	edit now/a '.config.qemu_args[3] = "host,tsc-frequency=2596101000,x=on"'
	compare
	lacks arguments
	edit now/a '.config.qemu_args[3] = "host,tsc-frequency=2596101000"'
	compare
	has "  arguments   host,tsc-frequency=HZ,x=on -> host,tsc-frequency=HZ in a
"
}

@test "advertised features, by feature and not by configuration" {
	for config in a b c d e f; do
		result "before/$config" x.one
		features=$vmexit result "now/$config" x.one
	done
	features=$vmexit result before/f x.one
	features=0 result before/none x.one
	features=0 result now/none x.one
	edit before/none '.guest.base = 0'
	edit now/none '.guest.base = 0'
	edit now/a '.guest.hints = 1'
	edit now/b '.guest.base = 1073742080'
	compare
	ends 0 "SAME as before"
	has "  features    - kvmclock (bit 0) everywhere but in f
"
	has "              + kvm-asyncpf-vmexit (bit 10) everywhere but in f
"
	has "              + kvm-hint-dedicated (hint 0) in a
"
	has "              leaf 0x40000000 -> 0x40000100 in b
"
	lacks none
}

@test "many tests in one row are counted by suite" {
	mapfile -t tests < <(printf 'x.t%d\n' {1..30}; printf 'y.t%d\n' {1..30})
	result before/a "${tests[@]}"
	result now/a "${tests[@]/%/|skip|no}"
	compare
	ends 1 "WORSE than before: 60 no longer checked"
	has "  60 tests: pass -> skip, in a
      no
      x: 30
      y: 30
"
}

@test "baselines that are none: one line, before anything is done" {
	cd "$BATS_TEST_TMPDIR"
	mkdir empty odd
	echo '{"name": "npm"}' >odd/package.json
	result future/a x.one
	sed -i 's/"schema": 1/"schema": 9/' future/a.json
	result broken/good x.one
	: >broken/bad.json
	while IFS='|' read -r folder message; do
		run "$pvreport" --baseline "$folder"
		echo "$output"
		[ "$status" -eq 2 ]
		[ "$output" = "pvreport: cannot compare: $message" ]
	done <<-'END'
		missing|no result in missing: No such file or directory
		empty|no results in the folder empty
		odd|odd/package.json is no result of pvrun
		future|future/a.json was written by a newer version: its schema is 9, and this one knows 1
		broken|no result in broken/bad.json: line 1: '[' or '{' expected near end of file
	END
	result before/good x.one
	run "$pvreport" --baseline before
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "nothing to compare" {
	result before/a x.one
	result now/b x.one
	compare
	ends 2 "CANNOT COMPARE: nothing is in both runs: before there were a; now there are b"
	cd "$BATS_TEST_TMPDIR"
	run "$pvreport" --baseline before now/a.json
	ends 2 "CANNOT COMPARE: nothing ran now: a: no result in now/a.json: No such file or directory"
	rm now/b.json
	result now/a 'x.one|skip|no'
	result before/a 'x.one|skip|no'
	compare
	ends 2 "CANNOT COMPARE: neither run has checked anything"
}

@test "a host on which no VM starts any more: one entry, and that is worse" {
	local name
	for name in default off async_pf; do
		result "before/$name" x.one x.two
		result "now/$name"
		edit "now/$name" '.end = "could not start" | .verdict = "error" | .reason = null |
			.errors = ["QEMU could not start: kvm: permission denied"]'
	done
	result before/tcg 'x.one|skip|no'
	result now/tcg 'x.one|skip|no'
	edit now/tcg '.config.accel = "tcg"'
	compare
	ends 1 "WORSE than before: 1 host starts no VM any more"
	has "No VM starts any more: 1
  this host
      QEMU could not start: kvm: permission denied

WORSE"
	# What was not tried, for lack of FUSE, says nothing of the host.
	edit now/async_pf '.verdict = "skip" | .end = "not started" | .errors = [] |
		.unmet = {kind: "host", what: "fuse"} | .reason = "it needs FUSE"'
	for name in default off; do
		edit "now/$name" '.verdict = "skip" | .end = "not started" | .errors = [] |
			.unmet = {kind: "accel", what: "kvm"} | .reason = "no usable KVM: /dev/kvm: No such file or directory"'
	done
	compare
	ends 1 "WORSE than before: 1 host starts no VM any more"
	has "
      no usable KVM: /dev/kvm: No such file or directory
"
	result now/off x.one x.two
	compare
	ends 1 "WORSE than before: 2 configurations lost"
	rm "$BATS_TEST_TMPDIR"/{before,now}/{default,off}.json
	compare
	ends 1 "WORSE than before: 1 configuration lost, 2 no longer checked"
}

@test "hosts that ended: what the emulator may be blamed for cannot be compared" {
	result before/bookworm/a x.one
	result before/sid/a x.one
	result now/sid/a x.one
	cd "$BATS_TEST_TMPDIR"
	mkdir now/bookworm
	for kind in broken panicked died; do
		host_says "$kind" "it is $kind" >now/bookworm/host.jsonl
		run "$pvreport" --by-host --baseline before now/{bookworm,sid}/a.json
		echo "$output"
		[ "$status" -eq 1 ]
		[[ $output == *"No VM starts any more: 1
  bookworm
      it is $kind

WORSE than before: 1 host starts no VM any more" ]]
	done
	for kind in hung reboot complaint note; do
		host_says "$kind" "it is $kind" >now/bookworm/host.jsonl
		run "$pvreport" --by-host --baseline before now/{bookworm,sid}/a.json
		[ "$status" -eq 2 ]
		[[ ${lines[-1]} == "CANNOT COMPARE: nothing ran now: bookworm/a: no result in now/bookworm/a.json: "* ]]
	done
	result now/bookworm/a
	edit now/bookworm/a '.verdict = "error" | .reason = null | .end = "killed" | .errors = ["killed by signal 15"]'
	compare
	ends 2 "CANNOT COMPARE: nothing ran now: bookworm/a: killed by signal 15"
	edit now/bookworm/a '.reason = null | .end = "qemu died" | .errors = ["QEMU was killed by signal 11"]'
	result before/sid/a x.one
	result now/sid/a
	edit now/sid/a '.verdict = "error" | .reason = null | .end = "qemu died" | .errors = ["QEMU was killed by signal 11"]'
	compare
	ends 1 "WORSE than before: 2 hosts start no VM any more"
	has "No VM starts any more: 2
  bookworm, sid
      QEMU was killed by signal 11
"
	"$pvreport" --json --baseline before now >now.json || :
	"$top/selftest/validate" "$top/docs/report.schema.json" now.json
	jq -e '.comparison.changes | length == 2 and all(.kind == "no vm")' now.json
}

@test "with KTAP on stdout, the comparison is on stderr" {
	result before/a x.one
	result now/a 'x.one|fail'
	cd "$BATS_TEST_TMPDIR"
	status=0
	"$pvreport" --ktap --baseline before now >out 2>err || status=$?
	[ "$status" -eq 1 ]
	grep -qx 'not ok 1 a' out
	[ "$(grep -c -v -E '^( *(# |(not )?ok [0-9]+ |1\.\.[0-9]+$|KTAP version 1$))' out)" -eq 0 ]
	[ "$(tail -n 1 err)" = "WORSE than before: 1 regressed" ]
}

@test "as JSON, with the text on stderr" {
	result before/a x.one x.two 'x.three|fail||tests/x.c:1: no' x.gone
	result before/off x.one
	result now/a 'x.one|fail||tests/x.c:7: EXPECT_EQ(a, 0): a is 1' 'x.two|skip|no' x.three x.new
	refused now/off
	cd "$BATS_TEST_TMPDIR"
	for when in before now; do
		status=0
		"$pvreport" --json --baseline before $when >$when.json 2>err || status=$?
		[ "$status" -eq "$(jq .comparison.status $when.json)" ]
		[ "$(tail -n 1 err | sed 's/ .*//')" = "$(jq -r .comparison.verdict $when.json)" ]
		"$top/selftest/validate" "$top/docs/report.schema.json" $when.json
	done
	[ "$(jq -r .comparison.verdict before.json)" = SAME ]
	[ "$(jq -r '.comparison.changes[] | [.kind, .where, .test, .before, .now] | join(" ")' now.json | sort)" = "\
cannot run off   
fixed a x.three fail pass
lost a x.gone pass missing
lost a x.two pass skip
new test a x.new new pass
regressed a x.one pass fail" ]
	rm before/a.json
	status=0
	"$pvreport" --json --baseline before now/b.json >now.json || status=$?
	[ "$status" -eq 2 ]
	jq -e '.comparison.verdict == "CANNOT COMPARE" and (.comparison.why | startswith("nothing is in both runs"))' now.json
}

@test "five hundred configurations take no time" {
	mapfile -t tests < <(printf 'suite%d.a_test_with_a_long_name\n' {1..250})
	result before/a "${tests[@]}"
	result now/a "${tests[@]/%/|fail||tests/x.c:1: no}"
	cd "$BATS_TEST_TMPDIR"
	for ((i = 0; i < 500; i++)); do
		sed "s/\"name\": \"a\"/\"name\": \"c$i\"/" before/a.json >"before/c$i.json"
		sed "s/\"name\": \"a\"/\"name\": \"c$i\"/" now/a.json >"now/c$i.json"
	done
	SECONDS=0
	compare
	# 0.4 s on an idle machine.
	[ "$SECONDS" -lt 8 ]
	ends 1 "WORSE than before: 250 regressed"
}
