// One configuration on one host.

function testList(result, title, outcomes) {
	const tests = report.tests.filter((name, i) => result.outcomes[i] && outcomes.includes(result.outcomes[i]));
	return tests.length ? element("details", {open: outcomes === BAD},
		element("summary", null, `${title}: ${tests.length}`), bySuite(tests)) : "";
}

function skipList(result) {
	const entries = Object.entries(result.skips);
	return entries.length ? element("details", null,
		element("summary", null, `Skipped: ${entries.reduce((sum, [, tests]) => sum + tests.length, 0)}`),
		element("ul", null, entries.map(([number, tests]) => element("li", null,
			`${report.reasons[number].text}: `,
			names(tests.map(test => report.tests[test]), 3))))) : "";
}

function renderCell() {
	const panel = document.getElementById("cell");
	const result = report.results.find(one => one.label === state.cell);
	panel.hidden = !result;
	if (!result)
		return;
	const log = result.log ? element("code", null, result.log) : "";
	panel.replaceChildren(
		element("h2", {tabindex: -1}, result.label),
		definitions([
			["Verdict", `${result.verdict}${result.reason ? ": " + result.reason : ""}`],
			["Errors", result.errors.length ? element("pre", null, result.errors.join("\n")) : ""],
			["Notes", result.notes.join("; ")],
			["Started", result.started],
			["Took", `${((Number(result.duration_ms) || 0) / 1000).toFixed(1)} s, end: ${result.end ?? "not known"}`],
			["Reproduce", element("code", null, result.command)],
			["QEMU's arguments", result.qemu_args.length ?
				element("code", null, result.qemu_args.join(" ")) : ""],
			["Kernel's arguments", result.append ? element("code", null, result.append) : ""],
			["Log", log],
		]),
		testList(result, "Failed", BAD), testList(result, "Passed", PASS), skipList(result),
		element("p", null, element("button", {type: "button", "data-cell": ""}, "Close")));
}
