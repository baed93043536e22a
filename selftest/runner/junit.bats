#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport --junit: what a CI server makes of it.

load helper

# Runs the fakes with one result each, and then makes one report of them all.
junit() { # FAKE...
	local fake
	mkdir "$BATS_TEST_TMPDIR/run"
	for fake; do
		result=$BATS_TEST_TMPDIR/run/$fake.json
		REPLAY=$logs/no-kvm.log vm "$fake" --name "$fake" --log "${result%.json}.log"
	done
	xml=$BATS_TEST_TMPDIR/junit.xml
	"$pvreport" --junit "$BATS_TEST_TMPDIR/run" >"$xml" || true
	xmllint --noout "$xml"
}

# Is this true of the report? An XPath expression.
says() {
	[[ $(xmllint --xpath "boolean($1)" "$xml") == true ]] || {
		echo "not true: $1"
		cat "$xml"
		return 1
	}
}

@test "Jenkins' own schema accepts the report of every kind of run" {
	schema=$("$top/selftest/junit-schema" 2>&1) || skip "${schema//$'\n'/ }"
	junit reports-all-good reports-a-failure hangs-deaf dies-in-the-middle exits-before-qmp no-such-qemu says-nothing \
		prints-garbage contradicts-itself replays floods
	echo '{"schema": 1, "con' >"$BATS_TEST_TMPDIR/run/half.json"
	"$pvreport" --junit "$BATS_TEST_TMPDIR/run" >"$xml" || true
	says "count(//testsuite) = 12"
	xmllint --noout --schema "$schema" "$xml"
	# The schema has teeth.
	sed 's/<testcase /<testcase colour="red" /' "$xml" >"$xml.mutant"
	run xmllint --noout --schema "$schema" "$xml.mutant"
	[ "$status" -ne 0 ]
}

@test "the sums are those of what follows" {
	junit reports-all-good reports-a-failure dies-in-the-middle no-such-qemu replays
	says "count(//testsuite) = 5 and sum(//testsuite/@tests) > 10"
	for sum in tests:testcase failures:testcase/failure errors:testcase/error skipped:testcase/skipped; do
		says "not(//testsuite[@${sum%:*} != count(${sum#*:})])"
	done
	says "/testsuites/@tests = count(//testcase)"
	says "/testsuites/@failures = count(//failure) and /testsuites/@errors = count(//error)"
	says "not(//testcase[count(*) > 1])"
}

@test "each verdict, and what it has to say" {
	junit reports-all-good reports-a-failure hangs-deaf
	good="//testsuite[@name = 'reports-all-good']"
	says "$good/testcase[@classname = 'alpha' and @name = 'first' and @time and not(*)]"
	says "$good/testcase[@name = 'second']/system-out[normalize-space() = 'measured 42 cycles']"
	says "$good/testcase[@name = 'third']/skipped/@message = 'kvm-foo is not advertised; add -cpu ...,kvm-foo=on'"
	says "$good/properties/property[@name = 'QEMU']/@value = '7.8.9 (fake)'"
	says "$good/properties/property[@name = 'host kernel']/@value = '$(uname -r)'"
	says "$good/properties/property[@name = 'guest features']/@value = '0x01007afb'"
	says "contains($good/system-out, 'log: $BATS_TEST_TMPDIR/run/reports-all-good.log')"
	bad="//testsuite[@name = 'reports-a-failure']"
	message="tests/alpha.c:21: EXPECT_EQ(flags, 0): flags = 0x1, want 0x0"
	says "$bad/testcase[@name = 'second']/failure[@type = 'fail' and @message = '$message' and contains(., '$message')]"
	says "$bad/testcase[@name = 'third']/error[@type = 'error' and @message = 'the test checked nothing']"
	says "contains($bad/system-out, 'note: a hypercall does not return here')"
	hung="//testsuite[@name = 'hangs-deaf']"
	says "$hung/testcase[@name = 'second']/error/@type = 'timeout'"
	says "$hung/testcase[@classname = 'run']/error[@type = 'silence' and contains(@message, 'silent for 1.0 s')]"
}

@test "a run that validated nothing, and one that could not be made" {
	junit replays no-such-qemu
	says "//testsuite[@name = 'replays']/testcase[@classname = 'run']/skipped[contains(@message, 'saw no KVM')]"
	says "//testsuite[@name = 'no-such-qemu']/testcase/error[contains(@message, 'No such file or directory')]"
}

@test "what XML cannot hold does not break it" {
	junit reports-a-failure
	cd "$BATS_TEST_TMPDIR"
	jq '.tests[1].messages = ["\u0001 \u001b[31m <&>\"'"'"' ]]> \ufffe\uffff \r\n\ttab", "\ud83d\ude00"] |
		.config.name = "a<b>&\"\u0007" | .errors = ["\u000b"]' "$result" >odd.json
	cp odd.json $'\xff.json'
	echo nonsense >$'\xfe.json'
	"$pvreport" --junit ./*.json >"$xml" || true
	xmllint --noout "$xml"
	says "count(//testsuite) = 3"
	grep -F '\x01 \x1b[31m &lt;&amp;&gt;' "$xml"
	grep -F '\ufffe\uffff \x0d' "$xml"
	grep -F 'name="a&lt;b&gt;&amp;&quot;\x07"' "$xml"
	grep -F 'name="\xfe"' "$xml"
}

@test "a report that does not fit on the disk is an error" {
	vm reports-all-good
	"$pvreport" --junit "$result" >/dev/full || status=$?
	[ "$status" -eq 2 ]
}
