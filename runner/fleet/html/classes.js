// Classes, outliers, what changed, and hosts.

const SHOWN_MAX = 300; // rows of a table of hosts

const mark = verdict => element("td", {class: verdictClass[verdict]}, verdictWords[verdict]);
const hostLink = name => link({host: name, at: ""}, name);

// Links to hosts; all of them behind a click.
function hostLinks(list) {
	const few = joined(list.slice(0, 5).map(hostLink), ", ");
	return list.length <= 5 ? few : [few, element("details", null, element("summary", null, `and ${list.length - 5} more`),
		list.slice(5, SHOWN_MAX).join(", "), list.length > SHOWN_MAX ? " …" : "")];
}

function commonWords(one) {
	const parts = ["kernel", "cpu", "qemu"].map(fact => {
		const value = one.shared[fact] ?? one.varying[fact]?.alike;
		return value ? factWords(fact, value) : one.varying[fact] ? `${one.varying[fact].values} ${plurals[fact]}` : "";
	});
	const parameters = Object.entries(one.shared).filter(([fact]) => fact.includes("."));
	return [...parts, ...parameters.slice(0, 3).map(([fact, value]) => factWords(fact, value)),
		parameters.length > 3 ? `${parameters.length - 3} more parameters` : ""].filter(text => text).join(", ");
}

function failureItems(failures) {
	return element("ul", null, failures.slice(0, 20).map(failure => element("li", null,
		`${failure.test ?? "the run itself"} (${failure.verdict}) in ${failure.config}: `,
		element("code", null, firstWords(failure)))), failures.length > 20 ?
		element("li", null, `${failures.length - 20} more`) : "");
}

function differenceWords(one) {
	const failure = one.test || one.reason || one.messages.length;
	const none = failure ? "no failure" : "not run";
	return [`${one.test ?? (failure ? "the run itself" : "configuration")} in ${one.config}: `,
		`${one.before ?? none} → ${one.now ?? none}`, firstWords(one) ? [": ", element("code", null, firstWords(one))] : ""];
}

const differenceList = list => list.length ? element("ul", null, list.slice(0, 12).map(one =>
	element("li", null, differenceWords(one))), list.length > 12 ? element("li", null, `${list.length - 12} more`) : "") : "";

function renderClasses(selected) {
	const rows = report.classes.map((one, number) => selected.byClass.has(number) ? row(
		link({class: String(number + 1), at: "hosts"}, `${number + 1}`), [mark(one.verdict),
			element("td", null, isFiltered() ? `${selected.byClass.get(number)} of ${one.hosts}` : `${one.hosts}`),
			element("td", null, commonWords(one)),
			element("td", null, one.failures.length ? element("details", null,
				element("summary", null, plural(one.failures.length, "failure")), failureItems(one.failures)) : "")]) :
		null).filter(one => one);
	fill("classes", rows.length ? table("Classes of hosts", ["Class", "Verdict", "Hosts", "What they share", "What fails"],
		rows.slice(0, SHOWN_MAX), true) : nothing("No class matches the filter."),
		rows.length > SHOWN_MAX ? nothing(`${rows.length - SHOWN_MAX} more: filter, or see pvreport --json.`) : "");
	return rows.length;
}

function renderOutliers(selected) {
	const entries = report.outliers.filter(one => one.hosts.some(name => selected.names.has(name)));
	fill("outliers", entries.length ? nothing("They share all known facts with the hosts that they differ from.") : "",
		entries.slice(0, SHOWN_MAX).map(one => element("details", {class: "failure", open: true},
			element("summary", null, element("strong", null, joined(one.hosts.slice(0, 5).map(hostLink), ", ")),
				one.hosts.length > 5 ? ` and ${one.hosts.length - 5} more` : "",
				`: ${verdictWords[report.classes[one.class].verdict]}; of the ${one.platform_hosts} hosts like that, `,
				`${one.majority_hosts}: ${verdictWords[report.classes[one.majority_class].verdict]}`),
			differenceList(one.differences))),
		entries.length ? "" : nothing("No host differs from most of those with the same facts, or none that matches."));
}

function renderChanges(selected) {
	const comparison = report.comparison;
	document.getElementById("changes").hidden = !comparison;
	if (!comparison)
		return;
	const shown = comparison.changes.filter(one => !isFiltered() || one.hosts.some(name => selected.names.has(name)));
	fill("changes", element("p", null, element("strong", null, comparison.verdict),
		`; the baseline has ${plural(comparison.hosts_before, "host")}`),
		comparison.new_classes.length ? element("p", null, "Classes that are new: ", joined(comparison.new_classes.map(one =>
			link({class: String(one + 1), at: "hosts"}, `${one + 1}`)), ", ")) : "",
		shown.slice(0, SHOWN_MAX).map(one => [element("h3", {class: one.means === "worse" ? "fail" : null},
			`${one.means}: ${one.kind}: ${plural(one.hosts.length, "host")}`), element("p", null, hostLinks(one.hosts)),
			element("ul", null, Object.entries(one.facts).map(([fact, {before, now}]) =>
				element("li", null, `${titleOf(fact)}: ${before ?? "others"} → ${now}`))),
			differenceList(one.differences ?? [])]),
		shown.length ? "" : nothing("No change, or none that matches the filter."));
}

function renderMissing(selected) {
	const rows = report.missing.map(kind => {
		const here = kind.hosts.filter(name => selected.names.has(name));
		return here.length ? row(`${kind.end}: ${here.length}`, [element("td", null, hostLinks(here)),
			element("td", null, hostNamed(here[0]).message ?? "")]) : null;
	}).filter(one => one);
	fill("missing", rows.length ? table("Hosts without a result", ["Kind", "Hosts", "The first one"], rows, true) :
		nothing("No such host, or none that matches the filter."),
		report.problems.map(problem => element("p", {class: "error"}, problem)));
}

function renderHosts(selected) {
	const shown = selected.hosts.slice(0, SHOWN_MAX);
	fill("hosts", shown.length ? table("Hosts", ["Host", "Verdict", "Class", "Kernel", "QEMU", "Processor"],
		shown.map(host => {
			const facts = factsOf(host);
			return row(hostLink(host.name), [mark(host.verdict), element("td", null, host.class === null ? host.end :
				`${host.class + 1}`), ...["kernel", "qemu", "cpu"].map(fact =>
				element("td", null, facts[fact] ?? ""))]);
		}), true) : nothing("No host matches the filter."),
		selected.hosts.length > SHOWN_MAX ? nothing(`${selected.hosts.length - SHOWN_MAX} more: filter.`) : "");
}

function renderHost() {
	const panel = document.getElementById("host"), host = hostNamed(state.host);
	panel.hidden = !host;
	if (!host)
		return;
	const one = host.class === null ? null : report.classes[host.class];
	const parameters = Object.entries(factsOf(host)).filter(([fact]) => fact.includes(".")).sort();
	const outlier = report.outliers.find(entry => entry.hosts.includes(host.name));
	panel.replaceChildren(element("h2", {tabindex: -1}, host.name), definitions([
		["Verdict", verdictWords[host.verdict]],
		["Why", host.end ? [host.end, host.message ? `: ${host.message}` : ""].join("") : ""],
		["Class", one ? link({class: String(host.class + 1), host: "", at: "hosts"},
			`${host.class + 1}: ${plural(one.hosts, "host")}`) : ""],
		["Fails", one?.failures.length ? failureItems(one.failures) : ""],
		["Unlike most", outlier ? differenceList(outlier.differences) : ""],
		...Object.keys(titles).map(fact => [titleOf(fact), factsOf(host)[fact] ?? ""]),
		["KVM's parameters", parameters.length ? element("details", null, element("summary", null, `${parameters.length}`),
			parameters.map(([fact, value]) => factWords(fact, value)).join(", ")) : ""],
	]), element("p", null, link({host: ""}, "Close")));
}
