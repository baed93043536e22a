#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# selftest/try-defects, with a source of one file, and a host on which tests fail that a file names; and the patches' heads.

load helper
: "${top:?}"

# A source whose module holds what a patch may change, and a tree whose run_tests.sh says that the tests in that file fail.
setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir -p tree/selftest/defects source/arch/x86/kvm
	cp "$top/selftest/try-defects" tree/selftest/
	touch source/.config
	echo none >source/arch/x86/kvm/failing
	printf 'modules:\n\t@test ! -e %s\n\tcp /bin/true arch/x86/kvm/kvm.ko\n\tcp /bin/true arch/x86/kvm/kvm-amd.ko\n' \
		arch/x86/kvm/broken >source/Makefile
	cat >tree/selftest/damaged-host <<-'END'
	#!/bin/sh
	mkdir -p "$2/modules"
	END
	cat >tree/run_tests.sh <<-'END'
	#!/bin/bash
	mkdir -p "$RESULTS/$2"
	jq -Rs '{tests: [{name: "a.sound", verdict: "pass"}, {name: "a.absent", verdict: "skip"},
		(split("\n")[] | select(. != "" and . != "none") | {name: ., verdict: "fail"})]}' "$FAILING" \
		>"$RESULTS/$2/${!#}.json"
	exit 1
	END
	chmod +x tree/selftest/damaged-host tree/run_tests.sh
	export FAILING=$BATS_TEST_TMPDIR/source/arch/x86/kvm/failing
}

# A defect with which these tests fail.
defect() { # NAME HEAD TEST...
	{
		printf 'It is wrong.\n\nConfigurations: default\n%s\n\n' "$2"
		printf -- '--- a/arch/x86/kvm/failing\n+++ b/arch/x86/kvm/failing\n@@ -1 +1,%d @@\n-none\n' $(($# - 2))
		printf '+%s\n' "${@:3}"
	} >"tree/selftest/defects/$1.patch"
}

try() { # DEFECT...
	local options=()
	[[ ${1-} != --host ]] || { options=("$1" "$2") && shift 2; }
	run tree/selftest/try-defects "${options[@]}" source out "$@"
	echo "$output"
	[ "$(cat source/arch/x86/kvm/failing)" = none ]
}

@test "a defect that the tests of its head see, and no others" {
	defect one $'Must-fail: a.first b.*\nVisible-on: bookworm' a.first b.second
	try one
	[ "$status" -eq 0 ]
	[ "$output" = "one: seen, by 2 tests" ]
	defect two $'Must-fail: a.first\nMay-fail: b.*\nVisible-on: bookworm' a.first b.second
	try
	[ "$status" -eq 0 ]
	[ "${lines[1]}" = "two: seen, by 2 tests" ]
}

@test "a defect that a test does not see, and one that another sees, too" {
	defect one $'Must-fail: a.first b.*\nVisible-on: bookworm' a.first
	defect two $'Must-fail: a.first\nVisible-on: bookworm' a.first b.second
	try
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "one: b.* does not fail" ]
	[ "${lines[1]}" = "two: b.second fails, too" ]
}

@test "no defect: nothing may fail" {
	defect one $'Must-fail:\nVisible-on: bookworm' none
	try
	[ "$status" -eq 0 ]
	[ "$output" = "one: seen, by 0 tests" ]
	defect one $'Must-fail:\nVisible-on: bookworm' a.first
	try
	[ "$status" -eq 1 ]
	[ "$output" = "one: a.first fails, too" ]
}

@test "a defect that this host cannot show is built" {
	defect one $'Must-fail: a.first\nVisible-on: hardware' none a.first
	try
	[ "$status" -eq 0 ]
	[ "$output" = "one: builds; not visible on bookworm" ]
	[ ! -e out/one/results ]
	touch source/arch/x86/kvm/broken
	try
	[ "$status" -eq 2 ]
	[[ $output == "one: does not build: see "* ]]
}

@test "a host with the other vendor's processor" {
	sed -i 's/kvm-amd/kvm-intel/' source/Makefile
	defect one $'Must-fail: a.first\nVisible-on: bookworm' a.first
	try --host bookworm-intel one
	[ "$status" -eq 0 ]
	[ "$output" = "one: seen, by 1 tests" ]
	[ -e out/one/modules/kvm_intel.ko ]
	[ -e out/one/results/bookworm-intel/default.json ]
}

@test "mistakes" {
	run tree/selftest/try-defects
	[ "$status" -eq 2 ]
	try none-such
	[ "$status" -eq 2 ]
	[ "$output" = "try-defects: there is no defect none-such" ]
	run tree/selftest/try-defects tree out
	[ "$status" -eq 2 ]
	[ "$output" = "try-defects: tree is no prepared source of Linux" ]
}

# Names of tests are in their sources as SUITE and NAME, except those that a macro makes in tests/enforcement.c.
@test "every patch names configurations, tests and hosts that there are" {
	sed -nE 's/^TEST\(([a-z0-9_]+), ([a-z0-9_]+).*/\1.\2/p' "$top"/tests/*.c >names
	sed -nE 's/^MSR_TESTS\(([a-z0-9_]+),.*/enforcement.\1_works_when_hidden_unenforced/p' "$top"/tests/enforcement.c >>names
	for patch in "$top"/selftest/defects/*.patch; do
		echo "$patch"
		sed '/^--- /,$d' "$patch" >tags
		[ "$(grep -cE '^(Configurations|Must-fail|Visible-on):' tags)" -eq 3 ]
		[ "$(sed -n 's/^Visible-on: //p' tags | grep -cxE 'bookworm|hardware')" -eq 1 ]
		read -ra configurations < <(sed -n 's/^Configurations: //p' tags)
		for configuration in "${configurations[@]}"; do
			grep -qxF "[$configuration]" "$top/unittests.cfg"
		done
		read -ra patterns < <(sed -nE 's/^(Must|May)-fail: ?//p' tags | xargs)
		for pattern in "${patterns[@]}"; do
			pattern=${pattern//./\\.}
			grep -qx "${pattern//\*/.*}" names
		done
	done
}
