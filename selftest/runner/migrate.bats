#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvrun --migrate-to and --migrate-from, with QEMUs that are fakes. That none of their processes is left is checked after each
# test, by helper.bash. Between real hosts: ./run_tests.sh --migrate.

load helper
load tree.bash

folder=$BATS_TEST_TMPDIR/vm

leave() { # OPTION...
	vm migrates --channel --migrate-to "$folder" "$@"
}

arrive() { # OPTION...
	vm migrates --channel --migrate-from "$folder" "$@"
}

@test "a VM leaves with one run, and its tests end in another one" {
	leave -- -m 32
	[ "$status" -eq 77 ]
	[[ $output == "SKIP  t "*"the VM has left this host"* ]]
	holds '.verdict == "skip" and .end == "migrated" and .unmet.kind == "nothing" and .errors == []'
	[ "$(ls "$folder")" = $'facts.json\nstate' ]
	arrive -- -m 32
	[ "$status" -eq 0 ]
	holds '.verdict == "pass" and .end == "exit" and .counts.pass == 2 and .counts.skip == 2'
	holds '[.tests[].name] == ["alpha.first", "alpha.second", "alpha.third", "beta.only"]'
	holds '.migrated_from.qemu_version == "7.8.9 (fake)"'
	grep -xq 'migrate-incoming' "$FAKE_PIDS.commands"
	grep -Eq '^2 ok restored=1 stood-us=[0-9]+ took-us=[0-9]+( tsc-clock=[01])?$' "$FAKE_PIDS.answers"
	grep -x '3 failed the VM was migrated before' "$FAKE_PIDS.answers"
	# Once more, as from a snapshot.
	arrive -- -m 32
	[ "$status" -eq 0 ]
}

@test "the clock that the guest is told of goes on over the migration" {
	leave
	jq '.stopped_us += 7200000000 | .stopped_realtime_us -= 3600000000' "$folder/facts.json" >"$folder/new"
	mv "$folder/new" "$folder/facts.json"
	arrive
	[ "$status" -eq 0 ]
	[[ $(<"$FAKE_PIDS.answers") =~ restored=1\ stood-us=36[0-9]{8}\  ]]
	[[ $(<"$FAKE_PIDS.answers") =~ monotonic-us=([0-9]+) ]]
	((BASH_REMATCH[1] >= $(jq .stopped_us "$folder/facts.json") + 3600000000))
}

@test "what is no VM for this run is said in one line, and nothing is left" {
	arrive
	[ "$status" -eq 2 ]
	complains "no VM has arrived: $folder/facts.json: No such file or directory"
	leave -- -m 32
	arrive -- -m 64
	[ "$status" -eq 2 ]
	complains 'no VM has arrived: the VM has other arguments for QEMU: ["-m","32"]'
	cp "$folder/facts.json" "$BATS_TEST_TMPDIR"
	sed -i 's/7\.8\.9/7.8.8/' "$folder/facts.json"
	arrive -- -m 32
	[ "$status" -eq 2 ]
	complains "the VM comes from QEMU 7.8.8 (fake), and this is QEMU 7.8.9 (fake): migrate it between hosts with the same QEMU"
	head -c 200 "$BATS_TEST_TMPDIR/facts.json" >"$folder/facts.json"
	arrive -- -m 32
	[ "$status" -eq 2 ]
	complains "no VM has arrived: $folder/facts.json: "
	cp "$BATS_TEST_TMPDIR/facts.json" "$folder"
	echo damage >>"$folder/state"
	arrive -- -m 32
	[ "$status" -eq 2 ]
	complains "no VM has arrived: $folder/state is damaged: it has not the checksum that facts.json names"
}

@test "a QEMU that refuses the VM is a skip with its sentence" {
	leave
	FAKE_REFUSES=1 arrive --may-refuse "Host doesn't support"
	[ "$status" -eq 77 ]
	holds '.verdict == "skip" and .unmet == {kind: "refused", what: "qemu-system-x86_64: Host doesn'"'"'t support requested features"}'
}

@test "a folder that cannot be written ends the run, and no VM is in it" {
	folder=$BATS_TEST_TMPDIR/no/vm
	leave
	[ "$status" -eq 1 ]
	complains "cannot write the VM to $folder: No such file or directory"
	[ ! -e "$BATS_TEST_TMPDIR/no" ]
}

@test "without --migrate-to no VM leaves, and wrong options are said" {
	vm migrates --channel --silence 1
	grep -x 'pvrun: answers: 2 unsupported migrate' "$log"
	run "$pvrun" --kernel /dev/null --migrate-to x
	[ "$status" -eq 2 ]
	[[ $output == *"--migrate-to and --migrate-from want --channel" ]]
	run "$pvrun" --kernel /dev/null --channel --migrate-to x --migrate-from y
	[ "$status" -eq 2 ]
	[[ $output == *"--migrate-to and --migrate-from exclude each other" ]]
}

hosts() {
	tree $'[moves]\nchannel = on\ngroups = migrate nodefault\n[stays]'
	nested_hosts
	export QEMU=$fakes/migrates
}

@test "--migrate: a VM of each host arrives on each" {
	hosts
	go --host fake,new+6.12 --migrate
	[ "$status" -eq 0 ]
	has "fake: SKIP  moves"
	for host in fake new+6.12; do
		[ -e "results/latest/.migration/$host/moves.vm/state" ]
		for source in fake new+6.12; do
			jq -e '.verdict == "pass" and (.migrated_from | type) == "object"' "results/latest/$host/moves-from-$source.json"
		done
	done
	has "moves-from-new+6.12"
}

@test "--migrate: a host that refuses such a VM is named with QEMU's sentence" {
	hosts
	tree $'[moves]\nchannel = on\ngroups = migrate nodefault\nmay_refuse = Host doesn.t support'
	export QEMU=$fakes/migrates FAKE_REFUSES=1
	go --host fake,other --migrate
	[ "$status" -eq 77 ]
	[[ $output =~ moves-from-other\ +refused\ +refused ]]
	jq -e '.unmet == {kind: "refused", what: "on the old host: qemu-system-x86_64: Host doesn'"'"'t support requested features"}' \
		results/latest/fake/moves-from-fake.json
}

@test "between two machines: --migrate-away and --migrate-from" {
	hosts
	RESULTS=old/ go --migrate-away
	[ "$status" -eq 77 ]
	RESULTS=new go --migrate-from old/
	[ "$status" -eq 0 ]
	has "PASS  moves-from-old"
	rm old/moves.vm/facts.json
	RESULTS=new go --migrate-from old
	[ "$status" -eq 2 ]
	jq -e '.errors[0] | test("^no VM has arrived: old/moves.vm/facts.json: ")' new/moves-from-old.json
}

@test "--migrate: what cannot be is said before anything runs" {
	hosts
	go --migrate
	[ "$status" -eq 2 ] && has "--migrate wants nested hosts"
	go --host fake --migrate stays
	[ "$status" -eq 2 ] && has "the VM of stays does not migrate: only configurations of the group migrate do"
	go --host fake --migrate --matrix
	[ "$status" -eq 2 ] && has "a migration goes without --matrix and --series"
	go --migrate-away --migrate-from x
	[ "$status" -eq 2 ] && has "exclude each other"
	go --migrate-from a/x,b/x
	[ "$status" -eq 2 ] && has "the folders' names have to differ"
	[ ! -e results ]
}
