#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What nested-host/build makes of good and bad archives. No network, no boot: apt-get and the packages are fakes.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

setup() {
	export BOCHS=true # so that none is built
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache ARCHIVE=$BATS_TEST_TMPDIR/archive
	export PATH=$fakes:$PATH KVM_PV_TESTS_MIRROR=http://mirror.invalid/debian
	layers=$XDG_CACHE_HOME/kvm-pv-tests/nested-host
	make_suite woody 1:7.2 6.1.0-9-cloud-amd64 6.1.9-1
}

teardown() {
	[[ ! ${server-} ]] || kill "$server"
}

build() {
	run "$build" "$@"
	echo "$output"
}

@test "a host is fetched once, and needs no apt afterwards" {
	build woody
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "woody	Linux 6.1.0-9-cloud-amd64 (6.1.9-1), QEMU 7.2" ]
	cache_is_clean
	TROUBLE='update there must be no update' build woody
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "the layers have what a host needs, modules in the order of their needs" {
	build woody
	[ "$(tar -xOf "$layers"/*/kernel-woody/modules.cpio ./modules/order-qemu | xargs)" = "irqbypass kvm virt_ring kvm_amd" ]
	[ "$(cat "$layers"/*/kernel-woody/vmlinuz)" = "kernel 6.1.0-9-cloud-amd64" ]
	tar -tf "$layers"/*/qemu-woody/root.cpio >"$BATS_TEST_TMPDIR/files"
	for file in usr/bin/{qemu-system-x86_64,busybox,bash,sh} usr/share/qemu/qboot.rom \
		usr/lib64/ld-linux-x86-64.so.2 usr/lib/x86_64-linux-gnu/libc.so.6; do
		grep -qx "./$file" "$BATS_TEST_TMPDIR/files"
	done
}

@test "another kernel: of any suite, alone, and the newest of an incomplete version" {
	make_kernel_deb bookworm-backports 6.12.9+deb12-cloud-amd64 6.12.9-1~bpo12+1
	make_kernel_deb trixie 6.12.30+deb13-cloud-amd64 6.12.30-1
	make_kernel_deb trixie-security 6.12.31+deb13-cloud-amd64 6.12.31-1
	make_kernel_deb trixie-security 6.12.32+deb13-amd64 6.12.32-1
	make_kernel_deb trixie-backports 6.120.1-cloud-amd64 6.120.1-1
	build woody
	build woody+6.12
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "woody+6.12	Linux 6.12.31+deb13-cloud-amd64 (6.12.31-1), QEMU 7.2" ]
	[[ $output != *"fetching QEMU"* && $output == *"fetching the lists of kernels"* ]]
	build woody+6.12.9
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "woody+6.12.9	Linux 6.12.9+deb12-cloud-amd64 (6.12.9-1~bpo12+1), QEMU 7.2" ]
	[[ $output != *"fetching the lists of kernels"* ]]
	cache_is_clean
	TROUBLE='update there must be no update' build woody+6.12 woody+6.12.9 woody+6.12.31
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	build woody+6.13
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *"woody+6.13: neither http://mirror.invalid/debian nor the cache has a cloud kernel 6.13; "* ]]
	cache_is_clean
}

@test "a version that came after the list of kernels was made" {
	make_kernel_deb trixie 6.12.30-cloud-amd64 6.12.30-1
	build woody+6.12
	make_kernel_deb trixie 6.12.31-cloud-amd64 6.12.31-1
	build woody+6.12
	[[ $output == *"(6.12.30-1)"* ]]
	build woody+6.12.31
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"(6.12.31-1)"* ]]
	build --update woody+6.12
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"(6.12.31-1)"* ]]
}

@test "a kernel that the archive has dropped stays, and is made anew where the recipe for hosts has changed" {
	make_kernel_deb trixie-backports 6.16.3-cloud-amd64 6.16.3-1~bpo13+1
	make_kernel_deb trixie-backports 6.16.4-cloud-amd64 6.16.4-1~bpo13+1
	build woody+6.16.3
	rm "$ARCHIVE"/trixie-backports/linux-image-6.16.3*
	build --update woody+6.16.3
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"(6.16.3-1~bpo13+1)"* ]]
	[ "$("$kernels" | jq -c 'select(.version == "6.16.3") | [.suite, .cached]')" = '[null,true]' ]
	cp -r "$project/nested-host" "$BATS_TEST_TMPDIR/changed"
	echo '# changed' >>"$BATS_TEST_TMPDIR/changed/make-layer"
	build=$BATS_TEST_TMPDIR/changed/build build woody
	TROUBLE='update there must be no update' build=$BATS_TEST_TMPDIR/changed/build build woody+6.16.3
	[ "$status" -eq 0 ]
	[ "$output" = "woody+6.16.3	Linux 6.16.3-cloud-amd64 (6.16.3-1~bpo13+1), QEMU 7.2" ]
	[ "$("$BATS_TEST_TMPDIR/changed/kernels" --cached | jq -r .version | tr '\n' ' ')" = "6.1.9 6.16.3 " ]
}

@test "a kernel package in the cache that is damaged is fetched again" {
	make_kernel_deb trixie-backports 6.16.3-cloud-amd64 6.16.3-1~bpo13+1
	build woody+6.16.3
	rm -r "$layers"/*/kernel-6.16.3*
	: >"$(echo "$layers"/packages/6.16.3*/*.deb)"
	build woody+6.16.3
	[ "$status" -eq 0 ]
	[[ $output == *"fetching Linux 6.16.3-cloud-amd64"* ]]
	cache_is_clean
}

@test "the kernel of another release" {
	make_suite sarge 8.0 6.5.0-1-cloud-amd64 6.5-1
	build woody+sarge
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == "woody+sarge	Linux 6.5.0-1-cloud-amd64 (6.5-1), QEMU 7.2" ]]
	# The kernel is there now, so that only the QEMU is missing.
	: >"$BATS_TEST_TMPDIR/calls"
	build sarge
	[ "$status" -eq 0 ]
	! grep ' download ' "$BATS_TEST_TMPDIR/calls" || false
}

@test "kernels in several packages" {
	root=$BATS_TEST_TMPDIR/split
	mkdir -p "$root"/{image,binary/usr/lib/modules/9-cloud-amd64,modules/usr/lib/modules/9-cloud-amd64}
	echo 'kernel nine' >"$root/binary/usr/lib/modules/9-cloud-amd64/vmlinuz"
	printf 'depends=\0' >"$root/modules/usr/lib/modules/9-cloud-amd64/kvm-amd.ko"
	for part in image binary modules; do
		make_deb woody "linux-$part-9-cloud-amd64" 9-1 "$root/$part"
	done
	build woody
	[ "$status" -eq 0 ]
	[ "$(cat "$layers"/*/kernel-woody/vmlinuz)" = "kernel nine" ]
}

@test "modules that the archive has, but no longer lists, must be signed" {
	root=$BATS_TEST_TMPDIR/split
	mkdir -p "$root"/{image,binary/boot,modules/usr/lib/modules/7.1.3-cloud-amd64}
	echo 'kernel seven' >"$root/binary/boot/vmlinuz-7.1.3-cloud-amd64"
	printf 'depends=\0' >"$root/modules/usr/lib/modules/7.1.3-cloud-amd64/kvm-amd.ko"
	mkfifo "$root/modules/usr/lib/modules/7.1.3-cloud-amd64/kvm.ko"
	for part in image binary modules; do
		make_deb trixie-backports "linux-$part-7.1.3-cloud-amd64" 7.1.3-1~bpo13+1 "$root/$part"
	done
	mkdir "$ARCHIVE/pool"
	mv "$ARCHIVE"/trixie-backports/linux-modules-*.deb \
		"$ARCHIVE/pool/linux-modules-7.1.3-cloud-amd64_7.1.3-1~bpo13+1_amd64.deb"
	build woody+7.1
	[ "$status" -eq 0 ]
	[ "$(cat "$layers"/*/kernel-7.1/vmlinuz)" = "kernel seven" ]
	[ "$(cat "$layers"/*/kernel-7.1/arguments)" = "module.sig_enforce=1" ]
	[ "$(tar -xOf "$layers"/*/kernel-7.1/modules.cpio ./modules/order-qemu | xargs)" = "kvm_amd" ]
	rm -r "$ARCHIVE/pool" "$layers"/packages "$layers"/*/kernel-7.1*
	build woody+7.1
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"woody+7.1: cannot fetch the kernel's modules: "* ]]
	cache_is_clean
}

@test "an update fetches what is new and leaves the rest" {
	build woody
	make_kernel_deb woody 6.1.0-10-cloud-amd64 6.1.10-1
	build woody
	[[ ${lines[-1]} == *"(6.1.9-1), QEMU 7.2" ]]
	build --update woody
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == *"(6.1.10-1), QEMU 7.2" ]]
	[[ $output != *"fetching QEMU"* ]]
}

@test "an update that fails leaves the host as it was" {
	build woody
	TROUBLE='update Could not resolve mirror.invalid' build --update woody
	[ "$status" -eq 2 ]
	build woody
	[ "$status" -eq 0 ]
	cache_is_clean
}

@test "names that are none" {
	for name in Woody wo-ody woody+ +6.1 woody+6.x woody+6.1+7 ../woody ''; do
		build "$name"
		[ "$status" -eq 2 ]
		[[ $output == *"is no name of a host"* ]]
	done
}

@test "suffixes, in any order, are about the machine: no other layers are made for them" {
	build woody
	: >"$BATS_TEST_TMPDIR/calls"
	for suffixes in intel unstable-tsc no-hpet 4cpus unstable-tsc-intel-4cpus-no-hpet 4cpus-no-hpet; do
		build "woody-$suffixes"
		[ "$status" -eq 0 ]
		[ "$output" = "woody-$suffixes	Linux 6.1.0-9-cloud-amd64 (6.1.9-1), QEMU 7.2" ]
	done
	[ ! -s "$BATS_TEST_TMPDIR/calls" ]
	for name in woody-amd woody- woody-intel+sarge woody+6.1-rc woody--intel woody-4cpu; do
		build "$name"
		[ "$status" -eq 2 ]
		one_line
		[[ $output == *"\"$name\" is no name of a host: those are SUITE, SUITE+VERSION or SUITE+OTHER, with -intel, "* ]]
	done
	build woody-no-hpet-intel-no-hpet
	[ "$status" -eq 2 ]
	[[ $output == *"is no name of a host: it has -no-hpet twice" ]]
}

@test "what a host's name says" {
	parts() { # HOST
		# shellcheck source=nested-host/common.bash
		(. "$project/nested-host/common.bash" && check_host_name "$1" && suffixes='' &&
			for suffix in intel unstable-tsc no-hpet 4cpus; do ! has_suffix "$1" "$suffix" || suffixes+=" $suffix"; done &&
			echo "$(qemu_suite "$1") $(kernel_suite "$1") $(kernel_version "$1") $(without_suffixes "$1")$suffixes")
	}
	[ "$(parts woody)" = "woody woody  woody" ]
	[ "$(parts woody+sarge-intel)" = "woody sarge  woody+sarge intel" ]
	[ "$(parts woody+6.1.2-no-hpet-4cpus)" = "woody  6.1.2 woody+6.1.2 no-hpet 4cpus" ]
	[ "$(parts woody+7.3-rc2-unstable-tsc)" = "woody  7.3-rc2 woody+7.3-rc2 unstable-tsc" ]
	[ "$(parts woody+7.3-rc2)" = "woody  7.3-rc2 woody+7.3-rc2" ]
}

@test "a suite that does not exist" {
	build potato
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *'no suite "potato" at http://mirror.invalid/debian'* ]]
	cache_is_empty
}

@test "no network" {
	TROUBLE="update Could not resolve 'mirror.invalid'" build woody
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"cannot fetch the lists of packages from http://mirror.invalid/debian: Could not resolve"* ]]
	cache_is_empty
}

@test "no network, as apt itself tells it" {
	PATH=${PATH#"$fakes:"} KVM_PV_TESTS_MIRROR=http://127.0.0.1:9/debian build bookworm
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"cannot fetch the lists of packages"*"127.0.0.1"* ]]
	cache_is_empty
}

# The real apt, an archive on this machine's loopback, and a configuration of this machine that trusts everything.
serve() { # FOLDER
	python3 -u - "$1" >"$BATS_TEST_TMPDIR/port" 3>&- <<-'END' &
	import functools, http.server, sys
	class Handler(http.server.SimpleHTTPRequestHandler):
	    def log_message(self, *arguments):
	        pass
	server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
	print(server.server_port)
	server.serve_forever()
	END
	server=$!
	wait_for "$BATS_TEST_TMPDIR/port"
	KVM_PV_TESTS_MIRROR=http://127.0.0.1:$(<"$BATS_TEST_TMPDIR/port")/debian
	printf '%s\n' 'Acquire::http::Proxy::127.0.0.1 "DIRECT";' 'APT::Get::AllowUnauthenticated "true";' \
		'Acquire::AllowInsecureRepositories "true";' 'Acquire::AllowWeakRepositories "true";' \
		'Acquire::AllowDowngradeToInsecureRepositories "true";' >"$BATS_TEST_TMPDIR/apt.conf"
	export APT_CONFIG=$BATS_TEST_TMPDIR/apt.conf PATH=${PATH#"$fakes:"}
}

refuses_archive() { # MESSAGE
	build bookworm
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"cannot fetch the lists of packages from http://127.0.0.1:"*"$1"* ]]
	cache_is_empty
}

make_archive_without_signature() { # FOLDER
	local folder
	for folder in "$1"/debian/dists/bookworm "$1"/debian-security/dists/bookworm-security; do
		mkdir -p "$folder/main/binary-amd64"
		printf 'Package: qemu-system-x86\nVersion: 666\n' >"$folder/main/binary-amd64/Packages"
		(
			cd "$folder" || exit
			printf 'Origin: Debian\nSuite: %s\nCodename: %s\nDate: %s\nArchitectures: amd64\nComponents: main\nSHA256:\n' \
				"${folder##*/}" "${folder##*/}" "$(date -Ru)"
			printf ' %s %s %s\n' "$(sha256sum main/binary-amd64/Packages | cut -d ' ' -f 1)" \
				"$(stat -c %s main/binary-amd64/Packages)" main/binary-amd64/Packages
		) >"$folder/Release"
	done
}

@test "archives without a signature, or with a forged one, are refused" {
	command -v apt-get >/dev/null || skip "there is no apt-get"
	archive=$BATS_TEST_TMPDIR/www
	make_archive_without_signature "$archive"
	serve "$archive"
	refuses_archive "is not signed"
	for folder in "$archive"/debian*/dists/*; do
		{
			printf -- '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n'
			cat "$folder/Release"
			printf -- '-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEE\n=aaaa\n-----END PGP SIGNATURE-----\n'
		} >"$folder/InRelease"
	done
	refuses_archive "file isn't valid"
	# What Debian signed, with a word changed.
	for list in /var/lib/apt/lists/*_debian_dists_bookworm_InRelease; do
		[[ -e $list ]] || continue
		sed '0,/^Components: main/s//Components: main forged/' "$list" >"$archive/debian/dists/bookworm/InRelease"
		refuses_archive "is not signed"
	done
}

@test "a package that cannot be fetched" {
	TROUBLE="install You don't have enough free space in archives." build woody
	[ "$status" -eq 2 ]
	[ "${lines[-1]}" = "nested-host: woody: cannot fetch QEMU: You don't have enough free space in archives." ]
	cache_is_empty
	TROUBLE="download Failed to fetch it  404  Not Found" build woody
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"cannot fetch the kernel: Failed to fetch it  404  Not Found" ]]
	cache_is_clean
}

@test "a package that was cut short" {
	deb=$ARCHIVE/woody/qemu-system-x86_1:7.2.deb
	head -c 1000 "$deb" >"$deb.cut" && mv "$deb.cut" "$deb"
	build woody
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"woody: cannot unpack qemu-system-x86_1:7.2.deb: "* ]]
	cache_is_empty
}

@test "a QEMU without one of its libraries" {
	root=$BATS_TEST_TMPDIR/woody-root/qemu
	rm "$root/usr/lib/x86_64-linux-gnu/libc.so.6"
	make_deb woody qemu-system-x86 1:7.2 "$root"
	build woody
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"woody: cannot make the host: "*libc.so.6* ]]
	cache_is_empty
}

@test "a full disk" {
	((EUID == 0)) || skip "mounting a small disk needs root"
	mkdir "$XDG_CACHE_HOME"
	mount -t tmpfs -o size=1M small "$XDG_CACHE_HOME" || skip "mounts are not possible here"
	head -c 900K /dev/zero >"$XDG_CACHE_HOME/something"
	build woody
	umount "$XDG_CACHE_HOME"
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"No space left on device"* ]]
}

@test "a cache that cannot be written" {
	: >"$XDG_CACHE_HOME"
	build woody
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"cannot write to $XDG_CACHE_HOME"* ]]
}

@test "a killed build leaves no host, and the next one cleans up" {
	for signal in KILL TERM; do
		rm -f "$BATS_TEST_TMPDIR/sleeper"
		TROUBLE='download sleeps' "$build" woody 3>&- &
		wait_for "$BATS_TEST_TMPDIR/sleeper"
		kill -"$signal" $!
		status=0
		wait $! || status=$?
		[ "$status" -gt 128 ]
		# It ends, too.
		for _ in {1..100}; do
			kill -0 "$(cat "$BATS_TEST_TMPDIR/sleeper")" 2>/dev/null || break
			sleep 0.1
		done
		! kill -0 "$(cat "$BATS_TEST_TMPDIR/sleeper")" || false
		[ ! -e "$(echo "$layers"/*/kernel-woody)" ]
	done
	cache_is_clean
	build woody
	[ "$status" -eq 0 ]
	cache_is_clean
}

@test "builds side by side fetch once" {
	for _ in 1 2 3; do
		"$build" woody >>"$BATS_TEST_TMPDIR/outputs" 2>&1 3>&- &
	done
	wait
	[ "$(grep -c '^woody	Linux' "$BATS_TEST_TMPDIR/outputs")" -eq 3 ]
	[ "$(grep -c download "$BATS_TEST_TMPDIR/calls")" -eq 2 ] # one of them is install --download-only
	cache_is_clean
}

@test "a build that waits for another one leaves nothing when it is killed" {
	mkdir -p "$layers"
	: >"$layers/lock"
	exec {held}<"$layers/lock"
	flock "$held"
	for signal in KILL TERM; do
		"$build" woody 2>"$BATS_TEST_TMPDIR/messages" 3>&- {held}<&- &
		wait_for "$BATS_TEST_TMPDIR/messages"
		waiting=$(wait_for_child $! flock)
		kill -"$signal" $!
		status=0
		wait $! || status=$?
		[ "$status" -gt 128 ]
		for _ in {1..100}; do
			kill -0 "$waiting" 2>/dev/null || break
			sleep 0.1
		done
		! kill -0 "$waiting" 2>/dev/null || false
		: >"$BATS_TEST_TMPDIR/messages"
	done
}

@test "no apt" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	for program in bash cat cut dirname env grep mkdir sha256sum touch rm; do
		ln -s "$(command -v "$program")" "$BATS_TEST_TMPDIR/bin/"
	done
	PATH=$BATS_TEST_TMPDIR/bin build woody
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"apt-get is missing: a host is made of Debian packages" ]]
}

@test "a layer of the cache that is damaged is said, and made anew" {
	build woody
	for file in kernel-woody/vmlinuz qemu-woody/root.cpio qemu-woody/busybox; do
		printf x | dd of="$(echo "$layers"/*/"$file")" conv=notrunc status=none
		build woody
		[ "$status" -eq 0 ]
		[[ ${lines[0]} =~ ^"nested-host: woody: its "(QEMU|kernel)" in the cache is damaged"$ ]]
		[ "${lines[-1]}" = "woody	Linux 6.1.0-9-cloud-amd64 (6.1.9-1), QEMU 7.2" ]
		cache_is_clean
		build woody
		[ "${#lines[@]}" -eq 1 ]
	done
	: >"$(echo "$layers"/*/kernel-woody/modules.cpio)"
	rm "$(echo "$layers"/*/qemu-woody/root.cpio)"
	TROUBLE='update Could not resolve mirror.invalid' build woody
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "nested-host: woody: its QEMU in the cache is damaged" ]
	[[ ${lines[1]} == *"cannot fetch"* ]]
	[ -e "$(echo "$layers"/*/qemu-woody/busybox)" ]
	build woody
	[ "$status" -eq 0 ]
	[[ $output == *"woody: its QEMU in the cache is damaged"*"woody: its kernel in the cache is damaged"* ]]
	build woody
	[ "${#lines[@]}" -eq 1 ]
}
