// Hosts are the columns: of configurations, of features, and of what is advertised.

const shownHosts = () => report.hosts.map((host, index) => index).filter(hostWanted);

function renderGrid() {
	const configs = new Map();
	for (const result of report.results) {
		const line = configs.get(result.config) ?? new Map();
		line.set(result.host, result);
		configs.set(result.config, line);
	}
	let shown = 0;
	const rows = [...configs].map(([config, line]) => {
		const cells = shownHosts().map(host => line.has(host) ?
			{result: line.get(host), ...cellOf(line.get(host))} : {});
		if (!cells.some(cell => cell.kind && kindWanted(cell.kind)))
			return null;
		shown++;
		return row(config, cells.map(cell => element("td", {class: "cell"}, cell.kind ?
			element("button", {type: "button", class: cell.kind, "data-cell": cell.result.label,
				"aria-label": `${cell.result.label}: ${cell.text}`}, cell.text) : "")));
	});
	fill("grid", shown ? table("A button shows what ran there.", ["Configuration", ...shownHosts().map(hostName)],
		rows.filter(one => one)) :
		nothing("No configuration matches the filter."));
	return shown;
}

// What a host makes of a feature: tests that failed in any configuration, that passed in one, and that never ran.
function promiseCell(feature, host) {
	const sums = {bad: new Set(), pass: new Set(), skip: new Set()};
	let advertised = 0, told = 0;
	for (const result of report.results) {
		if (result.host !== host)
			continue;
		if (Number.isInteger(result.features)) {
			told++;
			advertised += (result.features & feature.bits) === (feature.bits | 0);
		}
		for (const i of testsOf(result))
			if (report.about.features[featureOf[i]] === feature)
				sums[result.outcomes[i] === PASS ? "pass" : result.outcomes[i] === SKIP ? "skip" :
					"bad"].add(i);
	}
	const all = new Set([...sums.bad, ...sums.pass, ...sums.skip]).size;
	const ran = new Set([...sums.bad, ...sums.pass]).size;
	const kind = sums.bad.size ? "fail" : ran ? "pass" : "nothing";
	const text = sums.bad.size ? `✗ broken: ${sums.bad.size} of ${plural(ran, "test")}` :
		ran ? `✓ kept: ${plural(ran, "test")}` : "– not checked";
	return {kind, all, td: element("td", {class: kind}, text, all > ran && ran ?
		element("small", null, `${all - ran} not run`) : "",
		element("small", null, told ? `advertised in ${advertised} of ${told}` : "no guest said"))};
}

function renderFeatures() {
	const rows = [];
	for (const feature of report.about.features) {
		if (state.feature && feature.name !== state.feature)
			continue;
		const cells = shownHosts().map(host => promiseCell(feature, host));
		if (!cells.some(cell => cell.all && kindWanted(cell.kind)))
			continue;
		const bits = Object.keys(report.about.bits).filter(bit => feature.bits & (1 << bit));
		rows.push(row([feature.name, element("small", {class: "dim"},
			" " + bits.map(bit => `${report.about.bits[bit]} (bit ${bit})`).join(", "))],
			cells.map(cell => cell.td)));
	}
	fill("features", rows.length ?
		table("Whether each host kept its promise, and in how many configurations guests saw it advertised.",
		["Feature", ...shownHosts().map(hostName)], rows) : nothing("No feature matches the filter."),
			advertisedTable());
}

function advertisedTable() {
	const rows = Object.keys(report.about.bits).map(bit => {
		const cells = shownHosts().map(host => {
			const told = report.results.filter(result => result.host === host &&
				Number.isInteger(result.features));
			return {told: told.length, set: told.filter(result => result.features & (1 << bit)).length};
		});
		return cells.some(cell => cell.set) ? row(`${report.about.bits[bit]} (bit ${bit})`, cells.map(cell =>
			element("td", {class: cell.set ? null : "dim"}, cell.set ? `${cell.set} of ${cell.told}` :
				"never"))) : null;
	}).filter(one => one);
	return rows.length ? element("details", null, element("summary", null, "All bits that hosts advertise"),
		table("In how many configurations each bit of CPUID's feature leaf was set.",
			["Bit", ...shownHosts().map(hostName)], rows)) : "";
}
