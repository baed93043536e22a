#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# make install, and the manual page.

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || return 1
	make -s install PREFIX="$BATS_FILE_TMPDIR/usr" >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log" && return 1; }
}

setup() {
	usr=$BATS_FILE_TMPDIR/usr
	cd "$BATS_TEST_TMPDIR" || return 1
	tree=$BATS_TEST_DIRNAME/..
}

@test "the installed command runs elsewhere, and leaves its results there" {
	export PATH=$usr/bin:$PATH
	diff <(kvm-pv-tests -a -l) <("$tree/run_tests.sh" -a -l)
	run kvm-pv-tests --version
	[[ $output == *"(kvm-pv-tests) "[0-9]* ]]
	ACCEL=tcg run kvm-pv-tests tcg
	echo "$output"
	[ "$status" -eq 77 ]
	[ -s results/latest/tcg.json ]
	[ ! -e "$usr/lib/kvm-pv-tests/results" ]
}

@test "what a nested host needs is installed" {
	run "$usr/lib/kvm-pv-tests/nested-host/build" --help
	[ "$status" -eq 0 ]
	[ -x "$usr/lib/kvm-pv-tests/nested-host/init" ]
}

@test "DESTDIR comes before the prefix, and only there is anything installed" {
	make -s -C "$tree" install DESTDIR="$PWD/dest" PREFIX=/opt/x
	[ "$(ls dest)" = opt ]
	grep -F 'exec /opt/x/lib/kvm-pv-tests/run_tests.sh' dest/opt/x/bin/kvm-pv-tests
}

@test "the manual page has every option of every program, and no other" {
	local page program help
	page=$(groff -man -Tascii -P-c -P-b -P-u -ww "$usr/share/man/man1/kvm-pv-tests.1" 2>&1)
	[[ $page != *warning* ]]
	# Section by section: the options in it, and those that the program prints.
	for program in run_tests.sh nested-host/run nested-host/build pvrun pvreport kvm-pv-features kvm-probe host-tsc-khz \
		nested-unpack; do
		case $program in
		*/* | *.sh) help=$("$tree/$program" --help) ;;
		*) help=$("$usr/lib/kvm-pv-tests/build/runner/$program" --help) ;;
		esac
		section=${program/\//-}
		[[ $program != run_tests.sh ]] || section=options
		diff <(sed -nE 's/^ +(-[a-z], )?(--[a-z-]+).*/\2/p' <<<"$help" | sort) \
			<(sed -n "/^${section^^}$/,/^[A-Z]/p" <<<"$page" | sed -nE 's/^ {7}(-[a-z], )?(--[a-z-]+).*/\2/p' | sort)
	done
}
