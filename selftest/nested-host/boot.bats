#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Real hosts, really booted: some 7 seconds each, and the first of all fetches what is not in the cache.

load helper

setup() {
	host=${NESTED_HOST:-bookworm}
	results=$BATS_TEST_TMPDIR/results
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	cd "$project" || exit
}

teardown() {
	[[ ! $(ls "$TMPDIR") ]] || { echo "left behind: $(ls "$TMPDIR")" && return 1; }
}

host() { # ARGUMENT...
	run "$run_host" --results "$results" "$host" "$@"
	echo "$output"
}

@test "a command with its files, arguments, output, results and status" {
	# shellcheck disable=SC2016 # for the host's shell
	host nested-host/init selftest/nested-host/fakes -- bash -c \
		'ls nested-host selftest/nested-host; printf "<%s>" "$@"; echo warning >&2; mkdir "$RESULTS/a"; uname -r >"$RESULTS/a/release"; exit 9' \
		bash 'two words' '$HOME' "it's" ''
	[ "$status" -eq 9 ]
	[ "$(head -n 4 <<<"$output")" = $'nested-host:\ninit\n\nselftest/nested-host:' ]
	[ "${lines[-1]}" = "<two words><\$HOME><it's><>warning" ]
	grep -q -- -cloud-amd64 "$results/a/release"
	grep -q 'Nested Paging enabled' "$results/kernel.log"
}

@test "KVM works there, and offers what can be tested" {
	[ -x build/runner/kvm-pv-features ] || skip "not built: run \"make\""
	# shellcheck disable=SC2016
	host build/runner/kvm-probe build/runner/kvm-pv-features -- \
		sh -c 'build/runner/kvm-probe && build/runner/kvm-pv-features --json >$RESULTS/features.json'
	[ "$status" -eq 0 ]
	jq -e '.host.kvm_module == "kvm_amd" and (.host.release | test("-cloud-amd64$")) and
		.capabilities.KVM_CAP_ENFORCE_PV_FEATURE_CPUID == 1 and
		([.features[] | select(.offered_by == "kvm") | .name] | contains(["CLOCKSOURCE", "STEAL_TIME", "PV_EOI"]))
		' "$results/features.json"
}

@test "QEMU runs there, with KVM, and finds its ROMs" {
	# shellcheck disable=SC2016
	host -- bash -c '
		for machine in pc q35 microvm; do
			printf "info kvm\nquit\n" | qemu-system-x86_64 -machine $machine -accel kvm -cpu host -smp 2 -m 32 \
				-nodefaults -display none -bios qboot.rom -monitor stdio || exit
		done'
	[ "$status" -eq 0 ]
	[ "$(grep -c 'kvm support: enabled' <<<"$output")" -eq 3 ]
}

@test "a disk for what must not be in memory" {
	# shellcheck disable=SC2016
	host -- bash -c 'dd if=/dev/zero of=/var/tmp/x bs=1M count=64 2>/dev/null && sync && grep "/var/tmp ext2" /proc/mounts'
	[ "$status" -eq 0 ]
}

@test "what the kernel says while the command runs" {
	host -- sh -c 'echo "<4>WARNING: CPU: 0 PID: 7 at arch/x86/kvm/x86.c:1" >/dev/kmsg'
	[ "$status" -eq 1 ]
	[ "$output" = "nested-host: $host: its kernel complained: WARNING: CPU: 0 PID: 7 at arch/x86/kvm/x86.c:1" ]
}

@test "a panic, and the results that were there before it" {
	# shellcheck disable=SC2016
	host -- sh -c 'echo early >$RESULTS/early; sleep 6; echo c >/proc/sysrq-trigger'
	[ "$status" -eq 1 ]
	[[ $output == "nested-host: $host: the host's kernel panicked: Kernel panic - not syncing: sysrq triggered crash" ]]
	[ "$(cat "$results/early")" = early ]
	grep -q 'Kernel panic' "$results/kernel.log"
}

@test "a host that stands still is booted again" {
	NESTED_HOST_SILENCE=30 "$run_host" "$host" -- sh -c 'sleep 5; echo fine' >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
	for _ in {1..600}; do
		grep -qs 'command starts' "$TMPDIR"/*/console && break
		sleep 0.1
	done
	pkill -STOP -P $! qemu
	wait $!
	[ "$(sed -n 2p "$BATS_TEST_TMPDIR/output")" = fine ]
	grep -q 'no sign of life for 30 s; booting it again' "$BATS_TEST_TMPDIR/output"
}

# The host's kernel as bzImage, and its modules in tree/, for --host-kernel and --host-modules.
copy_kernel() (
	# shellcheck source=nested-host/common.bash
	. nested-host/common.bash
	cp "$(kernel_layer "$host")/vmlinuz" "$BATS_TEST_TMPDIR/bzImage"
	mkdir -p "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree" || exit
	"$(qemu_layer "$host")/busybox" cpio -idm <"$(kernel_layer "$host")/modules.cpio"
)

@test "a kernel and modules of one's own" {
	copy_kernel
	run "$run_host" --host-kernel "$BATS_TEST_TMPDIR/bzImage" --host-modules "$BATS_TEST_TMPDIR/tree" "$host" -- \
		sh -c 'ls -d /sys/module/kvm_amd; hostname'
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = $'/sys/module/kvm_amd\n'"$host+own" ]
	rm "$BATS_TEST_TMPDIR/tree/modules/kvm_amd.ko"
	run "$run_host" --host-kernel "$BATS_TEST_TMPDIR/bzImage" --host-modules "$BATS_TEST_TMPDIR/tree" "$host" -- true
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == "nested-host: $host+own: nothing can run there: there is no /dev/kvm"* ]]
}

@test "a kernel that is told so loads no module without its maker's signature" {
	copy_kernel
	own=(--host-kernel "$BATS_TEST_TMPDIR/bzImage" --host-modules "$BATS_TEST_TMPDIR/tree" "$host" -- true)
	HOST_APPEND=module.sig_enforce=1 "$run_host" "${own[@]}"
	# The signature is what follows the module itself.
	strip --strip-debug "$BATS_TEST_TMPDIR/tree/modules/kvm_amd.ko"
	HOST_APPEND=module.sig_enforce=1 run "$run_host" "${own[@]}"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"insmod: can't insert '/modules/kvm_amd.ko': Key was rejected by service" ]]
}

@test "two hosts side by side" {
	"$run_host" "$host" -- sh -c 'sleep 3; echo one' >"$BATS_TEST_TMPDIR/one" 3>&- &
	"$run_host" "$host" -- sh -c 'sleep 3; echo two' >"$BATS_TEST_TMPDIR/two" 3>&-
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two")" = $'one\ntwo' ]
}

# kvm.ko is the same for both.
@test "what is broken in KVM shows on Intel's processor as on AMD's" {
	[ -x build/runner/pvbatch ] || skip "not built: run \"make\""
	damaged=$BATS_TEST_TMPDIR/damaged
	selftest/damaged-host bookworm "$damaged" kvm_pv_send_ipi
	for vendor in '' -intel; do
		run ./run_tests.sh --host "bookworm$vendor" --host-kernel "$damaged/vmlinuz" --host-modules "$damaged" \
			--save "$BATS_TEST_TMPDIR/results$vendor" smp1
		echo "$output"
		[ "$status" -eq 1 ]
		jq -r '.tests[] | select(.verdict == "fail").name' "$(find "$BATS_TEST_TMPDIR/results$vendor" -name smp1.json)" |
			sort >"$BATS_TEST_TMPDIR/failed$vendor"
	done
	[ "$(grep -c '^pv_ipi' "$BATS_TEST_TMPDIR/failed")" -ge 5 ]
	[ "$(cat "$BATS_TEST_TMPDIR/failed-intel")" = "$(cat "$BATS_TEST_TMPDIR/failed")" ]
}
