#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# run_tests.sh, with configurations from a file.
# shellcheck disable=SC2030,SC2031 # every test is a subshell

load helper
load tree

# The good, the bad and the ugly.
config='
[default]
qemu_params = -fake reports-all-good
groups = smoke fast

[second]
smp = 4
qemu_params = -cpu host,x=y   -fake reports-all-good
groups = fast
append = run=msr.*
console = serial
enforce = on

[bad]
qemu_params = -fake reports-a-failure
groups = broken

[dead]
qemu_params = -fake dies-in-the-middle
groups = broken

[special]
qemu_params = -fake reports-all-good
groups = nodefault
accel = kvm
'

@test "all that is not nodefault runs by default; one failure fails the run" {
	tree "$config"
	go
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == "PASS  default "* && ${lines[1]} == "PASS  second "* ]]
	[[ ${lines[2]} == "FAIL  bad "* && ${lines[3]} == "FAIL  dead "* ]]
	lacks special
	has "4 configurations: 6 passed, 1 failed, 2 in error, 1 not run, 4 skipped"
	[ "${lines[-1]}" = FAIL ]
}

@test "the summary names each failed check, its message and its log" {
	tree "$config"
	go
	folder=results/$(readlink results/latest)
	has "  alpha.second: fail (bad)"
	has "      tests/alpha.c:21: EXPECT_EQ(flags, 0): flags = 0x1, want 0x0"
	has "  alpha.third: error (bad)
      the test checked nothing"
	has "      log: $folder/bad.log"
	has "  the run itself: error (dead)
      QEMU was killed by signal 9 (Killed), in alpha.second: qemu: something went wrong"
	has "      log: $folder/dead.log"
	has "note: bad: a hypercall does not return here"
}

@test "skipped tests stand by reason, with what would make them run" {
	tree "$config"
	go default second
	[ "$status" -eq 0 ]
	has "  everywhere (1): kvm-foo is not advertised; add -cpu ...,kvm-foo=on"
	[ "${lines[-1]}" = PASS ]
}

@test "each run has a folder of its own with a log and a result per configuration" {
	tree "$config"
	go default bad
	go default
	[ "$(find results -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 2 ]
	[ -L results/latest ]
	[ "$(ls results/latest/)" = "default.json
default.log
junit.xml
report.html
report.json" ]
	cmp results/latest/default.log "$logs/good.log"
	jq -e '.config.name == "default"' results/latest/default.json
}

@test "-a, -g and names choose" {
	tree "$config"
	go -a -l
	[ "${lines[*]}" = "default second bad dead special" ]
	go -l
	[ "${lines[*]}" = "default second bad dead" ]
	go -l -g fast
	[ "${lines[*]}" = "default second" ]
	go -l -g nodefault
	[ "${lines[*]}" = "special" ]
	go -l dead default
	[ "${lines[*]}" = "default dead" ]
	go special
	[ "$status" -eq 0 ]
	has "PASS  special"
}

@test "the configuration's keys reach QEMU and the kernel" {
	tree "$config"
	TIMEOUT=7 go second
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *"-append enforce=on run=msr.* console=serial epoch="*" -smp 4 -cpu host,x=y "* ]]
	# 4 vCPUs; where they share CPUs, the time is longer.
	jq -e --argjson cpus "$(nproc)" '.config.timeout == 7 * ([(4 / $cpus | ceil), 8] | min)' results/latest/second.json
	go default
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *"-append enforce=off console=virtio epoch="*" -smp 2 "* ]]
	jq -e ".config.timeout == 90" results/latest/default.json
}

@test "affinity pins the vCPUs" {
	cpu=$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')
	tree $'[x]\naffinity = '"$cpu"$'\nqemu_params = -fake reports-after-cont'
	go
	[ "$status" -eq 0 ]
	[[ $(cat "$FAKE_PIDS.cpus") == Cpus_allowed_list:*[!0-9]$cpu ]]
}

@test "features that must be advertised, and features that must not" {
	tree $'[x]\nfeatures = kvmclock,kvm-msi-ext-dest-id\nabsent = kvm-mmu,kvm-pv-ipi\nqemu_params = -fake reports-all-good'
	go
	[ "$status" -eq 1 ]
	has "      kvm-msi-ext-dest-id (EAX bit 15) was asked for by the features list, but is not advertised"
	has "      kvm-pv-ipi (EAX bit 11) is advertised, contrary to the absent list"
}

@test "-j runs side by side, with the same verdicts" {
	slow=''
	for name in a b c d; do
		slow+="[$name]"$'\n'"qemu_params = -fake prints-slowly"$'\n'
	done
	tree "$slow"
	SECONDS=0
	go -j 4
	[ "$status" -eq 0 ]
	[ "$SECONDS" -lt 7 ]
	has "4 configurations: 8 passed, 8 skipped"
}

@test "-t prints KTAP and nothing else" {
	tree "$config"
	./run_tests.sh -t >out 2>err || status=$?
	[ "$status" -eq 1 ]
	cat out
	[ "$(head -n 2 out)" = "KTAP version 1
1..4" ]
	[ "$(grep -c '^  KTAP version 1' out)" -eq 4 ]
	grep -x '  # Subtest: bad' out
	grep -x '  not ok 2 alpha.second' out
	grep -x '  # tests/alpha.c:21: EXPECT_EQ(flags, 0): flags = 0x1, want 0x0' out
	grep -x '  ok 3 alpha.third # SKIP kvm-foo is not advertised; add -cpu ...,kvm-foo=on' out
	grep -x 'ok 1 default' out
	grep -x 'not ok 3 bad' out
	[ "$(grep -c -v -E '^( *(# |(not )?ok [0-9]+ |1\.\.[0-9]+$|KTAP version 1$))' out)" -eq 0 ]
	grep -q "^PASS  default" err
}

@test "-v shows the logs, with -j by name" {
	tree "$config"
	go -v default
	has "  # measured 42 cycles"
	go -v -j 2 default second
	has "default:   # measured 42 cycles"
	has "second:   # measured 42 cycles"
}

@test "-h, and mistakes on the command line" {
	tree "$config"
	go -h
	[ "$status" -eq 0 ]
	has "Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was validated."
	go -x
	[ "$status" -eq 2 ]
	go -j 0
	[ "$status" -eq 2 ]
	has '--jobs wants a number from 1 to 100000, not "0"'
	TIMEOUT=soon go
	[ "$status" -eq 2 ]
	has 'TIMEOUT is in seconds, not "soon"'
	ACCEL=xen go
	[ "$status" -eq 2 ]
	has 'ACCEL is kvm or tcg, not "xen"'
}

@test "unknown names and groups: what there is" {
	tree "$config"
	go nonsense
	[ "$status" -eq 2 ]
	[ "$output" = 'no configuration "nonsense": there are default second bad dead special' ]
	go -g nonsense
	[ "$status" -eq 2 ]
	[[ $output == 'no group "nonsense": there are broken fast nodefault smoke'* ]]
}

@test "mistakes in the file: its name and the line" {
	while IFS='|' read -r line message; do
		tree $'[x]\nsmp = 1\n'"$line"
		go
		[ "$status" -eq 2 ]
		[ "$output" = "unittests.cfg:3: $message" ]
	done <<-'END'
		colour = blue|unknown key "colour"
		smp = 2|a second "smp" in [x]
		[x]|a second [x]
		[x y]|neither [NAME] nor KEY = VALUE: "[x y]"
		nonsense|neither [NAME] nor KEY = VALUE: "nonsense"
		timeout = never|bad value for timeout: "never"
		accel = xen|bad value for accel: "xen"
		enforce = maybe|bad value for enforce: "maybe"
		features = kvm clock|bad value for features: "kvm clock"
		check = /sys/x|bad value for check: "/sys/x"
		affinity = all|bad value for affinity: "all"
		vcpu_affinity = 0 x|bad value for vcpu_affinity: "0 x"
		file = ../../bin/sh|bad value for file: "../../bin/sh"
		append =|bad value for append: ""
	END
	tree "smp = 1"
	go
	[ "$output" = 'unittests.cfg:1: "smp" outside of a section' ]
	tree ""
	go
	[ "$output" = 'unittests.cfg: no configurations' ]
}

# shellcheck disable=SC2016 # not expanding is the point
@test "values are words, never code" {
	tree $'[x]\nqemu_params = -fake reports-all-good $(touch hacked) `touch hacked` ; touch hacked *\nappend = $(touch hacked)'
	go
	[ ! -e hacked ]
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *'$(touch hacked) `touch hacked` ; touch hacked * '* ]]
}

@test "what is missing, and what to do" {
	tree "$config"
	QEMU=no-such-qemu go
	[ "$status" -eq 2 ]
	[ "$output" = 'run_tests.sh: no-such-qemu is missing: install it (Debian: qemu-system-x86), or set QEMU=' ]
	rm build/kvm-pv-tests
	go
	[ "$status" -eq 2 ]
	[ "$output" = 'run_tests.sh: build/kvm-pv-tests is missing: run "make"' ]
	rm build/runner/pvrun
	go
	[ "$output" = 'run_tests.sh: build/runner/pvrun is missing: run "make"' ]
	[ ! -e results ]
}

@test "QEMU= may be relative to where one stands" {
	tree "$config"
	mkdir elsewhere
	ln -s "$fakes" elsewhere/bin
	cd elsewhere
	QEMU=bin/obeys run ../run_tests.sh default
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a kernel of one's own and its modules may be relative to where one stands" {
	tree "$config"
	nested_hosts
	cat >nested-host/run <<-'END'
	#!/bin/sh
	printf '%s\n' "$@" >words
	exit 2
	END
	mkdir elsewhere
	cd elsewhere
	run ../run_tests.sh --host fake --host-kernel arch/bzImage --host-modules . default
	[ "$status" -eq 2 ]
	[ "$(grep -A 1 '^--host-' ../words)" = "--host-kernel
$PWD/arch/bzImage
--host-modules
$PWD/." ]
}

@test "without KVM: a nested host, and one line that says so" {
	tree "$config"
	probe_says "/dev/kvm: Permission denied"
	nested_hosts
	go default bad
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "No usable KVM here: /dev/kvm: Permission denied. Running on the nested host fake." ]
	has "PASS  default"
	has "  alpha.second: fail (bad)"
	has "      log: results/$(readlink results/latest)/fake/bad.log"
	[ -e results/latest/fake/default.json ]
}

@test "with RESULTS= the exit status is pvrun's, and there is no summary" {
	tree "$config"$'[refused]\nqemu_params = -fake exits-before-qmp\n[murder]\nqemu_params = -fake kills-pvrun'
	rm build/runner/pvreport
	export RESULTS=$BATS_TEST_TMPDIR/there
	go default second
	[ "$status" -eq 0 ]
	[[ ${#lines[@]} -eq 2 && ${lines[1]} == "PASS  second "* ]]
	jq -e '.verdict == "pass"' there/default.json
	go refused default
	[ "$status" -eq 2 ]
	go default murder
	[ "$status" -eq 2 ]
	go refused bad default
	[ "$status" -eq 1 ]
	ACCEL=tcg go default special
	[ "$status" -eq 77 ]
	[ ! -e results ]
}

@test "with RESULTS= on a nested host the exit status is that of the run there" {
	tree "$config"
	nested_hosts
	export RESULTS=$BATS_TEST_TMPDIR/there
	go --host fake default
	[ "$status" -eq 0 ]
	jq -e '.verdict == "pass"' there/fake/default.json
	go --host fake bad default
	[ "$status" -eq 1 ]
}

@test "several hosts: side by side, and one host's complaint fails the run" {
	tree "$config"
	nested_hosts
	go --host fake,other default
	[ "$status" -eq 0 ]
	has "fake: PASS  default"
	has "other: PASS  default"
	[[ $output =~ fake\ +other ]]
	[ "$(xmllint --xpath 'count(//testsuite[@hostname = "fake" or @hostname = "other"])' results/latest/junit.xml)" -eq 2 ]
	go -j 2 --host fake,complains default
	[ "$status" -eq 1 ]
	has "complains: its kernel complained"
	go --host fake,missing default
	[ "$status" -eq 2 ]
	has "nested-host: missing: no such release"
}

@test "a nested host has the time of its configurations' time-outs, and no more" {
	tree $'[defaults]\nqemu_params = -fake reports-all-good\n[a]\ntimeout = 7\n[b]\n[c]\ntimeout = 1000'
	nested_hosts
	go --host fake a b
	go --host fake c
	TIMEOUT=5 go --host fake c
	# 300 s for the host, 30 s for the end of each VM, and 90 s where nothing is said; between two events, the longest.
	[ "$(xargs -n 2 <limits)" = "$((300 + 120)) $((300 + 37 + 120))"$'\n'"$((300 + 1030)) $((300 + 1030))"$'\n'"$((300 + 35)) $((300 + 35))" ]
	go --host floods a
	[ "$status" -eq 2 ]
	has "the host sent more than 64 MiB as console"
	jq -e '.kind == "flood"' results/latest/floods/host.jsonl
}

@test "hosts that make no sense" {
	tree "$config"
	nested_hosts
	go --host local,fake
	[ "$status" -eq 2 ]
	has "--host local goes alone"
	go --host
	[ "$status" -eq 2 ]
	has "--host wants a value"
	go --host local --host-kernel vmlinuz default
	[ "$status" -eq 2 ]
	has "--host-kernel is for nested hosts"
}

@test "ACCEL=tcg chooses, --host local and ACCEL=kvm insist" {
	tree "$config"
	ACCEL=tcg go default special
	[ "$status" -eq 77 ]
	[ "${lines[0]}" = "ACCEL=tcg: under TCG, where nothing can be validated." ]
	has "special: it needs KVM, and this is TCG"
	[ "${lines[-1]}" = "NOTHING VALIDATED" ]
	[ "$(jq -r .config.accel results/latest/default.json)" = tcg ]
	ACCEL=tcg go second
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *" -accel tcg "*" -cpu max,x=y "* ]]
	ACCEL=tcg go bad
	[ "$status" -eq 1 ]
	probe_says "/dev/kvm: No such device"
	ACCEL=kvm go default
	[ "$status" -eq 2 ]
	[ "$output" = "run_tests.sh: no usable KVM: /dev/kvm: No such device" ]
	go --host local default
	[ "$status" -eq 2 ]
	[ "$output" = "run_tests.sh: no usable KVM: /dev/kvm: No such device" ]
}

@test "accel = tcg in a configuration is for it alone" {
	tree "$config"$'[emulated]\naccel = tcg\nqemu_params = -cpu host -fake reports-all-good'
	go default emulated
	[ "$status" -eq 0 ]
	has "SKIP  emulated"
	[ "$(jq -r .config.accel results/latest/default.json)" = kvm ]
	[ "$(jq -r .config.accel results/latest/emulated.json)" = tcg ]
	go emulated
	[ "$status" -eq 77 ]
}

@test "check = skips where the host differs" {
	tree $'[x]\ncheck = '"$BATS_TEST_TMPDIR/flag=Y"$'\nqemu_params = -fake reports-all-good'
	go
	[ "$status" -eq 77 ]
	has "x: check: $BATS_TEST_TMPDIR/flag is not Y"
	echo Y >flag
	go
	[ "$status" -eq 0 ]
}

# The QEMU notes what it finds in the file.
@test "check = may have alternatives, of which a nested host gets the first that works" {
	tree $'[x]\ncheck = '"$BATS_TEST_TMPDIR/flag=N|0"$'\nqemu_params = -fake reports-all-good'
	printf '0\n' >"$BATS_TEST_TMPDIR/flag"
	go
	[ "$status" -eq 0 ]
	printf '00\n' >"$BATS_TEST_TMPDIR/flag"
	go
	[ "$status" -eq 77 ]
	SET_HOST=on go
	[ "$status" -eq 0 ]
	[[ $(<"$BATS_TEST_TMPDIR/flag") == 00 ]]
}

@test "a nested host is set as check = wants while that VM runs, which is alone" {
	local config=$'\nqemu_params = -fake reports-all-good' flag=$BATS_TEST_TMPDIR/flag
	tree "[a]$config"$'\n[x]\ncheck = '"$flag=Y$config"$'\n[b]'"$config"$'\n[y]\ncheck = /no/such/file=1'"$config"
	printf '#!/bin/sh\ncat %q >>%q\nexec %q "$@"\n' "$flag" "$flag.seen" "$fakes/obeys" >qemu
	chmod +x qemu
	echo N >flag
	QEMU=$PWD/qemu SET_HOST=on go -j4
	[ "$status" -eq 0 ]
	[ "$(tr -d '\n' <flag.seen)" = NYN ]
	[ "$(cat flag)" = N ]
	has "y: check: /no/such/file is not 1"
}

# shellcheck disable=SC2016 # the fake's shell expands it
@test "a run that is killed leaves the host as it was" {
	local flag=$BATS_TEST_TMPDIR/flag
	tree "[x]"$'\ncheck = '"$flag=Y"
	printf '#!/bin/sh\ncat %q >%q\nkill -KILL "$(cut -d" " -f4 /proc/$PPID/stat)"\n' "$flag" "$flag.seen" >qemu
	chmod +x qemu
	echo N >flag
	QEMU=$PWD/qemu SET_HOST=on go
	[ "$status" -eq 137 ]
	[ "$(cat flag.seen)" = Y ]
	for _ in {1..100}; do
		[[ $(cat flag) != N ]] || break
		sleep 0.1
	done
	[ "$(cat flag)" = N ]
}

# One that changes the host must not do it to others.
@test "a configuration with check = is alone on a host that may be set, also if nothing has to be" {
	local config=$'\nqemu_params = -fake reports-all-good' flag=$BATS_TEST_TMPDIR/flag
	tree "[x]"$'\ncheck = '"$flag=Y$config"$'\n[a]'"$config"
	printf '#!/bin/sh\nset -C\n: >%q || exit 1\nsleep 0.5\nrm %q\nexec %q "$@"\n' "$flag.one" "$flag.one" "$fakes/obeys" >qemu
	chmod +x qemu
	echo Y >flag
	QEMU=$PWD/qemu SET_HOST=on go -j4
	[ "$status" -eq 0 ]
	QEMU=$PWD/qemu go -j4
	[ "$status" -ne 0 ]
}

# shellcheck disable=SC2016 # the fake's shell expands it
@test "a configuration may name the frequency of the host's TSC" {
	tree $'[x]\nqemu_params = -cpu host,tsc-frequency=@TSC_HZ@ -fake reports-all-good'
	printf '#!/bin/sh\n[ ! "$1" ] || echo 2500000000\n' >build/runner/kvm-probe
	go
	[ "$status" -eq 0 ]
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *" -cpu host,tsc-frequency=2500000000 "* ]]
}

@test "a configuration may name the vendor of other processors than the host's" {
	tree $'[x]\nqemu_params = -cpu host,vendor=@OTHER_VENDOR@ -fake reports-all-good'
	go
	[ "$status" -eq 0 ]
	other=GenuineIntel
	grep -qw 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo || other=AuthenticAMD
	[[ $(tr '\n' ' ' <"$FAKE_PIDS.args") == *" -cpu host,vendor=$other "* ]]
}

@test "a configuration that QEMU refuses: the rest runs, exit status 2" {
	tree "$config"$'[refused]\nqemu_params = -fake exits-before-qmp'
	go refused default
	[ "$status" -eq 2 ]
	has "PASS  default"
	has "      QEMU could not start: QEMU's exit status was 1: qemu-system-x86_64: Property 'host-x86_64-cpu.kvm-foo' not found"
	[ "${lines[-1]}" = "CANNOT RUN" ]
}

@test "a configuration that QEMU may refuse is skipped then" {
	tree "$config"$'[refused]\nqemu_params = -fake exits-before-qmp\nmay_refuse = Property .*kvm-foo\' not found'
	go refused default
	[ "$status" -eq 0 ]
	has "refused: QEMU refuses: qemu-system-x86_64: Property 'host-x86_64-cpu.kvm-foo' not found"
	[ "${lines[-1]}" = PASS ]
}

@test "a pvrun that is killed is noticed, and its configuration is not forgotten" {
	tree "$config"$'[murder]\nqemu_params = -fake kills-pvrun'
	go murder default
	[ "$status" -eq 2 ]
	has "ERROR murder             it ended without a verdict"
	has "      no result in results/"
	has "PASS  default"
}

# Runs with SIGINT at its default, as on a terminal; bats, like any shell, starts background jobs without it.
interrupted() { # SIGNAL
	env --default-signal=INT,TERM,HUP ./run_tests.sh -j 2 default slow slower last >out 2>&1 &
	pid=$!
	for _ in {1..50}; do
		grep -q "start alpha.second" results/latest/slower.log 2>/dev/null && break
		sleep 0.1
	done
	kill "-$1" "$pid"
	status=0
	wait "$pid" || status=$?
	cat out
}

@test "Ctrl-C and its kin: VMs end, what has finished is printed, nothing is left" {
	for signal in INT:130 TERM:143 HUP:129; do
		tree "$config"$'[slow]\nqemu_params = -fake chatters\n[slower]\nqemu_params = -fake chatters\n[last]\nqemu_params = -fake reports-all-good'
		rm -rf results
		interrupted "${signal%:*}"
		[ "$status" -eq "${signal#*:}" ]
		grep "^PASS  default" out
		grep "^FAIL  slow " out
		grep -A1 '  the run itself: error (slow, slower)' out | grep "      stopped by SIG"
	[ "$(grep -c '^      stopped by SIG' out)" -eq 1 ]
		grep -x "Interrupted: 3 of 4 configurations have ended." out
		jq -e '.end == "killed"' results/latest/slow.json results/latest/slower.json
		[ ! -e results/latest/last.json ]
	done
}

@test "a reader that goes away takes the VMs along" {
	tree $'[default]\nqemu_params = -fake reports-all-good\n[slow]\nqemu_params = -fake chatters'
	SECONDS=0
	./run_tests.sh | true
	[ "$SECONDS" -lt 10 ]
}

@test "a heartbeat on a terminal, nothing of the kind elsewhere" {
	tree $'[slow]\nqemu_params = -fake prints-slowly'
	script -qec ./run_tests.sh /dev/null >out
	grep -q $'\r\e\\[K\\[0/1\\] slow [0-9] s (alpha.second)' out
	go
	lacks $'\e'
	lacks $'\r'
}

@test "--save keeps the run, in a folder of its own" {
	tree "$config"
	nested_hosts
	go --save kept default bad
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = FAIL ]
	diff -r kept "$(readlink -f results/latest)"
	mkdir elsewhere
	cd elsewhere
	run ../run_tests.sh --host fake,other --save hosts/there default
	[ "$status" -eq 0 ]
	diff -r hosts/there "$(readlink -f ../results/latest)"
	[ -e hosts/there/other/host.log ]
	"$pvreport" hosts/there
}

@test "what cannot be saved is known before anything runs" {
	tree "$config"
	mkdir used
	touch used/default.json file
	while IFS='|' read -r folder message; do
		go --save "$folder" default
		[ "$status" -eq 2 ]
		[ "$output" = "run_tests.sh: $message" ]
	done <<-END
		used|$PWD/used is not empty: it may hold another run
		file/x|cannot make the folder $PWD/file/x
		file|cannot make the folder $PWD/file
		/proc/self|cannot write to the folder /proc/self
	END
	RESULTS=r go --save new default
	[ "$output" = "run_tests.sh: --save and --baseline go without RESULTS=" ]
	[ ! -e results ]
	[ ! -s used/default.json ]
}

@test "--baseline: the same, worse, better, and as bad as before" {
	tree "$config"
	go --save before default bad
	[ "$status" -eq 1 ]
	go --baseline before default bad
	[ "$status" -eq 0 ]
	has "2 configurations: "
	[ "${lines[-1]}" = "SAME as before: 2 still failing" ]

	# In place of the one that passed, one that fails, and the other way round.
	sed -i '/^\[default\]/,/^\[/s/reports-all-good/reports-a-failure/' unittests.cfg
	go --baseline before default
	[ "$status" -eq 1 ]
	has "Regressed: "
	[[ ${lines[-1]} == "WORSE than before: "* ]]
	go --baseline results/latest default
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == "SAME as before: "* ]]
	sed -i '/^\[default\]/,/^\[/s/reports-a-failure/reports-all-good/' unittests.cfg
	go --baseline results/latest default
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == "BETTER than before: "* ]]
}

@test "--baseline misses what is not run, but not what was not asked for" {
	tree "$config"
	go -a --save before
	go --baseline before default
	[ "${lines[-1]}" = "SAME as before" ]
	go --baseline before -g fast
	[ "${lines[-1]}" = "SAME as before" ]
	go --baseline before
	[ "$status" -eq 1 ]
	has "  special
      it is not in this run"
	go --baseline before -a
	[ "$status" -eq 0 ]
}

@test "--baseline on nested hosts: a complaint is new once" {
	tree "$config"
	nested_hosts
	go --host fake --save before default
	go --host complains --baseline before default
	[ "$status" -eq 1 ]
	has "  host        fake -> complains"
	has "complains: its kernel complained"
	[ "${lines[-1]}" = "WORSE than before: 1 regressed" ]
	go --host complains --baseline results/latest default
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "SAME as before: 1 still failing" ]
	go --host fake,other --baseline before default
	[ "$status" -eq 0 ]
	has "Not compared, because only this run has it: other"
	go --host panics --baseline before default
	[ "$status" -eq 1 ]
	has "No VM starts any more: 1
  panics
      the host's kernel panicked
"
	[ "${lines[-1]}" = "WORSE than before: 1 host starts no VM any more" ]
	sed -i '2i exit 2' nested-host/run
	go --host fake --baseline before default
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == "CANNOT COMPARE: nothing ran now: default: no result in results/"*"/fake/default.json: No such file or directory" ]]
}

@test "--baseline on a nested host whose KVM does not work any more" {
	tree "$config"
	nested_hosts
	go --host fake --save before default second
	sed -i '/^cp /d' nested-host/run # KVM works there no more than here
	probe_says "/dev/kvm: a VM of one instruction ended with exit reason 0"
	go --host fake --baseline before default second
	[ "$status" -eq 1 ]
	has "No VM starts any more: 1
  fake
      no usable KVM: /dev/kvm: a VM of one instruction ended with exit reason 0
"
	[ "${lines[-1]}" = "WORSE than before: 1 host starts no VM any more" ]
	go --host fake default
	[ "$status" -eq 2 ]
}

@test "--baseline on this machine, whose KVM does not work any more" {
	tree "$config"
	nested_hosts
	go --save before default second
	probe_says "/dev/kvm: No such file or directory"
	for host in auto local; do
		go --host $host --baseline before default second
		[ "$status" -eq 1 ]
		[ "${lines[0]}" = "no usable KVM: /dev/kvm: No such file or directory" ]
		[ "$(grep -c "no usable KVM" <<<"$output")" -eq 5 ]
		has "No VM starts any more: 1
  this host
      no usable KVM: /dev/kvm: No such file or directory
"
		[ "${lines[-1]}" = "WORSE than before: 1 host starts no VM any more" ]
	done
	jq -e '.verdict == "skip" and .end == "not started" and .unmet == {kind: "accel", what: "kvm"} and
		.reason == "no usable KVM: /dev/kvm: No such file or directory"' results/latest/default.json
	"$top/selftest/validate" "$top/docs/result.schema.json" results/latest/default.json
	go --host local default
	[ "$status" -eq 2 ]
	[ "$output" = "run_tests.sh: no usable KVM: /dev/kvm: No such file or directory" ]
}

@test "baselines that are none are known before anything runs" {
	tree "$config"
	mkdir empty
	go --baseline empty default
	[ "$status" -eq 2 ]
	[ "$output" = "pvreport: cannot compare: no results in the folder $PWD/empty" ]
	go --baseline missing default
	[ "$output" = "pvreport: cannot compare: no result in $PWD/missing: No such file or directory" ]
	[ ! -e results ]
	go --save before default
	go --baseline before second
	[ "$status" -eq 2 ]
	[ "${lines[-1]}" = "CANNOT COMPARE: nothing is in both runs: before there were default; now there are second" ]
}

@test "the reports of a run lie among its results, and are no results" {
	tree "$config"
	go default second
	has "Reports: results/$(readlink results/latest)/report.html, report.json, junit.xml"
	"$top/selftest/validate" "$top/docs/report.schema.json" results/latest/report.json
	jq -e '.totals.configurations == 2 and .verdict == "PASS"' results/latest/report.json
	grep -q '<title>' results/latest/report.html
	run "$pvreport" --json results/latest
	jq -e '.totals.configurations == 2 and .verdict == "PASS"' <<<"$output"
	run "$pvreport" --json results/latest/*.json
	jq -e '.totals.configurations == 2 and .verdict == "PASS"' <<<"$output"
	tree "${config//second/report}"
	go
	[ "$status" -eq 2 ]
	has "would leave its result in report.json"
}

@test "a report for which memory runs out is not there, and the status says so" {
	tree "$config"
	go default
	mkdir reports
	run "$pvreport" --files /nonexistent results/latest
	[ "$status" -eq 2 ]
	has "pvreport: cannot write /nonexistent/report.html: No such file or directory"
	jq '.notes = [range(200000) | tostring]' results/latest/default.json >x
	mv x results/latest/default.json
	run bash -c 'ulimit -v 20000; "$0" --files reports results/latest' "$pvreport"
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = 'pvreport: out of memory: Cannot allocate memory' ]
	[ -z "$(ls reports)" ]
}
