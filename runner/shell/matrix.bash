# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2004,SC2154 # shares run_tests.sh's variables
# Configurations that nobody has to write down: derived from the PV flags that the QEMU under test knows and that its
# host's KVM can back. They take the place of unittests.cfg's, and keep to its keys.
#
#   without-FLAG   all flags but one          each of the two also as NAME-enforced,
#   only-FLAG      one flag, all others off   where unadvertised features must fault
#   pair-IRQCHIP-smpN-MACHINE[-hyperv]   what else a VM is made of: any two choices meet in one of these

matrix_flags=()       # what configurations are made of: flags that QEMU knows and KVM backs
matrix_switches=()    # all flags that QEMU knows
matrix_left_out=()    # what is in no configuration of its own, and why
matrix_enforce=false  # can QEMU and KVM enforce,
matrix_clockless=true # also without kvmclock?

readonly matrix_cpu=host,arch-capabilities=off
# Of QEMU 7.2, which sets the clock's MSR whether there is a clock or not, on older kernels; and of QEMU 10.
readonly matrix_clock_refusal='failed to set MSR 0x12 to 0x0'
readonly matrix_irqchip_refusal='KVM does not support userspace APIC'

# Prints rows of one value for each dimension, so that any two values that can stand in one row do so in some row.
# Greedy: the next row is always the one with the most pairs that no row has yet.
pairwise() { # POSSIBLE DIMENSION...; a dimension is words; POSSIBLE is a function that is true of a row that can be
	local possible=$1 dimension value row words i j pairs pair count best most rows=('') longer
	local -A missing=()
	shift
	for dimension in "$@"; do
		longer=()
		for row in "${rows[@]}"; do
			for value in $dimension; do
				longer+=("$row${row:+ }$value")
			done
		done
		rows=("${longer[@]}")
	done

	longer=()
	pairs=()
	for row in "${rows[@]}"; do
		read -ra words <<<"$row"
		"$possible" "${words[@]}" || continue
		longer+=("$row")
		pair=''
		for ((i = 0; i < ${#words[@]}; i++)); do
			for ((j = 0; j < i; j++)); do
				pair+="$i=${words[i]},$j=${words[j]} "
			done
		done
		pairs+=("$pair")
		for pair in $pair; do
			missing[$pair]=1
		done
	done

	while ((${#missing[@]})); do
		most=0
		for i in "${!pairs[@]}"; do
			count=0
			for pair in ${pairs[i]}; do
				[[ ! ${missing[$pair]-} ]] || ((++count))
			done
			((count <= most)) || best=$i most=$count
		done
		printf '%s\n' "${longer[best]}"
		for pair in ${pairs[best]}; do
			unset "missing[$pair]"
		done
	done
}

# QEMU 7.2 with its own local APICs and a second vCPU never lets go of its own lock.
matrix_possible() { # IRQCHIP SMP MACHINE HYPERV
	[[ $1 != off || $2 == 1 ]]
}

matrix_add() { # NAME KEY VALUE...
	local name=$1
	shift
	config_names+=("$name")
	while (($#)); do
		[[ ! $2 ]] || config_values[$name.$1]=$2
		shift 2
	done
}

# The PV flags among a CPU's properties. Some stand there a second time, with underscores.
matrix_ask_qemu() { # prints a flag a line
	local line help
	help=$("$QEMU" -device host-x86_64-cpu,help 2>&1)
	while read -r line; do
		[[ ! $line =~ ^(kvmclock[a-z-]*|kvm-[a-z0-9-]+)= ]] || printf '%s\n' "${BASH_REMATCH[1]}"
	done <<<"$help"
	[[ $help == *kvmclock=* ]] || die "--matrix: $QEMU names no PV flags: ${help%%$'\n'*}"
}

# Sets all of the above.
matrix_ask() {
	local flag answer key bit by _
	local -A known=() seen=([kvm-no-smi-migration]=1) # which promises a guest nothing
	answer=$(matrix_ask_qemu) || exit
	for flag in $answer; do
		known[$flag]=1
	done
	answer=$("$offer") || exit
	while read -r key bit _ by flag _; do
		if [[ $key == KVM_CAP_ENFORCE_PV_FEATURE_CPUID ]]; then
			[[ $bit != 0x1 || ! ${known[kvm-pv-enforce-cpuid]-} ]] || matrix_enforce=true
		elif [[ $key != e[ad]x || $flag == - || ${seen[$flag]-} ]]; then
			continue # a line of another table, a bit without a flag, or a flag's second bit
		elif [[ ! ${known[$flag]-} ]]; then
			matrix_left_out+=("$flag: this QEMU does not know it")
		elif [[ $by == - ]]; then
			matrix_switches+=("$flag")
			matrix_left_out+=("$flag: this KVM does not offer it")
		else
			matrix_switches+=("$flag")
			matrix_flags+=("$flag")
		fi
		[[ $key != e[ad]x ]] || seen[$flag]=1
	done <<<"$answer"
	$matrix_enforce || matrix_left_out+=('kvm-pv-enforce-cpuid: this QEMU does not know it, or KVM does not offer it')
	seen[kvm-pv-enforce-cpuid]=1
	for flag in "${!known[@]}"; do
		[[ ${seen[$flag]-} ]] || matrix_left_out+=("$flag: nothing here knows what it promises")
	done
}

# Does QEMU refuse to start, with this message? A configuration that it never starts would cover nothing.
matrix_refused() { # MESSAGE QEMU-ARGUMENT...
	[[ $(timeout 20 "$QEMU" -accel kvm -nodefaults -display none -m 32 -S -monitor stdio "${@:2}" 2>&1 <<<quit) == *"$1"* ]]
}

# Of the flags, those that -cpu host turns on by itself. Some need local APICs in KVM, one an IOAPIC in QEMU, too.
matrix_host_flags() { # IRQCHIP [EXCEPT]
	local flag list=''
	for flag in "${matrix_flags[@]}"; do
		case $flag:$1 in
		"${2-}":*) ;;
		kvm-hint-dedicated:*) ;; # only the user can know
		kvm-msi-ext-dest-id:on | kvm-msi-ext-dest-id:off) ;;
		kvm-pv-unhalt:off | kvm-asyncpf-int:off) ;;
		*) list+=,$flag ;;
		esac
	done
	printf '%s\n' "${list#,}"
}

matrix_flag_sets() { # without|only ENFORCE
	local kind=$1 enforce=$2 flag other irqchip features absent cpu keep='' suffix='' groups="matrix $1"
	local base=$matrix_cpu
	if [[ $enforce == on ]]; then
		suffix=-enforced groups+=' enforced' base+=,kvm-pv-enforce-cpuid=on
		$matrix_clockless || keep=kvmclock
	fi
	for flag in "${matrix_flags[@]}"; do
		irqchip=on features='' absent='' cpu=$base
		[[ $flag != kvm-msi-ext-dest-id ]] || irqchip='split'
		if [[ $kind == without ]]; then
			features=$(matrix_host_flags "$irqchip" "$flag") absent=$flag cpu+=,$flag=off
		else
			for other in "${matrix_switches[@]}"; do
				case $other in
				"$flag" | "$keep") features+=,$other cpu+=,$other=on ;;
				*) absent+=,$other cpu+=,$other=off ;;
				esac
			done
		fi
		matrix_add "$kind-$flag$suffix" groups "$groups" accel kvm enforce "$enforce" \
			features "${features#,}" absent "${absent#,}" may_refuse "$matrix_clock_refusal" \
			qemu_params "-machine pc,kernel-irqchip=$irqchip -bios qboot.rom -m 32 -cpu $cpu"
		# Nobody would sell the one without the other.
		case $kind-$flag in
		without-kvmclock | only-kvmclock-stable-bit | without-kvm-asyncpf | only-kvm-asyncpf-int)
			config_values[$kind-$flag$suffix.append]=partial-features=on
			;;
		esac
	done
}

matrix_pairs() {
	local irqchips='on split' irqchip smp machine hyperv name cpu refusal
	# With KVM's interrupt, but without KVM's local APIC, QEMU 7.2 aborts.
	local cpu_off=$matrix_cpu,kvm-asyncpf-int=off
	if matrix_refused "$matrix_irqchip_refusal" -machine pc,kernel-irqchip=off -cpu "$cpu_off"; then
		matrix_left_out+=("kernel-irqchip=off: QEMU says \"$matrix_irqchip_refusal\"")
	else
		irqchips+=' off'
	fi
	while read -r irqchip smp machine hyperv; do
		name=pair-$irqchip-smp$smp-$machine cpu=$matrix_cpu refusal=''
		[[ $irqchip != off ]] || cpu=$cpu_off
		if [[ $hyperv == on ]]; then
			name+=-hyperv cpu+=,hv-relaxed=on,hv-vapic=on,hv-time=on,hv-vpindex=on
			refusal="kernel doesn't allow setting HyperV|Hyper-V .* not supported by kernel"
		fi
		matrix_add "$name" groups 'matrix pair' accel kvm smp "$smp" \
			features "$(matrix_host_flags "$irqchip")" may_refuse "$refusal" \
			qemu_params "-machine $machine,kernel-irqchip=$irqchip -bios qboot.rom -m 32 -cpu $cpu"
		[[ $machine != microvm ]] || config_values[$name.console]=serial
	done < <(pairwise matrix_possible "$irqchips" '1 2 4' 'pc q35 microvm' 'off on')
}

# Puts the whole matrix in place of what unittests.cfg has.
matrix_make() {
	config_names=() config_values=()
	matrix_ask
	matrix_flag_sets without off
	matrix_flag_sets only off
	if $matrix_enforce; then
		if matrix_refused "$matrix_clock_refusal" -cpu "$matrix_cpu,kvm-pv-enforce-cpuid=on,kvmclock=off"; then
			matrix_clockless=false
			matrix_left_out+=("only-FLAG-enforced without kvmclock: QEMU says \"$matrix_clock_refusal\"")
		fi
		matrix_flag_sets without on
		matrix_flag_sets only on
	fi
	matrix_pairs
}

# Only once where a host is booted several times over.
matrix_tell() {
	[[ ${SHARE:-1/} == 1/* ]] || return 0
	say "Matrix: ${#selected[@]} configuration$( ((${#selected[@]} == 1)) || echo s)"
	((${#matrix_left_out[@]} == 0)) || say "$(printf '  left out: %s\n' "${matrix_left_out[@]}")"
}
