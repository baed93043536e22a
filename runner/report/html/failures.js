// What failed: each reason once; and what to do first.

function subjectOf(failure, cases) {
	const tests = testsOfCases(cases);
	if (!tests.length)
		return "The run itself";
	return tests.length === 1 ? report.tests[tests[0]] : `${tests.length} tests`;
}

const testsOfCases = cases => [...new Set(cases.map(one => one.test).filter(test => test !== undefined))];
const firstWords = failure => failure.reason || failure.messages[0] || "it says nothing";

function labelsOf(cases) {
	return [...new Set(cases.map(one => report.results[one.result].label))];
}

// Results that have another message than the first one has, with theirs.
function otherMessages(cases) {
	const groups = new Map();
	for (const one of cases) {
		if (!one.messages)
			continue;
		const said = `${report.tests[one.test]}\n${one.messages.join("\n")}`;
		groups.set(said, [...(groups.get(said) ?? []), report.results[one.result].label]);
	}
	if (!groups.size)
		return "";
	return element("details", null,
		element("summary", null, plural(groups.size, "other wording", "other wordings")),
		[...groups].map(([said, labels]) => [element("p", null, labels.join(", ")),
			element("pre", null, said)]));
}

function promiseList(promises) {
	const list = element("ul", null, promises.map(one => element("li", null, `${one.feature}: ${one.promise} `,
		element("span", {class: "dim"}, one.id))));
	return promises.length > 4 ? element("details", null, element("summary", null, `${promises.length} promises`),
		list) : list;
}

function failureEntry(failure, number, cases) {
	const tests = testsOfCases(cases).map(test => report.tests[test]);
	const commands = [...new Set(cases.map(one => report.results[one.result].command))];
	const said = [failure.reason, ...failure.messages].filter(text => text);
	const id = `failure-${number + 1}`;
	return element("details", {class: "failure", id, open: number === 0 || state.at === id},
		element("summary", null, element("strong", null, subjectOf(failure, cases)),
			` (${failure.verdict}) in `,
			plural(labelsOf(cases).length, "configuration"), ": ", firstWords(failure).slice(0, 200)),
		definitions([
			["Got and want", element("pre", null, said.join("\n"))],
			["Where", names(labelsOf(cases), 12)],
			["Reproduce", element("code", null, commands[0] ?? "")],
			["Promised", failure.promises.length ? promiseList(failure.promises) : ""],
			["Tests", tests.length > 1 ? bySuite(tests) : ""],
			["Elsewhere", otherMessages(cases)],
			["Log", failure.log ? element("code", null, failure.log) : ""],
			["Excerpt", failure.excerpt ? element("pre", null, failure.excerpt) : ""],
		]),
		element("p", null, link({at: id}, "Link to this failure")));
}

function renderFailures() {
	let shown = 0;
	const entries = report.failures.map((failure, number) => {
		const cases = casesOf(failure);
		shown += cases.length > 0;
		return cases.length ? failureEntry(failure, number, cases) : null;
	});
	fill("failures", report.failures.length ? "" : nothing("Nothing failed."),
		report.failures.length && !shown ? nothing("No failure matches the filter.") : "", entries);
	return shown;
}

function renderFirst() {
	const steps = [];
	const comparison = report.comparison;
	if (comparison?.verdict === "WORSE") {
		const worse = new Set(comparison.changes.filter(change => report.change_kinds[change.kind].worse)
			.map(change => `${change.kind} ${change.test ?? change.where}`));
		steps.push([link({at: "changes"}, `${plural(worse.size, "change")} for the worse`),
			" since the baseline: hold the change back."]);
	}
	report.failures.slice(0, 4).forEach((failure, number) => {
		const labels = labelsOf(failure.cases);
		steps.push([link({at: `failure-${number + 1}`},
			`${subjectOf(failure, failure.cases)} (${failure.verdict})`),
			` in ${labels.slice(0, 3).join(", ")}${labels.length > 3 ? " and more" : ""}: `,
			failure.promises.length === 1 ? `promised: ${failure.promises[0].promise}` :
				firstWords(failure).slice(0, 160)]);
	});
	if (report.failures.length > 4)
		steps.push([link({at: "failures"}, `${report.failures.length - 4} more reasons`),
			" explain fewer tests."]);
	if (!steps.length)
		steps.push(["Nothing failed. ", link({at: "unchecked"}, "See what was not checked"),
			", and what would check it."]);
	document.querySelector("#first ol").replaceChildren(...steps.map(step => element("li", null, step)));
}
