# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2004,SC2154 # shares run_tests.sh's variables
# Where the VMs run: on this machine's KVM, or on hosts that nested-host/ boots under emulation, in each of which
# run_tests.sh itself then runs the same configurations with "--host local".

# What run_tests.sh needs to run there.
hosts_files=(run_tests.sh unittests.cfg runner/shell/config.bash runner/shell/hosts.bash runner/shell/matrix.bash runner/shell/vms.bash
	build/kvm-pv-tests build/kvm-pv-tests.pvh build/runner/pvrun build/runner/kvm-probe build/runner/kvm-pv-features)

hosts_boots=()             # what is started: HOST, or HOST/1, HOST/2 and so on
declare -A hosts_number=() # HOST -> how many boots

# Sets hosts: "local", or the names of nested hosts. Without a working KVM, "auto" is the nested host that fits best.
hosts_choose() { # LIST
	local why
	case $1 in
	auto)
		hosts=(local)
		[[ ! ${ACCEL-} ]] || return 0
		why=$("$probe") && return
		hosts=("$(nested-host/build | cut -f 1)")
		[[ ${hosts[0]} ]] || exit 2
		say "No usable KVM here: $why. Running on the nested host ${hosts[0]}."
		;;
	*)
		IFS=, read -ra hosts <<<"$1"
		;;
	esac
	((${#hosts[@]} == 1)) || [[ " ${hosts[*]} " != *" local "* ]] || die "--host local goes alone"
}

hosts_check() {
	local name
	for name in "${hosts_files[@]}"; do
		[[ -r $name ]] || die "$name is missing: run \"make\""
	done
	# One after the other, and before anything runs: what cannot be built must not cost the others' time.
	nested-host/build "${hosts[@]}" | tr '\t' ' ' | while read -r name; do say "$name"; done
	((PIPESTATUS[0] == 0)) || exit 2
}

# Sets hosts_boots. Jobs go to hosts first; those that are left boot hosts once more, and each boot takes its share.
hosts_share_out() {
	local host boots number left=$jobs unserved=${#hosts[@]}
	for host in "${hosts[@]}"; do
		boots=$(((left + unserved - 1) / unserved))
		# What a matrix comes to is known only in the host.
		$matrix || ((boots <= ${#selected[@]})) || boots=${#selected[@]}
		((boots >= 1)) || boots=1
		((left -= boots, --unserved))
		hosts_number[$host]=$boots
		((boots > 1)) || hosts_boots+=("$host")
		for ((number = 1; boots > 1 && number <= boots; number++)); do
			hosts_boots+=("$host/$number")
		done
	done
}

# In a host, for the run_tests.sh outside: writes down what was selected, so that nothing can get lost, and goes on with
# this boot's share of it, SHARE=K/N: each Nth, from the Kth on.
hosts_plan() {
	local i number part=()
	IFS=/ read -r i number <<<"${SHARE:-1/1}"
	printf '%s\n' "${selected[@]}" >"$results/plan" || die "cannot write $results/plan"
	for ((i--; i < ${#selected[@]}; i += number)); do
		part+=("${selected[i]}")
	done
	selected=("${part[@]}")
}

# The same command line in a host, instead of this shell.
hosts_exec() { # HOST SHARE NESTED-HOST-OPTION... -- OPTION...
	local host=$1 share=$2 options=()
	shift 2
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	[[ ! $host_kernel ]] || options+=(--host-kernel "$host_kernel")
	[[ ! $host_modules ]] || options+=(--host-modules "$host_modules")
	exec nested-host/run "${options[@]}" "$host" "${hosts_files[@]}" -- env SET_HOST=on \
		${TIMEOUT:+"TIMEOUT=$TIMEOUT"} "SHARE=$share" bash run_tests.sh --host local "$@" "${what[@]}"
}

# One boot of a host, to power-off. Its folder gets the results, and host.log what was said meanwhile, which comes here as
# "BOOT LINE"; BOOT alone is the end.
hosts_start() { # BOOT
	local boot=$1 host=${1%/*} share=1/1 options=()
	[[ $boot == "$host" ]] || share=${boot#*/}/${hosts_number[$host]}
	! $verbose || options+=(-v)
	mkdir -p "$results/$boot" || die "cannot make the folder $results/$boot"
	(
		# Readers that end with their writer, and not with Ctrl-C.
		trap '' INT
		exec > >(exec >&"$verdicts"; tee "$results/$boot/host.log" | sed -u "s|^|$boot |"; echo "$boot") 2>&1
		hosts_exec "$host" "$share" --results "$results/$boot" -- "${options[@]}"
	) &
	pid[$boot]=$! started[$boot]=$SECONDS
}

hosts_hear() { # LINE
	local boot=${1%% *} line=${1#* }
	started[$boot]=$SECONDS
	if [[ $1 == "$boot" ]]; then
		[[ ! ${pid[$boot]-} ]] || reap "$boot"
		return
	fi
	[[ ! $line =~ ^(PASS|FAIL|ERROR|SKIP)\  ]] || ((++finished))
	[[ ! $line =~ ^Matrix:\ ([0-9]+) ]] || ((total += BASH_REMATCH[1]))
	((${#hosts[@]} == 1)) || line="${boot%/*}: $line"
	erase_heartbeat
	say "$line"
}

# What the boots of a host left comes together in its folder.
hosts_gather() {
	local boot host name
	for boot in "${hosts_boots[@]}"; do
		host=${boot%/*}
		[[ $boot != "$host" && -d $results/$boot ]] || continue
		for name in host kernel; do
			[[ ! -e $results/$boot/$name.log ]] ||
				mv "$results/$boot/$name.log" "$results/$host/$name-${boot#*/}.log"
		done
		find "$results/$boot" -mindepth 1 -maxdepth 1 -exec mv -t "$results/$host" {} +
		rmdir "$results/$boot"
	done
}

# All hosts, or boots of them, as many at a time as there are jobs.
hosts_run() {
	hosts_share_out
	total=$((${#hosts[@]} * ${#selected[@]}))
	run_all "${hosts_boots[@]}"
	hosts_gather
}

hosts_list() {
	local host
	for host in "${hosts[@]}"; do
		((${#hosts[@]} == 1)) || printf '%s:\n' "$host"
		(hosts_exec "$host" 1/1 -- "$list") || return
	done
}

# Tests may all pass on a host whose kernel complained meanwhile, or which died behind them.
hosts_judge() { # STATUS-OF-REPORT
	local status=$1 boot host log
	for boot in "${hosts_boots[@]}"; do
		case ${ended[$boot]-2} in
		0 | 77) continue ;;
		1) [[ $status != 0 && $status != 77 ]] || status=1 ;;
		*) [[ $status == 1 ]] || status=2 ;;
		esac
		host=${boot%/*} log=host.log
		[[ $boot == "$host" ]] || log=host-${boot#*/}.log
		sed -n "s|^nested-host: *\(${host}[^ ]*: \)*|$boot: |p" "$results/$host/$log" >&"$progress"
	done
	for host in "${hosts[@]}"; do
		((interrupted)) || [[ -e $results/$host/plan ]] && continue
		say "$host: it ended before it could say what it would run: see $results/$host"
		[[ $status == 1 ]] || status=2
	done
	return "$status"
}
