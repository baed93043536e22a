# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Reads unittests.cfg (its first comment tells what may be in it) and picks configurations, for
# run_tests.sh. Values are only ever compared and split at blanks, never evaluated.

config_names=()            # all configurations, in the file's order
declare -A config_values=() # NAME.KEY -> value

config_die() { # FILE:LINE MESSAGE
	printf '%s: %s\n' "$@" >&2
	exit 2
}

# Status 1: not a value for this key. 2: no such key.
config_check() { # KEY VALUE
	local pattern
	case $1 in
	smp) pattern='^[1-9][0-9]*(,[a-z]+=[0-9]+)*$' ;;
	timeout) pattern='^[1-9][0-9]*$' ;;
	accel) pattern='^(kvm|tcg|any)$' ;;
	enforce | cold_memory) pattern='^(on|off)$' ;;
	console) pattern='^(virtio|serial)$' ;;
	groups) pattern='^[a-z0-9_-]+( +[a-z0-9_-]+)*$' ;;
	features | absent) pattern='^[a-z0-9-]+(,[a-z0-9-]+)*$' ;;
	check) pattern='^[^ =]+=[^ =]+( +[^ =]+=[^ =]+)*$' ;;
	affinity) pattern='^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$' ;;
	file) pattern='^[A-Za-z0-9._-]+$' ;;
	machine | bios | memory | cpu | cpu_flags) pattern='^[^ ]+$' ;;
	qemu_params | append | may_refuse) pattern='.' ;;
	*) return 2 ;;
	esac
	[[ $2 =~ $pattern ]]
}

config_parse() { # FILE
	local file=$1 line number=0 name='' key value
	while read -r line || [[ $line ]]; do
		((++number))
		if [[ ! $line || $line == '#'* ]]; then
			continue
		elif [[ $line =~ ^\[([A-Za-z0-9][A-Za-z0-9._-]*)\]$ ]]; then
			name=${BASH_REMATCH[1]}
			[[ " ${config_names[*]} " != *" $name "* ]] || config_die "$file:$number" "a second [$name]"
			[[ $name == defaults ]] || config_names+=("$name")
		elif [[ $line =~ ^([a-z_]+)[[:space:]]*=[[:space:]]*(.*)$ ]]; then
			key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
			[[ $name ]] || config_die "$file:$number" "\"$key\" outside of a section"
			config_check "$key" "$value"
			case $? in
			1) config_die "$file:$number" "bad value for $key: \"$value\"" ;;
			2) config_die "$file:$number" "unknown key \"$key\"" ;;
			esac
			[[ ! -v config_values[$name.$key] ]] ||
				config_die "$file:$number" "a second \"$key\" in [$name]"
			config_values[$name.$key]=$value
		else
			config_die "$file:$number" "neither [NAME] nor KEY = VALUE: \"$line\""
		fi
	done <"$file"
	((${#config_names[@]})) || config_die "$file" "no configurations"
	for name in "${config_names[@]}"; do
		config_join "$name"
	done
}

# As runner/batch/config.c does: what [defaults] has, and QEMU's arguments.
config_join() { # NAME
	local name=$1 key value params=${config_values[$1.qemu_params]-${config_values[defaults.qemu_params]-}} all=''
	for key in smp groups timeout accel check features absent may_refuse enforce affinity cold_memory console append file; do
		value=${config_values[$name.$key]-${config_values[defaults.$key]-}}
		[[ ! $value ]] || config_values[$name.$key]=$value
	done
	[[ ${config_values[$name.accel]-} != any ]] || unset "config_values[$name.accel]"
	for key in machine bios m:memory cpu; do
		value=${config_values[$name.${key#*:}]-${config_values[defaults.${key#*:}]-none}}
		[[ $value == none || " $params " == *" -${key%:*} "* ]] || all+=" -${key%:*} $value"
	done
	value=${config_values[$name.cpu_flags]-}
	all+=${value:+,$value}${params:+ $params}
	[[ ! $all ]] || config_values[$name.qemu_params]=${all# }
}

config_get() { # NAME KEY [DEFAULT]
	printf '%s\n' "${config_values[$1.$2]-${3-}}"
}

config_in_group() { # NAME GROUP
	[[ " ${config_values[$1.groups]-} " == *" $2 "* ]]
}

config_matches() { # NAME PATTERN...
	local name=$1 pattern
	shift
	for pattern in "$@"; do
		# shellcheck disable=SC2053 # not quoted: it is a pattern
		[[ $name == $pattern ]] && return
	done
	return 1
}

# Fills the array selected: the configurations that are named, or whose names are like a pattern; without names those
# of GROUP, where "*" is all, and "" is all but those of the group nodefault.
config_select() { # GROUP PATTERN...
	local group=$1 name pattern
	shift
	for pattern in "$@"; do
		for name in "${config_names[@]}"; do
			config_matches "$name" "$pattern" && continue 2
		done
		config_die "no configuration \"$pattern\"" "there are ${config_names[*]}"
	done
	selected=()
	for name in "${config_names[@]}"; do
		if (($#)); then
			config_matches "$name" "$@" || continue
		elif [[ ! $group ]]; then
			! config_in_group "$name" nodefault || continue
		elif [[ $group != '*' ]]; then
			config_in_group "$name" "$group" || continue
		fi
		selected+=("$name")
	done
	((${#selected[@]})) && return
	[[ $group ]] || config_die "no configuration runs by default" "-a runs all"
	config_die "no group \"$group\"" "there are $(config_groups)"
}

config_groups() {
	local name
	for name in "${config_names[@]}"; do
		config_get "$name" groups
	done | tr -s ' ' '\n' | sort -u | tr '\n' ' '
}

# Sets width: room for the longest name that is selected, and for most others.
config_measure() {
	local name
	width=18
	for name in "${selected[@]}"; do
		((${#name} <= width)) || width=${#name}
	done
}

# Prints what is selected.
config_list() { # -l|--list
	local name width
	[[ $1 == --list ]] || { printf '%s\n' "${selected[@]}" && return; }
	config_measure
	for name in "${selected[@]}"; do
		printf '%-*s -smp %s %s\n' "$width" "$name" "$(config_get "$name" smp 2)" "$(config_get "$name" qemu_params)"
	done
}
