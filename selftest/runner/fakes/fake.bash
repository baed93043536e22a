# SPDX-License-Identifier: BSD-2-Clause
# What all fake QEMUs share: they find COM1 and QMP among their arguments as QEMU does, and leave their process id in
# $FAKE_PIDS, so that the tests can tell whether any of them is left.
# shellcheck shell=bash

logs=$(dirname "${BASH_SOURCE[0]}")/../logs
printf '%s\n' "$$" >>"$FAKE_PIDS"
[[ ! ${FAKE_PIDS-} ]] || printf '%s\n' "$@" >"$FAKE_PIDS.args"
for word in "$@"; do
	case $word in
	fd=*,set=1)
		com1=${word#fd=}
		com1=${com1%,*}
		;;
	socket,id=qmp,fd=*) qmp=${word##*=} ;;
	memory-backend-file,*) memory=${word##*=} ;;
	socket,id=channel,fd=*) channel=${word##*=} ;;
	esac
done

say() { # FILE; - is standard input
	cat "$1" >&"$com1"
}

# The good report up to and with the line that contains $1.
say_up_to() {
	sed "/$1/q" "$logs/good.log" | say -
}

# The good report after that line.
say_after() {
	sed "1,/$1/d" "$logs/good.log" | say -
}

# Sends a request through the channel, and keeps the answer with all others; $answer is the last one.
ask() { # REQUEST
	printf '%s\n' "$1" >&"$channel"
	hear
}

hear() {
	read -r answer <&"$channel" && printf '%s\n' "$answer" >>"$FAKE_PIDS.answers"
}

greet() {
	echo '{"QMP": {"version": {"qemu": {"micro": 9, "minor": 8, "major": 7}, "package": "fake"}, "capabilities": []}}' >&"$qmp"
}

# Answers one QMP command, and leaves its name in $command and the whole of it in $line.
serve() {
	read -r line <&"$qmp" || return
	[[ $line =~ \"execute\":\ \"([a-z_-]+)\" ]]
	command=${BASH_REMATCH[1]}
	case $command in
	query-cpus-fast) echo "{\"return\": [{\"cpu-index\": 0, \"thread-id\": $$}]}" ;;
	query-cpu-model-expansion) echo "${EXPANSION-}" ;;
	query-migrate) echo '{"return": {"status": "failed", "error-desc": "no room"}}' ;;
	query-status) echo '{"return": {"status": "internal-error", "running": false}}' ;;
	*) echo '{"return": {}}' ;;
	esac >&"$qmp"
}
