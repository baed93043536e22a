// What changed, what was not checked, and what the hosts are.

function renderChanges() {
	const comparison = report.comparison;
	document.getElementById("changes").hidden = !comparison;
	if (!comparison)
		return;
	const groups = new Map();
	for (const change of comparison.changes) {
		if (!hasText(change.test, change.where, change.why, ...strings(change.messages)) && state.text)
			continue;
		if (state.host && report.hosts.length > 1 && !change.where.startsWith(state.host + "/") &&
			change.where !== state.host)
			continue;
		if (state.feature && change.test &&
			report.about.features[report.about.suites[suiteOf(change.test)]]?.name !== state.feature)
			continue;
		const key = JSON.stringify([change.kind, change.where && change.test, change.before, change.now,
			change.why]);
		const group = groups.get(key) ?? {...change, places: []};
		group.places.push(change.where);
		groups.set(key, group);
	}
	const parts = Object.entries(report.change_kinds).map(([kind, words]) => {
		const members = [...groups.values()].filter(group => group.kind === kind);
		return members.length ? [element("h3", {class: words.worse ? "fail" : null},
			`${words.heading}: ${members.length}`),
			table(words.heading, ["Test", "Before", "Now", "Where", "Why"],
				members.map(group => row(group.test ?? "configuration",
				[group.before ?? "", group.now ?? "", names(group.places),
					[group.why, ...strings(group.messages)].filter(text => text).join("\n")]
					.map(cell => element("td", {class: "lines"}, cell)))), true)] : [];
	});
	fill("changes", element("p", null,
		element("strong", null, `${comparison.verdict}${comparison.why ? ": " + comparison.why : ""}`)),
		comparison.hosts && !state.text ? element("pre", null, comparison.hosts) : "",
		groups.size ? parts : nothing("No change, or none that matches the filter."));
}

const unmetWords = {absent: "A feature that is not advertised",
	advertised: "The absence of a feature that is advertised", vcpus: "More vCPUs",
	setting: "Another configuration", machine: "Another virtual machine", processor: "Another virtual processor",
	host: "A host that is set in another way", luck: "Did not occur this time",
		unknown: "Not known to this version"};

// Reason -> tests that no configuration of the host ran, by the filters.
function collectUnchecked() {
	const reasons = new Map();
	let elsewhere = 0;
	for (const result of report.results) {
		if (!hostWanted(result.host))
			continue;
		for (const [number, tests] of Object.entries(result.skips)) {
			const text = report.reasons[number].text;
			for (const test of tests) {
				if (ranOn[result.host].has(test)) {
					elsewhere++;
					continue;
				}
				if (!featureWanted(test) ||
					(state.text && !hasText(text, report.tests[test], result.label)))
					continue;
				const entry = reasons.get(number) ?? {...report.reasons[number], tests: new Set(),
					hosts: new Set()};
				entry.tests.add(report.tests[test]);
				entry.hosts.add(hostName(result.host));
				reasons.set(number, entry);
			}
		}
	}
	return {reasons: [...reasons.values()].sort((a, b) => b.tests.size - a.tests.size), elsewhere};
}

function idleConfigurations() {
	const groups = new Map();
	for (const result of report.results)
		if (result.verdict === "skip" && hostWanted(result.host) && !state.feature &&
			(!state.text || hasText(result.label, result.reason)))
			groups.set(result.reason, [...(groups.get(result.reason) ?? []), result.label]);
	return [...groups].map(([reason, labels]) => row(reason ?? "no reason given",
		element("td", null, names(labels))));
}

function inertRows() {
	const groups = new Map();
	for (const result of report.results)
		if (hostWanted(result.host))
			for (const [number, tests] of Object.entries(result.inert)) {
				const wanted = tests.filter(test => featureWanted(test) &&
					(!state.text || hasText(report.inert[number], report.tests[test])));
				const entry = groups.get(number) ?? {tests: new Set(), labels: new Set()};
				wanted.forEach(test => entry.tests.add(report.tests[test]).size &&
					entry.labels.add(result.label));
				if (wanted.length)
					groups.set(number, entry);
			}
	return [...groups].map(([number, entry]) => row(report.inert[number],
		[element("td", null, names([...entry.tests], 3)), element("td", null, names([...entry.labels], 3))]));
}

function renderUnchecked() {
	if (state.verdict && state.verdict !== "skip") {
		fill("unchecked", nothing("The filter hides what was not checked."));
		return;
	}
	const {reasons, elsewhere} = collectUnchecked(), idle = idleConfigurations(), inert = inertRows();
	fill("unchecked",
		reasons.length ? table("Tests that ran in no configuration of a host.", ["What would make them run",
			"They wait for", "Tests", "Hosts"],
			reasons.map(entry => row(entry.text, [unmetWords[entry.unmet?.kind] ?? "",
				names([...entry.tests], 2), [...entry.hosts].join(", ")]
				.map(cell => element("td", null, cell))))) : nothing("No such test."),
		elsewhere ? nothing(`Left out: ${plural(elsewhere, "skip")} of tests that ran in another configuration.`) : "",
		idle.length ? [element("h3", null, "Configurations that validated nothing"),
			table("Configurations that validated nothing, by reason", ["Reason", "Configurations"], idle,
			true)] : "",
		inert.length ? [element("h3", null, "Passed without acting"),
			table("The feature did not act, so that the pass says little.",
				["Why", "Tests", "Configurations"], inert)] : "");
}

function renderHosts() {
	const lines = [["Kernel", "release"], ["Build", "version"], ["QEMU", "qemu_version"],
		["Processor", "cpu_model"], ["Module", "kvm_module"]];
	fill("hosts", table("What was under test.", ["", ...shownHosts().map(hostName)], lines.map(([title, key]) =>
		row(title, shownHosts().map(host => element("td", null,
			string(report.hosts[host][key]) ?? "not known"))))));
}
