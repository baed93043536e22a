#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# run_tests.sh --series, on nested hosts that are none: what a kernel does is in the file "behaves".
# shellcheck disable=SC2016,SC2030,SC2031 # every test is a subshell; Markdown has backticks

load helper
load tree

versions="6.12.43 6.12.48 6.12.57 6.12.63 6.12.69 6.16.3 6.18.5 7.3-rc2 7.3.4"

# HOST behaves like LOG. Patterns, the first one counts; without one it is good.
kernels_behave() { # PATTERN=LOG...
	printf '%s\n' "$@" >behaves
}

# A tree whose nested hosts have kernels, each of which leaves a line in "booted".
series_tree() {
	local version
	tree "${1:-$'[default]\nqemu_params = -fake replays'}"
	nested_hosts
	for version in $versions; do
		printf '{"version":"%s","release":"%s-cloud-amd64","package_version":"%s-1","suite":"trixie","cached":true}\n' \
			"$version" "$version" "$version"
	done >catalogue
	printf '#!/bin/sh\ncat catalogue\n' >nested-host/kernels
	mv nested-host/run nested-host/run.fake
	cat >nested-host/run <<-'END'
	#!/bin/bash
	words=("$@")
	while [[ $1 == --* ]]; do shift 2; done
	echo "$1" >>booted
	export REPLAY=good.log REPLAY_STATUS=1
	while IFS='=' read -r pattern log; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $1 != $pattern ]] || { REPLAY=$log && break; }
	done <behaves
	[[ $REPLAY != bad.log ]] || REPLAY_STATUS=3
	case $REPLAY in
	waits) echo $$ >>"$FAKE_PIDS" && touch waiting && exec sleep 1000 ;;
	dies) printf 'died\tit died\n' >&3 && exit 2 ;;
	emulator) printf 'emulator\tno such option\n' >&3 && exit 2 ;;
	esac
	exec nested-host/run.fake "${words[@]}"
	END
	chmod +x nested-host/*
	cp "$logs/good.log" .
	sed 's/^  ok 2 second/  # tests\/alpha.c:21: EXPECT_EQ(flags, 0): got 1, want 0\n  not ok 2 second/; s/^ok 1 alpha/not &/; s/pass=2 fail=0/pass=1 fail=1/' \
		"$logs/good.log" >bad.log
	sed 's/^  ok 2 second/  # observed: otherwise\n&/' "$logs/good.log" >otherwise.log
	sed 's/^  ok 2 second/  # observed: as ever\n&/' "$logs/good.log" >ever.log
	sed 's/0x01007afb/0x010079fb/' "$logs/good.log" >feature.log
	kernels_behave
	: >booted
}

series() {
	go --series 6.12..7.3 --host trixie "$@"
}

booted() {
	sort -V booted | sed 's/^trixie+//' | xargs
}

wait_for() { # FILE
	for _ in {1..600}; do
		[[ ! -e $1 ]] || return 0
		sleep 0.1
	done
	return 1
}

document_is_valid() {
	"$pvreport" --series --json results/series >document || (($? <= 2))
	"$top/selftest/validate" "$top/docs/series.schema.json" document
}

@test "a change is found between two neighbours, and only what that takes is run" {
	series_tree
	kernels_behave 'trixie+6.12.4*=bad.log' 'trixie+6.12.57=bad.log'
	series
	[ "$status" -eq 0 ]
	[ "$(booted)" = "6.12.43 6.12.57 6.12.63 6.12.69 6.16.3 6.18.5 7.3-rc2 7.3.4" ]
	has "6.12.57 (6.12.57-1) -> 6.12.63 (6.12.63-1): fixed: alpha.second: fail -> pass, in default on trixie"
	[ "$(grep -c ' -> .*: ' <<<"$output")" -eq 1 ]
	has "trixie: 9 kernels in 6.12..7.3: 8 ran, 1 not run and taken as unchanged"
	has "1 test never changed."
	[ "${lines[-1]}" = "BETTER: 0 changes for the worse, 1 for the better, 0 others" ]
	document_is_valid
	[ "$(jq -r '.hosts[0].kernels[] | select(.state == "taken as unchanged").version' document)" = 6.12.48 ]
	jq -e '.changes[0].tests == ["alpha.second"] and .changes[0].means == "better"' document
}

@test "what gets worse makes the status 1, also of a series that has run before" {
	series_tree
	kernels_behave 'trixie+7.*=bad.log'
	series
	[ "$status" -eq 1 ]
	has "6.18.5 (6.18.5-1) -> 7.3-rc2 (7.3-rc2-1): regressed: alpha.second: pass -> fail, in default on trixie"
	has "tests/alpha.c:21: EXPECT_EQ(flags, 0): got 1, want 0"
	[[ ${lines[-1]} == "WORSE: 1 change for the worse"* ]]
	: >booted
	series
	[ "$status" -eq 1 ]
	has "6 have run before, and do not run again."
	[ ! -s booted ]
	run "$pvreport" --series results/series
	[ "$status" -eq 1 ]
	has "6.18.5 (6.18.5-1) -> 7.3-rc2 (7.3-rc2-1): regressed: alpha.second"
}

@test "where the ends of a stable series agree, nothing else of it runs, unless each is to" {
	series_tree
	kernels_behave 'trixie+6.12.57=bad.log' 'trixie+6.16.3=bad.log'
	series
	[ "$status" -eq 1 ]
	[ "$(booted)" = "6.12.43 6.12.69 6.16.3 6.18.5 7.3-rc2 7.3.4" ]
	has "3 not run and taken as unchanged"
	has "6.12.69 (6.12.69-1) -> 6.16.3 (6.16.3-1): regressed: alpha.second"
	has "6.16.3 (6.16.3-1) -> 6.18.5 (6.18.5-1): fixed: alpha.second"
	[[ ${lines[-1]} == "WORSE: 1 change for the worse, 1 for the better"* ]]
	: >booted
	series --every -j 2
	[ "$status" -eq 1 ]
	[ "$(booted)" = "6.12.48 6.12.57 6.12.63" ]
	has "6.12.48 (6.12.48-1) -> 6.12.57 (6.12.57-1): regressed: alpha.second"
	has "6.12.57 (6.12.57-1) -> 6.12.63 (6.12.63-1): fixed: alpha.second"
	document_is_valid
}

@test "nothing has changed" {
	series_tree
	series
	[ "$status" -eq 0 ]
	has $'\nnothing\n'
	has "2 tests never changed."
	[[ ${lines[-1]} == "SAME: "* ]]
}

@test "the ends of a range, and candidates" {
	series_tree
	go --series 6.12.57..6.16 --host trixie --every
	[ "$(booted)" = "6.12.57 6.12.63 6.12.69 6.16.3" ]
	: >booted
	go --series 7.3-rc2..7.3.4 --host trixie --every
	[ "$(booted)" = "7.3-rc2 7.3.4" ]
	: >booted
	go --series 6.18.5..6.18.5 --host trixie
	[ "$status" -eq 0 ]
	[ "$(booted)" = "6.18.5" ]
	has "trixie: 1 kernel in 6.18.5..6.18.5: 1 ran"
}

@test "observations and features that change are changes" {
	series_tree
	kernels_behave 'trixie+6.12*=ever.log' 'trixie+6.16.3=otherwise.log' 'trixie+6.18.5=otherwise.log' 'trixie+7.3*=feature.log'
	series
	[ "$status" -eq 0 ]
	has "6.12.69 (6.12.69-1) -> 6.16.3 (6.16.3-1): behaves differently: alpha.second: as ever -> otherwise, in default on trixie"
	has "6.18.5 (6.18.5-1) -> 7.3-rc2 (7.3-rc2-1): feature went: kvm-pv-tlb-flush (bit 9): advertised -> not advertised, in default on trixie"
	document_is_valid
}

@test "two hosts: each is a series, and what changed alike is one line" {
	series_tree
	kernels_behave '*+6.12.4*=bad.log' 'trixie+7.3.4-intel=bad.log'
	go --series 6.12..7.3 --host trixie,trixie-intel --every -j 3
	[ "$status" -eq 1 ]
	has "6.12.48 (6.12.48-1) -> 6.12.57 (6.12.57-1): fixed: alpha.second: fail -> pass, in default on trixie, trixie-intel"
	has "7.3-rc2 (7.3-rc2-1) -> 7.3.4 (7.3.4-1): regressed: alpha.second: pass -> fail, in default on trixie-intel"
	grep -qx 'trixie+7.3-rc2-intel' booted
	[ -s results/series/trixie+7.3-rc2-intel/default.json ]
	document_is_valid
}

@test "a host that dies is a change; one that cannot be had is named, and the others go on" {
	series_tree
	kernels_behave 'trixie+7.3*=dies' 'trixie+6.12.43=emulator'
	sed -i 's/!= missing/!= trixie+6.12.69/' nested-host/build
	series
	[ "$status" -eq 1 ]
	has "trixie+6.12.43: left out: no such option"
	has "trixie+6.12.69: left out: it cannot be made ready"
	has "  left out: 6.12.43: no such option"
	has "6.18.5 (6.18.5-1) -> 7.3-rc2 (7.3-rc2-1): no vm: runs -> runs nothing, on trixie"
	has "    it died"
	[ "$(booted)" = "6.12.43 6.12.48 6.12.63 6.16.3 6.18.5 7.3-rc2 7.3.4" ]
	document_is_valid
	# What could be had now is tried again.
	kernels_behave 'trixie+7.3*=dies'
	: >booted
	series
	[ "$(booted)" = "6.12.43" ]
}

@test "nothing can run" {
	series_tree
	kernels_behave '*=emulator'
	series
	[ "$status" -eq 2 ]
	[[ ${lines[-1]} == "CANNOT RUN: "* ]]
	[ "$(wc -l <booted)" -eq 9 ]
	document_is_valid
}

@test "a series that was killed goes on where it stopped" {
	series_tree
	kernels_behave 'trixie+6.12.63=waits'
	./run_tests.sh --series 6.12..7.3 --host trixie --every -j 2 >out 2>&1 &
	wait_for waiting
	for _ in {1..600}; do
		[ ! -e results/series/trixie+6.12.69/series ] || break
		sleep 0.1
	done
	kill -KILL $!
	wait $! || true
	run "$pvreport" --series results/series
	has "not run yet"
	: >booted
	kernels_behave
	series --every
	[ "$status" -eq 0 ]
	[[ $(booted) == 6.12.63* ]]
	for version in 6.12.43 6.12.48 6.12.57 6.12.69; do
		lacks $'\n'"trixie+$version: PASS"
	done
	has "9 ran"
}

@test "Ctrl-C leaves valid results, which count the next time" {
	series_tree
	kernels_behave 'trixie+7.3.4=waits'
	./run_tests.sh --series 6.12..7.3 --host trixie >out 2>&1 &
	wait_for waiting
	kill -TERM $!
	status=0
	wait $! || status=$?
	cat out
	[ "$status" -eq 143 ]
	grep -q "Interrupted: 5 kernels ran; the same command goes on from there." out
	document_is_valid
	kernels_behave
	: >booted
	series
	[ "$status" -eq 0 ]
	[ "$(booted)" = 7.3.4 ]
}

@test "other tests, another package or another folder run anew; fewer tests do not" {
	series_tree $'[default]\nqemu_params = -fake replays\n[other]\nqemu_params = -fake replays'
	go --series 7.3..7.3 --host trixie default other
	[ "$(booted)" = "7.3-rc2 7.3.4" ]
	: >booted
	go --series 7.3..7.3 --host trixie default
	[ ! -s booted ]
	sed -i 's/"7.3.4-1"/"7.3.4-2"/' catalogue
	go --series 7.3..7.3 --host trixie default
	[ "$(booted)" = "7.3.4" ]
	: >booted
	echo more >>build/kvm-pv-tests
	go --series 7.3..7.3 --host trixie default
	[ "$(booted)" = "7.3-rc2 7.3.4" ]
	: >booted
	go --series 7.3..7.3 --host trixie --save "$PWD/there" default
	[ "$(booted)" = "7.3-rc2 7.3.4" ]
	[ "$(jq -r .config.kernel_sha256 there/trixie+7.3.4/default.json)" = "$(sha256sum build/kvm-pv-tests | cut -d ' ' -f 1)" ]
}

refuses() { # MESSAGE ARGUMENT...
	go "${@:2}"
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	has "$1"
}

@test "what makes no sense gets one clear line" {
	series_tree
	refuses 'wants FROM..TO, two versions of Linux as in 6.12..7.3, not "6.12"' --series 6.12 --host trixie
	refuses 'not "6.12..latest"' --series 6.12..latest --host trixie
	refuses "wants the older version first: 7.3 is newer than 6.12" --series 7.3..6.12 --host trixie
	refuses "wants hosts that can be booted with each kernel" --series 6.12..7.3 --host local
	refuses "wants hosts that can be booted with each kernel" --series 6.12..7.3
	refuses "chooses the kernels: --host trixie+6.12 names one itself" --series 6.12..7.3 --host trixie+6.12
	refuses "nested-host: missing: no such release" --series 6.12..7.3 --host missing
	refuses "--series goes without" --series 6.12..7.3 --host trixie --matrix
	refuses "--every is for --series" --every --host trixie
	go --series 5.4..5.10 --host trixie
	[ "$status" -eq 2 ]
	[ "${lines[-1]}" = "run_tests.sh: --series: there is no cloud kernel in the range 5.4..5.10; --list-hosts shows which there are" ]
	run "$pvreport" --series results
	[ "$status" -eq 2 ]
	[ "${#lines[@]}" -eq 1 ]
	has "no series in results"
}

@test "docs/history.md: kernels, defects with their kernels, changes with their causes" {
	series_tree
	kernels_behave '*+6.12.4*=bad.log' 'trixie+7.3.4-intel=bad.log' '*+7.3-rc2*=feature.log'
	go --series 6.12..7.3 --host trixie,trixie-intel -j 3
	printf '{"causes": [{"id": "a", "defect": true, "tests": ["alpha.*"], "features": [], "text": "It was wrong.", "commit": "Do it right", %s}]}' \
		'"changes": [{"from": "6.12.43", "to": "6.12.60"}], "mainline": "6.14", "stable": ["6.12.50"], "verified": "changelog"' >causes
	"$pvreport" --series --json results/series >document || true
	run jq -r --slurpfile causes causes -f "$top/docs/history.jq" document
	echo "$output"
	[ "$status" -eq 0 ]
	has "| trixie | AMD EPYC | kvm_pvm |  | 8 of 9 | default |"
	has "| 6.12.63 | 6.12.63-1 | trixie | = | = |"
	has '| `alpha.second`<br>tests/alpha.c:21: EXPECT_EQ(flags, 0): got 1, want 0 | default | trixie: 6.12.43 to 6.12.48<br>'
	has '### 6.12.48 → 6.12.57'
	has '- **fixed**: `alpha.second`: fail → pass, in default on trixie, trixie-intel'
	has 'Cause: It was wrong. "Do it right", mainline 6.14, stable 6.12.50. Verified: changelog.'
	# A cause is that of its own range of releases alone.
	sed -i 's/6.12.60/6.12.56/' causes
	run jq -r --slurpfile causes causes -f "$top/docs/history.jq" document
	has "Cause: not known"
	lacks "Cause: It was wrong"
}
