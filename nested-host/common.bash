# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What build and run share: names of hosts, and where the cache keeps the layers that a host is made of.
#
# A host's initramfs is three layers, one after the other, which the kernel unpacks into one tree:
#   qemu    the suite's QEMU with its libraries and ROMs, busybox and bash
#   kernel  vmlinuz, and KVM's and virtio's modules
#   job     what run adds for one boot: init, the files to work on, the command
# The first two come from Debian and stay in the cache, named by the packages in them and found by symbolic links that
# are named by the host. So one QEMU serves several kernels, and nothing is looked up over the network twice.

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

host_names='SUITE, a Debian release with its own kernel, SUITE+VERSION, with another kernel of its
archive (bookworm+6.12), or SUITE+OTHER, with the kernel of another release (bookworm+trixie)'

check_host_name() { # HOST
	[[ $1 =~ ^[a-z]+(\+([a-z]+|[0-9]+(\.[0-9]+)*))?$ ]] || die "\"$1\" is no name of a host: those are SUITE, SUITE+VERSION or SUITE+OTHER; see nested-host/build --help"
}

qemu_suite() { # HOST
	echo "${1%%+*}"
}

kernel_suite() { # HOST
	if [[ $1 =~ \+([a-z]+)$ ]]; then
		echo "${BASH_REMATCH[1]}"
	else
		qemu_suite "$1"
	fi
}

# Empty for the kernel that the suite installs by default.
kernel_version() { # HOST
	[[ ! $1 =~ \+([0-9].*)$ ]] || echo "${BASH_REMATCH[1]}"
}

qemu_layer() { # HOST
	echo "$layers/qemu-$(qemu_suite "$1")"
}

kernel_layer() { # HOST
	local version
	version=$(kernel_version "$1")
	echo "$layers/kernel-$(kernel_suite "$1")${version:++$version}"
}

describe() { # HOST
	echo "Linux $(<"$(kernel_layer "$1")/description"), QEMU $(<"$(qemu_layer "$1")/description")"
}
