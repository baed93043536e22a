"use strict";
// The data, the filters, and what of the data the filters let through. The filters are in the page's address.

const report = JSON.parse(document.getElementById("data").textContent);
const PASS = "p", SKIP = "s", BAD = "fet"; // letters of outcomes
const outcomeWords = {p: "pass", s: "skip", f: "fail", e: "error", t: "hung"};
const keys = ["text", "host", "feature", "verdict", "cell", "at"];
let state = {};

// Results may come from anywhere: what should be a list of strings, or a string, becomes one.
const strings = value => Array.isArray(value) ? value.map(String) : [];
const string = value => value === null || value === undefined ? value : String(value);
for (const result of report.results) {
	for (const key of ["errors", "notes", "qemu_args"])
		result[key] = strings(result[key]);
	for (const key of ["reason", "log", "append", "end", "started"])
		result[key] = string(result[key]);
}
for (const failure of report.failures) {
	failure.messages = strings(failure.messages);
	for (const one of failure.cases)
		one.messages = one.messages && strings(one.messages);
}

const suiteOf = name => name.split(".")[0];
const featureOf = report.tests.map(name => report.about.suites[suiteOf(name)] ?? -1);
const hostName = index => report.hosts[index]?.label ?? "this host";

function hasText(...texts) {
	const wanted = state.text.toLowerCase();
	return texts.some(text => text && text.toLowerCase().includes(wanted));
}

const hostWanted = index => !state.host || hostName(index) === state.host;
const featureWanted = test => !state.feature || report.about.features[featureOf[test]]?.name === state.feature;

// The tests of a result that the filters let through: their numbers.
function testsOf(result) {
	const all = !state.text || hasText(result.label);
	const tests = [];
	for (let i = 0; i < result.outcomes.length; i++)
		if (result.outcomes[i] !== "-" && featureWanted(i) && (all || hasText(report.tests[i])))
			tests.push(i);
	return tests;
}

function count(result, tests) {
	const counts = {pass: 0, skip: 0, bad: 0};
	for (const i of tests) {
		const outcome = result.outcomes[i];
		counts[outcome === PASS ? "pass" : outcome === SKIP ? "skip" : "bad"]++;
	}
	return counts;
}

// What the grid shows of a result, or null: {kind: "pass" | "fail" | "error" | "nothing", text}.
function cellOf(result) {
	const tests = testsOf(result), counts = count(result, tests);
	const filtered = state.feature || (state.text && !hasText(result.label));
	if (filtered && !tests.length)
		return null;
	if (counts.bad)
		return {kind: "fail", text: `✗ ${counts.bad} failed, ${counts.pass} passed`};
	if (!filtered && result.status === 1)
		return {kind: "fail", text: `✗ failed, ${counts.pass} passed`};
	if (!filtered && result.status === 2)
		return {kind: "error", text: "! cannot run"};
	if (counts.pass)
		return {kind: "pass", text: `✓ ${counts.pass} passed`};
	return {kind: "nothing", text: "– nothing ran"};
}

const verdictKinds = {bad: ["fail", "error"], pass: ["pass"], skip: ["nothing"]};
const kindWanted = kind => !state.verdict || (verdictKinds[state.verdict] ?? []).includes(kind);

// The cases of a failure that the filters let through.
function casesOf(failure) {
	if (state.verdict && state.verdict !== "bad")
		return [];
	const texts = [failure.reason, ...failure.messages];
	return failure.cases.filter(one => {
		const result = report.results[one.result];
		return hostWanted(result.host) &&
			(!state.feature || (one.test !== undefined && featureWanted(one.test))) &&
			(!state.text || hasText(result.label, report.tests[one.test], ...texts,
				...(one.messages ?? [])));
	});
}

// For each host, the tests that ran there in any configuration.
const ranOn = report.hosts.map(() => new Set());
for (const result of report.results)
	for (let i = 0; i < result.outcomes.length; i++)
		if ((PASS + BAD).includes(result.outcomes[i]))
			ranOn[result.host].add(i);
