#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What nested-host/run makes of Intel hosts, under a Bochs that is a fake. See run.bats for what all machines have in common.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

setup() {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache TMPDIR=$BATS_TEST_TMPDIR/tmp BOCHS=$BATS_TEST_TMPDIR/fakes/bochs
	mkdir "$TMPDIR"
	make_host woody-intel
	# It needs a BIOS beside it, or else the one of a package.
	cp -r "$fakes" "$BATS_TEST_TMPDIR/fakes"
	: >"$BATS_TEST_TMPDIR/fakes/BIOS-bochs-latest"
	results=$BATS_TEST_TMPDIR/results
}

teardown() {
	[[ ! -d $TMPDIR || ! $(ls "$TMPDIR") ]] || { echo "left behind: $(ls "$TMPDIR")" && return 1; }
	! pgrep -f "$BATS_TEST_TMPDIR" || { echo "a process was left behind" && return 1; }
}

host() { # BEHAVIOUR-PER-BOOT
	rm -rf "$BATS_TEST_TMPDIR/boots" "$results"
	HOST=$1 run "$run_host" --results "$results" woody-intel -- command
	echo "$output"
}

@test "output, results, kernel messages and exit status come back from an Intel host" {
	for expected in 0 1 77; do
		host "exits-$expected"
		[ "$status" -eq "$expected" ]
		[ "$(grep -v '^nested-host: ' <<<"$output" | sort | tr '\n' ,)" = "says the command,warns the command," ]
		[ "${lines[0]}" = "nested-host: woody-intel: note: emulated by Bochs 3.0" ]
		[ "$(cat "$results/default.log")" = "the guest's log" ]
		grep -qx '\[    1.234567\] kvm: Nested Paging enabled' "$results/kernel.log"
	done
}

@test "what the host had by then comes back when it panics, and when it hangs it is booted again" {
	host panics
	[ "$status" -eq 1 ]
	[ "$(cat "$results/default.log")" = "the guest's log" ]
	NESTED_HOST_SILENCE=1 host 'hangs exits-0'
	[ "$status" -eq 0 ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/boots")" -eq 2 ]
	[[ $output == *"woody-intel: the host hangs: no sign of life for 1 s; booting it again"* ]]
}

@test "each Bochs gets the processor that KVM can use" {
	BOCHS_SAYS='Bochs x86 Emulator 2.7' host exits-0
	grep -q '^cpu: model=broadwell_ult,' "$BATS_TEST_TMPDIR/bochsrc"
	! grep -q enable_apicv "$BATS_TEST_TMPDIR/command-line" || false
	BOCHS_SAYS='Bochs x86 Emulator 3.0' host exits-0
	grep -q '^cpu: model=corei7_skylake_x,' "$BATS_TEST_TMPDIR/bochsrc"
	grep -q ' kvm_intel.enable_apicv=0 ' "$BATS_TEST_TMPDIR/command-line"
	BOCHS_SAYS='Bochs x86 Emulator 3.0, kvm-pv-tests' host exits-0
	! grep -q enable_apicv "$BATS_TEST_TMPDIR/command-line" || false
	[ "${lines[0]}" = "nested-host: woody-intel: note: emulated by Bochs 3.0, built by nested-host/build" ]
}

@test "the kernel's command line: what the user wants comes last, and an odd TSC has its name" {
	HOST_APPEND='kvm.x=1 y' host exits-0
	grep -q ' tsc=reliable .* kvm.x=1 y$' "$BATS_TEST_TMPDIR/command-line"
	rm "$BATS_TEST_TMPDIR/boots"
	HOST=exits-0 run "$run_host" woody-intel-unstable-tsc -- command
	[ "$status" -eq 0 ]
	grep -q ' tsc=unstable ' "$BATS_TEST_TMPDIR/command-line"
	HOST_APPEND=$(printf '%5000s' x) host exits-0
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"command line is too long" ]]
}

@test "a Bochs with a network display runs in a network of its own" {
	unshare -n true 2>/dev/null || unshare -rn true || skip "network namespaces are not possible here"
	BOCHS_SAYS='Bochs x86 Emulator 2.7, with options -rc and others' host exits-0
	[ "$status" -eq 0 ]
	grep -q '^display_library: rfb' "$BATS_TEST_TMPDIR/bochsrc"
	[ "$(cat "$BATS_TEST_TMPDIR/arguments")" = "-q -f bochsrc -rc debugger" ]
	[ "$(sed -n 's/^ *\(.*\):.*/\1/p' "$BATS_TEST_TMPDIR/networks" | xargs)" = lo ]
	host exits-0
	grep -q '^display_library: nogui' "$BATS_TEST_TMPDIR/bochsrc"
}

@test "a Bochs that gives up is no fault of the host" {
	HOST=gives-up run "$run_host" --events 4 woody-intel -- command 4>"$BATS_TEST_TMPDIR/events"
	echo "$output"
	[ "$status" -eq 2 ]
	[ "$(cut -f 1 "$BATS_TEST_TMPDIR/events" | xargs)" = "note reboot emulator" ]
	[ "${lines[-1]}" = "nested-host: woody-intel: Bochs 3.0 gave up: exception(): 3rd (13) exception with no resolution (2 times)" ]
}

@test "an Intel host that cannot be: one line" {
	for name in woody-intel-4cpus woody-intel-no-hpet; do
		make_host "$name"
		HOST=exits-0 run "$run_host" "$name" -- command
		echo "$output"
		[ "$status" -eq 2 ]
		one_line
	done
	BOCHS=no-such-program host exits-0
	[ "$status" -eq 2 ]
	[[ $output == "nested-host: no-such-program is missing: it emulates the machine that an Intel host runs on" ]]
	BOCHS=true host exits-0
	[ "$status" -eq 2 ]
	[[ $output == *"is no Bochs: it does not say its version" ]]
	host does-not-start
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"/bochs does not start: "* ]]
}

@test "which Bochs: the one that was built, else the one that is installed" {
	unset BOCHS
	mkdir "$BATS_TEST_TMPDIR/bin"
	ln -s "$BATS_TEST_TMPDIR/fakes/bochs" "$BATS_TEST_TMPDIR/bin/"
	# Nothing is built where building failed lately.
	# shellcheck source=nested-host/common.bash
	folder=$(. "$project/nested-host/common.bash" && bochs_folder)
	mkdir -p "${folder%/*}"
	touch "$folder.failed"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "$project/nested-host/find-bochs")" = "$BATS_TEST_TMPDIR/fakes/bochs" ]
	mkdir "$folder"
	cp /bin/true "$folder/bochs"
	[ "$(PATH=$BATS_TEST_TMPDIR/bin:$PATH "$project/nested-host/find-bochs")" = "$folder/bochs" ]
}
