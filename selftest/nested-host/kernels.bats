#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The list of kernels that hosts can be made of. No network: apt and the packages are fakes.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

setup() {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache ARCHIVE=$BATS_TEST_TMPDIR/archive
	export PATH=$fakes:$PATH KVM_PV_TESTS_MIRROR=http://mirror.invalid/debian
	make_suite bookworm 1:7.2 6.1.0-9-cloud-amd64 6.1.9-1
	make_package bookworm-security linux-image-6.1.0-10-cloud-amd64 6.1.10-2
	make_package experimental linux-image-7.3-cloud-amd64 7.3~rc2-1~exp1
}

kernels() { # ARGUMENT...
	run "$kernels" "$@"
	echo "$output"
}

members() { # MEMBERS
	"$kernels" | jq -r "[$1] | map(tostring) | join(\" \")"
}

@test "kernels of all suites from the oldest to the newest, one object in each line" {
	make_package trixie-backports linux-image-6.16.3+deb13-cloud-amd64 6.16.3-1~bpo13+1
	make_package trixie-backports linux-image-6.16.12+deb13-cloud-amd64 6.16.12-1~bpo13+1
	make_package sid linux-image-7.3.1-cloud-amd64 7.3.1-1
	for other in 6.16.4+deb13-amd64 6.16.4+deb13-cloud-arm64 6.16.4+deb13-cloud-amd64-dbg 6.16.4+deb13-cloud-amd64-unsigned; do
		make_package trixie-backports "linux-image-$other" 6.16.4-1
	done
	kernels
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "nested-host: fetching the lists of kernels" ]
	[ "${lines[1]}" = '{"version":"6.1.9","release":"6.1.0-9-cloud-amd64","package_version":"6.1.9-1","suite":"bookworm","cached":false}' ]
	cache_is_clean
	[ "$(TROUBLE='update there must be no update' members '.version, .suite')" = \
		$'6.1.9 bookworm\n6.1.10 bookworm-security\n6.16.3 trixie-backports\n6.16.12 trixie-backports\n7.3-rc2 experimental\n7.3.1 sid' ]
	kernels --cached
	[ "$status" -eq 0 ]
	[ ! "$output" ]
}

@test "of packages of one version, the newest one" {
	make_package bookworm-backports linux-image-6.12.9+deb12-cloud-amd64 6.12.9-1~bpo12+1
	make_package trixie linux-image-6.12.9+deb13.1-cloud-amd64 6.12.9-2
	make_package trixie-security linux-image-6.12.9+deb13-cloud-amd64 6.12.9-1
	kernels
	[[ $(members .version,.package_version,.release) == *$'\n6.12.9 6.12.9-2 6.12.9+deb13.1-cloud-amd64\n'* ]]
}

@test "what the cache has" {
	"$build" bookworm+6.1.9 2>/dev/null
	[ "$(members .version,.cached)" = $'6.1.9 true\n6.1.10 false\n7.3-rc2 false' ]
	kernels --cached
	[ "$(jq -r .version <<<"$output")" = 6.1.9 ]
	# The list is gone.
	rm "$XDG_CACHE_HOME"/kvm-pv-tests/nested-host/catalogue.tsv
	TROUBLE='update there must be no update' kernels --cached
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.version, .suite, .cached]' <<<"$output")" = '["6.1.9",null,true]' ]
}

@test "releases with what a host of that name has" {
	kernels --suites
	[ "${lines[1]}" = '{"suite":"bookworm","kernel":"6.1.0-10-cloud-amd64 (6.1.10-2)","qemu":"7.2","cached":false}' ]
	[ "${#lines[@]}" -eq 2 ]
	kernels --suites --cached
	[ ! "$output" ]
	rm "$ARCHIVE/bookworm-security/"*
	"$build" bookworm 2>/dev/null
	make_package bookworm linux-image-6.1.0-11-cloud-amd64 6.1.11-1
	kernels --suites --update
	[ "${lines[1]}" = '{"suite":"bookworm","kernel":"6.1.0-9-cloud-amd64 (6.1.9-1)","qemu":"7.2","cached":true}' ]
	rm "$XDG_CACHE_HOME"/kvm-pv-tests/nested-host/catalogue.tsv
	kernels --suites --cached
	[ "$(jq -c '[.suite, .cached]' <<<"$output")" = '["bookworm",true]' ]
}

@test "no network" {
	TROUBLE="update Could not resolve 'mirror.invalid'" kernels
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == *"cannot fetch the lists of packages from http://mirror.invalid/debian: Could not resolve"* ]]
	cache_is_clean
	[ ! -e "$XDG_CACHE_HOME"/kvm-pv-tests/nested-host/catalogue.tsv ]
	kernels
	TROUBLE="update Could not resolve 'mirror.invalid'" kernels --update
	[ "$status" -eq 2 ]
	TROUBLE="update Could not resolve 'mirror.invalid'" kernels
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "an archive without any kernels" {
	rm -r "${ARCHIVE:?}"/*
	mkdir "$ARCHIVE/sid"
	kernels
	[ "$status" -eq 2 ]
	[ "${lines[-1]}" = "nested-host: http://mirror.invalid/debian has no cloud kernels" ]
}

@test "wrong usage" {
	for arguments in bookworm --what '--cached x'; do
		# shellcheck disable=SC2086 # the words
		kernels $arguments
		[ "$status" -eq 2 ]
		[[ $output == Usage:* ]]
	done
	kernels --help
	[ "$status" -eq 0 ]
}

list_hosts() {
	run "$project/run_tests.sh" --list-hosts
	echo "$output"
}

@test "run_tests.sh lists hosts: releases, kernels, suffixes" {
	[ -x "$project/build/runner/pvbatch" ] || skip "not built: run \"make\""
	list_hosts
	[ "$status" -eq 0 ]
	[ "$(sed -n '/^SUITE /,/^$/p' <<<"$output")" = 'SUITE     CACHED  KERNEL                           QEMU
bookworm  -       6.1.0-10-cloud-amd64 (6.1.10-2)  7.2' ]
	[ "$(sed -n '/^VERSION /,/^$/p' <<<"$output")" = 'VERSION  CACHED  FROM               KERNEL
6.1.9    -       bookworm           6.1.0-9-cloud-amd64
6.1.10   -       bookworm-security  6.1.0-10-cloud-amd64
7.3-rc2  -       experimental       7.3-cloud-amd64' ]
	[ "$(grep -c '^-[^-]' <<<"$output")" -eq "$(bash -c '. "$0" && echo ${#host_suffixes[@]}' "$project/nested-host/common.bash")" ]
	"$build" bookworm+6.1.9 2>/dev/null
	list_hosts
	[[ $output == *$'\n6.1.9    yes     bookworm           6.1.0-9-cloud-amd64\n'* ]]
}

@test "run_tests.sh lists the hosts of the cache where there is no network" {
	[ -x "$project/build/runner/pvbatch" ] || skip "not built: run \"make\""
	rm -r "$ARCHIVE/bookworm-security"
	"$build" bookworm 2>/dev/null
	export TROUBLE="update Could not resolve 'mirror.invalid'"
	list_hosts
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "nested-host: fetching "* && ${lines[1]} == *"cannot fetch the lists of packages"* ]]
	[ "${lines[2]}" = "The archive cannot be asked now. The cache has these hosts, which need no network:" ]
	[[ $output == *$'\nbookworm  yes '* && $output == *$'\n6.1.9    yes     -     6.1.0-9-cloud-amd64\n'* ]]
	[[ $output != *7.3-rc2* ]]
}
