#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport over a fleet's results. What is asked of it is ten thousand results of 42 KB each in 10 s and 500 MB on two
# CPUs; here are 500, with twice the time and memory that would be their share, and what a process needs in any case.

load helper

limit_ms=$((2 * 10000 * 2 * 500 / 10000 + 200)) # of CPU time: the machine may be busy with other things
limit_kb=$((2 * 500 * 1024 * 500 / 10000 + 20 * 1024))

setup_file() {
	local many=$BATS_FILE_TMPDIR/many one=$BATS_FILE_TMPDIR/one.json
	export FAKE_PIDS=$BATS_FILE_TMPDIR/pids
	"$pvrun" --qemu "$fakes/reports-all-good" --kernel /dev/null --name CONFIG --result "$one.small" >/dev/null
	jq --indent 1 '.tests as $few | .counts = (.counts | .pass = 125 | .skip = 125) | .tests = [range(250) | . as $i |
		$few[$i % 4] | .name = "suite_\($i / 8 | floor).a_claim_that_is_as_long_as_most_claims_are_\($i)"]' \
		"$one.small" >"$one"
	"$top/selftest/many-results" "$one" 500 "$many"
}

teardown_file() {
	rm -rf "$BATS_FILE_TMPDIR/many"
}

# Leaves the report in the file "report".
measure() { # OPTION...
	cd "$BATS_TEST_TMPDIR" || return
	run /usr/bin/python3 - "$limit_ms" "$limit_kb" "$pvreport" "$@" "$BATS_FILE_TMPDIR/many" <<-'END'
		import resource, subprocess, sys
		limits = int(sys.argv[1]), int(sys.argv[2])
		with open("report", "w") as report:
		    status = subprocess.call(sys.argv[3:], stdout=report)
		used = resource.getrusage(resource.RUSAGE_CHILDREN)
		measured = int(1000 * (used.ru_utime + used.ru_stime)), used.ru_maxrss
		print("%d ms, %d KB" % measured)
		sys.exit(status if measured < limits else 99)
	END
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "results are of a realistic size, and no two are the same" {
	cd "$BATS_FILE_TMPDIR/many"
	[ "$(find . -name '*.json' -size +30k | wc -l)" -eq 500 ]
	[ "$(cat host0/config1*.json | wc -l)" -gt 1000 ]
	run cmp -s host0/config1.json host0/config2.json
	[ "$status" -eq 1 ]
	"$top/selftest/validate" "$top/docs/result.schema.json" host1/config1*.json
}

@test "text" {
	measure
	[ "$(tail -n 1 report)" = FAIL ]
	grep '^500 configurations: ' report
}

@test "KTAP" {
	measure --ktap
	[ "$(grep -c '^\(not \)\?ok ' report)" -eq 500 ]
}

@test "JUnit" {
	measure --junit
	[ "$(grep -c '<testsuite ' report)" -eq 500 ]
}

@test "JSON" {
	measure --json
	jq -e '.totals.configurations == 500 and (.results | length) == 500 and (.hosts | length) == 2' report
}
