"use strict";
// The data, the filters, and the hosts that the filters let through. The filters are in the page's address.

const report = JSON.parse(document.getElementById("data").textContent);
const keys = ["text", "verdict", "class", "fact", "value", "host", "at"];
const titles = {kernel: "kernel", build: "build", qemu: "QEMU", cpu: "processor", module: "module", vendor: "vendor",
	test_kernel: "test kernel"};
const plurals = {kernel: "kernels", qemu: "versions of QEMU", cpu: "processors"};
const verdictWords = {pass: "passed", fail: "failed", cannot_run: "cannot run", nothing_validated: "nothing ran",
	none: "no result"};
const verdictClass = {pass: "pass", fail: "fail", cannot_run: "error", nothing_validated: "nothing", none: "error"};
const UNKNOWN = "not known";
let state = {};

const titleOf = fact => titles[fact] ?? fact;
const factWords = (fact, value) => fact.includes(".") ? `${fact}=${value}` : `${titleOf(fact)} ${value}`;
const hosts = report.hosts.map(([name, number, platform, end, message]) => ({name, class: number, platform, end, message,
	verdict: number === null ? "none" : report.classes[number].verdict}));
const hostNamed = name => hosts.find(host => host.name === name);
const factsOf = host => host.platform === null ? {} : {...report.same, ...report.platforms[host.platform]};
const firstWords = failure => failure.messages[0] ?? failure.reason ?? "";

// For each class, its text to be searched: what fails there.
const classText = report.classes.map(one => one.failures.map(failure =>
	[failure.test, failure.config, failure.reason, ...failure.messages].join("\n")).join("\n").toLowerCase());

const isFiltered = () => Boolean(state.text || state.verdict || state.class || state.fact);

function isWanted(host) {
	const text = state.text.toLowerCase();
	if (state.verdict && host.verdict !== state.verdict)
		return false;
	if (state.class && String(host.class + 1) !== state.class)
		return false;
	if (state.fact && (host.platform === null || (state.value &&
		(report.platforms[host.platform][state.fact] ?? report.same[state.fact] ?? UNKNOWN) !== state.value)))
		return false;
	return !text || host.name.toLowerCase().includes(text) || (host.message ?? "").toLowerCase().includes(text) ||
		(host.class !== null && classText[host.class].includes(text));
}

// What the filters let through: hosts, how many of each class, and their names.
function select() {
	const wanted = hosts.filter(isWanted), byClass = new Map();
	for (const host of wanted)
		byClass.set(host.class, (byClass.get(host.class) ?? 0) + 1);
	return {hosts: wanted, byClass, names: new Set(wanted.map(host => host.name))};
}
