// How hosts fare by each fact, and what tells those where something fails from the others.

const share = (part, words) => part.failed === part.hosts ? `all ${part.hosts} ${words}` :
	part.failed ? `${part.failed} of ${part.hosts} ${words}` : `none of ${part.hosts} ${words}`;
const factLink = ({fact, value}) => link({fact, value, at: "hosts"}, factWords(fact, value));
const joined = (list, word) => list.flatMap((one, i) => i ? [word, one] : [one]);

function explanationWords(explanation) {
	if (!explanation)
		return ["no fact explains it"];
	return ["on ", share(explanation.with, "with "), joined(explanation.facts.map(factLink), " and "), ", on ",
		share(explanation.without, "others"), explanation.equals.length ?
			[" (the same hosts have ", joined(explanation.equals.map(factLink), " and "), ")"] : ""];
}

const subjectOf = failure => [failure.run ? "the run itself" : "", ...failure.tests].filter(text => text);

function renderFailures(selected) {
	const entries = report.failures.map((failure, number) => {
		const count = failure.classes.reduce((sum, one) => sum + (selected.byClass.get(one) ?? 0), 0);
		if (!count)
			return null;
		const id = `failure-${number + 1}`, subject = subjectOf(failure);
		return element("details", {class: "failure", id, open: number < 3 || state.at === id},
			element("summary", null, element("strong", null,
				subject.length === 1 ? subject[0] : `${subject.length} tests`),
				`: ${plural(failure.hosts, "host")}: `, explanationWords(failure.explanation)),
			definitions([
				["Got and want", failure.message ? element("pre", null, failure.message) : ""],
				["Tests", subject.length > 1 ? names(subject, 12) : ""],
				["Classes", joined(failure.classes.slice(0, 20).map(one =>
					link({class: String(one + 1), at: "hosts"}, `${one + 1}`)), ", ")],
			]),
			element("p", null, link({at: id}, "Link to this failure")));
	}).filter(entry => entry);
	fill("failures", report.failures.length ? "" : nothing("Nothing failed."),
		report.failures.length && !entries.length ? nothing("No failure matches the filter.") : "", entries);
}

const counted = ["hosts", "pass", "fail", "cannot_run", "nothing_validated"];

function factTable({fact, like, values}) {
	const head = [titleOf(fact), "Hosts", "Passed", "Failed", "Cannot run", "Nothing ran"];
	const rows = values.map(value => row(link({fact, value: value.value ?? UNKNOWN, at: "hosts"}, value.value ?? UNKNOWN),
		counted.map(key => element("td", {class: key === "fail" && value.fail ? "fail" : null}, `${value[key]}`))));
	const shown = table(`Hosts by ${titleOf(fact)}`, head, rows, true);
	return like ? element("details", null, element("summary", null, `${titleOf(fact)}, like ${titleOf(like)}`), shown) :
		[element("h3", null, titleOf(fact)), shown];
}

function renderFacts() {
	const same = Object.entries(report.same);
	const shown = report.facts.filter(one => !state.fact || one.fact === state.fact);
	fill("facts", shown.map(factTable), report.facts.length ? "" : nothing("All hosts have the same facts."),
		same.length ? element("details", null, element("summary", null, `The same on all hosts: ${same.length}`),
			definitions(same.map(([fact, value]) => [titleOf(fact), value]))) : "");
}
