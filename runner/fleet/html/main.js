// The page as a whole: it is rendered anew whenever its address changes.

const parts = {outliers: "Outliers", failures: "Failures", changes: "Changes", classes: "Classes", facts: "Facts",
	missing: "Without a result", hosts: "Hosts"};
const form = document.getElementById("filter");

function options(select, first, values) {
	select.replaceChildren(...[["", first], ...values].map(([value, text]) => element("option", {value}, text)));
}

function renderHead() {
	const totals = report.totals, verdict = document.getElementById("verdict");
	verdict.className = {0: "pass", 1: "fail", 2: "error"}[report.status] ?? "nothing";
	verdict.textContent = `${report.verdict}: ${totals.fail} of ${plural(totals.hosts, "host")} failed, ${totals.pass} passed`;
	document.getElementById("totals").textContent = `${plural(report.classes.length, "class", "classes")}, ` +
		`${plural(report.outliers.length, "group")} of outliers; ${totals.cannot_run} cannot run, ` +
		`${totals.nothing_validated} validated nothing, ${totals.no_result} without a result` +
		(report.comparison ? `; compared with a baseline: ${report.comparison.verdict}` : "");
	document.getElementById("made").textContent = `kvm-pv-tests ${report.version}`;
}

function renderFirst() {
	const steps = [], worse = (report.comparison?.changes ?? []).filter(one => one.means === "worse");
	if (worse.length)
		steps.push([link({at: "changes"}, `${plural(worse.length, "change")} for the worse`), " since the baseline, on ",
			plural(worse.reduce((sum, one) => sum + one.hosts.length, 0), "host"), ": hold the change back."]);
	for (const one of report.outliers.slice(0, 3))
		steps.push([joined(one.hosts.slice(0, 3).map(hostLink), ", "), one.hosts.length > 3 ?
			` and ${one.hosts.length - 3} more` : "", ": unlike ", `${one.majority_hosts} of ${one.platform_hosts} hosts with the `,
			"same facts", one.differences.length ? [": ", differenceWords(one.differences[0])] : ""]);
	report.failures.slice(0, 3).forEach((failure, number) => steps.push([link({at: `failure-${number + 1}`},
		subjectOf(failure).slice(0, 2).join(", ")), subjectOf(failure).length > 2 ?
		` and ${subjectOf(failure).length - 2} more` : "", " fails ", failure.explanation ? "" :
			`on ${plural(failure.hosts, "host")}; `, explanationWords(failure.explanation)]));
	if (report.totals.no_result)
		steps.push([link({at: "missing"}, `${plural(report.totals.no_result, "host")} without a result`), ": run these again."]);
	if (!steps.length)
		steps.push(["Nothing failed on any host."]);
	document.querySelector("#first ol").replaceChildren(...steps.map(step =>
		element("li", null, ...step.flat(Infinity))));
}

function renderFilter() {
	const fact = report.facts.find(one => one.fact === state.fact);
	options(form.elements.value, "all values", (fact?.values ?? []).map(one => [one.value ?? UNKNOWN, one.value ?? UNKNOWN]));
	form.elements.value.disabled = !fact;
	for (const key of ["text", "verdict", "class", "fact", "value"])
		if (form.elements[key].value !== state[key])
			form.elements[key].value = state[key];
}

function render() {
	readAddress();
	const selected = select();
	renderFilter();
	document.getElementById("nav").replaceChildren(...Object.entries(parts)
		.filter(([id]) => id !== "changes" || report.comparison).map(([id, title]) => link({at: id}, title)));
	renderFirst();
	renderHost();
	renderOutliers(selected);
	renderFailures(selected);
	renderChanges(selected);
	const classes = renderClasses(selected);
	renderFacts();
	renderMissing(selected);
	renderHosts(selected);
	document.getElementById("shown").textContent = isFiltered() ?
		`${plural(selected.hosts.length, "host")} of ${plural(classes, "class", "classes")} match` : "";
	const target = document.getElementById(state.at || (state.host && "host"));
	if (target?.tagName === "DETAILS")
		target.open = true;
	target?.scrollIntoView();
}

// A change of the filter is not a step back in the browser's history; a link is.
function change(changes) {
	history.replaceState(null, "", addressOf(changes));
	render();
}

options(form.elements.verdict, "all", Object.entries(verdictWords));
options(form.elements.class, "all classes", report.classes.slice(0, SHOWN_MAX).map((one, number) => [String(number + 1),
	`${number + 1}: ${verdictWords[one.verdict]}, ${plural(one.hosts, "host")}`]));
options(form.elements.fact, "all facts", report.facts.map(one => [one.fact, titleOf(one.fact)]));
form.addEventListener("input", event => change({[event.target.name]: event.target.value, at: "",
	...(event.target.name === "fact" ? {value: ""} : {})}));
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", event => {
	event.preventDefault();
	change({text: "", verdict: "", class: "", fact: "", value: "", host: "", at: ""});
});
addEventListener("hashchange", render);
addEventListener("beforeprint",
	() => document.querySelectorAll("details.failure").forEach(one => { one.open = true; }));
renderHead();
render();
