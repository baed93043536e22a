#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the configurations of unittests.cfg, one VM each. The VM itself is pvrun's business.
set -u

readonly pvrun=build/runner/pvrun pvreport=build/runner/pvreport probe=build/runner/kvm-probe
readonly offer=build/runner/kvm-pv-features

usage() {
	cat <<-'END'
	Usage: run_tests.sh [-a] [-g GROUP] [-j N] [-l] [-t] [-v] [-h] [--host HOST[,HOST]...] [--matrix] [CONFIGURATION]...
	Runs configurations of unittests.cfg: those named, or all but the group nodefault. Names may be patterns: 'no-*'.

	  -a         all configurations, those of the group nodefault too
	  -g GROUP   the configurations of one group
	  -j N       N virtual machines at a time. Emulation takes a CPU for each host: there it is N hosts at a time, and
	             more jobs than hosts boot a host several times over and share its configurations out
	  -l         list the configurations instead; --list shows QEMU's arguments, too
	  -t         print the whole run as KTAP; progress goes to stderr
	  -v         show the guests' logs as they come, on stderr
	  -h         this help
	  --host HOST[,HOST]...    where: local, this machine's KVM; or a stock host that is booted under emulation, by
	             its Debian release (bullseye, bookworm, trixie, sid), see nested-host/run --help. Several are
	             shown side by side. Default: auto, local where KVM works, else the release that fits best
	  --matrix   not those of unittests.cfg, but all that follow from the PV flags that QEMU and KVM know: without-FLAG,
	             only-FLAG, each also NAME-enforced, and pairs of all else (groups without, only, enforced, pair)
	  --host-kernel VMLINUZ, --host-modules FOLDER    a kernel of your own for that host
	  --save FOLDER      keep this run there, in a folder that is new or empty: results, logs, kernel messages
	  --baseline FOLDER  compare with the run that was saved there (results/latest will do): what has regressed, what was
	             fixed, what is not checked any more, and what is different about the hosts. One host is compared with
	             the other, several by their names; names and -g limit the comparison, too

	Environment: QEMU=PROGRAM, ACCEL=kvm|tcg (default: KVM where it works), TIMEOUT=SECONDS per configuration,
	COLD_DISK=/dev/DISK whose content is lost, for memory that is not there yet.
	SET_HOST=on sets the host as a configuration's check= wants, and back at its end, as is done to nested hosts.
	RESULTS=FOLDER for results and logs, and no summary. Otherwise they go to results/DATE-TIME/ with a folder for each
	nested host; the last of them is results/latest.
	Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was validated. With --baseline:
	0 the same or better, 1 worse, 2 cannot compare; the last line begins with SAME, BETTER, WORSE or CANNOT COMPARE.
	END
}

die() {
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit 2
}

say() {
	printf '%s\n' "$*" >&"$progress"
}

# Sets accel.
choose_accel() {
	local why
	accel=${ACCEL:-kvm}
	case $accel in
	tcg) say "ACCEL=tcg: under TCG, where nothing can be validated." ;;
	kvm) why=$("$probe") || die "no usable KVM: $why" ;;
	*) die "ACCEL is kvm or tcg, not \"$accel\"" ;;
	esac
}

# Everything that can be missing, before anything starts.
check_programs() {
	local name programs=("$pvrun" "$probe")
	[[ ${RESULTS-} ]] || programs+=("$pvreport")
	! $matrix || programs+=("$offer")
	command -v "$QEMU" >/dev/null || die "$QEMU is missing: \"make deps\" installs it, or set QEMU="
	for name in "${programs[@]}"; do
		[[ -x $name ]] || die "$name is missing: run \"make\""
	done
}

declare -A pid=() started=() # of the configurations, or hosts, that are running
declare -A ended=()          # exit statuses of those that have ended

reap() { # NAME
	wait "${pid[$1]}"
	ended[$1]=$?
	unset "pid[$1]"
	vms_restore_host
}

finish() { # NAME LINE
	local verdict text
	reap "$1"
	((++finished))
	read -r verdict _ text <<<"$2"
	erase_heartbeat
	printf '%-5s %-*s %s\n' "$verdict" "$width" "$1" "$text" >&"$progress"
}

# Sets line to the next whole verdict. What has come of one when the time is up is kept for the next call.
next_verdict() { # SECONDS
	local part status
	read -r -t "$1" -u "$verdicts" part
	status=$?
	((status <= 128)) || { verdict_part+=$part && return 1; }
	line=$verdict_part$part verdict_part=''
	return "$status"
}

# pvrun always says something at its end, unless somebody killed it or it could not even begin.
find_dead() {
	local name line
	for name in "${!pid[@]}"; do
		kill -0 "${pid[$name]}" 2>/dev/null && continue
		# The line may have come just now; on a busy machine it takes a while to read it.
		while next_verdict 3; do
			hear "$line"
		done
		[[ ! ${pid[$name]-} ]] || finish "$name" "ERROR $name: it ended without a verdict"
	done
}

heartbeat() {
	local name text=''
	[[ -t $progress ]] && ! $verbose || return
	for name in "${!pid[@]}"; do
		text+=" $name $((SECONDS - started[$name])) s"
		text+=$(tail -c 2000 "$results/$name.log" 2>/dev/null | sed -n 's/^ *# start \(.*\)/ (\1)/p' | tail -n 1)
	done
	printf '\r\033[K[%d/%s]%.100s' "$finished" "$total" "$text" >&"$progress"
}

erase_heartbeat() {
	[[ ! -t $progress ]] || printf '\r\033[K' >&"$progress"
}

# shellcheck disable=SC2317 # traps call it
stop_all() {
	((${#pid[@]} == 0)) || kill -TERM "${pid[@]}" 2>/dev/null
}

# shellcheck disable=SC2317 # traps call it
interrupt() { # STATUS
	interrupted=$1
	stop_all
}

# Mistakes that would show only after the run.
check_folders() {
	local file
	[[ ! $save$baseline || ! ${RESULTS-} ]] || die "--save and --baseline go without RESULTS="
	if [[ $baseline ]]; then
		# results/latest is going to be another one.
		baseline=$(readlink -m -- "$baseline")
		"$pvreport" --baseline "$baseline" || exit 2
	fi
	[[ $save ]] || return 0
	mkdir -p -- "$save" 2>/dev/null || die "cannot make the folder $save"
	file=$(mktemp -- "$save/run.XXXXXX" 2>/dev/null) || die "cannot write to the folder $save"
	rm -- "$file"
	[[ ! $(ls -A -- "$save") ]] || die "$save is not empty: it may hold another run"
}

# An interrupted run is no run to compare with.
save_run() {
	if ((interrupted)); then
		rmdir -- "$save"
	else
		cp -a -- "$results/." "$save/" || die "cannot save the run: $save is not complete"
	fi
}

# The first host that left no results at all.
host_without_results() {
	local host
	for host in "${hosts[@]}"; do
		compgen -G "$results/${host/#local/.}/*.json" >/dev/null || { echo "$host" && return; }
	done
}

make_results_folder() {
	local base n=1
	if [[ ${RESULTS-} ]]; then
		results=$RESULTS
		mkdir -p "$results" || die "cannot make the folder $results"
		return
	fi
	base=results/$(date +%Y%m%d-%H%M%S)
	results=$base
	mkdir -p results || die "cannot make the folder results"
	until mkdir "$results" 2>/dev/null; do
		[[ -e $results ]] || die "cannot make the folder $results"
		results=$base.$((++n))
	done
	ln -sfn "${results#results/}" results/latest
}

start() { # NAME
	if [[ ${hosts[0]} == local ]]; then vms_start "$1"; else hosts_start "$1"; fi
}

hear() { # LINE
	if [[ ${hosts[0]} == local ]]; then vms_hear "$1"; else hosts_hear "$1"; fi
}

# Runs configurations, or boots of hosts, as many at a time as there are jobs.
run_all() { # NAME...
	local line
	mkfifo "$results/verdicts" || die "cannot make a FIFO in $results"
	exec {verdicts}<>"$results/verdicts"
	rm "$results/verdicts"
	while ((${#pid[@]} || (!interrupted && $#))); do
		while ((!interrupted && $# && ${#pid[@]} < jobs)) && vms_may_start "$1"; do
			start "$1"
			shift
		done
		if next_verdict 1; then
			hear "$line"
		else
			find_dead
			heartbeat
		fi
	done
	erase_heartbeat
}

# What exit statuses come to: a failure outranks what cannot run, which outranks success.
worst_of() { # STATUS...
	local all=" $* "
	[[ $all != *' 1 '* ]] || return 1
	[[ $all =~ ^(\ (0|77))*\ $ ]] || return 2
	[[ $all == *' 0 '* ]] || return 77
}

planned() { # HOST
	if $matrix && [[ $1 != local ]]; then
		cat "$results/$1/plan" 2>/dev/null
	else
		printf '%s\n' "${selected[@]}"
	fi
}

report() {
	local name host files=() options=()
	for host in "${hosts[@]}"; do
		for name in $(planned "$host"); do
			name=${host/#local/.}/$name.json
			# What an interrupted run never began is no failure.
			((interrupted)) && [[ ! -e $results/$name ]] || files+=("$results/${name#./}")
		done
	done
	[[ ${hosts[0]} == local ]] || options+=(--by-host)
	say ''
	((${#files[@]})) || return 2
	# Its exit status is that of the report below.
	"$pvreport" "${options[@]}" --junit "${files[@]}" >"$results/junit.xml"
	! $ktap || options+=(--ktap)
	! $compared || options+=(--baseline "$baseline")
	! $compared || ! $part || options+=(--part)
	"$pvreport" "${options[@]}" "${files[@]}"
}

main() {
	local group='' jobs=1 ktap=false list='' matrix=false verbose=false option
	local accel=kvm verdict_part='' finished=0 interrupted=0 progress=1 results selected=() status total verdicts width
	local host=auto host_kernel='' host_modules='' hosts=() words=() what=()
	local save='' baseline='' part=true compared=false
	while (($#)); do
		case $1 in
		--host | --host-kernel | --host-modules | --save | --baseline)
			(($# > 1)) || die "$1 wants a value"
			option=${1#--}
			printf -v "${option//-/_}" %s "$2"
			shift
			;;
		--matrix) matrix=true ;;
		--list) list=--list progress=2 ;;
		--help) words+=(-h) ;;
		--) words+=("$@") && break ;;
		--*) usage >&2 && exit 2 ;;
		*) words+=("$1") ;;
		esac
		shift
	done
	set -- "${words[@]}"
	while getopts ag:j:ltvh option; do
		case $option in
		a) group='*' ;;
		g) group=$OPTARG ;;
		j) jobs=$OPTARG ;;
		l) list=${list:--l} progress=2 ;;
		t) ktap=true progress=2 ;;
		v) verbose=true ;;
		h) usage && exit 0 ;;
		*) usage >&2 && exit 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	[[ $jobs =~ ^[1-9][0-9]*$ ]] || die "-j wants a number, not \"$jobs\""
	[[ ${TIMEOUT:-1} =~ ^[1-9][0-9]*$ ]] || die "TIMEOUT is in seconds, not \"$TIMEOUT\""
	QEMU=${QEMU:-qemu-system-x86_64}
	[[ $QEMU != */* ]] || QEMU=$(cd "$(dirname "$QEMU")" 2>/dev/null && pwd)/${QEMU##*/}
	[[ ! $save || $save == /* ]] || save=$PWD/$save
	[[ ! $baseline || $baseline == /* ]] || baseline=$PWD/$baseline
	# What is not run because nobody has named it is not missed; but everything else is.
	(($#)) || [[ $group && $group != '*' ]] || part=false

	cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
	# shellcheck source=runner/shell/config.bash
	. runner/shell/config.bash
	# shellcheck source=runner/shell/hosts.bash
	. runner/shell/hosts.bash
	# shellcheck source=runner/shell/matrix.bash
	. runner/shell/matrix.bash
	# shellcheck source=runner/shell/vms.bash
	. runner/shell/vms.bash
	config_parse unittests.cfg
	if $matrix; then
		what=(--matrix -g "$group" "$@")
	else
		config_select "$group" "$@"
		[[ ! $list ]] || { config_list "$list" && exit; }
		what=("${selected[@]}")
	fi
	check_programs
	check_folders
	hosts_choose "$host"
	if [[ ${hosts[0]} == local ]]; then
		[[ ! $host_kernel$host_modules ]] || die "--host-kernel is for nested hosts"
		choose_accel
		if $matrix; then
			[[ $accel == kvm ]] || die "--matrix is about KVM, and this is TCG"
			matrix_make
			config_select "$group" "$@"
			[[ $list == -l ]] || matrix_tell
			[[ ! $list ]] || { config_list "$list" && exit; }
		fi
	else
		hosts_check
		[[ ! $list ]] || { hosts_list && exit; }
	fi
	vms_check
	make_results_folder
	trap 'interrupt 130' INT
	trap 'interrupt 143' TERM
	trap 'interrupt 129' HUP
	trap stop_all EXIT

	config_measure
	if [[ ${hosts[0]} == local ]]; then
		[[ ! ${RESULTS-} ]] || hosts_plan
		total=${#selected[@]}
		run_all "${selected[@]}"
	else
		hosts_run
	fi
	[[ ! $baseline || $(host_without_results) ]] || ((interrupted)) || compared=true
	if [[ ${RESULTS-} ]]; then
		worst_of "${ended[@]}"
	else
		report
	fi
	status=$?
	# The comparison has said what hosts complained of, and whether that is new.
	[[ ${hosts[0]} == local ]] || $compared || { hosts_judge "$status"; status=$?; }
	[[ ! $save ]] || save_run
	if [[ $baseline ]] && ! $compared && ((!interrupted)); then
		say "CANNOT COMPARE: $(host_without_results) has no results"
		status=2
	fi
	((!interrupted)) || say "Interrupted: $finished of $total configurations have ended."
	((!interrupted)) || status=$interrupted
	exit "$status"
}

main "$@"
