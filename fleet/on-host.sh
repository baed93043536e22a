#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs on a host of a fleet, in any shell: BUNDLE, which is a file that goes, or "-" for standard input, with ARGUMENTs, for at
# most SECONDS. Nothing of it is left, however it ends: not if it is killed, and not if the connection breaks.
#
# Standard output has JSON values for fleet/collect: that it began, how it ended, and the run's report, if there is one.
# Standard error has what the run says. Without arguments this script only looks whether there is room.
# usage: on-host.sh [SECONDS BUNDLE [ARGUMENT]...]
set -u
export LC_ALL=C

# A bundle unpacks to 10 MB; results of all configurations take as much again, and logs of hosts that fail more.
needed_kb=65536
least_kb=1024
place=${TMPDIR:-/tmp}

ended() { # END STATUS [MESSAGE]
	printf '{"end":"%s","status":%s,"message":"%s"}\n' "$1" "$2" "$(printf %s "${3-}" | sed 's/[\\"]/\\&/g')"
}

free_kb() {
	df -Pk "$place" 2>/dev/null | awk 'NR == 2 { print $4 }'
}

is_full() {
	ended full null "$place has $(free_kb) KB of room, and a run needs $needed_kb: make room there, or set TMPDIR"
	exit
}

uptime_s() {
	read -r uptime _ </proc/uptime
	echo "${uptime%%.*}"
}

# All of a run is one process group. Ten seconds are enough for its own end, in which it sets back what it set.
stop() { # GROUP
	kill -TERM "-$1"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		kill -0 "-$1" 2>/dev/null || return 0
		sleep 1
	done
	kill -KILL "-$1"
}

echo '{"kvm-pv-tests":"begun"}'
free=$(free_kb)
[ "${free:-$needed_kb}" -ge $needed_kb ] || is_full
[ $# -gt 0 ] || exit 0
limit=$1 bundle=$2
shift 2

if ! folder=$(mktemp -d "$place/kvm-pv-tests-fleet.XXXXXX") || ! mkfifo "$folder/alive"; then
	ended cannot-run null "cannot make a temporary folder in $place: set TMPDIR"
	exit
fi
# This process holds the other end of the pipe for as long as it lives. It says which group the run is, and when that is over.
(
	trap '' HUP INT TERM
	read -r run && { read -r over || stop "$run"; }
	cat
	rm -rf "$folder"
) <"$folder/alive" >/dev/null 2>&1 &
exec 9>"$folder/alive"

if [ "$bundle" = - ]; then cat; else cat "$bundle" && rm -f "$bundle"; fi >"$folder/bundle" || is_full
cd "$folder" || exit
TMPDIR=$folder setsid sh "$folder/bundle" "$@" </dev/null >&2 9>&- &
run=$!
echo "$run" >&9

begun=$(uptime_s) over=
while kill -s 0 "$run" 2>/dev/null; do
	# Whoever started this waits for it: sshd, for one, which ends with its connection.
	[ "$PPID" -le 1 ] || [ -d "/proc/$PPID" ] || exit
	if [ $(($(uptime_s) - begun)) -ge "$limit" ]; then
		stop "$run" 2>/dev/null
		over=timeout
		break
	fi
	sleep 1
done
wait "$run"
status=$?
echo over >&9

if [ "$over" ]; then
	ended timeout null "the run was stopped after $limit s: allow more time, or name fewer configurations"
elif [ "$status" -ge 128 ]; then
	ended killed null "the run was ended by signal $((status - 128))"
elif [ -s results/latest/report.json ]; then
	ended "done" "$status"
	cat results/latest/report.json
elif [ "$(free_kb)" -lt $least_kb ]; then
	is_full
else
	ended cannot-run "$status"
fi
rm -rf "$folder"
