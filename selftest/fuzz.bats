#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The fuzz targets on the inputs of their corpora, among them those that once found something, and what "make fuzz"
# says of what it finds.

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	run_fuzz=selftest/fuzz/run
}

# A target that does what libFuzzer's programs do.
make_target() { # COMMAND
	# shellcheck disable=SC2016 # for the target
	printf '#!/bin/sh\nfor argument; do case $argument in -artifact_prefix=*) prefix=${argument#*=} ;; esac; done\n%s\n' \
		"$1" >"$BATS_TEST_TMPDIR/target"
	chmod +x "$BATS_TEST_TMPDIR/target"
}

@test "no input of the corpora finds anything" {
	for folder in selftest/fuzz/corpus/*; do
		[ -x "build/fuzz/${folder##*/}" ]
		set -- "$@" "build/fuzz/${folder##*/}"
	done
	run "$run_fuzz" 0 "$@"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq $# ]
}

@test "every target has inputs to begin with" {
	for source in selftest/fuzz/*.c; do
		name=$(basename "$source" .c)
		[ "$name" = fuzz ] || [ "$(ls "selftest/fuzz/corpus/$name")" ]
	done
}

@test "a finding is named, with the command that repeats it" {
	# shellcheck disable=SC2016 # for the target
	make_target 'echo "ERROR: libFuzzer: deadly signal"; echo x >"${prefix}crash-1"; echo "Test unit written to ${prefix}crash-1"; exit 77'
	run "$run_fuzz" 1 "$BATS_TEST_TMPDIR/target"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "FAIL  target: ERROR: libFuzzer: deadly signal" ]
	[ "${lines[2]}" = "      input: $BATS_TEST_TMPDIR/found/target-crash-1" ]
	[ "${lines[3]}" = "      repeat: $BATS_TEST_TMPDIR/target $BATS_TEST_TMPDIR/found/target-crash-1" ]
	[ -s "$BATS_TEST_TMPDIR/found/target-crash-1" ]
}

@test "targets that cannot run, and wrong usage" {
	run "$run_fuzz" 1 "$BATS_TEST_TMPDIR/no-such-target"
	[ "$status" -eq 1 ]
	for arguments in '' '1' 'x target' '-1 target'; do
		# shellcheck disable=SC2086 # the words
		run "$run_fuzz" $arguments
		[ "$status" -eq 2 ]
		[[ $output == Usage:* ]]
	done
}
