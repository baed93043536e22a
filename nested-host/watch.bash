# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # what run has
# What run does while an emulator runs: it ends one that is silent for too long, or takes or sends too much.

# What a host may send and say, in bytes. Long runs of all configurations need a hundredth of it.
readonly -A most=([control]=$((1 << 20)) [console]=$((64 << 20)) [output]=$((256 << 20)) [errors]=$((16 << 20))
	[snapshots]=$((600 << 20)) [results]=$((600 << 20)) [emulator.log]=$((16 << 20)))

# Hosts that drip signs of life without end are ended, too.
time_limit=21600 output_limit=

readonly no_room="No space left on device (${TMPDIR:-/tmp})"

# Sets sent[CHANNEL] to what the host has sent, in bytes, and flood to a channel on which that is too much.
measure() { # [OUTPUT-PID ERRORS-PID]
	local size name key
	while read -r size name; do
		sent[${name##*/}]=$size
	done < <(wc -c "$work"/{control,console,snapshots,results,emulator.log} 2>/dev/null)
	for name in output errors; do
		while read -r key size; do
			[[ $key != wchar: ]] || sent[$name]=$size
		done 2>/dev/null <"/proc/${1-none}/io"
		shift
	done
	for name in "${!most[@]}"; do
		((${sent[$name]-0} <= ${most[$name]})) || flood=$name
	done
}

# The seconds since this machine's start: $SECONDS jumps when the clock is set.
now() {
	local uptime
	read -r uptime _ </proc/uptime
	echo "${uptime%.*}"
}

# Is there room for what the host sends? What it cannot send for want of it is lost without a word.
has_room() {
	{ printf '%65536s' '' >"$work/room"; } 2>/dev/null && : >"$work/room"
}

# Ends the emulator when the host has been silent for too long, or has taken or sent too much.
watch() { # OUTPUT-PID ERRORS-PID
	local last='' now why='' flood='' written='' quiet=0 wrote=0 seconds=0 before never
	local -A sent=()
	exec {never}<>"$work/never"
	start_clock
	while kill -0 "$emulator_pid" 2>/dev/null; do
		measure "$@"
		before=$seconds
		read_clock
		now="${sent[control]-} ${sent[console]-}"
		[[ $now == "$last" ]] || quiet=0
		last=$now
		((quiet < silence)) || why=hung
		((seconds == before)) || ((++quiet))
		[[ ${sent[output]-} == "$written" ]] || wrote=$seconds
		written=${sent[output]-}
		((seconds - wrote < ${output_limit:-time_limit})) || why=wordless
		((seconds < time_limit)) || why=overtime
		[[ ! $flood ]] || why="flood $flood"
		has_room || why=full
		if [[ $why ]]; then
			echo "$why" >&"$reason"
			kill -KILL "$emulator_pid"
			break
		fi
		read -rt 1 -u "$never" # sleeps without a process
	done
}
