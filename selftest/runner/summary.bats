#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # backquotes are Markdown's
# What pvreport makes of many results: the text that stays short, and the summary for programs.

load helper

# A run whose results are variations of one good one. Each line on standard input makes a result: its name, and a jq
# expression for what is different there.
run_of() {
	local name change
	vm reports-all-good
	mkdir "$BATS_TEST_TMPDIR/run"
	while read -r name change; do
		jq ".config.name = \"$name\" | .log = \"/x/$name.log\" | ${change:-.}" "$result" >"$BATS_TEST_TMPDIR/run/$name.json"
	done
	cd "$BATS_TEST_TMPDIR" || return
	run "$pvreport" run
	echo "$output"
}

has_line() {
	grep -qxF -- "$1" <<<"$output"
}

ends_well='.tests[2].verdict = "pass" | .counts.pass = 3 | .counts.skip = 1'
fails='.tests[1].verdict = "fail" | .counts.pass = 1 | .counts.fail = 1 | .verdict = "fail"'

@test "what is the same everywhere is said once" {
	run_of < <(printf 'c%s\n' {1..6})
	[ "$status" -eq 0 ]
	has_line "  everywhere (1): kvm-foo is not advertised; add -cpu ...,kvm-foo=on"
	has_line "  everywhere (1): one vCPU is not enough; add -smp 2"
	[[ $output != *Failed* && $output != *"PV features"* ]]
}

@test "one exception, and long lists" {
	run_of < <(
		printf 'c%s .tests[3].reason = "new"\n' {1..7}
		echo 'c8 .tests[2].reason = "other" | .tests[3].reason = "other"'
		printf 'd%s .tests[2].reason = "other"\n' {1..3}
	)
	has_line "  c1, c2 and 5 more (1): kvm-foo is not advertised; add -cpu ...,kvm-foo=on"
	has_line "  c1, c2 and 5 more (1): new"
	has_line "  c8, d1, d2, d3 (1 to 2): other"
	has_line "  d1, d2, d3 (1): one vCPU is not enough; add -smp 2"
	rm -r run
	run_of < <(
		printf 'c%s\n' {1..7}
		echo 'c8 .tests[3].reason = "new"'
	)
	has_line "  everywhere but c8 (1): one vCPU is not enough; add -smp 2"
	has_line "  c8 (1): new"
}

@test "what ran in one configuration needs no advice in the others" {
	run_of <<-END
		one
		two
		three $ends_well
	END
	[[ $output != *kvm-foo* ]]
	has_line "  everywhere (1): one vCPU is not enough; add -smp 2"
	has_line "  2 more skips: those tests ran in another configuration"
	has_line "3 configurations: 7 passed, 5 skipped"
	run "$pvreport" run/one.json run/three.json
	has_line "  1 more skip: those tests ran in another configuration"
	mkdir -p hosts/a hosts/b
	mv run/one.json hosts/a
	mv run/three.json hosts/b
	run "$pvreport" hosts
	has_line "  a/one (1): kvm-foo is not advertised; add -cpu ...,kvm-foo=on"
}

@test "one failure of many configurations is told once, with one log" {
	run_of <<-END
		a $fails | .tests[1].messages = ["x.c:1: wrong"]
		b $fails | .tests[1].messages = ["x.c:1: wrong"]
		c $fails | .tests[1].messages = ["x.c:1: wrong, and in another way"]
		d
	END
	[ "$status" -eq 1 ]
	has_line "  alpha.second: fail (a, b)"
	has_line "  alpha.second: fail (c)"
	[ "$(grep -c 'x.c:1: wrong$' <<<"$output")" -eq 1 ]
	has_line "      log: run/a.log"
	has_line "      log: run/c.log"
	[[ $output != *"log: run/b.log"* ]]
}

# Failures of 5 tests for three reasons, of one run, and 48 more.
# shellcheck disable=SC2016 # these are jq's variables
reasons='.verdict = "fail" | .counts.fail = 53 | .tests = [
	["one.a", "", "MSR 0x10: got 1, want 2"], ["two.b", "x.c:7", "x.c:7: got 3"], ["one.c", "", "MSR 0xff: got 5, want 2"],
	["two.d", "x.c:7", "x.c:7: another message"], ["two.e", "x.c:8", "x.c:7: another message"]
	| {name: .[0], at: .[1], verdict: "fail", reason: null, ms: 0, messages: [.[2], "contract: " + .[0]]}]'

@test "failures with one reason are one entry, and those that explain most come first" {
	run_of <<-END
		a ${reasons//[$'\n\t']/ } | .tests += [range(46) | {name: "many.t\(.)", verdict: "fail", reason: "it is \(.) late", ms: 0, messages: []}]
		b .verdict = "error" | .errors = ["died at 0x1234"] | .counts.not_run = 5
		c .verdict = "error" | .errors = ["died at 0x5678"]
		d ${reasons//[$'\n\t']/ } | .tests |= .[0:1]
	END
	[ "$(grep -E '^  [^ ].*: (fail|error) ' <<<"$output")" = "  46 tests: fail (a)
  the run itself: error (b, c)
  2 tests: fail (a, d)
  2 tests: fail (a)
  two.e: fail (a)" ]
	# What all have in common, and each name.
	has_line "      MSR 0x10: got 1, want 2"
	has_line "      one: a, c"
	has_line "      contract: two.e"
	[[ $output != *"contract: one.a"* && $output != *"0x5678"* && $output != *"0xff"* ]]
	[[ $(tr -d '\n' <<<"$output") == *"      many: t0, t1, t10,"*" t9"* ]]
	[ "${lines[0]}" = "Failed, by reason:" ]
}

@test "more than fits a screen is counted, and -v has it all" {
	run_of < <(
		for i in {1..14}; do
			echo "c$i .verdict = \"fail\" | .tests = [range(60) | {name: \"s.t\(.)\", at: \"x.c:$i\", verdict: \"fail\", reason: null, messages: []}]" \
				"+ [range(40) | {name: \"u.t\(.)\", verdict: \"skip\", reason: \"r\(. % 8)\", messages: [], unmet: {kind: \"absent\", what: \"f\(. % 8)\"}}]"
		done
	)
	has_line "  [...] 4 more reasons: pvreport -v has all"
	has_line "      s: 60"
	has_line "    40 for a feature that is not advertised: f0, f1, f2 and 5 more"
	((${#lines[@]} < 50))
	run "$pvreport" -v run
	echo "$output"
	has_line "  everywhere (5): r7"
	[ "$(grep -c '^  60 tests: fail (c[0-9]*)$' <<<"$output")" -eq 14 ]
	[[ $output != *"[...]"* && $output == *", t59"* ]]
}

@test "configurations that validated nothing are counted by kind, if they are many" {
	run_of < <(
		for i in {1..5}; do
			echo "c$i .verdict = \"skip\" | .tests = [] | .reason = \"QEMU refuses: $i\" | .unmet = {kind: \"refused\", what: \"$i\"}"
		done
	)
	[ "$status" -eq 77 ]
	has_line "     5 refused by QEMU: c1, c2, c3 and 2 more"
}

@test "verdicts have colours on a terminal, unless NO_COLOR is set, and nowhere else" {
	run_of < <(echo "a $fails")
	[[ $output != *$'\e'* ]]
	export TERM=xterm
	red=$'\e[31m'
	[[ $(script -qec "$pvreport run" /dev/null </dev/null) == "${red}Failed, by reason:"*"${red}FAIL"* ]]
	[[ $(NO_COLOR=1 script -qec "$pvreport run" /dev/null </dev/null) != *$'\e'* ]]
	[[ $(TERM=dumb script -qec "$pvreport run" /dev/null </dev/null) != *$'\e'* ]]
}

@test "sums that pass all bounds stop there" {
	run_of <<-'END'
		a .counts.pass = 9223372036854774784 | .counts.skip = -1 | .counts.timeout = 1e4
		b .counts.pass = 9223372036854774784 | .duration_ms = 9223372036854774784 | .verdict = "fail" | .counts.fail = 9223372036854774784
		c .counts.fail = 7e3 | .counts.timeout = 9223372036854774784 | .verdict = "fail" | .duration_ms = 9223372036854774784
	END
	has_line "3 configurations: 9223372036854775807 passed, 9223372036854775807 failed, 9223372036854775807 hung, 4 skipped"
	"$pvreport" --json run >report.json || [ $? -eq 1 ]
	grep -q '"pass": 9223372036854775807,' report.json
	"$pvreport" --junit run | grep -q 'time="9223372036854775.807"'
	mkdir -p hosts/x hosts/y
	jq '.counts.error = .counts.fail' run/b.json >hosts/x/b.json
	cp run/c.json hosts/y/b.json
	run "$pvreport" hosts
	[[ $output == *"FAIL 92233720368547758"* ]]
	run "$pvreport" --baseline run run
	[[ $output == *"still failing"* || $output == *"SAME as before"* ]]
}

@test "notes and empty runs are grouped, too" {
	run_of <<-'END'
		a .notes = ["mind the gap"]
		b .notes = ["mind the gap"]
		c .notes = ["mind the gap"] | .verdict = "skip" | .reason = "why not" | .tests = []
		d .notes = ["mind the gap"] | .verdict = "skip" | .reason = "why not" | .tests = []
	END
	has_line "note: everywhere: mind the gap"
	has_line "  c, d: why not"
}

# shellcheck disable=SC2016 # these are jq's variables
# Suites alpha and alpha_more are about one feature, pv_beta_x about another, gamma about none.
suites='.guest.suite_features = {alpha: 1, alpha_more: 1, pv_beta_x: 2, gamma: 0} | .tests = [
	["alpha.a", $a], ["alpha_more.b", "pass"], ["pv_beta_x.c", $b], ["gamma.d", $c]
	| {name: .[0], verdict: .[1], reason: "r", ms: 0, messages: []}]'
marks() { # A B C
	echo "(\"$1\" as \$a | \"$2\" as \$b | \"$3\" as \$c | ${suites//[$'\n\t']/ })"
}

@test "features by configurations: a mark each, a row for all that are the same" {
	run_of <<-END
		a $(marks pass skip pass)
		b $(marks skip skip skip)
		c $(marks fail skip pass)
		d $(marks pass pass fail)
		e .tests = []
	END
	has_line "PV features (. passed, FAIL, - nothing ran):"
	has_line "  alpha  beta  "
	has_line "  .      -     a and 1 more"
	has_line "  FAIL   -     c"
	has_line "  .      .     d"
	[[ $output != *gamma\ * ]]
}

@test "a feature that is the same everywhere has no column" {
	run_of <<-END
		a $(marks pass skip pass)
		b $(marks pass pass skip)
	END
	has_line "  beta  "
	has_line "  -     a"
	has_line "  .     b"
	has_line "  everywhere: alpha ."
}

# 14 features make so many different rows as is wanted.
rows() { # NUMBER VERDICT-OF-THE-LAST
	local i
	for ((i = 1; i <= $1; i++)); do
		echo "c$i [range(14)] as \$n | .guest.suite_features = ([\$n[] | {key: \"s\\(.)\", value: 1}] | from_entries) |" \
			".tests = [\$n[] | {name: \"s\\(.).t\", reason: \"r\", ms: 0, messages: []," \
			"verdict: (if . == $i then \"skip\" elif . == 0 and $i == $1 then \"$2\" else \"pass\" end)}]"
	done
}

@test "too many rows are summed up, but for those with a failure" {
	run_of < <(rows 13 pass)
	has_line "PV features, and in how many configurations they passed:"
	has_line "  s0 13, s1 12, s2 12, s3 12, s4 12, s5 12, s6 12, s7 12, s8 12, s9 12, s10 12, s11 12,"
	has_line "  s12 12, s13 12"
	rm -r run
	run_of < <(rows 13 fail)
	has_line "PV features (. passed, FAIL, - nothing ran), where any failed:"
	[ "$(grep -c ' c[0-9]*$' <<<"$output")" -eq 1 ]
	[[ $output == *"  FAIL  "*"  c13"* ]]
	rm -r run
	run_of < <(rows 12 pass)
	[ "$(grep -c ' c[0-9]*$' <<<"$output")" -eq 12 ]
}

@test "the summary in Markdown: what anybody says stands in code spans" {
	run_of <<-'END'
		a .verdict = "error" | .errors = ["<b>it | blew</b> ``up`` [x](http://y)\n# z"] | .host.qemu_version = "7 | 8"
		b .verdict = "fail" | .counts.fail = 2 | .tests |= map(.verdict = "fail" | .messages = ["x.c:1: a || b"])
		c
	END
	"$pvreport" --markdown run >report.md || [ $? -eq 1 ]
	cat report.md
	grep -qxF '## KVM paravirtual interface: FAIL' report.md
	grep -qxF '  - ``` <b>it | blew</b> ``up`` [x](http://y)\x0a# z ```' report.md
	grep -qxF -- '- the run itself: error, in ` a `' report.md
	grep -qxF -- '- **2 tests**: fail, in ` b `' report.md
	grep -qxF '  - ` x.c:1: a || b `' report.md
	grep -qF '| ` 7 \| 8 ` |' report.md
	# Outside of code spans there is nothing of theirs.
	! sed 's/```.*```//; s/` [^`]* `//g' report.md | grep '[<[\\]' || false
	"$pvreport" --markdown --baseline run run >report.md 2>/dev/null
	[ "$(sed -n '/^### Changes/,/^```$/p' report.md | grep -c '^SAME as before: ')" -eq 1 ]
}

@test "the summary for programs" {
	run_of <<-END
		a
		b $fails | .tests[1].messages = ["x.c:1: wrong"]
		c .verdict = "error" | .errors = ["it blew up"]
		d .verdict = "skip" | .reason = "why not" | .tests = [] | .counts = (.counts | map_values(0))
	END
	echo nonsense >run/e.json
	"$pvreport" --json run >report.json || status=$?
	[ "$status" -eq 1 ]
	"$top/selftest/validate" "$top/docs/report.schema.json" report.json
	jq -e '.verdict == "FAIL" and .status == 1 and .totals.configurations == 5' report.json
	jq -e '.totals | .pass == 5 and .fail == 1 and .skip == 6' report.json
	jq -e '[.results[] | .config + " " + .verdict] == ["a pass", "b fail", "c error", "d skip", "e error"]' report.json
	jq -e '.results[0] | .host == null and .result == "run/a.json" and .log == "run/a.log" and .counts.pass == 2' report.json
	jq -e '.hosts | length == 1 and (.[0] | .label == null and .qemu_version == "7.8.9 (fake)")' report.json
	jq -e '[.failures[] | [.config, .test, .verdict, .messages[0]]] ==
		[["b", "alpha.second", "fail", "x.c:1: wrong"], ["c", null, "error", null], ["e", null, "error", null]]' report.json
	jq -e '.failures[1].reason == "it blew up"' report.json
	jq -e '.skips == [{reason: "kvm-foo is not advertised; add -cpu ...,kvm-foo=on", tests: 3, configurations: 3},
		{reason: "one vCPU is not enough; add -smp 2", tests: 3, configurations: 3}]' report.json
	"$pvreport" --json run >/dev/full || status=$?
	[ "$status" -eq 2 ]
}
