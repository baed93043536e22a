#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvrun against fake QEMUs. That none of their processes is left is checked after each test, by helper.bash.

load helper

@test "a good run passes" {
	vm reports-all-good
	[ "$status" -eq 0 ]
	[[ ${#lines[@]} -eq 1 && $output == "PASS  t "*"2 passed, 2 skipped"* ]]
	holds '.schema == 1 and .verdict == "pass" and .end == "exit" and .errors == [] and .reason == null'
	holds '.counts == {pass: 2, fail: 0, error: 0, timeout: 0, skip: 2, not_run: 0, suites_not_run: 0}'
	holds '[.tests[].name] == ["alpha.first", "alpha.second", "alpha.third", "beta.only"]'
	holds '[.tests[].verdict] == ["pass", "pass", "skip", "skip"]'
	holds '.tests[1].messages == ["measured 42 cycles"]'
	holds '.tests[2].reason == "kvm-foo is not advertised; add -cpu ...,kvm-foo=on"'
}

@test "the result tells what ran, where, and what the guest saw" {
	vm reports-all-good --append "run=alpha.*" --features kvmclock -- -cpu host
	holds '.config.name == "t" and .config.kernel == "/dev/null" and .config.append == "run=alpha.*"'
	holds '.config.qemu_args == ["-cpu", "host"] and .config.accel == "kvm" and .config.timeout == 20'
	holds '.host.qemu_version == "7.8.9 (fake)" and (.host.cpu_model | length) > 0'
	holds ".host.release == \"$(uname -r)\" and (.host.kvm_parameters | type) == \"object\""
	holds '.guest.base == 1073741824 and .guest.max == 1073741825 and .guest.features == 16808699'
	holds '.guest.features_hex == "0x01007afb" and .guest.hints == 0 and .guest.vendor == "AuthenticAMD"'
	holds '.guest.vcpus == 2 and .guest.apic == "x2apic" and .guest.tsc_khz == 2000000'
	holds '.guest.clock == "pmtimer" and .guest.boot_protocol == "multiboot" and .guest.memory == "32MiB"'
	holds '.guest.suite_features == {alpha: 16400, beta: 0}'
	holds '.guest.command_line == "run=alpha.* epoch=1"'
	holds '(.started | fromdate) > 1600000000 and .duration_ms >= 0 and .tests[0].ms >= 0'
	holds ".log == \"$log\""
}

@test "QEMU gets our arguments, and then those after --" {
	vm reports-all-good --accel tcg --append "list" -- -cpu 'host,kvm=off' -m 32
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *"-nodefaults -no-user-config -display none -no-reboot -accel tcg "* ]]
	[[ $args == *"-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel /dev/null -append list console=virtio epoch="* ]]
	[[ $args == *" -cpu host,kvm=off -m 32 "* ]]
	[[ $args != *" -S "* ]]
}

@test "the kernel is told of the host, unless the configuration says otherwise" {
	KVM_DEVICE='' vm reports-all-good --affinity 0 -- -machine pc,kernel-irqchip=off -rtc base=2006-06-17
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args =~ \ epoch=[0-9]+\ cmos-clock=other\ host-cpus=1\ lapic=vmm\  ]]
	[[ $args != *kvm-features=* && $args != *vcpu-tsc-khz=* ]]
	KVM_DEVICE='' vm reports-all-good --append "host-cpus=7 tsc-clock=off" -- -overcommit cpu-pm=on
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *" cmos-clock=host lapic=kernel foreign-hypercalls=replaced hlt-exits=off "* ]]
	[[ $args != *"tsc-clock="*"tsc-clock="* && $args != *"host-cpus="*"host-cpus="* ]]
}

@test "the guest's log comes through virtio, or through COM1 alone" {
	vm reports-all-good
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *"mux=on -serial chardev:com1 "*" -device virtio-serial-pci -device virtconsole,chardev=com1 " ]]
	vm reports-all-good --console serial
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *" console=serial epoch="* && $args != *virtconsole* ]]
	run "$pvrun" --kernel /dev/null --console vga
	[ "$status" -eq 2 ]
	[[ $output == *'--console wants virtio or serial, not "vga"; see pvrun --help' ]]
}

needs_fuse() {
	[[ -w /dev/fuse ]] || skip "there is no /dev/fuse that this user may open"
}

# The fake leaves the first page of cold memory, and how long it took to read, in files.
@test "cold memory has its content, and each page takes a while" {
	needs_fuse
	vm reads-cold-memory --cold-memory
	[ "$status" -eq 0 ]
	[ "$(head -c 8 "$FAKE_PIDS.page" | od -An -tx8)" = " 636f6c6402000000" ]
	[ "$(stat -c %s "$FAKE_PIDS.page")" -eq 4096 ]
	(($(<"$FAKE_PIDS.us") >= 5000))
	grep -q ' cold=on ' "$FAKE_PIDS.args"
}

@test "an ordinary user has cold memory, too" {
	((EUID == 0)) || skip "becoming another user needs root"
	needs_fuse
	unshare -U true || skip "there are no user namespaces"
	cp -r "$fakes" "$logs" "$pvrun" "$BATS_TEST_TMPDIR"
	# Such a user may not look for it from the root on.
	cd "$BATS_TEST_TMPDIR"
	chmod 777 . pids
	# shellcheck disable=SC2016
	FAKE_PIDS=pids run unshare -m bash -c 'mknod -m 666 fuse c 10 229 && mount --bind fuse /dev/fuse && exec setpriv \
		--reuid 65534 --regid 65534 --clear-groups "$@"' - ./pvrun --qemu fakes/reads-cold-memory --kernel /dev/null --cold-memory
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(head -c 8 pids.page | od -An -tx8)" = " 636f6c6402000000" ]
}

@test "what is written to cold memory stays there" {
	needs_fuse
	vm writes-cold-memory --cold-memory
	[ "$status" -eq 0 ]
	[ "$(<"$FAKE_PIDS.page")" = written ]
}

@test "the server of cold memory ends with pvrun, however that ends" {
	needs_fuse
	local signal
	for signal in TERM KILL; do
		"$pvrun" --qemu "$fakes/hangs-deaf" --kernel /dev/null --silence 20 --cold-memory >/dev/null 2>&1 3>&- &
		until [[ -s $FAKE_PIDS ]]; do sleep 0.1; done
		pgrep -P "$!" >>"$FAKE_PIDS"
		[ "$(pgrep -c -P "$!")" -eq 2 ]
		kill -"$signal" "$!"
		wait "$!" || :
		teardown
		: >"$FAKE_PIDS"
	done
}

@test "a server of cold memory that is killed ends the run" {
	needs_fuse
	"$pvrun" --qemu "$fakes/hangs-deaf" --kernel /dev/null --silence 20 --cold-memory --result "$result" >/dev/null 2>&1 3>&- &
	until [[ -s $FAKE_PIDS ]]; do sleep 0.1; done
	kill -KILL "$(pgrep -P "$!" pvrun)"
	wait "$!" || :
	complains "the server of the cold memory died"
}

@test "without FUSE, cold memory is a skip that says what is missing" {
	((EUID == 0)) || skip "mounting over /dev/fuse needs root"
	needs_fuse
	run unshare -m bash -c 'mount --bind /dev/null /dev/fuse && exec "$@"' - \
		"$pvrun" --kernel /dev/null --cold-memory --result "$result"
	echo "$output"
	[ "$status" -eq 77 ]
	[[ $output == "SKIP "*"cold memory needs permission to mount FUSE"* ]]
	holds '.unmet == {kind: "host", what: "fuse"}'
}

@test "the log has every byte of COM1, and QEMU's messages" {
	vm reports-all-good
	cmp "$log" "$logs/good.log"
	vm dies-in-the-middle
	grep -x "qemu: qemu: something went wrong" "$log"
}

@test "--verbose shows the log as well" {
	vm reports-all-good --verbose
	[[ $output == *"# measured 42 cycles"* ]]
}

@test "--verbose shows nothing that controls a terminal" {
	vm prints-garbage --verbose
	[ "$(LC_ALL=C tr -d '\n\t\40-\176' <<<"$output" | wc -c)" -eq 0 ]
	[[ $output == *'\x00'* ]]
}

@test "a failed test fails the run" {
	vm reports-a-failure
	[ "$status" -eq 1 ]
	[[ $output == "FAIL "*"1 passed, 1 failed, 1 in error"* ]]
	holds '.verdict == "fail" and .end == "exit" and .errors == []'
	holds '.tests[1].messages == ["tests/alpha.c:21: EXPECT_EQ(flags, 0): flags = 0x1, want 0x0"]'
	holds '.tests[2].verdict == "error" and .tests[2].reason == "the test checked nothing"'
	holds '.notes == ["a hypercall does not return here"]'
}

@test "a hang without QMP is killed, and pinned on its test" {
	vm hangs-deaf
	[ "$status" -eq 1 ]
	holds '.end == "silence" and .verdict == "fail"'
	holds '.tests[1] | .name == "alpha.second" and .verdict == "timeout"'
	holds '.counts.not_run == 1 and .counts.suites_not_run == 1 and .counts.timeout == 1'
	complains "silent for 1.0 s, in alpha.second"
	complains "1 tests and 1 whole suites did not run"
}

@test "a hang that an NMI does not end is killed" {
	vm hangs-for-good
	[ "$status" -eq 1 ]
	complains "silent for 1.0 s after an NMI, in alpha.second"
	holds '.end == "silence" and (.notes | length) == 1'
}

@test "a hang that an NMI ends costs one test" {
	vm hangs-until-nmi
	[ "$status" -eq 1 ]
	holds '.end == "exit" and .errors == [] and .counts.fail == 1 and .counts.pass == 2'
	holds '.tests[1].messages == ["NMI from outside at rip=0x100123"]'
	holds '.notes[0] | test("silent for 1.0 s in alpha.second: injected an NMI")'
}

@test "a QEMU that ignores SIGTERM is killed" {
	vm hangs-ignoring-sigterm
	[ "$status" -eq 1 ]
	holds '.end == "silence"'
}

@test "a guest that chatters for ever runs into the time-out" {
	vm chatters --timeout 0.8
	[ "$status" -eq 1 ]
	holds '.end == "timeout" and .tests[1].verdict == "timeout" and .duration_ms < 3000'
	complains "no end after 0.8 s, in alpha.second"
}

@test "a flood fills neither the disk nor the memory" {
	vm floods
	[ "$status" -eq 1 ]
	holds '.end == "flood"'
	[ "$(stat -c %s "$log")" -lt 20000000 ]
	[ "$(stat -c %s "$result")" -lt 100000 ]
}

@test "a QEMU that dies in the middle of a test is an error of that test" {
	vm dies-in-the-middle
	[ "$status" -eq 1 ]
	holds '.end == "qemu died" and (.tests[1] | .name == "alpha.second" and .verdict == "error")'
	complains "QEMU was killed by signal 9 (Killed), in alpha.second: qemu: something went wrong"
}

@test "half a report is no pass" {
	vm prints-half-a-report
	[ "$status" -eq 1 ]
	holds '.end == "exit" and .tests[1].verdict == "error"'
	complains "the guest powered off, in alpha.second"
}

@test "a triple fault is called by its name" {
	vm resets
	[ "$status" -eq 1 ]
	complains "the guest reset itself (a triple fault, perhaps), in alpha.second"
}

@test "a kernel that gives up is an error" {
	vm gives-up
	[ "$status" -eq 1 ]
	complains "the guest gave up, in alpha.second"
}

@test "a KVM failure ends the run at once" {
	vm stops --silence 20
	[ "$status" -eq 1 ]
	holds '.end == "stopped" and .duration_ms < 5000'
	complains "QEMU stopped the VM (internal-error), in alpha.second"
	grep -x "qemu: KVM internal error. Suberror: 1" "$log"
}

@test "a QEMU that does not start: exit status 2, and its own words" {
	vm exits-before-qmp
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == *"QEMU could not start"*"Property 'host-x86_64-cpu.kvm-foo' not found"* ]]
	holds '.end == "could not start" and .verdict == "error"'
}

@test "a QEMU that may refuse, and does: skipped, and its own words" {
	vm exits-before-qmp --may-refuse "Property .*kvm-(bar|foo)' not found"
	[ "$status" -eq 77 ]
	[[ $output == "SKIP "*"QEMU refuses: "*"Property 'host-x86_64-cpu.kvm-foo' not found"* ]]
	holds '.verdict == "skip" and .errors == [] and .end == "could not start"'
	vm exits-before-qmp --may-refuse "Property .*kvm-bar' not found"
	[ "$status" -eq 2 ]
	vm dies-in-the-middle --may-refuse "something went wrong"
	[ "$status" -eq 1 ]
}

@test "a QEMU that is not there: exit status 2, and one line" {
	vm no-such-qemu
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == *"no-such-qemu: No such file or directory"* ]]
	holds '.end == "could not start"'
}

@test "a guest without a word is no pass" {
	vm says-nothing
	[ "$status" -eq 1 ]
	complains "the guest printed no report"
}

@test "garbage is an error, never a crash" {
	vm prints-garbage
	[ "$status" -eq 1 ]
	holds '.verdict == "error" and (.errors | length) < 30'
}

@test "garbage on QMP harms nothing" {
	vm talks-nonsense-on-qmp
	[ "$status" -eq 0 ]
	holds '.host.qemu_version == null'
}

@test "a guest that reports and stays is an error" {
	vm does-not-power-off
	[ "$status" -eq 1 ]
	holds '.verdict == "error" and .counts.pass == 2'
	complains "silent for 1.0 s, after the report"
}

@test "the exit status has to fit the report" {
	vm contradicts-itself
	[ "$status" -eq 1 ]
	complains "the guest's exit (3) contradicts its report"
}

@test "QEMU's children end with it" {
	vm leaves-children
	[ "$status" -eq 0 ]
}

@test "without KVM nothing is validated: 77" {
	vm reports-all-good --accel tcg
	[ "$status" -eq 77 ]
	[[ $output == "SKIP "*"nothing validated: without KVM there is no contract"* ]]
	holds '.verdict == "skip"'
}

@test "a failure is one without KVM too" {
	vm reports-a-failure --accel tcg
	[ "$status" -eq 1 ]
}

@test "a guest that saw no KVM and skipped all: 77" {
	REPLAY=$logs/no-kvm.log vm replays
	[ "$status" -eq 77 ]
	[[ $output == *"nothing validated: the guest saw no KVM"* ]]
}

@test "--affinity pins the vCPUs before they run" {
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	vm reports-after-cont --affinity "$cpu"
	[ "$status" -eq 0 ]
	[[ $(cat "$FAKE_PIDS.cpus") == Cpus_allowed_list:*[!0-9]$cpu ]]
	grep -qx -e -S "$FAKE_PIDS.args"
}

@test "--vcpu-affinity pins each vCPU, and says that two share a CPU" {
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	vm reports-after-cont --vcpu-affinity "$cpu"
	[ "$status" -eq 0 ]
	[[ $(cat "$FAKE_PIDS.cpus") == Cpus_allowed_list:*[!0-9]$cpu ]]
	grep -qx -e -S "$FAKE_PIDS.args"
	! grep -q raced-cpu "$FAKE_PIDS.args" || false
	vm reports-after-cont --vcpu-affinity "$cpu $cpu $((cpu ? 0 : 1))"
	case $output in
	"SKIP "*) [ "$(nproc)" -lt 2 ] ;;
	*) grep -q " raced-cpu=on" "$FAKE_PIDS.args" ;;
	esac
}

@test "--vcpu-affinity to a CPU that is not there is a skip" {
	vm reports-after-cont --vcpu-affinity "0 1023"
	[ "$status" -eq 77 ]
	[[ $output == "SKIP "*"this host lacks a CPU that a vCPU is to run on: \"0 1023\""* ]]
	holds '.unmet == {kind: "host", what: "cpus=0 1023"}'
}

@test "--affinity to a CPU that is not there cannot run" {
	vm reports-after-cont --affinity 1023
	[ "$status" -eq 2 ]
	[[ $output == *"cannot pin vCPU 0: Invalid argument"* ]]
}

@test "--skip writes a result without a VM" {
	while IFS='|' read -r kind what sentence; do
		vm no-such-qemu --skip "$kind $what"
		[ "$status" -eq 77 ]
		[[ $output == "SKIP "*"$sentence"* ]]
		holds ".end == \"not started\" and .verdict == \"skip\" and .errors == [] and
			.unmet == {kind: \"$kind\", what: \"$what\"} and .reason == \"$sentence\""
	done <<-'END'
		accel|kvm|it needs KVM, and this is TCG
		host|/sys/x=Y|check: /sys/x is not Y; set it, as SET_HOST=on does where it can be
		host|fuse|cold memory needs /dev/fuse, and permission to mount it
		nothing|no test ran|nothing validated: no test ran
	END
}

@test "--skip wants data, and no sentence" {
	for unmet in "" accel "accel " "accel  kvm" "the moon is full" " accel kvm"; do
		run "$pvrun" --kernel /dev/null --skip "$unmet"
		[ "$status" -eq 2 ]
		[ "$output" = "pvrun: --skip wants a kind and what is not met, not \"$unmet\"" ]
	done
}

# Starts pvrun in the background and waits until its guest is in the middle of a test.
start_chattering() {
	rm -f "$log"
	env --default-signal=HUP "$pvrun" --qemu "$fakes/chatters" --kernel /dev/null --name t --log "$log" --result "$result" &
	pid=$!
	for _ in {1..50}; do
		! grep -q "still here" "$log" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

@test "signals end the VM, and leave a whole result" {
	for signal in TERM:143 INT:130 HUP:129; do
		start_chattering
		kill "-${signal%:*}" "$pid"
		status=0
		wait "$pid" || status=$?
		[ "$status" -eq "${signal#*:}" ]
		holds '.end == "killed" and (.tests[1] | .name == "alpha.second" and .verdict == "error")'
		complains "stopped by SIG${signal%:*}"
	done
}

@test "kill -9 of pvrun takes QEMU along, and leaves no half result" {
	start_chattering
	kill -KILL "$pid"
	wait "$pid" || true
	[ ! -e "$result" ]
}

@test "a full disk is one clear line: the log" {
	ln -s /dev/full "$log"
	vm reports-all-good
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == *"cannot write $log: No space left on device"* ]]
	holds '.end == "log failed"'
}

@test "a full disk is one clear line: the result" {
	mkdir "$BATS_TEST_TMPDIR/full"
	mount -t tmpfs -o size=4k none "$BATS_TEST_TMPDIR/full" 2>/dev/null || skip "needs the right to mount"
	result=$BATS_TEST_TMPDIR/full/result.json
	echo old >"$result"
	run "$pvrun" --qemu "$fakes/reports-all-good" --kernel /dev/null --name t --result "$result" \
		--append "$(printf '%09000d' 0)"
	left=$(ls "$BATS_TEST_TMPDIR/full")
	umount "$BATS_TEST_TMPDIR/full"
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == "ERROR t "*"cannot write the result: No space left on device"* ]]
	[ -z "$left" ]
}

@test "a result that has no place: exit status 2 before any VM" {
	run "$pvrun" --qemu "$fakes/reports-all-good" --kernel /dev/null --result /nonexistent/x.json
	[ "$status" -eq 2 ]
	[[ ${#lines[@]} -eq 1 && $output == *"cannot write /nonexistent/x.json"* ]]
	[ ! -s "$FAKE_PIDS" ]
}

@test "mistakes on the command line: exit status 2 and one line" {
	for wrong in "--may-refuse [" "--timeout never" "--silence -1" "--accel xen" "--affinity 3-1" "--affinity 0," "--affinity x" "--vcpu-affinity 0," "--vcpu-affinity 0 --affinity 0" \
		"--features kvm-foo" "--absent kvm-foo" "--features kvmclock,,kvm-pv-eoi" "--kernel /nonexistent" "stray"; do
		read -ra words <<<"$wrong"
		run "$pvrun" --kernel /dev/null --qemu "$fakes/reports-all-good" "${words[@]}"
		echo "$wrong: $output"
		[ "$status" -eq 2 ]
		[ "${#lines[@]}" -eq 1 ]
	done
	[ ! -s "$FAKE_PIDS" ]
}

@test "--help documents every option" {
	run "$pvrun" --help
	[ "$status" -eq 0 ]
	for option in name qemu accel timeout silence affinity vcpu-affinity features absent may-refuse log result append kernel skip verbose; do
		[[ $output == *" --$option "* ]]
	done
}

@test "the guest's log is beside the channel, on a port of its own" {
	vm reports-all-good --channel
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *" console=virtio channel=virtio epoch="* && $args != *" -no-reboot "* ]]
	[[ $args =~ \ -chardev\ socket,id=channel,fd=[0-9]+\ -device\ virtio-serial-pci,id=channel\ -device\ virtconsole,chardev=channel,bus=channel.0\ $ ]]
	vm reports-all-good --channel --console serial
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args == *" console=serial channel=com2 epoch="*" -device isa-serial,index=1,chardev=channel " ]]
	vm reports-all-good
	args=$(tr '\n' ' ' <"$FAKE_PIDS.args")
	[[ $args != *channel* && $args == *" -no-reboot "* ]]
}

@test "a guest that asks for a pause gets one, and learns how long it was" {
	vm asks-for-a-pause --channel
	[ "$status" -eq 0 ]
	holds '.end == "exit" and .counts.pass == 2'
	[ "$(jq -r .execute "$FAKE_PIDS.commands" | xargs)" = "stop cont" ]
	mapfile -t answers <"$FAKE_PIDS.answers"
	[ "${#answers[@]}" -eq 3 ]
	[ "${answers[0]}" = "1 ok version=1 boots=1" ]
	[[ ${answers[1]} =~ ^"2 ok realtime-ns="([0-9]+)" monotonic-us="[0-9]+$ ]]
	((BASH_REMATCH[1] / 1000000000 - $(date +%s) <= 0 && $(date +%s) - BASH_REMATCH[1] / 1000000000 < 60))
	[[ ${answers[2]} =~ ^"3 ok stood-us="([0-9]+)" took-us="([0-9]+)$ ]]
	((BASH_REMATCH[1] >= 199000 && BASH_REMATCH[2] >= BASH_REMATCH[1]))
	(($(<"$FAKE_PIDS.resumed") - $(<"$FAKE_PIDS.stopped") >= 190))
	grep -x 'pvrun: the guest asks: 3 pause 200' "$log"
	grep -x "pvrun: answers: ${answers[2]}" "$log"
}

@test "a guest changes nothing of a host that is not to be set" {
	vm asks-for-a-clocksource --channel
	[ "$status" -eq 0 ]
	[ "$(tail -n +2 "$FAKE_PIDS.answers")" = "2 bad the host's clock is another one, 0, or the TSC, 1
3 unsupported SET_HOST=on would allow it to change this host
4 bad a CPU of the host is off, 0, or on, 1
5 unsupported SET_HOST=on would allow it to change this host" ]
}

@test "a VM that does not go on after a pause ends the run" {
	FAKE_STAYS=1 vm asks-for-a-pause --channel --silence 10
	[ "$status" -eq 1 ]
	holds '.end == "stopped" and .duration_ms < 9000'
	complains "QEMU does not go on after a pause: Resetting the VM is required"
}

@test "a page that a guest has evicted is read anew, with what was written to it" {
	needs_fuse
	vm asks-for-an-eviction --channel --cold-memory
	[ "$status" -eq 0 ]
	diff "$FAKE_PIDS.answers" - <<-END
		1 ok version=1 boots=1
		2 ok pages=1 left=0
		3 bad only whole pages below 128 MiB can be evicted
		4 bad only whole pages below 128 MiB can be evicted
		5 bad only whole pages below 128 MiB can be evicted
	END
	[ "$(head -c 7 "$FAKE_PIDS.page")" = written ]
	(($(<"$FAKE_PIDS.us") >= 5000))
	vm asks-for-an-eviction --channel
	grep -x "2 bad the VM has no cold memory" "$FAKE_PIDS.answers"
}

@test "a VM whose state QEMU fails to write goes on" {
	vm asks-for-a-save --channel
	[ "$status" -eq 0 ]
	holds '.end == "exit" and .counts.pass == 2'
	[ "$(jq -r .execute "$FAKE_PIDS.commands" | xargs)" = "migrate-set-capabilities stop getfd migrate query-migrate cont" ]
	diff "$FAKE_PIDS.answers" - <<-END
		1 ok version=1 boots=1
		2 failed the VM was not saved
		3 bad a saved VM stands for at most 10000 ms
		4 failed no room
	END
}

@test "a QEMU that does not restore what another one wrote ends the run" {
	FAKE_WRITES=completed vm asks-for-a-save --channel --silence 10
	[ "$status" -eq 1 ]
	holds '.end == "stopped" and .duration_ms < 9000'
	complains "QEMU does not restore the VM: wrong machine"
	grep -x 'pvrun: the VM is saved, in 0 bytes' "$log"
}

@test "a guest that resets itself in its report ends the run, announced or not" {
	for asks in '' 1; do
		FAKE_ASKS=$asks vm resets-with-a-channel --channel --silence 10
		[ "$status" -eq 1 ]
		holds '.end == "exit" and .duration_ms < 9000'
		complains "the guest reset itself (a triple fault, perhaps), in alpha.second"
	done
}
