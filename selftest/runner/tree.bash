# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# run_tests.sh in a tree of its own, whose only QEMU is a fake, and whose probe says what the test wants.

tree() { # CONFIG
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir -p build/runner
	cp "$top/run_tests.sh" .
	ln -sf "$(realpath "$pvrun")" "$(realpath "$pvreport")" "$(realpath "$top/build/runner/pvbatch")" build/runner/
	touch build/kvm-pv-tests
	printf '%s\n' "$1" >unittests.cfg
	probe_says ""
	export QEMU=$fakes/obeys
	unset ACCEL TIMEOUT
}

probe_says() { # WHY-KVM-DOES-NOT-WORK
	printf '#!/bin/sh\n%s\n' "${1:+echo "$1"; exit 77}" >build/runner/kvm-probe
	chmod +x build/runner/kvm-probe
}

go() {
	run ./run_tests.sh "$@"
	echo "$output"
}

# Nested hosts that are none: the command runs here, where KVM suddenly works. Some have their ways to end.
nested_hosts() {
	mkdir nested-host
	touch build/kvm-pv-tests.pvh build/runner/kvm-pv-features
	cat >nested-host/build <<-'END'
	#!/bin/sh
	for host in ${*:-fake}; do
		[ $host != missing ] || { echo "nested-host: missing: no such release" >&2; exit 2; }
		printf '%s\tLinux 1, QEMU 1\n' $host
	done
	END
	cat >nested-host/run <<-'END'
	#!/bin/bash
	unset RESULTS
	events=/dev/null
	report() { # KIND TEXT
		echo "nested-host: $host: $2" >&2
		printf '%s\t%s\n' "$1" "$2" >"$events"
	}
	while [[ $1 == --* ]]; do
		[[ $1 != --results ]] || export RESULTS=$2
		[[ $1 != --input ]] || { rm -rf input && cp -r "$2" input; }
		[[ $1 != --events ]] || events=/dev/fd/$2
		[[ $1 != --*-limit ]] || echo "$2" >>limits
		shift 2
	done
	host=$1
	while [[ $1 != -- ]]; do shift; done
	shift
	if [[ $host == panics || ($host == half && " $* " == *" SHARE=2/2 "*) ]]; then
		report panicked "the host's kernel panicked"
		exit 1
	fi
	[[ $host != floods ]] || { report flood "the host sent more than 64 MiB as console" && exit 1; }
	[[ $host != vanishes ]] || kill -KILL $$
	echo "this is Linux" >"${RESULTS:-.}/kernel.log"
	cp /bin/true "kvm-probe.$$" && mv "kvm-probe.$$" build/runner/kvm-probe
	"$@"
	status=$?
	[[ $host != complains ]] || { report complaint "its kernel complained"; status=1; }
	exit $status
	END
	chmod +x nested-host/*
}

has() {
	[[ $output == *"$1"* ]]
}

lacks() {
	[[ $output != *"$1"* ]]
}
