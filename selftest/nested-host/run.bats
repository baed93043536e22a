#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What nested-host/run makes of hosts that behave and of those that do not. They are fakes: nothing boots here.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper

setup() {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache TMPDIR=$BATS_TEST_TMPDIR/tmp QEMU=$fakes/qemu
	mkdir "$TMPDIR"
	make_host woody
	results=$BATS_TEST_TMPDIR/results
}

teardown() {
	[[ ! $(ls "$TMPDIR") ]] || { echo "left behind: $(ls "$TMPDIR")" && return 1; }
	! pgrep -f "$BATS_TEST_TMPDIR" || { echo "a process was left behind" && return 1; }
}

host() { # BEHAVIOUR-PER-BOOT
	HOST=$1 run "$run_host" --results "$results" woody -- command
	echo "$output"
}

boots() {
	wc -l <"$BATS_TEST_TMPDIR/boots"
}

@test "output, results, kernel messages and exit status come back" {
	for expected in 0 1 2 77; do
		rm -rf "$BATS_TEST_TMPDIR/boots" "$results"
		host "exits-$expected"
		[ "$status" -eq "$expected" ]
		[ "$(sort <<<"$output" | tr '\n' ,)" = "says the command,warns the command," ]
		[ "$(cat "$results/default.log")" = "the guest's log" ]
		grep -qx '\[    1.234567\] kvm: Nested Paging enabled' "$results/kernel.log"
	done
}

@test "suffixes of its name make another machine of it" {
	machine() { # HOST
		rm -f "$BATS_TEST_TMPDIR/boots"
		run "$run_host" "$1" -- command
		echo "$output"
		arguments=" $(<"$BATS_TEST_TMPDIR/arguments") "
		[ "$status" -eq 0 ]
	}
	export HOST=exits-0
	# shellcheck disable=SC2016 # it is nproc that expands
	printf '#!/bin/sh\necho "$CPUS"\n' >"$BATS_TEST_TMPDIR/nproc"
	chmod +x "$BATS_TEST_TMPDIR/nproc"
	export PATH=$BATS_TEST_TMPDIR:$PATH CPUS=3
	machine woody
	[[ $arguments == *" tsc=reliable "* && $arguments == *" pc,hpet=on "* && $arguments == *" -smp 2 "* ]]
	machine woody-unstable-tsc
	[[ $arguments == *" tsc=unstable "* && $arguments != *tsc=reliable* && $arguments == *" pc,hpet=on "* ]]
	machine woody-no-hpet
	[[ $arguments == *" tsc=reliable "* && $arguments == *" pc,hpet=off "* ]]
	run "$run_host" woody-4cpus -- command
	[ "$status" -eq 2 ]
	[ "$output" = "nested-host: woody-4cpus: this machine has 3 CPUs, too few for a host with 4" ]
	CPUS=4 machine woody-no-hpet-4cpus
	[[ $arguments == *" -smp 4 "* && $arguments == *" pc,hpet=off "* ]]
}

@test "results are not asked for" {
	HOST=exits-0 "$run_host" woody -- command >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	[ "$(cat "$BATS_TEST_TMPDIR/out")" = "says the command" ]
	[ "$(cat "$BATS_TEST_TMPDIR/err")" = "warns the command" ]
}

@test "what is said of the host is there for programs, too: a kind, a tab and a text in each line" {
	events() { # BEHAVIOUR-PER-BOOT
		rm -f "$BATS_TEST_TMPDIR/boots"
		HOST=$1 "$run_host" --events 4 woody -- command 4>"$BATS_TEST_TMPDIR/events" >/dev/null 2>&1 || status=$?
		cat "$BATS_TEST_TMPDIR/events"
	}
	[ "$(events warns)" = $'complaint\tits kernel complained: WARNING: CPU: 1 PID: 9 at arch/x86/kvm/x86.c:1 f+0x1/0x2' ]
	[ "$(events stalls)" = $'delay\tits kernel was kept waiting: watchdog: BUG: soft lockup - CPU#1 stuck for 22s!' ]
	[ "$(events ends-by-itself)" = $'died\tthe host ended by itself: reboot: Restarting system' ]
	[ "$(events 'panics-early panics-early' | cut -f 1 | tr '\n' ' ')" = "reboot panicked " ]
	[[ $(events breaks) == $'broken\tnothing can run there: insmod: '* ]]
	[[ $(NESTED_HOST_SILENCE=1 events 'hangs exits-0') == $'reboot\tthe host hangs: no sign of life for 1 s; booting it again' ]]
}

@test "a host sends no escape sequences to the terminal, and no exit status that there is not" {
	host panics-with-colours
	[ "$status" -eq 1 ]
	[[ $output != *$'\e'* && $output == *"BUG: ?[31mred"* ]]
	rm "$BATS_TEST_TMPDIR/boots"
	host breaks-with-colours
	[ "$status" -eq 2 ]
	[ "$output" = "nested-host: woody: nothing can run there: ?[31mred?" ]
	rm "$BATS_TEST_TMPDIR/boots"
	host exits-256
	[ "$status" -eq 1 ]
	[[ $output == *"the host ended by itself"* ]]
}

@test "what the kernel complains about while the command runs fails it" {
	host warns
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: woody: its kernel complained: WARNING: CPU: 1 PID: 9 at arch/x86/kvm/x86.c:1 f+0x1/0x2" ]
}

@test "what it complained about before does not" {
	host warned-before
	[ "$status" -eq 0 ]
}

@test "a kernel that was kept waiting is a note" {
	host stalls
	[ "$status" -eq 0 ]
	[[ $output == *"note: its kernel was kept waiting: watchdog: BUG: soft lockup"* ]]
}

@test "a panic before the command starts: once more" {
	host 'panics-early exits-0'
	[ "$status" -eq 0 ]
	[ "$(boots)" -eq 2 ]
	[ "${lines[0]}" = "nested-host: woody: the host's kernel panicked: Oops: int3: 0000; booting it again" ]
	rm "$BATS_TEST_TMPDIR/boots"
	host 'panics-early panics-early'
	[ "$status" -eq 2 ]
	[ "${lines[-1]}" = "nested-host: woody: the host's kernel panicked: Oops: int3: 0000 (2 times)" ]
}

@test "a panic while the command runs is its failure, and what was there by then comes back" {
	host panics
	[ "$status" -eq 1 ]
	[ "$(boots)" -eq 1 ]
	[[ $output == *"woody: the host's kernel panicked: BUG: unable to handle page fault"* ]]
	[ -s "$results/default.log" ]
	grep -q 'Kernel panic' "$results/kernel.log"
}

@test "a host that ends while the command runs" {
	host ends-by-itself
	[ "$status" -eq 1 ]
	[[ $output == *"woody: the host ended by itself: reboot: Restarting system"* ]]
}

@test "a host that hangs: once more" {
	export NESTED_HOST_SILENCE=1
	for where in hangs hangs-early; do
		rm -f "$BATS_TEST_TMPDIR/boots"
		host "$where exits-0"
		[ "$status" -eq 0 ]
		[ "$(boots)" -eq 2 ]
		[[ $output == *"woody: the host hangs: no sign of life for 1 s; booting it again"* ]]
		rm "$BATS_TEST_TMPDIR/boots"
		host "$where $where"
		[ "$status" -eq 2 ]
		[ "${lines[-1]}" = "nested-host: woody: the host hangs: no sign of life for 1 s (2 times)" ]
	done
}

@test "a host without KVM" {
	for where in breaks breaks-without-virtio; do
		rm -f "$BATS_TEST_TMPDIR/boots"
		host "$where"
		[ "$status" -eq 2 ]
		one_line
		[[ $output == "nested-host: woody: nothing can run there: insmod: can't insert"*"invalid module format" ]]
	done
}

@test "no QEMU, and one that does not start" {
	QEMU=no-such-program host exits-0
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"no-such-program is missing"* ]]
	host does-not-start
	[ "$status" -eq 2 ]
	one_line
	[[ $output == *"does not start: qemu: cannot set up guest memory" ]]
}

@test "no such file, and files from elsewhere" {
	for file in no-such-file /etc/passwd ../x a/../../x; do
		HOST=exits-0 run "$run_host" woody "$file" -- command
		[ "$status" -eq 2 ]
		one_line
		[[ $output == *"$file"* ]]
	done
}

@test "wrong usage" {
	for arguments in '' woody 'woody --' '-- command' 'woody command' '--what woody -- command' --results; do
		# shellcheck disable=SC2086 # the words
		run "$run_host" $arguments
		[ "$status" -eq 2 ]
		[[ $output == Usage:* ]]
	done
	run "$run_host" --host-kernel x woody -- command
	[ "$status" -eq 2 ]
	one_line
	run "$run_host" Woody -- command
	[ "$status" -eq 2 ]
}

@test "results that cannot be written" {
	: >"$results"
	host exits-0
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == *"cannot put the results into $results: "* ]]
}

# Runs a command where $TMPDIR is a disk of this size.
on_small_disk() { # SIZE COMMAND...
	# shellcheck disable=SC2016 # for the inner shell
	unshare -rm bash -c 'mount -t tmpfs small "$TMPDIR" -o size="$0" && exec "$@"' "$@"
}

need_small_disks() {
	on_small_disk 64K true || skip "mounts are not possible here"
}

@test "a full disk" {
	need_small_disks
	export HOST=exits-0
	for size in 4K 8K 12K 16K; do
		run on_small_disk "$size" "$run_host" --results "$results" woody -- command
		echo "$output"
		[ "$status" -eq 2 ]
		one_line
		[[ $output == *"No space left on device"* ]]
	done
}

@test "a disk that fills while the host runs: one line, and what had come by then" {
	need_small_disks
	export HOST=fills-the-disk
	run on_small_disk 4M timeout 30 "$run_host" --results "$results" woody -- command
	echo "$output"
	[ "$status" -eq 2 ]
	[ "$(boots)" -eq 1 ]
	[ "$(grep -c '^nested-host: ' <<<"$output")" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: woody: there is no room left for what it sends: No space left on device ($TMPDIR)" ]
	[ "$(cat "$results/default.log")" = "the guest's log" ]
	[ -s "$results/kernel.log" ]
}

@test "a disk for the results that is full" {
	need_small_disks
	mkdir "$results"
	export HOST=exits-0
	# shellcheck disable=SC2016 # for the inner shell
	run unshare -rm bash -c 'mount -t tmpfs small "$1" -o size=4K && head -c 4K /dev/zero >"$1/something" 2>/dev/null
		"$0" --results "$1" woody -- command; status=$?; ls -A "$1"; exit "$status"' "$run_host" "$results"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"nested-host: woody: cannot put the results into $results: "*"No space left on device"* ]]
	[ "$(grep -cvE 'nested-host: |says the command|warns the command' <<<"$output")" -le 2 ]
	[[ $output != *.nested-unpack* ]]
}

# A library that comes before the C library: its real-time clock jumps when a file appears.
@test "a clock that is set while the host runs ends no host" {
	command -v gcc >/dev/null || skip "there is no gcc"
	export CLOCK_JUMP=$BATS_TEST_TMPDIR/jump HOST=jumps
	gcc -shared -fPIC -o "$BATS_TEST_TMPDIR/jumps.so" "$BATS_TEST_DIRNAME/clock_jump.c"
	for days in 365 -365; do
		rm -rf "$CLOCK_JUMP" "$BATS_TEST_TMPDIR/boots" "$results"
		CLOCK_JUMP_DAYS=$days LD_PRELOAD=$BATS_TEST_TMPDIR/jumps.so run timeout 60 "$run_host" --time-limit 50 --results "$results" woody -- command
		echo "$output"
		[ "$status" -eq 0 ]
		[ "$(boots)" -eq 1 ]
	done
}

# In Turkish, [a-z] lacks letters, and i has no dot as a capital.
@test "locales change nothing" {
	localedef -i tr_TR -f UTF-8 "$BATS_TEST_TMPDIR/tr_TR.UTF-8" 2>/dev/null || skip "the sources of tr_TR are not installed"
	export LOCPATH=$BATS_TEST_TMPDIR LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8
	make_host wiki
	HOST=warns run "$run_host" --results "$results" --time-limit 100 wiki -- command
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: wiki: its kernel complained: WARNING: CPU: 1 PID: 9 at arch/x86/kvm/x86.c:1 f+0x1/0x2" ]
	[ -s "$results/default.log" ]
}

@test "signals end the host and leave nothing" {
	for signal in INT:130 TERM:143 HUP:129; do
		rm -rf "$BATS_TEST_TMPDIR/boots" "$results"
		HOST=hangs env --default-signal=INT,HUP "$run_host" --results "$results" woody -- command 3>&- &
		until grep -q 'command starts' "$TMPDIR"/*/console 2>/dev/null; do sleep 0.1; done
		sleep 0.5
		kill -"${signal%:*}" $!
		status=0
		wait $! || status=$?
		[ "$status" -eq "${signal#*:}" ]
		[ -s "$results/default.log" ]
		[ ! "$(ls "$TMPDIR")" ]
	done
}

@test "the emulator does not outlive a script that was killed" {
	HOST=hangs "$run_host" woody -- command 3>&- &
	wait_for "$BATS_TEST_TMPDIR/boots"
	kill -KILL $!
	wait $! || true
	for _ in {1..30}; do
		pgrep -f "$TMPDIR" >/dev/null || break
		sleep 0.1
	done
	compgen -G "$TMPDIR/kvm-pv-tests.*"
	# The next run removes what it left.
	rm "$BATS_TEST_TMPDIR/boots"
	host exits-0
	[ "$status" -eq 0 ]
}

@test "results that are refused fail the run, and snapshots take their place" {
	mkdir "$BATS_TEST_TMPDIR/outside"
	host sends-symlink
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: woody: what it sent as results was refused: a symbolic link (trick)" ]
	[ "$(cat "$results/default.log")" = "the guest's log" ]
	[ "$(cat "$results/before")" = text ]
	[ ! -L "$results/trick" ]
	[ -s "$results/kernel.log" ]
	rm "$BATS_TEST_TMPDIR/boots"
	host sends-many,30000
	[ "$status" -eq 1 ]
	[[ ${lines[-1]} == *"refused: more files and folders than a host may send"* ]]
	[ ! "$(ls "$BATS_TEST_TMPDIR/outside")" ]
}

@test "a host that sends signs of life for ever is ended when its time is up" {
	HOST=drips run timeout 30 "$run_host" --time-limit 2 --events 4 --results "$results" woody -- command 4>"$BATS_TEST_TMPDIR/events"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "$(boots)" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: woody: the host has not ended after 2 s" ]
	[ "$(cat "$BATS_TEST_TMPDIR/events")" = $'hung\tthe host has not ended after 2 s' ]
	[ "$(cat "$results/default.log")" = "the guest's log" ]
	rm "$BATS_TEST_TMPDIR/boots"
	HOST=drips run timeout 30 "$run_host" --output-limit 3 woody -- command
	[ "$status" -eq 1 ]
	[ "$(boots)" -eq 1 ]
	[ "${lines[-1]}" = "nested-host: woody: the command there has written nothing for 3 s" ]
	for limit in time-limit=0 time-limit=x time-limit=-1 time-limit= time-limit=9999999999 output-limit=0 output-limit=x; do
		run "$run_host" "--${limit%=*}" "${limit#*=}" woody -- command
		[ "$status" -eq 2 ]
		one_line
	done
}

@test "a host that floods a channel is ended" {
	for channel in control:1 console:64 output:256 errors:16 snapshots:600 results:600 emulator.log:16; do
		rm -rf "$BATS_TEST_TMPDIR/boots" "$results"
		HOST=floods-${channel%:*},$((${channel#*:} + 1))M timeout 60 "$run_host" --events 4 --results "$results" woody -- command \
			4>"$BATS_TEST_TMPDIR/events" >/dev/null 2>&1 || status=$?
		[ "$status" -eq 1 ]
		[ "$(cat "$BATS_TEST_TMPDIR/events")" = $'flood\tthe host sent more than '"${channel#*:} MiB as ${channel%:*}" ]
	done
}

@test "a flood is none the less one if the host says that it ended well" {
	HOST=floods-snapshots,700M,exits timeout 60 "$run_host" --results "$results" woody -- command || status=$?
	[ "$status" -eq 1 ]
}
