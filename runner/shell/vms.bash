# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2004,SC2154 # shares run_tests.sh's variables
# One VM per configuration, on this machine. On the way to the next VM no process is started that can be avoided: an
# emulated machine takes as long for a handful of them as for QEMU's own start.

vms_check() {
	local name kernel
	for name in "${selected[@]}"; do
		kernel=build/${config_values[$name.file]-kvm-pv-tests}
		[[ -r $kernel ]] || die "$kernel is missing: run \"make\""
	done
}

declare -A vms_host_before=() # files of the host that are set for a configuration, and what they contained

# What check= wants, on a host that is there for this run alone.
vms_set_host() { # NAME
	local pair path want before
	for pair in ${config_values[$1.check]-}; do
		path=${pair%%=*} want=${pair#*=}
		before=$(cat "$path" 2>/dev/null)
		[[ $before != "$want" ]] || continue
		printf '%s\n' "$want" 2>/dev/null >"$path" || continue # vms_why_not() will see it
		vms_host_before[$path]=$before
	done
}

vms_restore_host() {
	local path
	for path in "${!vms_host_before[@]}"; do
		printf '%s\n' "${vms_host_before[$path]}" >"$path"
	done
	vms_host_before=()
}

# What the host is set for runs alone.
vms_may_start() { # NAME
	[[ ! ${SET_HOST-} ]] || ((${#pid[@]} == 0)) ||
		[[ ! ${config_values[$1.check]-} && ${#vms_host_before[@]} == 0 ]]
}

# Sets why: what a configuration needs and does not have here, as pvrun --skip wants it, or nothing if it can run.
vms_why_not() { # NAME
	local pair path want
	why=''
	if [[ ${config_values[$1.cold_memory]-} == on && ! ${COLD_DISK-} ]]; then
		why='setting COLD_DISK=/dev/DISK'
		return
	fi
	if [[ ${config_values[$1.accel]-} == kvm && $accel == tcg ]]; then
		why='accel kvm'
		return
	fi
	for pair in ${config_values[$1.check]-}; do
		path=${pair%%=*} want=${pair#*=}
		[[ -r $path && $(<"$path") == "$want" ]] && continue
		why="host $path=$want"
		return
	done
}

vms_start() { # NAME
	local name=$1 accel=$accel key params value why words=()
	local options=(--name "$name" --qemu "$QEMU" --kernel "build/${config_values[$name.file]-kvm-pv-tests}"
		--log "$results/$name.log" --result "$results/$name.json"
		--timeout "${TIMEOUT:-${config_values[$name.timeout]-90}}")

	[[ ! ${SET_HOST-} ]] || vms_set_host "$name"
	vms_why_not "$name"
	[[ ! $why ]] || options+=(--skip "$why")
	[[ ${config_values[$name.accel]-} != tcg ]] || accel=tcg
	[[ ${config_values[$name.cold_memory]-} != on || $why ]] || options+=(--cold-memory "$COLD_DISK")
	for key in affinity features absent may_refuse console; do
		value=${config_values[$name.$key]-}
		[[ ! $value ]] || options+=("--${key/_/-}" "$value")
	done
	read -ra words <<<"enforce=${config_values[$name.enforce]-off} ${config_values[$name.append]-}"
	options+=(--accel "$accel" --append "${words[*]}")
	! $verbose || options+=(--verbose)

	params=${config_values[$name.qemu_params]-}
	[[ $accel == kvm ]] || params=${params/-cpu host/-cpu max}
	[[ $params != *@TSC_HZ@* || $why ]] || params=${params//@TSC_HZ@/$("$probe" --vcpu-tsc-hz)}
	read -ra params <<<"-smp ${config_values[$name.smp]-2} $params"
	started[$name]=$SECONDS
	# Its one line of output is the verdict, and the news that it has ended.
	(
		! $verbose || ((jobs == 1)) || exec 2> >(sed "s/^/$name: /" >&2)
		exec "$pvrun" "${options[@]}" -- "${params[@]}" >&"$verdicts"
	) &
	pid[$name]=$!
}

vms_hear() { # VERDICT
	local name
	read -r _ name _ <<<"$1"
	[[ ! ${pid[$name]-} ]] || finish "$name" "$1"
}
