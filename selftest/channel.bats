#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The channel between a real guest and the runner, under TCG: on both ports, and where nothing answers.

load helper

image=$build/kvm-pv-selftest
machine=(-machine pc -bios qboot.rom -m 32 -cpu max -smp 2)

asks_pvrun() { # PVRUN-OPTION... -- QEMU-ARGUMENT...
	run "$build/runner/pvrun" --accel tcg --channel --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
		--append "run=channel.*" --kernel "$image" "$@"
	echo "$output"
	jq -e '[.tests[].verdict] == ["pass", "pass", "pass"] and .errors == []' "$BATS_TEST_TMPDIR/result"
	grep -qE '^pvrun: answers: 4 ok stood-us=[0-9]+ took-us=[0-9]+$' "$log"
	[ "$(grep -cE '^pvrun: answers: 6 ok restored=[12] stood-us=[0-9]+ took-us=[0-9]+$' "$log")" -eq 2 ]
}

contends() { # PVRUN-OPTION...
	run "$build/runner/pvrun" --accel tcg --channel --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
		--append "run=contention.*" --kernel "$image" "$@" -- "${machine[@]}"
	echo "$output"
}

@test "the second virtio console" {
	asks_pvrun -- "${machine[@]}"
	says "channel=virtio"
}

@test "the second virtio console, where firmware assigns addresses" {
	asks_pvrun -- -machine q35 -m 32 -cpu max
}

@test "COM2" {
	asks_pvrun --console serial -- "${machine[@]}"
	says "channel=com2"
}

@test "COM2 of a machine without PCI" {
	asks_pvrun --console serial -- -machine microvm -m 32 -cpu max
}

@test "vCPUs that have their CPUs, in each VM" {
	asks_pvrun --affinity 0 -- "${machine[@]}"
}

@test "a thread beside a vCPU, where that has one CPU" {
	contends --affinity 0
	jq -e '[.tests[].verdict] == ["pass"]' "$BATS_TEST_TMPDIR/result"
	grep -qE '^pvrun: answers: [0-9]+ ok waited-ns=[0-9]+$' "$log"
	[ "$(nproc)" -gt 1 ] || return 0
	contends
	jq -e '.tests[0].verdict == "skip" and .tests[0].unmet == {"kind": "host", "what": "vcpu-affinity"}' "$BATS_TEST_TMPDIR/result"
}

@test "a VM that QEMU cannot save goes on" {
	run "$build/runner/pvrun" --accel tcg --channel --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
		--append "run=channel.*" --kernel "$image" -- "${machine[@]}" -drive file=null-co://,if=none,id=disk,format=raw \
		-device nvme,drive=disk,serial=1
	echo "$output"
	jq -e '[.tests[].verdict] == ["pass", "pass", "skip"] and .errors == [] and
		.tests[2].unmet == {"kind": "host", "what": "migratable-vm"}' "$BATS_TEST_TMPDIR/result"
	grep -qE '^pvrun: answers: 6 unsupported migratable-vm .*nvme' "$log"
}

@test "a reset before the tests, by the runner and in each of a PC's ways" {
	for way in runner port keyboard triple-fault; do
		run "$build/runner/pvrun" --accel tcg --channel --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
			--append "reset=$way run=channel.*" --kernel "$image" -- "${machine[@]}"
		echo "$way: $output"
		jq -e '[.tests[].verdict] == ["pass", "pass", "pass"] and .errors == [] and .end == "exit"' "$BATS_TEST_TMPDIR/result"
		[ "$(grep -cE '^pvrun: answers: 1 ok version=1 boots=[12]$' "$log")" -eq 2 ]
	done
}

# In the middle of a request, as the runner stands first. The TSC of the vCPUs goes on, past the limit.
@test "a QEMU that the host stops for longer than an answer may take" {
	local pid qemu
	"$build/runner/pvrun" --accel tcg --channel --timeout 60 --log "$log" --result "$BATS_TEST_TMPDIR/result" \
		--append "run=channel.*" --kernel "$image" -- "${machine[@]}" 3>&- &
	pid=$!
	until grep -q "asks: 1 hello" "$log" 2>/dev/null; do sleep 0.01; done
	kill -STOP "$pid"
	qemu=$(pgrep -P "$pid" qemu)
	sleep 2
	kill -STOP "$qemu"
	sleep 15
	kill -CONT "$qemu"
	sleep 1
	kill -CONT "$pid"
	wait "$pid" || [ "$?" -eq 77 ]
	jq -e '[.tests[].verdict] == ["pass", "pass", "pass"] and .errors == []' "$BATS_TEST_TMPDIR/result"
}

# The first test waits, the others do not wait again, and the run goes on.
never_answered() { # PORT QEMU-ARGUMENT...
	boot 60 "${machine[@]}" -accel tcg "${debug_exit[@]}" -kernel "$image" -append "run=channel.* channel=$1" "${@:2}"
	[ "$(grep -c "# the runner did not agree on version 1 within 15000 ms" "$log")" -eq 3 ]
	says "# totals pass=0 fail=0 error=3 skip=0"
}

@test "a runner that never answers, on the virtio console" {
	# shellcheck disable=SC2034 # for boot()
	console=(-chardev "file,id=log,path=$log,mux=on" -serial chardev:log -device virtio-serial-pci
		-device "virtconsole,chardev=log")
	never_answered virtio -chardev null,id=channel -device virtio-serial-pci,id=channel \
		-device virtconsole,chardev=channel,bus=channel.0
}

@test "a runner that never answers, on COM2" {
	never_answered com2 -serial null
}

@test "a port that is not there" {
	boot 60 "${machine[@]}" -accel tcg "${debug_exit[@]}" -kernel "$image" -append "run=channel.* channel=com2"
	[ "$(grep -c "# unmet: machine channel-port" "$log")" -eq 3 ]
	boot 60 "${machine[@]}" -accel tcg "${debug_exit[@]}" -kernel "$image" -append "run=channel.* channel=virtio"
	[ "$(grep -c "# unmet: machine channel-port" "$log")" -eq 3 ]
}
