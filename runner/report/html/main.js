// The page as a whole: it is rendered anew whenever its address changes.

const parts = {failures: "Failures", grid: "Configurations", features: "Features", costs: "Costs", changes: "Changes",
	unchecked: "Not checked", hosts: "Hosts"};
const form = document.getElementById("filter");

function options(select, first, values) {
	select.replaceChildren(...[["", first], ...values].map(([value, text]) => element("option", {value}, text)));
}

function renderHead() {
	const sums = {pass: 0, fail: 0, error: 0, timeout: 0, skip: 0, not_run: 0};
	for (const result of report.results)
		for (const key of Object.keys(sums))
			sums[key] += Number.isSafeInteger(result.counts?.[key]) ? result.counts[key] : 0;
	const bad = sums.fail + sums.error + sums.timeout + sums.not_run;
	const verdict = document.getElementById("verdict");
	verdict.className = {0: "pass", 1: "fail", 2: "error"}[report.status] ?? "nothing";
	verdict.textContent = `${report.verdict}: ` + (report.failures.length ?
		`${plural(bad, "test run")} of ${sums.pass + bad} failed or did not finish, for ` +
			plural(report.failures.length, "reason") :
		report.status === 0 ? "all that ran passed" : "nothing was validated");
	document.getElementById("totals").textContent =
		`${plural(report.hosts.length, "host")}, ${plural(report.results.length, "configuration")}: ` +
		`${sums.pass} test runs passed, ${bad} did not, ${sums.skip} were skipped` +
		(report.comparison ? `; compared with a baseline: ${report.comparison.verdict}` : "");
	const started = report.results.map(result => result.started).filter(time => time).sort();
	document.getElementById("made").textContent =
		`kvm-pv-tests ${report.version}; first run: ${started[0] ?? "not known"}, last run: ${started.at(-1) ?? "not known"}.`;
}

function renderNav() {
	document.getElementById("nav").replaceChildren(...Object.entries(parts)
		.filter(([id]) => (id !== "changes" || report.comparison) && (id !== "costs" || report.results.some(one => one.costs.length))).map(([id, title]) => link({at: id}, title)));
}

function render() {
	readAddress();
	for (const key of ["text", "host", "feature", "verdict"])
		if (form.elements[key].value !== state[key])
			form.elements[key].value = state[key];
	renderNav();
	renderFirst();
	renderCell();
	const failures = renderFailures(), rows = renderGrid();
	renderFeatures();
	renderCosts();
	renderChanges();
	renderUnchecked();
	renderHosts();
	document.getElementById("shown").textContent = state.text || state.host || state.feature || state.verdict ?
		`${plural(failures, "reason")} for failures and ${plural(rows, "configuration")} match` : "";
	const target = document.getElementById(state.at);
	if (target?.tagName === "DETAILS")
		target.open = true;
	target?.scrollIntoView();
}

// A change of the filter is not a step back in the browser's history; a link is.
function change(changes) {
	history.replaceState(null, "", addressOf(changes));
	render();
}

options(form.elements.host, "all hosts", report.hosts.map((host, index) => [hostName(index), hostName(index)]));
options(form.elements.feature, "all features", report.about.features.map(feature => [feature.name, feature.name]));
options(form.elements.verdict, "all", [["bad", "failed"], ["pass", "passed"], ["skip", "not checked"]]);
form.addEventListener("input", event => change({[event.target.name]: event.target.value, at: ""}));
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("reset", event => {
	event.preventDefault();
	change({text: "", host: "", feature: "", verdict: "", at: ""});
});
document.addEventListener("click", event => {
	const cell = event.target.closest?.("[data-cell]")?.dataset.cell;
	if (cell === undefined)
		return;
	change({cell, at: ""});
	document.querySelector("#cell h2")?.focus();
});
addEventListener("hashchange", render);
addEventListener("beforeprint",
	() => document.querySelectorAll("details.failure").forEach(one => { one.open = true; }));
renderHead();
render();
