#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The generator of mutants, without a kernel's source: selftest/mutants/README.md.

load helper

@test "the generator and the verdicts are right about small sources" {
	run python3 -m unittest discover -s selftest/mutants -p 'test_*.py'
	[ "$status" -eq 0 ]
}

@test "every feature of the list has its configurations, and each of those exists" {
	grep -v '^#' selftest/mutants/functions.tsv | cut -f3 | sort -u >"$BATS_TEST_TMPDIR/listed"
	grep -v '^#' selftest/mutants/features.tsv | cut -f1 | sort >"$BATS_TEST_TMPDIR/described"
	diff "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/described"
	grep -v '^#' selftest/mutants/features.tsv | cut -f3,4 | grep -oE '[^|[:blank:]]+' | sort -u >"$BATS_TEST_TMPDIR/named"
	{ sed -n 's/^\[\(.*\)\]$/\1/p' unittests.cfg && sed -n 's/^\(vmm.*\))$/\1/p' selftest/vmm/run; } | sort >"$BATS_TEST_TMPDIR/there"
	[ -z "$(comm -23 "$BATS_TEST_TMPDIR/named" "$BATS_TEST_TMPDIR/there")" ]
}

@test "a source that is not prepared is one line of error" {
	run selftest/mutants/mutants "$BATS_TEST_TMPDIR" list
	[ "$status" -eq 2 ]
	[[ ${lines[0]} == "mutants: $BATS_TEST_TMPDIR is no prepared source: see selftest/mutants/README.md" ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "the sample that is always run has one mutant for each of ten features" {
	grep -v '^#' selftest/mutants/sample.tsv >"$BATS_TEST_TMPDIR/sample"
	[ "$(cut -f1 "$BATS_TEST_TMPDIR/sample" | sort -u | wc -l)" -eq 10 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/sample")" -eq 10 ]
	while IFS=$'\t' read -r feature mutant; do
		grep -qP "\t${mutant%%:*}\t$feature\t" selftest/mutants/functions.tsv
	done <"$BATS_TEST_TMPDIR/sample"
}

@test "a source that cannot be prepared is one line of error" {
	mkdir "$BATS_TEST_TMPDIR/few"
	for program in bash dirname sha256sum cut gcc make bc flex tar; do
		ln -s "$(command -v $program)" "$BATS_TEST_TMPDIR/few/"
	done
	PATH=$BATS_TEST_TMPDIR/few run selftest/mutants/prepare "$BATS_TEST_TMPDIR/source"
	[ "$status" -eq 2 ]
	[[ $output == *'bison is missing: '*'make deps'* ]]
	[ "${#lines[@]}" -eq 1 ]
	run selftest/mutants/prepare --host bookworm+6.12 "$BATS_TEST_TMPDIR/source"
	[ "$status" -eq 2 ]
	[[ $output == *"only the sources of the releases' own kernels"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/source" ]
}

@test "every reason for a test that no mutant trips is about a test" {
	while IFS=$'\t' read -r pattern _; do
		suite=${pattern%%.*} name=${pattern#*.}
		# With what the preprocessor puts together.
		grep -qE "TEST\w*\(${suite//\*/\\w*}, ${name//\*/[[:alnum:]_#]*}[,)]" tests/*.c || { echo "$pattern" && return 1; }
	done < <(grep -v '^#' selftest/mutants/idle.tsv)
}
