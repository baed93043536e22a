# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # what tests use, and what bats sets
# For all tests of the runner: where things are, and a look for processes that were left behind after each test.

runner=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$runner/../..
fakes=$runner/fakes
logs=$runner/logs
pvrun=$top/build/host/pvrun
pvreport=$top/build/host/pvreport

setup() {
	export FAKE_PIDS=$BATS_TEST_TMPDIR/pids
	: >"$FAKE_PIDS"
	result=$BATS_TEST_TMPDIR/result.json
	log=$BATS_TEST_TMPDIR/log
}

is_alive() { # PID; the dead that nobody has waited for do not count
	[[ -r /proc/$1/stat && $(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null) != Z ]]
}

teardown() {
	local pid
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
	jq -e . "$result" >/dev/null
}

# Is this true of the result? A jq expression.
holds() {
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
