# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # shares run_tests.sh's variables
# Where the VMs run: on this machine's KVM, or on hosts that nested-host/ boots under emulation, in each of which
# run_tests.sh itself then runs the same configurations with "--host local".

# What run_tests.sh needs to run there.
hosts_files=(run_tests.sh unittests.cfg host/config.bash host/hosts.bash build/kvm-pv-tests build/kvm-pv-tests.pvh
	build/host/pvrun build/host/kvm-probe)

declare -A hosts_pid=() hosts_status=()

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

# One host from boot to power-off. Its folder gets the results, and host.log what was said meanwhile.
hosts_start() { # HOST JOBS
	local host=$1 words=() label=''
	((${#hosts[@]} == 1)) || label="$host: "
	mkdir "$results/$host" || die "cannot make the folder $results/$host"
	! $verbose || words+=(-v)
	(
		# Readers that end with their writer, and not with Ctrl-C.
		trap '' INT
		exec > >(tee "$results/$host/host.log" | sed -u "s/^/$label/" >&"$progress") 2>&1
		exec nested-host/run --results "$results/$host" ${host_kernel:+--host-kernel "$host_kernel"} \
			${host_modules:+--host-modules "$host_modules"} "$host" "${hosts_files[@]}" -- \
			env SET_HOST=on ${TIMEOUT:+"TIMEOUT=$TIMEOUT"} bash run_tests.sh --host local -j "$2" "${words[@]}" "${selected[@]}"
	) &
	hosts_pid[$host]=$!
}

# shellcheck disable=SC2317 # traps call it
hosts_stop() {
	((${#hosts_pid[@]} == 0)) || kill -TERM "${hosts_pid[@]}" 2>/dev/null
}

# All hosts, as many at a time as there are jobs; what jobs are left run VMs side by side in each.
hosts_run() {
	local at_once=$((jobs < ${#hosts[@]} ? jobs : ${#hosts[@]})) next=0 host ended result
	while ((${#hosts_pid[@]} || (!interrupted && next < ${#hosts[@]}))); do
		while ((!interrupted && next < ${#hosts[@]} && ${#hosts_pid[@]} < at_once)); do
			hosts_start "${hosts[next++]}" $((jobs / at_once))
		done
		wait -n -p ended "${hosts_pid[@]}"
		result=$?
		for host in "${!hosts_pid[@]}"; do
			[[ ${hosts_pid[$host]} == "${ended-}" ]] || continue
			hosts_status[$host]=$result
			statuses+=("$result")
			unset "hosts_pid[$host]"
		done
	done
}

# Tests may all pass on a host whose kernel complained meanwhile, or which died behind them.
hosts_judge() { # STATUS-OF-REPORT
	local status=$1 host
	for host in "${hosts[@]}"; do
		case ${hosts_status[$host]-2} in
		0 | 77) continue ;;
		1) [[ $status != 0 && $status != 77 ]] || status=1 ;;
		*) [[ $status == 1 ]] || status=2 ;;
		esac
		sed -n "s/^nested-host: */$host: /p" "$results/$host/host.log" >&"$progress"
	done
	return "$status"
}
