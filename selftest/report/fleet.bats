#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport --fleet: many hosts, each with its own report.
# shellcheck disable=SC2016 # these are variables of jq, too

load ../runner/helper
load page

# 300 hosts: see selftest/many-hosts. What fails on the kernel and on one host fails on two hosts and on one.
setup_file() {
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	setup
	vm reports-all-good
	"$pvreport" --json "$result" >"$BATS_FILE_TMPDIR/one"
	jq '.hosts[0] |= (.release = "6.1" | .kvm_module = "kvm_amd" | .kvm_parameters = {kvm: {tdp_mmu: "Y"}})' \
		"$BATS_FILE_TMPDIR/one" >"$BATS_FILE_TMPDIR/report"
	"$top/selftest/many-hosts" "$BATS_FILE_TMPDIR/report" 300 "$BATS_FILE_TMPDIR/fleet"
}

fleet() { # ARGUMENT...
	run "$pvreport" --fleet "$BATS_TEST_TMPDIR/fleet" "$@"
}

setup_fleet() {
	cp -r "$BATS_FILE_TMPDIR/fleet" "$BATS_TEST_TMPDIR/fleet"
	cd "$BATS_TEST_TMPDIR" || return
}

has() { # TEXT
	[[ $'\n'$output$'\n' == *"$1"* ]] || {
		echo "missing: $1"
		return 1
	}
}

change() { # HOST FILTER
	jq -c "$2" "fleet/$1.json" >x && mv x "fleet/$1.json"
}

@test "the outlier, what explains failures, classes, facts, and who gave no result" {
	setup_fleet
	fleet
	[ "$status" -eq 1 ]
	[[ ${lines[1]} == '  n152: failed; of the 5 hosts like that, 4: passed' ]]
	[[ ${lines[2]} == '      steal_time.of_one_host in '*': no failure -> fail: tests/x.c:9: EXPECT_TRUE(a): got 0' ]]
	has 'pv_eoi.of_processor_and_parameter: 7 hosts: on all 7 with processor AMD EPYC 9654 96-Core Processor and kvm.halt_poll_ns=0, on none of 283 others'
	has 'kvmclock.of_the_kernel: 2 hosts: on all 2 with kernel 6.12.50, on none of 288 others (the same hosts have build #1 SMP 6.12.50)'
	has '4. passed: 5 kernels, 5 processors, 3 versions of QEMU: 280 hosts'
	has '  6.12.50                                                      2           0           2           0           0'
	has '  unreachable (5): n295, n296, n297, n298, n299'
	has '  no report (1): n290'
	has '      n292: n292 said this'
	has $'300 hosts: 280 passed, 10 failed, 10 without a result\nFAIL\n'
}

@test "for programs: the same, by a schema" {
	setup_fleet
	fleet --json
	[ "$status" -eq 1 ]
	echo "$output" >now.json
	"$top/selftest/validate" "$top/docs/fleet.schema.json" now.json
	jq -e '.verdict == "FAIL" and .totals == {hosts: 300, pass: 280, fail: 10, cannot_run: 0, nothing_validated: 0, no_result: 10}' now.json
	jq -e '.outliers == [.outliers[0]] and .outliers[0].hosts == ["n152"]' now.json
	jq -e '[.classes[].hosts] == [7, 2, 1, 280] and .same["kvm.tdp_mmu"] == "Y"' now.json
	jq -e '. as $all | [.hosts[] | select(.class == 1) | $all.platforms[.platform].kernel] == ["6.12.50", "6.12.50"]' now.json
	jq -e '[.missing[] | "\(.end) \(.hosts | length)"] == ["unreachable 5", "full 1", "timeout 1", "killed 1", "cannot-run 1", "no report 1"]' now.json
}

@test "what changed since the baseline, host by host" {
	setup_fleet
	cp -r fleet before
	for host in n5 n6 n7; do
		change $host '.status = 1 | .hosts[0].release = "7.0" | .results[0].verdict = "fail" |
			.failures = [{config: .results[0].config, host: null, test: "a.b", verdict: "fail", reason: null, messages: ["m"]}]'
	done
	change n152 '.status = 0 | .failures = [] | .results[0].verdict = "pass"'
	rm fleet/n9.json
	fleet --baseline before --json
	[ "$status" -eq 1 ]
	echo "$output" >now.json
	"$top/selftest/validate" "$top/docs/fleet.schema.json" now.json
	jq -e '.comparison | .verdict == "WORSE" and [.changes[] | "\(.means) \(.kind) \(.hosts)"] == ["worse changed [\"n5\",\"n6\",\"n7\"]",
		"worse no result any more [\"n9\"]", "better changed [\"n152\"]"]' now.json
	jq -e '.comparison.changes[0].facts == {kernel: {before: null, now: "7.0"}} and .comparison.new_classes == [1]' now.json
	fleet --baseline before
	has $'  worse: changed: 3 hosts: n5, n6, n7\n      kernel: others -> 7.0\n      a.b in '
	[ "${lines[-1]}" = WORSE ]
	run "$pvreport" --fleet before --baseline before
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = SAME ]
}

@test "hosts whose file is damaged, half or foreign are named, and the rest is reported" {
	mkdir "$BATS_TEST_TMPDIR/fleet"
	cd "$BATS_TEST_TMPDIR" || return
	for host in a b c d; do
		cp "$BATS_FILE_TMPDIR/report" "fleet/$host.json"
	done
	fleet
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = PASS ]
	head -c 700 fleet/a.json >fleet/half.json
	: >fleet/empty.json
	echo '{"schema": 1, "config": {"name": "x"}, "tests": []}' >fleet/foreign.json
	jq '.schema = 9' fleet/a.json >fleet/newer.json
	jq '.hosts += .hosts' fleet/a.json >fleet/two.json
	mkfifo fleet/pipe.json
	ln -s /dev/zero fleet/zero.json
	fleet
	[ "$status" -eq 2 ]
	has '  damaged (7): empty, foreign, half, newer, pipe, two and 1 more'
	[ "${lines[-1]}" = 'CANNOT RUN' ]
	fleet --json
	jq -e '.totals.pass == 4 and .totals.no_result == 7 and ([.hosts[] | select(.end) | .message] | length == 7 and all(type == "string"))' <<<"$output"
	has 'it is a report on 2 hosts, and a fleet has one for each host'
	rm fleet/{empty,foreign,half,newer,two,pipe,zero}.json
	printf '%s\n' '{"host": "a", "end": "done"}' '{"host": "b", "end": "killed"}' '{"host": "b", "end": "done"}' \
		'{"host": "../x", "end": "unreachable", "message": "no \u001b[31mroute"}' '{"host": "c", "end": "melted"}' '{"end": "done"}' '{"ho' >fleet/fleet.jsonl
	fleet
	[ "$status" -eq 2 ]
	has $'  unreachable (1): ../x\n      ../x: no \\x1b[31mroute\n'
	has 'warning: fleet.jsonl: c ended in a way that is not known here: "melted"'
	has 'warning: fleet.jsonl: a line without a host'
	has 'warning: fleet.jsonl: damaged lines, which are left out: 1'
	has '5 hosts: 4 passed, 1 without a result'
}

@test "what cannot be asked for says so" {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir fleet
	fleet
	[ "$status" -eq 2 ]
	[ "$output" = "pvreport: no host in $BATS_TEST_TMPDIR/fleet: neither HOST.json nor fleet.jsonl" ]
	run "$pvreport" --fleet /nonexistent
	[ "$status" -eq 2 ]
	[ "$output" = 'pvreport: cannot read the folder /nonexistent: No such file or directory' ]
	fleet --junit
	[ "$status" -eq 2 ]
	has '--fleet FOLDER goes with'
}

@test "the page: rendered, filtered, linked to" {
	setup_fleet
	cp -r fleet before
	change n5 '.status = 1 | .results[0].verdict = "fail" | .failures = [{config: "c", host: null, test: "a.b", verdict: "fail", reason: null, messages: ["m"]}]'
	page --fleet fleet --baseline before
	count='js document.querySelectorAll("#hosts tbody tr").length'
	view='js [document.querySelector("main").innerText, ...[...document.querySelectorAll("input, select")].map(one => one.value)]'
	browse 'open ' "$(text '#verdict')" "$(text '#first ol')" "$(text '#outliers')" "$(text '#failures')" "$(text '#classes')" \
		"$(text '#missing')" "$(text '#changes')" 'js [...document.querySelectorAll("input, select")].every(one => one.labels.length)' \
		'js [...document.querySelectorAll("th")].every(one => one.scope)' \
		"$(enter verdict fail)" "$count" "$(enter fact kernel)" "$(enter value 6.12.50)" "$count" "$view" \
		'open #verdict=fail&fact=kernel&value=6.12.50' "$view" 'open #text=of_one_host' "$count" 'open #class=2' "$count" \
		'open #host=n152' "$(text '#host')" 'js document.querySelector("[type=reset]").click()' 'js location.hash' \
		'open #at=failure-3' 'js document.getElementById("failure-3").open' 'open #verdict=none' "$count" 'open #text=nothing+like+it' "$(text '#hosts')"
	[ "${lines[0]}" = '"FAIL: 11 of 300 hosts failed, 279 passed"' ]
	[[ ${lines[1]} == *'1 change for the worse'*n152*n5*'fails on all 7 with processor'* ]]
	[[ ${lines[2]} == *'n152: failed; of the 5 hosts like that, 4: passed'* ]]
	[[ ${lines[3]} == *'kvmclock.of_the_kernel: 2 hosts: on all 2 with kernel 6.12.50, on none of 288 others'* ]]
	[[ ${lines[4]} == *'processor AMD EPYC 9654'* && ${lines[5]} == *'unreachable: 5'* ]]
	[[ ${lines[6]} == *WORSE*'worse: changed: 1 host'*n5* ]]
	[ "${lines[*]:7:2}" = 'true true' ]
	[ "${lines[10]}" = 11 ]
	[ "${lines[12]}" = '"#verdict=fail&fact=kernel&value=6.12.50"' ]
	[ "${lines[13]}" = 2 ]
	[ "${lines[14]}" = "${lines[15]}" ]
	[ "${lines[*]:16:2}" = '1 2' ]
	[[ ${lines[18]} == *n152*'Unlike most'*steal_time.of_one_host*"kernel"* ]]
	[[ ${lines[20]} == '"#"' || ${lines[20]} == '""' ]]
	[ "${lines[21]}" = true ]
	[ "${lines[22]}" = 10 ]
	[[ ${lines[23]} == *'No host matches the filter.'* ]]
}

@test "markup in every field of a fleet is text" {
	evil='</script><script>document.title = "hacked"</script><img src=x onerror=alert(1)>&lt;'
	mkdir "$BATS_TEST_TMPDIR/fleet"
	cd "$BATS_TEST_TMPDIR" || return
	for host in a b c 'd<img src=x>'; do
		jq --arg evil "$evil" 'walk(if type == "string" then . + $evil else . end) | .status = 0' "$BATS_FILE_TMPDIR/report" >"fleet/$host.json"
	done
	cp -r fleet before
	jq --arg evil "$evil" '.status = 1 | .hosts[0].kvm_parameters[$evil] = {($evil): $evil} |
		.failures = [{config: $evil, host: null, test: $evil, verdict: $evil, reason: $evil, messages: [$evil]}]' fleet/b.json >x
	cp x fleet/b.json
	cp x "fleet/d<img src=x>.json"
	jq --arg evil "$evil" '.failures[0].test = $evil + "2" | .hosts[0].kvm_parameters |= del(.[$evil])' x >fleet/c.json
	jq -nc --arg evil "$evil" '{host: $evil, end: "full", message: $evil}, {host: "a", end: $evil}' >fleet/fleet.jsonl
	page --fleet fleet --baseline before
	[ "$(grep -o '<script' page.html | wc -l)" -eq 2 ]
	[ "$(grep -o '</script' page.html | wc -l)" -eq 2 ]
	[ "$(grep -c '<img' page.html)" -eq 0 ]
	browse 'open ' 'js document.title' 'js document.images.length' 'js document.scripts.length' "$(text '#failures')" 'open #host=b' \
		"$(text '#host')" 'js document.images.length'
	[[ ${lines[0]} != *hacked* ]]
	[ "${lines[*]:1:2}" = '0 2' ]
	[[ ${lines[3]} == *'<img src=x onerror=alert(1)>&lt;'* && ${lines[4]} == *'<img src=x'* ]]
	[ "${lines[5]}" = 0 ]
}

@test "10,000 hosts: a page below 5 MB, in a quarter of a GiB" {
	cd "$BATS_TEST_TMPDIR" || return
	"$top/selftest/many-hosts" "$BATS_FILE_TMPDIR/report" 10000 fleet
	run bash -c 'ulimit -v 262144; exec "$0" --fleet fleet --html >page.html' "$pvreport"
	[ "$status" -eq 1 ]
	[ "$(wc -c <page.html)" -lt 5000000 ]
	browse 'open #verdict=fail' "$(text '#verdict')"
	[ "${lines[0]}" = '"FAIL: 281 of 10000 hosts failed, 9709 passed"' ]
}
