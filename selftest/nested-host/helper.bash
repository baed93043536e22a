# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034 # what tests use
# What the tests of nested-host/ share.

project=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
fakes=$BATS_TEST_DIRNAME/fakes
build=$project/nested-host/build
kernels=$project/nested-host/kernels
run_host=$project/nested-host/run
unpack_program=$project/build/runner/nested-unpack
export archives=$BATS_TEST_DIRNAME/make-archive

# A package with the files that are in a folder.
make_deb() { # SUITE NAME VERSION FOLDER
	mkdir -p "$4/DEBIAN" "$ARCHIVE/$1"
	printf '%s\n' "Package: $2" "Version: $3" 'Architecture: amd64' 'Maintainer: nobody <nobody@localhost>' \
		'Description: a fake' >"$4/DEBIAN/control"
	dpkg-deb -Znone --build --root-owner-group "$4" "$ARCHIVE/$1/$2_$3.deb" >/dev/null
}

# One with nothing in it.
make_package() { # SUITE NAME VERSION
	make_deb "$1" "$2" "$3" "$BATS_TEST_TMPDIR/nothing/$1/$2"
}

make_kernel_deb() { # SUITE RELEASE VERSION
	local root=$BATS_TEST_TMPDIR/kernel-$2 modules
	modules=$root/lib/modules/$2/kernel
	mkdir -p "$root/boot" "$modules"
	echo "kernel $2" >"$root/boot/vmlinuz-$2"
	# As they stand in a module: one string after the other.
	printf 'license=GPL\0depends=\0' >"$modules/irqbypass.ko"
	printf 'license=GPL\0depends=irqbypass\0' | xz >"$modules/kvm.ko.xz"
	printf 'license=GPL\0depends=kvm,virt-ring\0' >"$modules/kvm-amd.ko"
	printf 'license=GPL\0depends=\0' | gzip >"$modules/virt_ring.ko.gz"
	make_deb "$1" "linux-image-$2" "$3" "$root"
}

make_suite() { # SUITE QEMU-VERSION KERNEL-RELEASE KERNEL-VERSION
	local root=$BATS_TEST_TMPDIR/$1-root
	mkdir -p "$root"/{qemu/usr/{bin,share/qemu},busybox/bin,bash/bin}
	mkdir -p "$root/qemu/usr/lib/x86_64-linux-gnu"
	# Any program with a library will do; its loader and library are this machine's.
	cp /bin/true "$root/qemu/usr/bin/qemu-system-x86_64"
	cp -L /lib/x86_64-linux-gnu/{libc.so.6,ld-linux-x86-64.so.2} "$root/qemu/usr/lib/x86_64-linux-gnu/"
	echo rom >"$root/qemu/usr/share/qemu/qboot.rom"
	cp "$fakes/busybox" "$root/busybox/bin/"
	cp /bin/true "$root/bash/bin/bash-static"
	make_deb "$1" qemu-system-x86 "$2" "$root/qemu"
	make_deb "$1" busybox-static 1 "$root/busybox"
	make_deb "$1" bash-static 1 "$root/bash"
	make_kernel_deb "$1" "$3" "$4"
}

# A cache with a host in it that only a fake QEMU can boot.
make_host() { # HOST
	(
		# shellcheck source=nested-host/common.bash
		. "$project/nested-host/common.bash"
		mkdir -p "$(qemu_layer "$1")" "$(kernel_layer "$1")"
		cp "$fakes/busybox" "$(qemu_layer "$1")/"
		echo root >"$(qemu_layer "$1")/root.cpio"
		echo modules >"$(kernel_layer "$1")/modules.cpio"
		echo kernel >"$(kernel_layer "$1")/vmlinuz"
		echo 7.2 | tee "$(qemu_layer "$1")/description" >"$(kernel_layer "$1")/description"
		for layer in "$(qemu_layer "$1")" "$(kernel_layer "$1")"; do
			(cd "$layer" && sha256sum -- * >.sums)
		done
	)
}

# Whatever happened: nothing half-made, and no folder that a killed build left.
cache_is_clean() {
	local folder
	for folder in "$XDG_CACHE_HOME"/kvm-pv-tests/nested-host/partial.*; do
		[[ ! -e $folder ]] || return 1
	done
}

cache_is_empty() {
	cache_is_clean && [[ ! $(find "$XDG_CACHE_HOME" -name '*.cpio' -o -name description) ]]
}

one_line() {
	[[ ${#lines[@]} -eq 1 ]]
}

wait_for() { # FILE
	for _ in {1..300}; do
		[[ ! -s $1 ]] || return 0
		sleep 0.1
	done
	return 1
}

# Prints the process number of a child.
wait_for_child() { # PARENT PROGRAM
	for _ in {1..300}; do
		! pgrep -P "$1" -x "$2" || return 0
		sleep 0.1
	done
	return 1
}
