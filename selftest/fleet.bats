#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# fleet/: a fleet of hosts that are one sshd on loopback addresses.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

bats_require_minimum_version 1.5.0

setup_file() {
	load runner/helper
	load runner/tree
	cd "$BATS_TEST_DIRNAME/.." || return 1
	make -s bundle >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log" && return 1; }
	export PREPARED=$BATS_FILE_TMPDIR/prepared
	mkdir "$PREPARED"
	cp build/kvm-pv-tests-bundle "$PREPARED/bundle"
	BATS_TEST_TMPDIR=$PREPARED/tree KVM_DEVICE='' FAKE_PIDS=/dev/null
	export KVM_DEVICE FAKE_PIDS
	mkdir "$BATS_TEST_TMPDIR"
	tree $'[pass]\nqemu_params = -fake reports-all-good\n[fail]\nqemu_params = -fake reports-a-failure'
	for name in pass fail; do
		./run_tests.sh $name >/dev/null || [[ $name == fail ]]
		cp results/latest/report.json "$PREPARED/$name.json"
	done
}

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	export FAKES=$top/selftest/runner/fakes
	[[ -x $(command -v parallel) && -x /usr/sbin/sshd ]] || skip "install the Debian packages parallel and openssh-server"
	unshare --mount true 2>/dev/null || skip "run as root: the hosts have a full disk, which is mounted for them alone"
	# A socket's name takes 107 characters.
	hosts=$(mktemp -d /tmp/fleet.XXXXXX)
	cp "$PREPARED"/{bundle,pass.json,fail.json} "$hosts"
}

teardown() {
	[[ ! ${sshd-} ]] || kill "$sshd"
	[[ ! ${hosts-} ]] || rm -rf "$hosts"
}

make_hosts() { # COUNT FATES
	"$top/selftest/fleet/make-hosts" "$hosts" "$1" <<<"$2" >"$hosts/output" 2>&1 3>&- &
	sshd=$!
	for ((i = 0; i < 300; i++)); do
		! grep -q listening "$hosts/sshd.log" 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$hosts/output" "$hosts/sshd.log"
	return 1
}

# What was unreachable answers from now on, and what was killed or had no QEMU runs.
mend() {
	sed -i "s/Port 9$/$(grep '^Port' "$hosts/sshd_config")/; s/HostKeyAlias forged/HostKeyAlias good/" "$hosts/ssh_config"
	: >"$hosts/fates"
}

# Ansible takes twelve seconds of CPU for each host.
wait_for() { # FILE, which is to have something in it
	local i
	for ((i = 0; i < 1200 + 240 * ${FLEET_HOSTS:-0}; i++)); do
		[[ ! -s $1 ]] || return 0
		sleep 0.1
	done
	echo "there is no $1"
	return 1
}

kills() { # NUMBER, in the background
	wait_for "$hosts/pid.$1" && kill -s KILL "$(<"$hosts/pid.$1")"
}

fleet() { # OPTION...
	run env PARALLEL_SSH="ssh -F $hosts/ssh_config" "$top/fleet/run" --sshloginfile "$hosts/list" \
		--bundle "$top/selftest/fleet/bundle" "$@" "$hosts/fleet" FOLDER="$hosts" FAKES="$FAKES" FAKE_PIDS=/dev/null "it's"
	echo "$output"
}

ends() { # FOLDER: "COUNT END" for each
	jq -r .end "$1/fleet.jsonl" | sort | uniq -c | awk '{ printf "%s%s %s", separator, $1, $2; separator = ", " }'
}

# No file, and no process: all have FOLDER in their environment.
nothing_is_left() {
	local i left
	for ((i = 0; i < 150; i++)); do
		left="$(ls -A "$hosts/temporary") $(grep -alsF "FOLDER=$hosts" /proc/[0-9]*/environ)" || true
		[[ $left != ' ' ]] || return 0
		sleep 0.1
	done
	echo "left: $left"
	return 1
}

@test "GNU parallel: 50 hosts, of which some fail, do not answer, are full or are killed" {
	make_hosts 50 $'4 fail\n5 refused\n6 forged\n8 full\n10 no-qemu\n11 real\n14 fail\n17 killed\n24 fail'
	kills 17 3>&- &
	fleet -j 25
	[ "$status" -eq 1 ]
	[ "$(ends "$hosts/fleet")" = "1 cannot-run, 45 done, 1 full, 1 killed, 2 unreachable" ]
	cd "$hosts/fleet"
	diff <(jq -r 'select(.end == "done") | .host + ".json"' fleet.jsonl | sort) <(printf '%s\n' *.json | sort)
	[ "$(jq -r 'select(.status == 1) | .host' fleet.jsonl | sort | xargs)" = "n14 n24 n4" ]
	[ "$(jq -r 'select(.host == "n11") | .status' fleet.jsonl)" = 77 ]
	cmp <(jq . n4.json) <(jq . ../fail.json)
	"$top/selftest/validate" "$top/docs/report.schema.json" n1.json n4.json n11.json
	[[ $output == *"n5: unreachable, "*" s: "*"Connection refused"* ]]
	[[ $output == *"n6: unreachable, "*" s: Host key verification failed."* ]]
	[[ $output == *"n8: full, "*" s: $hosts/full has "*" KB of room, and a run needs "*": make room there, or set TMPDIR"* ]]
	[[ $output == *"n10: cannot-run, status 2, "*" s: kvm-pv-tests: /no/such/qemu is missing: install it"* ]]
	[[ $output == *"n17: killed, "*" s: the run was ended by signal 9"* ]]
	nothing_is_left

	mend
	fleet --resume
	[ "$status" -eq 1 ]
	[[ $output == *"[5/5] "* ]]
	[ "$(ends "$hosts/fleet")" = "49 done, 1 full" ]
	nothing_is_left
}

@test "GNU parallel: a run that takes too long is stopped, with all that it started" {
	make_hosts 1 '1 deaf'
	fleet --timeout 3
	[ "$(ends "$hosts/fleet")" = "1 timeout" ]
	[[ $output == *"n1: timeout, "*" s: the run was stopped after 3 s: allow more time, or name fewer configurations"* ]]
	nothing_is_left
}

@test "GNU parallel: where the shell of a run is killed, nothing is left, and where this end is interrupted" {
	make_hosts 2 $'1 killed\n2 killed'
	PARALLEL_SSH="ssh -F $hosts/ssh_config" "$top/fleet/run" --sshloginfile "$hosts/list" --bundle "$top/selftest/fleet/bundle" \
		"$hosts/fleet" FOLDER="$hosts" >"$hosts/run.output" 2>&1 3>&- &
	local running=$!
	wait_for "$hosts/pid.1" && wait_for "$hosts/pid.2"
	kill -s KILL "$(ps -o ppid= "$(<"$hosts/pid.1")")"
	wait_for "$hosts/run.output"
	kill "$running"
	wait "$running" && return 1
	cat "$hosts/run.output"
	grep 'n1: killed, .* s: the connection broke, or the shell in which the run was is gone' "$hosts/run.output"
	[ "$(tail -n +2 "$hosts/run.output")" = "fleet/run: interrupted; --resume goes on" ]
	[ "$(ends "$hosts/fleet")" = "1 killed" ]
	nothing_is_left
}

@test "what cannot work says what to do, and runs nothing" {
	mkdir "$hosts/fleet"
	for line in 4/n1 'ssh -p 22 n1' n1,n2 -oProxyCommand=x; do
		echo "$line" >"$hosts/list"
		fleet
		[ "$status" -eq 2 ]
		[[ $output == "fleet/run: $hosts/list: \"$line\" is not [USER@]HOST; all else belongs into ~/.ssh/config" ]]
	done
	printf 'n1\n# n2\nroot@n1' >"$hosts/list"
	fleet
	[[ $output == "fleet/run: $hosts/list: n1 is there twice" ]]
	echo >"$hosts/list"
	fleet
	[[ $output == "fleet/run: $hosts/list has no hosts" ]]
	echo n1 >"$hosts/list"
	fleet --resume
	[[ $output == "fleet: $hosts/fleet has no fleet.jsonl: there is nothing to resume" ]]
	touch "$hosts/fleet/x"
	fleet
	[[ $output == "fleet: $hosts/fleet is not empty: resume it, or give another folder" ]]
	fleet --jobs=0
	[[ $output == "fleet/run: --jobs takes a number from 1 on, not \"0\"" ]]
	fleet --bundle /no/such/bundle
	[[ $output == "fleet/run: /no/such/bundle is missing: run \"make bundle\"" ]]
	[ "$(ls "$hosts/fleet")" = x ]
}

# Ansible runs in a UTF-8 locale alone.
playbook() { # VARIABLE...
	run env LC_ALL=C.UTF-8 HOME="$hosts" ANSIBLE_CONFIG="$top/fleet/ansible/ansible.cfg" ANSIBLE_LOCALHOST_WARNING=false \
		ANSIBLE_SSH_ARGS="-F $hosts/ssh_config -o ControlMaster=auto -o ControlPersist=2s -o ControlPath=$hosts/%h" \
		ansible-playbook -i "$hosts/inventory.yml" "$top/fleet/ansible/playbook.yml" -e kvm_pv_tests_fleet="$hosts/fleet" "$@"
	echo "$output"
}

# Each host costs seconds: FLEET_HOSTS=50 makes a fleet of them.
@test "Ansible: the same" {
	command -v ansible-playbook >/dev/null || skip "install the Debian package ansible-core"
	local count=${FLEET_HOSTS:-4} unreachable=1 fates=$'1 fail\n2 refused\n3 killed\n4 full\n5 real'
	((count < 50)) || { unreachable=2 && fates+=$'\n14 fail\n24 fail\n6 forged'; }
	make_hosts "$count" "$fates"
	cat >"$hosts/inventory.yml" <<-END
	all:
	  hosts:
	    n[1:$count]:
	    n4:
	      kvm_pv_tests_tmpdir: $hosts/full
	  vars:
	    ansible_python_interpreter: /usr/bin/python3
	    kvm_pv_tests_tmpdir: $hosts/temporary
	    kvm_pv_tests_bundle: $top/selftest/fleet/bundle
	    kvm_pv_tests_environment: {FOLDER: $hosts, FAKES: $FAKES, FAKE_PIDS: /dev/null}
	    kvm_pv_tests_arguments: ["it's"]
	END
	kills 3 3>&- &
	playbook
	[ "$status" -eq 2 ]
	[ "$(ends "$hosts/fleet")" = "$((count - 2 - unreachable)) done, 1 full, 1 killed, $unreachable unreachable" ]
	cmp <(jq . "$hosts/fleet/n1.json") <(jq . "$hosts/fail.json")
	[[ $output == *"unreachable, Failed to connect to the host via ssh: ssh: connect to host 127.0.1.2 port 9: Connection refused"* ]]
	[[ $output == *"full, $hosts/full has "*" KB of room, and a run needs "*": make room there, or set TMPDIR"* ]]
	[[ $output == *"killed, the run was ended by signal 9"* ]]
	nothing_is_left

	mend
	playbook -e kvm_pv_tests_resume=true
	[ "$status" -eq 2 ]
	[ "$(ends "$hosts/fleet")" = "$((count - 1)) done, 1 full" ]
	[[ $output == *"changed: [n3] => {"* && $output != *"changed: [n1] => {"* ]]
	nothing_is_left
}
