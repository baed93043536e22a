#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# bisect.sh: what it says of a commit, with stubs in place of the kernel's build and of the nested host.
# shellcheck disable=SC2016 # other shells' and make's own words

top=$BATS_TEST_DIRNAME/..

setup() {
	project=$BATS_TEST_TMPDIR/project tree=$BATS_TEST_TMPDIR/linux
	mkdir -p "$project"/{build/runner,nested-host} "$tree/arch/x86/kvm"
	cp "$top/bisect.sh" "$project/"
	ln -s "$top/build/runner/pvreport" "$project/build/runner/"
	stub_host
	cd "$tree" || return
	printf '%s\n' 'all:; @! grep -n BROKEN arch/x86/kvm/x86.c | sed "s/.*/x86.c:1:2: error: unknown type/" | grep .' \
		'olddefconfig:; @:' 'modules:; @cp $(OBJECT) $(M)/kvm.ko; cp $(OBJECT) $(M)/kvm-amd.ko' >Makefile
	export OBJECT=$top/build/runner/report/report.o
	echo "$1" >arch/x86/kvm/x86.c
	git init -q
	git config user.email tester@example.org
	git config user.name Tester
	git add .
	git commit -qm 'KVM: x86: add a file'
	: >.config
}

# A run_tests.sh that does what DOES says, or else what the kernel's source says.
stub_host() {
	cat >"$project/run_tests.sh" <<-'END'
		#!/bin/bash
		if [[ $1 == -l ]]; then
			[[ ${*: -1} != nosuch ]] || { echo 'there is no such configuration' >&2; exit 2; }
			printf '%s\n' ${*: -1}
			exit
		fi
		echo "$@" >"$RESULTS.arguments"
		cp "${*:4:1}" "${*:6:1}/modules/kvm_amd.ko" "${RESULTS%/*}" 2>/dev/null
		host() { echo "{\"event\":\"host\",\"kind\":\"$1\",\"text\":\"$2\"}" >&3; }
		result() { # END VERDICT-OF-A VERDICT-OF-B
			mkdir -p "$RESULTS/bookworm+own"
			jq -n --arg how "$1" --arg a "$2" --arg b "$3" '{schema: 1, config: {name: "default"}, end: $how, errors: [],
				verdict: (if $a + $b == "passpass" then "pass" else "fail" end), tests: [{name: "a.x", verdict: $a}, {name: "b.y", verdict: $b} |
				.messages = if .verdict == "fail" then ["x.c:1: got 1\u001b, want 2"] else [] end | .reason = if .verdict == "skip" then "not offered" else null end]}' \
				>"$RESULTS/bookworm+own/default.json"
		}
		case ${DOES:-$(tail -n 1 arch/x86/kvm/x86.c)} in
		fails) result exit fail pass; exit 1 ;;
		another-fails) result exit pass fail; exit 1 ;;
		skips) result exit skip pass ;;
		validates-nothing) exit 77 ;;
		complains) result exit pass pass; host complaint 'WARNING: at x'; exit 1 ;;
		dies-at-boot) host panicked 'Kernel panic - not syncing'; exit 2 ;;
		hangs-at-boot) host hung 'no sign of life'; exit 2 ;;
		reboots) host reboot 'booting it again'; result exit pass pass ;;
		has-no-kvm) host broken 'nothing can run there'; exit 2 ;;
		dies-later) result killed pass skip; host died 'it ended'; exit 1 ;;
		does-not-start) echo 'there is no QEMU' >&2; exit 2 ;;
		waits) sleep 60 & echo $! >"$RESULTS.pid"; trap 'kill $!' TERM; wait ;;
		*) result exit pass pass ;;
		esac
	END
	printf '#!/bin/sh\n[ "$1" != nohost ] || { echo "no host" >&2; exit 2; }\n' >"$project/nested-host/build"
	chmod +x "$project/run_tests.sh" "$project/nested-host/build"
}

# What becomes of a commit: its status, and the word for it.
becomes() { # STATUS DOES ARGUMENT...
	DOES=$2 run "$project/bisect.sh" --host bookworm "${@:3}"
	echo "$2: $status: $output"
	[ "$status" -eq "$1" ]
	[ "${#lines[@]}" -eq 1 ]
	case $1 in
	0) [[ $output == *': good: '* ]] ;;
	1) [[ $output == *': BAD: '* ]] ;;
	125) [[ $output == *': not judged: '* ]] ;;
	esac
}

@test "by tests that are named: 0 they pass, 1 one does not, 125 one did not run" {
	becomes 0 passes default a.x
	[ "$(cat .git/kvm-pv-bisect/*/results.arguments)" = "--host bookworm --host-kernel $tree/arch/x86/boot/bzImage --host-modules $tree --events 3 default" ]
	[[ $output == 'bisect.sh: '*' KVM: x86: add a file: good: passed: a.x ('*' s, '*/kvm-pv-bisect/*')' ]]
	becomes 1 fails default a.x
	[[ $output == *'a.x: fail: x.c:1: got 1?, want 2'* ]]
	becomes 1 fails default b.y 'a.*'
	becomes 0 fails default b.y
	becomes 0 another-fails default a.x
	becomes 125 skips default a.x
	[[ $output == *'a.x was skipped: not offered'* ]]
	becomes 125 skips default b.y a.x
	becomes 0 skips default b.y
	becomes 125 validates-nothing default a.x
	becomes 0 complains default a.x
	becomes 125 dies-later default a.x
	becomes 129 passes default a.nosuch
}

@test "without a test: as the run ends" {
	becomes 0 passes default
	becomes 1 another-fails default
	[[ $output == *'b.y: x.c:1: got 1'* ]]
	becomes 125 validates-nothing default
	becomes 1 complains default
	[[ $output == *'WARNING: at x'* ]]
	becomes 1 dies-later default
	becomes 0 reboots default
}

@test "a host that dies or hangs is not judged, unless that is the symptom" {
	for does in dies-at-boot hangs-at-boot has-no-kvm; do
		becomes 125 $does default
		becomes 125 $does default a.x
	done
	becomes 1 dies-at-boot --died-is-bad default
	[[ $output == *'Kernel panic'* ]]
	becomes 1 hangs-at-boot --died-is-bad default a.x
	becomes 1 dies-later --died-is-bad default a.x
	becomes 0 passes --died-is-bad default
	becomes 125 has-no-kvm --died-is-bad default
}

@test "a commit that does not build is not judged, and the compiler says why" {
	echo BROKEN >arch/x86/kvm/x86.c
	becomes 125 passes default
	[[ $output == *'does not build: x86.c:1:2: error: unknown type'* ]]
}

@test "129 where nothing can work, with one line" {
	becomes 129 does-not-start default
	[[ $output == *'there is no QEMU' ]]
	becomes 129 passes nosuch
	[[ $output == *'there is no such configuration' ]]
	becomes 129 passes 'a b'
	becomes 129 passes
	becomes 129 passes --results /proc/x default
	becomes 129 passes --host nohost default
	becomes 129 passes --nosuch default
	mv .config x
	becomes 129 passes default
	cd "$BATS_TEST_TMPDIR"
	becomes 129 passes default
	run "$project/bisect.sh" default
	[ "$status" -eq 129 ]
	# So does an error of the script itself.
	cd "$tree"
	mv x .config
	sed 's/^use_ccache$/echo "$nosuch"/' "$project/bisect.sh" >"$project/x.sh"
	run bash "$project/x.sh" --host bookworm default
	[ "$status" -eq 129 ]
}

@test "--kvm-only puts KVM's modules beside the others of the host's own kernel" {
	mkdir -p "$BATS_TEST_TMPDIR/layer/modules"
	cd "$BATS_TEST_TMPDIR/layer"
	echo stock >vmlinuz
	echo stock >modules/kvm.ko
	echo stock >modules/fuse.ko
	find modules | busybox cpio -o -H newc >modules.cpio 2>/dev/null
	ln -s "$(command -v busybox)" busybox
	printf '%s\n' "kernel_layer() { echo '$PWD'; }" 'qemu_layer() { kernel_layer; }' >"$project/nested-host/common.bash"
	cd "$tree"
	becomes 0 passes --kvm-only --results "$BATS_TEST_TMPDIR/results" default
	folder=$BATS_TEST_TMPDIR/results/kernel
	read -ra words <"$(find "$BATS_TEST_TMPDIR/results" -name results.arguments)"
	[ "${words[*]}" = "--host bookworm --host-kernel $folder/vmlinuz --host-modules $folder --events 3 default" ]
	[ "$(cat "$folder/vmlinuz" "$folder/modules/fuse.ko")" = $'stock\nstock' ]
	readelf -h "$folder/modules/kvm.ko" "$folder/modules/kvm_amd.ko" >/dev/null
}

@test "a signal ends what it has started, and the bisection" {
	DOES=waits "$project/bisect.sh" --host bookworm --results "$BATS_TEST_TMPDIR/results" default &
	pid=$!
	until path=$(find "$BATS_TEST_TMPDIR/results" -name results.pid 2>/dev/null) && [ -s "$path" ]; do
		sleep 0.1
	done
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	timeout 20 tail -f /dev/null --pid "$(cat "$path")"
}

@test "git bisect names the planted commit of 16, past one that does not build and one that does not boot" {
	git tag start
	for i in {1..16}; do
		does=passes
		case $i in
		8) does=BROKEN ;;
		9) does=dies-at-boot ;;
		1[1-6]) does=fails ;;
		esac
		printf '%s\n' "$i" "$does" >arch/x86/kvm/x86.c
		git commit -qam "change $i"
	done
	git bisect start HEAD start
	run git bisect run "$project/bisect.sh" --host bookworm default a.x
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(git log --format=%s -1 refs/bisect/bad)" = 'change 11' ]
	[[ $output == *'change 8: not judged: does not build'* && $output == *' is the first bad commit'* ]]
}

@test "--from-series prints the command for each change for the worse" {
	rm "$project/build/runner/pvreport"
	cat >"$project/build/runner/pvreport" <<-'END'
		#!/bin/sh
		echo '{"changes": [
			{"from": "6.12.43", "to": "6.12.48", "means": "worse", "where": [{"hosts": ["trixie"], "configurations": ["async_pf", "default"]}], "tests": ["a.x", "a.y"]},
			{"from": "6.16.3", "to": "6.16.5", "means": "better", "where": [{"hosts": ["trixie"], "configurations": ["default"]}], "tests": ["a.x"]},
			{"from": "6.17.1", "to": "6.17.2", "means": "worse", "where": [{"hosts": ["trixie"], "configurations": ["default"]}], "tests": ["the run itself"]},
			{"from": "$(reboot)", "to": "6.17.2", "means": "worse", "where": [{"hosts": ["trixie"], "configurations": ["default"]}], "tests": []}]}'
		exit 1
	END
	chmod +x "$project/build/runner/pvreport"
	run "$project/bisect.sh" --from-series folder
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'git bisect start v6.12.48 v6.12.43' ]
	[ "${lines[1]}" = "git bisect run $project/bisect.sh --host trixie async_pf a.x a.y" ]
	[ "${lines[3]}" = "git bisect run $project/bisect.sh --host trixie default" ]
	[ "${#lines[@]}" -eq 4 ]
}
