# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # what tests use, and what bats sets
# For all tests of the runner: where things are, a look for processes that were left behind after each test, and, after
# the last one, a look whether every result that any of them wrote is what docs/result.schema.json allows, and its
# reports are what they have to be.

runner=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$runner/../..
fakes=$runner/fakes
logs=$runner/logs
pvrun=$top/build/runner/pvrun
pvreport=$top/build/runner/pvreport

setup() {
	export FAKE_PIDS=$BATS_TEST_TMPDIR/pids
	: >"$FAKE_PIDS"
	# What fake guests see is not to be held against what this machine's KVM offers.
	export KVM_DEVICE=
	result=$BATS_TEST_TMPDIR/result.json
	log=$BATS_TEST_TMPDIR/log
}

is_alive() { # PID; zombies do not count
	[[ -r /proc/$1/stat && $(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null) != Z ]]
}

# Keeps a copy of results for the look after the last test.
keep() { # RESULT...
	local path
	mkdir -p "$BATS_FILE_TMPDIR/results"
	for path; do
		[[ ! -s $path || $path == */report.json ]] || cp "$path" "$BATS_FILE_TMPDIR/results/$BATS_TEST_NAME.$(cksum <"$path" | tr ' ' .).json"
	done
}

# One validator for all of them: it takes longer to start than to look at a result.
teardown_file() {
	[[ -d $BATS_FILE_TMPDIR/results ]] || return 0
	"$top/selftest/validate" "$top/docs/result.schema.json" "$BATS_FILE_TMPDIR"/results/*
	"$pvreport" --junit "$BATS_FILE_TMPDIR/results" | xmllint --noout -
	"$pvreport" --json "$BATS_FILE_TMPDIR/results" >"$BATS_FILE_TMPDIR/report" || (($? != 2))
	"$top/selftest/validate" "$top/docs/report.schema.json" "$BATS_FILE_TMPDIR/report"
}

teardown() {
	local pid
	keep "$result" "$BATS_TEST_TMPDIR"/results/*/{,*/}*.json
	while read -r pid; do
		for _ in {1..30}; do
			is_alive "$pid" || continue 2
			sleep 0.1
		done
		echo "process $pid was left behind:" "$(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid"
		return 1
	done <"$FAKE_PIDS"
}

# Runs one fake QEMU under pvrun, with short times unless the options say otherwise.
vm() { # FAKE OPTION...
	run "$pvrun" --qemu "$fakes/$1" --kernel /dev/null --name t --log "$log" --result "$result" \
		--silence 1 --timeout 20 "${@:2}"
	echo "$output"
	[[ -s $result ]]
	keep "$result"
}

# Is this true of the result? A jq expression.
holds() {
	keep "$result"
	jq -e "$1" "$result" >/dev/null || {
		echo "not true: $1"
		jq -c 'del(.host)' "$result"
		return 1
	}
}

# Has one of the run-level errors this text in it?
complains() {
	jq -r '.errors[]' "$result" | grep -F -- "$1" || {
		echo "no error has: $1"
		jq -c .errors "$result"
		return 1
	}
}
