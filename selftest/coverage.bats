#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# docs/coverage.md is what its generator makes of the sources, and the generator lets nothing pass that does not add up.

load helper

export LC_ALL=C # the tests' files in the order that make has them in

table() {
	awk -f "$top/docs/coverage.awk" docs/catalogue.tsv unittests.cfg tests/*.c
}

# A small project, in which everything adds up.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir docs tests
	printf '%s\t%s\t%s\t%s\n' id feature promise unchecked \
		A01 clocks 'time goes on' '' \
		A02 clocks 'time never goes back' '' \
		A03 clocks 'time stands still in a pause' 'host: a pause' \
		B01 'other things' 'doors are closed' '' \
		B02 'other things' 'windows are clean' 'none: nobody can see that' \
		B03 'other things' 'lights are out' later \
		B04 'other things' 'radios are off' 'only: at night' | sed 's/\t$//' >docs/catalogue.tsv
	cat >unittests.cfg <<-'END'
	# [NAME] is a configuration.

	# The doors' own. [B01]
	[doors]
	smp = 1
	END
	cat >tests/clock.c <<-'END'
	/* A helper's comment may have [brackets]. */
	static void helper(void);

	/* [A01] */
	TEST(clock, goes_on)
	{
	}

	/*
	 * It is a long story. [A01
	 * A02]
	 */
	TEST(clock, never_goes_back, .needs.cpus = 2)
	{
	}
	END
	cat >tests/radio.c <<-'END'
	#define RADIO_TESTS(name) \
		/* [B04] */ \
		TEST(radio, name##_is_off) \
		{ \
		} \
		TEST(radio, name##_is_there) \
		{ \
		}

	RADIO_TESTS(kitchen)
	/* [B01] */
	RADIO_TESTS(hall)
	END
}

# sed's script and file, then the error's place and text.
refuses() { # SCRIPT FILE MESSAGE
	sed -i "$1" "$2"
	run table
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$output" = "$3" ]
}

@test "docs/coverage.md is up to date" {
	cd "$top"
	diff docs/coverage.md <(table) || {
		echo 'run "make coverage-table"'
		return 1
	}
}

@test "every promise has a line that tells what checks it, or why nothing does" {
	run table
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *$'\n| A01 | time goes on | [clock.goes_on](../tests/clock.c), [clock.never_goes_back](../tests/clock.c) |\n'* ]]
	[[ $output == *$'\n| A02 | time never goes back | [clock.never_goes_back](../tests/clock.c) |\n'* ]]
	[[ $output == *$'\n| A03 | time stands still in a pause | *needs a pause* |\n'* ]]
	[[ $output == *$'\n| B02 | windows are clean | *nobody can see that* |\n'* ]]
	[[ $output == *$'\n| B03 | lights are out | *not yet* |\n'* ]]
}

@test "configurations and macros name rows, too" {
	run table
	echo "$output"
	[[ $output == *$'\n| B01 | doors are closed | configuration [doors](../unittests.cfg), [radio.hall_is_off](../tests/radio.c) |\n'* ]]
	[[ $output == *$'\n| B04 | radios are off | [radio.kitchen_is_off](../tests/radio.c), [radio.hall_is_off](../tests/radio.c) *only at night* |'* ]]
}

@test "the summary adds up, and leaves out of the percentage what needs the host" {
	run table
	echo "$output"
	[[ $output == *$'\n4 of the 6 promises that need no help of the host are checked: 66.7 %. 1 more '* ]]
	[[ $output == *$'\n| [clocks](#clocks) | 3 | 2 |  | 1 |  |\n'* ]]
	[[ $output == *$'\n| [other things](#other-things) | 4 | 2 | 1 |  | 1 |\n'* ]]
	[[ $output == *$'\n| all | 7 | 4 | 1 | 1 | 1 |\n'* ]]
}

@test "of many tests for one promise the first are named" {
	for i in 1 2 3 4 5 6; do
		printf '/* [B04] */\nTEST(radio, is_off_%s)\n' $i
	done >>tests/radio.c
	run table
	echo "$output"
	[[ $output == *'[radio.is_off_2](../tests/radio.c), and 4 more *only at night* |'* ]]
}

@test "a test that names a row which is not there" {
	refuses 's/A02\]/A04]/' tests/clock.c 'tests/clock.c:13: docs/catalogue.tsv has no row A04'
}

@test "a configuration that names a row which is not there" {
	refuses 's/B01/Z01/' unittests.cfg 'unittests.cfg:4: docs/catalogue.tsv has no row Z01'
}

@test "a row that nothing checks, and no reason" {
	refuses 's/A02\]/]/' tests/clock.c \
		'docs/catalogue.tsv:3: nothing checks A02: name it above a test, or say here why nothing can'
}

@test "a row that nothing checks, but that says where" {
	refuses 's/\[B04\]//' tests/radio.c \
		'docs/catalogue.tsv:8: nothing checks B04: name it above a test, or say here why nothing can'
}

@test "a row with a test, and a reason why it has none" {
	refuses '/^A01/s/$/\tlater/' docs/catalogue.tsv \
		'docs/catalogue.tsv:2: clock.goes_on checks A01: remove the fourth column, which says why nothing does'
}

@test "a second row of the same name" {
	refuses 's/^A03/A02/' docs/catalogue.tsv 'docs/catalogue.tsv:4: a second row A02'
}

@test "a row with columns missing" {
	refuses '2s/\t[^\t]*$//' docs/catalogue.tsv \
		'docs/catalogue.tsv:2: not three columns, id, feature, promise, and perhaps why nothing checks it'
}

@test "a row whose name is none" {
	refuses 's/^A01/A1/' docs/catalogue.tsv 'docs/catalogue.tsv:2: "A1" is no letter and two digits'
}

@test "a reason of no known kind" {
	refuses 's/host: /pause: /' docs/catalogue.tsv \
		'docs/catalogue.tsv:4: the fourth column is "later", "host: WHAT IT HAS TO DO", "none: WHY", or for one that is checked "only: WHERE"'
}

@test "rows above what is no test" {
	refuses 's/have \[brackets\]/have [A01]/' tests/clock.c \
		'tests/clock.c:2: the comment above names row A01, but this is neither a test nor a configuration'
}

@test "rows above what is no configuration" {
	refuses '/^\[doors\]/s/^/\n/' unittests.cfg \
		'unittests.cfg:4: the comment above names row B01, but this is neither a test nor a configuration'
}

# The seen coverage of results in results/, from the small project.
seen() {
	awk -v tags=1 -f "$top/docs/coverage.awk" docs/catalogue.tsv unittests.cfg tests/*.c >tags.tsv
	(cd results && find . -name '*.json' -print0 | sort -z | xargs -0 jq -r -f "$top/docs/coverage-seen.jq") >tests.tsv
	awk -f "$top/docs/coverage-seen.awk" docs/catalogue.tsv tags.tsv tests.tsv
}

# A result, of a suite that can say that a feature did not act.
result() { # HOST/CONFIGURATION VERDICT TESTS-AS-JSON
	mkdir -p "results/${1%/*}"
	jq -n --arg name "${1##*/}" --arg verdict "$2" --argjson tests "$3" '{$verdict, config: {$name}, $tests,
		started: "2026-11-21T10:00:00Z", guest: {version: "0.2"},
		host: {release: "6.1", qemu_version: "7.2", cpu_model: "a | CPU"}}' >"results/$1.json"
}

@test "what results show of each promise: acted, inert, failed, never ran" {
	result old/default pass '[{"name": "clock.goes_on", "verdict": "pass"},
		{"name": "clock.never_goes_back", "verdict": "pass", "inert": "it stood"},
		{"name": "radio.kitchen_is_off", "verdict": "fail"}]'
	result new/default pass '[{"name": "clock.goes_on", "verdict": "pass"}]'
	result new/other pass '[{"name": "clock.goes_on", "verdict": "pass"},
		{"name": "clock.never_goes_back", "verdict": "skip"}]'
	run seen
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"
Run of 2026-11-21, on:

- new: Linux 6.1, QEMU 7.2, a   CPU
- old: Linux 6.1, QEMU 7.2, a   CPU
"* ]]
	[[ $output == *"
Of 7 promises, seen to hold with the feature acting: 1; held, but without acting anywhere: 1;
broken wherever a test of them ran: 1; with tests that never ran: 1; without a test: 3.
"* ]]
	[[ $output == *"
| A01 | time goes on | clock.goes_on, clock.never_goes_back | new 2, old 1 | old 1 |  |
| A02 | time never goes back | clock.never_goes_back | **nowhere** | old 1 |  |
| A03 | time stands still in a pause | *nothing* |  |  |  |
"* ]]
	[[ $output == *"
| B01 | doors are closed | [doors], radio.hall_is_off | **nowhere** |  | [doors], radio.hall_is_off |
"* ]]
	[[ $output == *"
| B04 | radios are off | radio.kitchen_is_off, radio.hall_is_off | **nowhere** |  | radio.hall_is_off |"* ]]
	[[ $output != *"version 0.1"* ]]
	result new/doors pass '[]'
	run seen
	[[ $output == *"
| B01 | doors are closed | [doors], radio.hall_is_off | new 1 |  | radio.hall_is_off |
"* ]]
}

@test "results of this machine, and of a suite that cannot say that nothing acted" {
	result ./default pass '[{"name": "clock.goes_on", "verdict": "pass"}]'
	jq 'del(.guest.version)' results/default.json >results/x.json
	rm results/default.json
	run seen
	echo "$output"
	[[ $output == *"
Some of it was run by version 0.1, "* ]]
	[[ $output == *"
| A01 | time goes on | clock.goes_on, clock.never_goes_back | this machine 1 |  | clock.never_goes_back |
"* ]]
	rm results/x.json
	run seen
	[ "$status" -ne 0 ]
}
