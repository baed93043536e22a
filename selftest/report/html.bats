#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pvreport --html: what is in the page, and what Chromium makes of it.
# shellcheck disable=SC2016 # these are variables of jq, too

load ../runner/helper
load page

# Two hosts, old and new, with configurations a, b and c. On new, two tests fail in a for one reason, one in b for another, and c
# cannot run; the suites alpha and alpha_more are about bit 3.
hosts() {
	local common='.config.name = $c | .guest.features = 8 | .guest.suite_features = {alpha: 8, alpha_more: 8, beta: 0} |
		.tests = [["alpha.one", $v], ["alpha_more.two", $v], ["beta.three", "pass"], ["beta.four", "skip"]
		| {name: .[0], verdict: .[1], ms: 1, reason: (if .[1] == "skip" then "it is off; switch it on" else null end),
		messages: (if .[1] == "fail" then ["x.c:7: got 1, want 2"] else [] end)}] | .counts.skip = 1'
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p hosts/{old,new}
	for host in old new; do
		for config in a b c; do
			jq --arg c "$config" --arg v pass "$common | .counts.pass = 3 | .log = null" "$result" >"hosts/$host/$config.json"
		done
	done
	cp -r hosts before
	jq --arg c a --arg v fail "$common | .counts.pass = 1 | .counts.fail = 2 | .verdict = \"fail\"" "$result" >hosts/new/a.json
	jq --arg c b --arg v pass "$common"' | .tests[2].verdict = "fail" | .tests[2].messages = ["y.c:1: got nothing"] |
		.counts.pass = 2 | .counts.fail = 1 | .verdict = "fail"' "$result" >hosts/new/b.json
	jq '.config.name = "c" | .tests = [] | .verdict = "skip" | .reason = "QEMU refuses: no" | .counts = {}' "$result" >hosts/new/c.json
	printf '  # start alpha.one\n  # x.c:7: got 1, want 2\n  not ok 1 one\n  # start alpha_more.two\n' >hosts/new/a.log
	jq '.log = "a.log"' hosts/new/a.json >x && mv x hosts/new/a.json
	: >hosts/new/host.jsonl
}

@test "one file, with the data, the promise, the log's excerpt and the command" {
	hosts
	jq '.tests[0].name = "pv_eoi.an_address_in_rom_or_mmio_faults"' hosts/new/a.json >x && mv x hosts/new/a.json
	page hosts
	[ "$(grep -c '<script' page.html)" -eq 2 ]
	! grep -E 'https?:|//[a-z]|url\(|@import|src=' <(sed '/id="data"/d; s/<link rel="icon" href="data:,">//' page.html | grep -v '^//\|^	*//\|; //') || false
	jq -e '.verdict == "FAIL" and (.results | length) == 6 and (.failures | length) == 2' data.json
	jq -e '.failures[0] | .explains == 2 and .messages == ["x.c:7: got 1, want 2"] and (.promises[0].promise | length) > 20' data.json
	jq -e '.results | map(.command) == [range(3) as $i | "./run_tests.sh --host new " + ("abc" / "")[$i]] + ["a", "b", "c" | "./run_tests.sh " + .]' data.json
	jq -e '.about.features == [{name: "alpha", bits: 8}]' data.json
}

@test "an excerpt has the test's lines; a log that is no file is left alone" {
	hosts
	page hosts
	jq -e '.failures[0].excerpt == "  # start alpha.one\n  # x.c:7: got 1, want 2\n  not ok 1 one\n"' data.json
	rm hosts/new/a.log
	mkfifo hosts/new/a.log
	timeout 10 "$pvreport" --html hosts >page.html || [ $? -eq 1 ]
	page hosts
	jq -e '.failures[0].excerpt == null' data.json
}

@test "rendered: verdict, steps, failures, grid, features, what was not checked" {
	hosts
	page hosts
	browse 'open ' "$(text '#verdict')" "$(text '#first ol')" 'js document.querySelectorAll("details.failure").length' \
		"$(text '#failures')" "$(text '#grid')" "$(text '#features table')" "$(text '#unchecked')" \
		'js document.getElementById("changes").hidden' \
		'js [...document.querySelectorAll("input, select")].every(one => one.labels.length)' \
		'js [...document.querySelectorAll("th")].every(one => one.scope)'
	[[ ${lines[0]} == '"FAIL: 3 test runs of 15 failed'*'for 2 reasons"' ]]
	[[ ${lines[1]} == *'2 tests (fail)'*new/a* ]]
	[ "${lines[2]}" = 2 ]
	[[ ${lines[3]} == *'x.c:7: got 1, want 2'*'./run_tests.sh --host new a'*'not ok 1 one'* ]]
	[[ ${lines[4]} == *'2 failed, 1 passed'*'1 failed, 2 passed'*'nothing ran'* ]]
	[[ ${lines[5]} == *'broken: 2 of 2 tests'*'advertised in 3 of 3'*'kept: 2 tests'* ]]
	[[ ${lines[6]} == *'it is off; switch it on'*'QEMU refuses: no'* ]]
	[ "${lines[*]:7:3}" = 'true true true' ]
}

@test "filters are in the address, and a link shows the same view" {
	hosts
	page hosts
	view='js [document.querySelector("main").innerText, ...[...document.querySelectorAll("input, select")].map(one => one.value)]'
	rows='js [...document.querySelectorAll("#grid tbody th")].map(one => one.innerText).join()'
	browse 'open ' "$rows" "$(enter verdict bad)" "$rows" "$(enter host old)" "$rows" "$(enter verdict '')" "$(enter feature alpha)" \
		"$(enter text two)" "$view" 'open #host=old&feature=alpha&text=two' "$view" \
		'open #text=no+such+thing' "$rows" 'go #verdict=bad' "$rows" 'js document.querySelector("[type=reset]").click()' "$rows" \
		'js document.querySelector("[data-cell=\"new/a\"]").click()' "$(text '#cell')" 'js location.hash' \
		'open #at=failure-2' 'js document.getElementById("failure-2").open' 'open #cell=new/b' "$(text '#cell')"
	[ "${lines[0]}" = '"a,b,c"' ]
	[ "${lines[1]}" = '"#verdict=bad"' ]
	[ "${lines[2]}" = '"a,b"' ]
	[ "${lines[3]}" = '"#host=old&verdict=bad"' ]
	[ "${lines[4]}" = '""' ]
	[ "${lines[7]}" = '"#text=two&host=old&feature=alpha"' ]
	[[ ${lines[8]} == *'1 passed'* ]]
	[ "${lines[8]}" = "${lines[9]}" ]
	[ "${lines[10]}" = '""' ]
	[ "${lines[11]}" = '"a,b"' ]
	[ "${lines[13]}" = '"a,b,c"' ]
	[[ ${lines[15]} == *'new/a'*'./run_tests.sh --host new a'* ]]
	[ "${lines[16]}" = '"#cell=new%2Fa"' ]
	[ "${lines[17]}" = true ]
	[[ ${lines[18]} == *'new/b'* ]]
}

@test "what operations cost, as plots, where results carry it" {
	hosts
	page hosts
	browse 'open ' 'js document.getElementById("costs").hidden'
	[ "${lines[0]}" = true ]
	for host in old new; do
		jq '.tests[0].costs = [{operation: "hypercall", exits: 1, median_cycles: 1000, p99_cycles: 90000},
			{operation: "<b>halt", exits: null, median_cycles: 500, p99_cycles: 500}]' hosts/$host/b.json >x && mv x hosts/$host/b.json
	done
	page hosts
	browse 'open #at=costs' "$(text '#costs tbody')" 'js document.querySelectorAll("svg.cost circle").length' \
		'js [...document.querySelectorAll("svg.cost line, svg.cost circle")].every(one => [...one.attributes].every(a => !/NaN|Infinity/.test(a.value)))' \
		'js document.querySelector("svg.cost").getBoundingClientRect().width' 'open #host=old' "$(text '#costs thead')" \
		'js document.querySelectorAll("svg.cost").length' 'open #text=halt' 'js document.querySelectorAll("svg.cost").length'
	[[ ${lines[0]} == *'hypercall'*'1 exit; 1,000, 99 %: 90,000'*'<b>halt'*'exits unclear; 500'* ]]
	[ "${lines[*]:1:3}" = '4 true 130' ]
	[[ ${lines[4]} == *old/b* && ${lines[4]} != *new/b* ]]
	[ "${lines[*]:5}" = '2 2' ]
}

@test "what changed against a baseline" {
	hosts
	page --baseline before hosts
	browse 'open ' "$(text '#changes')" "$(text '#first ol')"
	[[ ${lines[0]} == *WORSE*'Compared with the run of '*Regressed*alpha.one*pass*fail* ]]
	[[ ${lines[1]} == *'for the worse'* ]]
}

@test "markup in every field is text, and a foreign script does not run" {
	hosts
	evil='</script><script>document.title = "hacked"</script><img src=x onerror=alert(1)>&lt;"'"'"
	for path in hosts/*/*.json; do
		jq --arg evil "$evil" 'walk(if type == "string" and (IN("pass", "fail", "skip", "exit") | not) then . + $evil else . end) |
			.errors += [$evil] | .notes += [$evil] | .tests[0].observed = [$evil] | .tests[0].inert = $evil' "$path" >x
		mv x "$path"
	done
	mv hosts/new "hosts/<script>document.title = 'hacked'<"
	page --baseline before hosts
	[ "$(grep -o '<script' page.html | wc -l)" -eq 2 ]
	[ "$(grep -o '</script' page.html | wc -l)" -eq 2 ]
	[ "$(grep -c '<img' page.html)" -eq 0 ]
	browse 'open ' 'js document.title' 'js document.images.length' 'js document.scripts.length' \
		'js document.querySelector("#grid button").click()' 'js document.title' "$(text '#failures')"
	[[ ${lines[0]} != *hacked* && ${lines[4]} != *hacked* ]]
	[ "${lines[*]:1:2}" = '0 2' ]
	[[ ${lines[5]} == *'<img src=x onerror=alert(1)>&lt;'* ]]
	# That these checks can fail, and that the page's policy stops what escaping has missed.
	sed -i 's|</body>|<script>document.title = "hacked"</script><img src="x.png">&|' page.html
	run timeout 120 "$top/selftest/report/browser" page.html 'open ' 'js document.title'
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *'Content Security Policy'* && $output != *'"hacked"'* ]]
}

@test "results whose parts are of the wrong kind break no page" {
	cd "$BATS_TEST_TMPDIR"
	mkdir odd
	echo '{"schema": 1, "config": [], "tests": {"a": 1}, "errors": "x", "counts": 7, "verdict": 1, "notes": 3, "duration_ms": {}}' >odd/a.json
	echo '{"schema": 1, "tests": [1, null, {}], "errors": [1, null], "notes": [{}], "host": {"release": []}, "log": 5,
		"config": {"name": "b", "qemu_args": 7, "append": {}}, "guest": {"features": "x", "suite_features": [1]}}' >odd/b.json
	echo '{"schema": 1, "guest": {"suite_features": {"": 1, "_": 2, "a": 4, "a_": 8}}, "started": 1, "reason": {}, "tests": [
		{"name": ".", "verdict": "x"}, {"name": "a_.b", "verdict": "fail", "messages": [null, {}]},
		{"name": "no dot", "verdict": "skip"}]}' >odd/c.json
	page odd
	browse 'open #cell=b' "$(text '#verdict')" 'open #text=a' "$(text '#grid')" 'open #cell=c&verdict=skip' "$(text '#cell')"
	[[ ${lines[0]} == *CANNOT* || ${lines[0]} == *FAIL* ]]
	[[ ${lines[2]} == *'no dot'* || ${lines[2]} == *Skipped* ]]
}

@test "four hosts with 63 configurations of 324 tests stay below 2 MB" {
	vm reports-all-good
	cd "$BATS_TEST_TMPDIR"
	mkdir -p hosts/{a,b,c,d}
	jq '.tests = [range(324) | {name: "some_suite_\(. % 40).a_name_as_long_as_they_are_as_a_rule_\(.)", ms: 1, messages: []} +
		(if . % 5 < 2 then {verdict: "skip", reason: "a reason of many words, with what would make it run: \(. % 30)"}
		elif . % 50 == 2 then {verdict: "fail", reason: null, messages: ["x.c:\(.): EXPECT_TRUE(something): got 1, want 2"]}
		else {verdict: "pass", reason: null} end)]' "$result" >one
	for host in a b c d; do
		for i in {1..63}; do
			sed "0,/\"name\": \"t\"/s//\"name\": \"c$i\"/" one >"hosts/$host/c$i.json"
		done
	done
	page hosts
	jq -e '.results | length == 252' data.json
	[ "$(wc -c <page.html)" -lt 2000000 ]
}
