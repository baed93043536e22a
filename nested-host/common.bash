# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # what build and run use
# What build and run share: names of hosts, and where the cache keeps the layers that a host is made of.
#
# A host's initramfs is three layers, one after the other, which the kernel unpacks into one tree:
#   qemu    the suite's QEMU with its libraries and ROMs, busybox and bash
#   kernel  vmlinuz, and KVM's and virtio's modules
#   job     what run adds for one boot: init, the files to work on, the command
# The first two come from Debian and stay in the cache, named by the packages in them and found by symbolic links that
# are named by the suite or the version. So one QEMU serves several kernels, and nothing is looked up over the network twice.

# The same everywhere: [a-z] and messages of programs follow the locale.
export LC_ALL=C

nested_host=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A line for people. Some of it comes from a host, whose control characters stay away from the terminal.
say() {
	printf 'nested-host: %s\n' "${*//[^[:print:]]/?}" >&2
}

die() {
	say "$@"
	exit 2
}

cache_home=${XDG_CACHE_HOME:-${HOME:-}/.cache}
[[ $cache_home == /* ]] || cache_home=$PWD/$cache_home
cache=$cache_home/kvm-pv-tests/nested-host

# Layers made by another recipe are other layers.
recipe=$(sha256sum <"$nested_host/make-layer")
layers=$cache/${recipe:0:12}

# The grammar of names is here, and nowhere else:
#   HOST    SUITE [ "+" KERNEL ] [ "-" SUFFIX ]...
#   SUITE   letters: the Debian release whose QEMU runs
#   KERNEL  the name of another suite, for its default kernel; or a version: 6.1, 6.12.43, 7.3-rc2
readonly host_suffixes=(intel unstable-tsc no-hpet 4cpus)
readonly -A suffix_purpose=(
	[intel]='an Intel processor (Bochs, kvm_intel) instead of an AMD one (QEMU, kvm_amd)'
	[unstable-tsc]='a kernel that does not trust its TSC: its clock is another one, kvmclock has no stable flag'
	[no-hpet]='no HPET: a kernel without the TSC keeps time by the ACPI timer'
	[4cpus]='four CPUs instead of two, where this machine has as many'
)

host_names='  SUITE          a Debian release with its own kernel and QEMU
  SUITE+VERSION  that QEMU with another cloud kernel of Debian: 6.12.43, 7.3-rc2, or 6.12 for the newest 6.12;
                 nested-host/kernels lists them
  SUITE+OTHER    that QEMU with the kernel of another release
and behind it, in any order:'
for suffix in "${host_suffixes[@]}"; do
	host_names+=$'\n'$(printf '  -%-14s%s' "$suffix" "${suffix_purpose[$suffix]}")
done
unset suffix

# Sets name to a host's name without its suffixes, and suffixes to these.
split_host_name() { # HOST
	local suffix last=
	name=$1 suffixes=()
	while [[ $name != "$last" ]]; do
		last=$name
		for suffix in "${host_suffixes[@]}"; do
			[[ $name != *-"$suffix" ]] || { name=${name%-"$suffix"} && suffixes+=("$suffix"); }
		done
	done
}

check_host_name() { # HOST
	local name suffixes suffix seen=' '
	split_host_name "$1"
	[[ $name =~ ^[a-z]+(\+([a-z]+|[0-9]+(\.[0-9]+)*(-rc[0-9]+)?))?$ ]] ||
		die "\"$1\" is no name of a host: those are SUITE, SUITE+VERSION or SUITE+OTHER, with -intel, -unstable-tsc, -no-hpet or -4cpus behind; see nested-host/build --help"
	for suffix in "${suffixes[@]}"; do
		[[ $seen != *" $suffix "* ]] || die "\"$1\" is no name of a host: it has -$suffix twice"
		seen+="$suffix "
	done
}

has_suffix() { # HOST SUFFIX
	local name suffixes
	split_host_name "$1"
	[[ " ${suffixes[*]} " == *" $2 "* ]]
}

# What emulates its machine: run has a file for each.
machine() { # HOST
	if has_suffix "$1" intel; then
		echo bochs
	else
		echo qemu
	fi
}

# Hosts that differ in suffixes alone are made of the same layers.
without_suffixes() { # HOST
	local name suffixes
	split_host_name "$1"
	echo "$name"
}

qemu_suite() { # HOST
	local name suffixes
	split_host_name "$1"
	echo "${name%%+*}"
}

# Empty if a version names the kernel.
kernel_suite() { # HOST
	local name suffixes
	split_host_name "$1"
	name=${name##*+}
	[[ $name == [0-9]* ]] || echo "$name"
}

# Empty if the kernel is the one that a suite installs by default.
kernel_version() { # HOST
	local name suffixes
	split_host_name "$1"
	name=${name##*+}
	[[ $name != [0-9]* ]] || echo "$name"
}

qemu_layer() { # HOST
	echo "$layers/qemu-$(qemu_suite "$1")"
}

kernel_layer() { # HOST
	local name suffixes
	split_host_name "$1"
	echo "$layers/kernel-${name##*+}"
}

# Where the cache has the Bochs that was built. Another recipe or another patch makes another one.
bochs_folder() {
	local recipe
	recipe=$(cat "$nested_host"/build-bochs "$nested_host"/bochs/*.patch | sha256sum)
	echo "$cache/bochs-${recipe:0:12}"
}

describe() { # HOST
	echo "Linux $(<"$(kernel_layer "$1")/description"), QEMU $(<"$(qemu_layer "$1")/description")"
}
