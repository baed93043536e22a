#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the configurations of unittests.cfg, one VM each. See usage() below; the VM itself is pvrun's business.
set -u

readonly default_smp=2 default_timeout=90 default_file=kvm-pv-tests
readonly config=unittests.cfg build=build
readonly pvrun=$build/host/pvrun pvreport=$build/host/pvreport probe=$build/host/kvm-probe

usage() {
	cat <<-'END'
	Usage: run_tests.sh [-a] [-g GROUP] [-j N] [-l] [-t] [-v] [-h] [CONFIGURATION]...
	Runs configurations of unittests.cfg: those named, or all but the group nodefault.

	  -a         all configurations, those of the group nodefault too
	  -g GROUP   the configurations of one group
	  -j N       N virtual machines at a time
	  -l         list the configurations instead
	  -t         print the whole run as KTAP; progress goes to stderr
	  -v         show the guests' logs as they come, on stderr
	  -h         this help

	Environment: QEMU=PROGRAM, ACCEL=kvm|tcg (default: KVM where it works), TIMEOUT=SECONDS per configuration.
	Results and logs: results/DATE-TIME/, the last of them is results/latest.
	Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was validated.
	END
}

die() {
	printf 'run_tests.sh: %s\n' "$*" >&2
	exit 2
}

names=()        # all configurations, in the file's order
declare -A conf # NAME.KEY -> value

check_value() { # KEY VALUE
	local pattern
	case $1 in
	smp) pattern='^[1-9][0-9]*(,[a-z]+=[0-9]+)*$' ;;
	timeout) pattern='^[1-9][0-9]*$' ;;
	accel) pattern='^(kvm|tcg)$' ;;
	enforce) pattern='^(on|off)$' ;;
	groups) pattern='^[a-z0-9_-]+( +[a-z0-9_-]+)*$' ;;
	features) pattern='^[a-z0-9-]+(,[a-z0-9-]+)*$' ;;
	check) pattern='^[^ =]+=[^ =]+( +[^ =]+=[^ =]+)*$' ;;
	file) pattern='^[A-Za-z0-9._-]+$' ;;
	qemu_params | append) pattern='.' ;;
	*) return 2 ;;
	esac
	[[ $2 =~ $pattern ]]
}

parse_config() {
	local line number=0 name='' key value
	while read -r line || [[ $line ]]; do
		((++number))
		if [[ ! $line || $line == '#'* ]]; then
			continue
		elif [[ $line =~ ^\[([A-Za-z0-9][A-Za-z0-9._-]*)\]$ ]]; then
			name=${BASH_REMATCH[1]}
			[[ ! ${conf[$name.]-} ]] || die "$config:$number: a second [$name]"
			names+=("$name")
			conf[$name.]=seen
		elif [[ $line =~ ^([a-z_]+)[[:space:]]*=[[:space:]]*(.*)$ ]]; then
			key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
			[[ $name ]] || die "$config:$number: \"$key\" outside of a section"
			check_value "$key" "$value"
			case $? in
			1) die "$config:$number: bad value for $key: \"$value\"" ;;
			2) die "$config:$number: unknown key \"$key\"" ;;
			esac
			[[ ! ${conf[$name.$key]-} ]] || die "$config:$number: a second \"$key\" in [$name]"
			conf[$name.$key]=$value
		else
			die "$config:$number: neither [NAME] nor KEY = VALUE: \"$line\""
		fi
	done <"$config"
	((${#names[@]})) || die "$config: no configurations"
}

in_group() { # NAME GROUP
	[[ " ${conf[$1.groups]-} " == *" $2 "* ]]
}

selected=()

select_configurations() { # NAME...
	local name
	for name in "$@"; do
		[[ ${conf[$name.]-} ]] || die "no configuration \"$name\"; there are: ${names[*]}"
	done
	for name in "${names[@]}"; do
		if (($#)); then
			[[ " $* " == *" $name "* ]] || continue
		elif [[ $group ]]; then
			in_group "$name" "$group" || continue
		elif ! $all; then
			! in_group "$name" nodefault || continue
		fi
		selected+=("$name")
	done
	((${#selected[@]})) || die "no configuration in group \"$group\"; groups are:" \
		"$(for name in "${names[@]}"; do printf '%s\n' "${conf[$name.groups]-}"; done |
			tr -s ' ' '\n' | sort -u | tr '\n' ' ')"
}

# Sets accel, and why_tcg if that is not what one would want.
choose_accel() {
	accel=${ACCEL:-kvm} why_tcg=''
	case $accel in
	tcg) why_tcg='ACCEL=tcg' ;;
	kvm)
		why_tcg=$("$probe") && return
		[[ ! ${ACCEL-} ]] || die "no usable KVM: $why_tcg"
		accel=tcg why_tcg="no usable KVM: $why_tcg"
		;;
	*) die "ACCEL is kvm or tcg, not \"$accel\"" ;;
	esac
	say "$why_tcg. Running under TCG, where nothing can be validated."
}

say() {
	printf '%s\n' "$*" >&"$progress"
}

# Why a configuration cannot run here; nothing if it can.
why_not() { # NAME
	local name=$1 pair path want
	if [[ ${conf[$name.accel]-} == kvm && $accel == tcg ]]; then
		echo "it needs KVM ($why_tcg)"
		return
	fi
	for pair in ${conf[$name.check]-}; do
		path=${pair%%=*} want=${pair#*=}
		if ! [[ -r $path && $(<"$path") == "$want" ]]; then
			echo "check: $path is not $want"
			return
		fi
	done
}

declare -A pid started # of the configurations that are running

start() { # NAME
	local name=$1 params words=() why
	local file=$build/${conf[$name.file]-$default_file}
	local options=(--name "$name" --qemu "$QEMU" --kernel "$file" --accel "$accel"
		--timeout "${TIMEOUT:-${conf[$name.timeout]-$default_timeout}}"
		--log "$results/$name.log" --result "$results/$name.json")

	[[ ${conf[$name.accel]-} != tcg ]] || options+=(--accel tcg)
	[[ ${conf[$name.enforce]-} ]] && words+=("enforce=${conf[$name.enforce]}")
	[[ ${conf[$name.append]-} ]] && words+=("${conf[$name.append]}")
	options+=(--append "${words[*]}")
	[[ ${conf[$name.features]-} ]] && options+=(--features "${conf[$name.features]}")
	why=$(why_not "$name")
	[[ $why ]] && options+=(--skip "$why")
	$verbose && options+=(--verbose)

	params=${conf[$name.qemu_params]-}
	[[ $accel == kvm ]] || params=${params/-cpu host/-cpu max}
	read -ra params <<<"$params"
	started[$name]=$SECONDS
	# Its one line of output is the verdict, and the news that it has ended.
	"$pvrun" "${options[@]}" -- -smp "${conf[$name.smp]-$default_smp}" "${params[@]}" \
		>&"$verdicts" {verdicts}>&- &
	pid[$name]=$!
}

finish() { # NAME LINE
	local name=$1
	wait "${pid[$name]}"
	unset "pid[$name]"
	((++finished))
	erase_heartbeat
	say "$2"
}

# pvrun always says something at its end, unless somebody killed it or it could not even begin.
find_dead() {
	local name line
	for name in "${!pid[@]}"; do
		kill -0 "${pid[$name]}" 2>/dev/null && continue
		# The line may have come just now.
		while read -r -t 0.1 -u "$verdicts" line; do
			handle_verdict "$line"
		done
		[[ ! ${pid[$name]-} ]] || finish "$name" "ERROR $name: pvrun ended without a verdict"
	done
}

handle_verdict() { # LINE
	local name
	read -r _ name _ <<<"$1"
	[[ ! ${pid[$name]-} ]] || finish "$name" "$1"
}

heartbeat() {
	local name text=''
	[[ -t $progress ]] && ! $verbose || return
	for name in "${!pid[@]}"; do
		text+=" $name $((SECONDS - started[$name])) s"
		text+=" $(tail -c 2000 "$results/$name.log" 2>/dev/null | sed -n 's/^ *# start \(.*\)/(\1)/p' | tail -n 1)"
	done
	printf '\r\033[K[%d/%d]%.100s' "$finished" "${#selected[@]}" "$text" >&"$progress"
}

erase_heartbeat() {
	[[ ! -t $progress ]] || printf '\r\033[K' >&"$progress"
}

interrupted=0

interrupt() { # STATUS
	interrupted=$1
	((${#pid[@]} == 0)) || kill -TERM "${pid[@]}" 2>/dev/null
}

make_results_folder() {
	local base n=1
	base=results/$(date +%Y%m%d-%H%M%S)
	results=$base
	mkdir -p results || die "cannot make the folder results"
	until mkdir "$results" 2>/dev/null; do
		[[ -e $results ]] || die "cannot make the folder $results"
		results=$base.$((++n))
	done
	ln -sfn "${results#results/}" results/latest
	mkfifo "$results/verdicts" || die "cannot make a FIFO in $results"
	exec {verdicts}<>"$results/verdicts"
	rm "$results/verdicts"
}

run() {
	local name line next=0
	while ((next < ${#selected[@]} || ${#pid[@]})); do
		while ((!interrupted && next < ${#selected[@]} && ${#pid[@]} < jobs)); do
			start "${selected[next++]}"
		done
		((interrupted && ${#pid[@]} == 0)) && break
		if read -r -t 1 -u "$verdicts" line; then
			handle_verdict "$line"
		else
			find_dead
			heartbeat
		fi
	done
	erase_heartbeat
}

main() {
	local all=false group='' jobs=1 list=false ktap=false verbose=false option name
	local finished=0 accel=kvm why_tcg results verdicts progress=1 reports=() status
	while getopts ag:j:ltvh option; do
		case $option in
		a) all=true ;;
		g) group=$OPTARG ;;
		j) jobs=$OPTARG ;;
		l) list=true ;;
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
	cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2
	parse_config
	select_configurations "$@"
	if $list; then
		printf '%s\n' "${selected[@]}"
		exit 0
	fi
	command -v "$QEMU" >/dev/null || die "$QEMU is missing: \"make deps\" installs it, or set QEMU="
	for name in "$pvrun" "$pvreport" "$probe"; do
		[[ -x $name ]] || die "$name is missing: run \"make\""
	done
	for name in "${selected[@]}"; do
		name=$build/${conf[$name.file]-$default_file}
		[[ -r $name ]] || die "$name is missing: run \"make\""
	done
	choose_accel
	make_results_folder
	trap 'interrupt 130' INT
	trap 'interrupt 143' TERM
	trap 'interrupt 129' HUP
	run

	for name in "${selected[@]}"; do
		((interrupted)) && [[ ! -e $results/$name.json ]] && continue
		reports+=("$results/$name.json")
	done
	say ''
	if ((${#reports[@]} == 0)); then
		status=2
	elif $ktap; then
		"$pvreport" --ktap "${reports[@]}"
		status=$?
	else
		"$pvreport" "${reports[@]}"
		status=$?
	fi
	((interrupted)) && say "Interrupted: $finished of ${#selected[@]} configurations ended." && exit "$interrupted"
	exit "$status"
}

main "$@"
