# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # what run has
# What a host leaves: its kernel's messages, its results, and what they say of it.

readonly unpack_program=$nested_host/../build/runner/nested-unpack

# Things that a kernel says when it has gone wrong, and when it has been kept waiting; an emulator on a busy machine may do that.
readonly complaint='WARNING: |BUG: |kernel BUG at|Oops: |general protection fault|UBSAN: '
readonly delay='soft lockup|hard LOCKUP|detected stalls|self-detected stall|blocked for more than'

was_ready() {
	grep -qx ready "$work/control" 2>/dev/null
}

# The console in plain lines, without the terminal's carriage returns.
console() {
	head -c "${most[console]}" "$work/console" | tr -d '\r\000'
}

without_time() {
	sed 's/^\[ *[0-9.]*\] //'
}

# What the kernel said while the command ran.
during_command() {
	console | sed -n '/kvm-pv-tests: the command starts/,/kvm-pv-tests: the command has ended/p'
}

# Takes what the host sent into the results. Prints what was refused, with status 1.
collect() {
	[[ $results ]] || return 0
	take_results
	mkdir -p "$results" && console >"$results/kernel.log" || return 2
	if [[ ${outcome-} == [0-9]* && -s $work/results ]]; then
		"$unpack_program" "$results" <"$work/results" && return
	fi
	# They have the same, as far as the host came.
	[[ ! -s $work/snapshots ]] || "$unpack_program" --partial "$results" <"$work/snapshots"
}

judge() {
	local line
	line=$(during_command | grep -m 1 -E "$delay" | without_time)
	[[ ! $line ]] || report delay "its kernel was kept waiting: $line"
	line=$(during_command | grep -E "$complaint" | grep -v -m 1 -E "$delay" | without_time)
	if [[ $line ]]; then
		report complaint "its kernel complained: $line"
		[[ $outcome != 0 && $outcome != 77 ]] || outcome=1
	fi
	if [[ $refused ]]; then
		report complaint "what it sent as results was refused: ${refused#nested-unpack: }"
		[[ $outcome != 0 && $outcome != 77 ]] || outcome=1
	fi
	[[ $outcome == [0-9]* ]] || outcome=1
	return "$outcome"
}
