// What operations cost: exits, and cycles on one scale for all, which is logarithmic.

const PLOT = {width: 130, height: 12, edge: 6};

// The page has an empty drawing, whose namespace this is.
function svg(name, attributes, ...children) {
	const made = document.createElementNS(document.getElementById("drawing").namespaceURI, name);
	for (const [key, value] of Object.entries(attributes))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

const cycles = count => count.toLocaleString("en");

// A dot for the median, and a line from it to the 99th percentile.
function costPlot([operation, , median, p99], scale) {
	const place = count => PLOT.edge + (PLOT.width - 2 * PLOT.edge) *
		(Math.log(Math.max(count, 1)) - scale.low) / (scale.high - scale.low);
	const middle = PLOT.height / 2, title = svg("title", {});
	title.textContent = `${operation}: median ${cycles(median)}, 99 % below ${cycles(p99)} cycles`;
	return svg("svg", {class: "cost", role: "img", width: PLOT.width, height: PLOT.height,
		viewBox: `0 0 ${PLOT.width} ${PLOT.height}`}, title,
	svg("line", {class: "scale", x1: 0, x2: PLOT.width, y1: middle, y2: middle}),
	svg("line", {x1: place(median), x2: place(p99), y1: middle, y2: middle}),
	svg("circle", {cx: place(median), cy: middle, r: 4}));
}

function costCell(cost, scale) {
	if (!cost)
		return element("td", null, "–");
	const [, exits, median, p99] = cost;
	return element("td", null, costPlot(cost, scale), element("small", null,
		`${exits === null ? "exits unclear" : plural(exits, "exit")}; ${cycles(median)}, 99 %: ${cycles(p99)}`));
}

function renderCosts() {
	const measured = report.results.filter(result => result.costs.length);
	document.getElementById("costs").hidden = !measured.length;
	if (!measured.length)
		return;
	const shown = measured.filter(result => hostWanted(result.host));
	const all = shown.flatMap(result => result.costs), counts = all.flatMap(cost => cost.slice(2));
	const scale = {low: Math.log(Math.max(Math.min(...counts), 1)), high: 0};
	scale.high = Math.max(Math.log(Math.max(...counts, 1)), scale.low + 1);
	const operations = [...new Set(all.map(cost => cost[0]))].filter(operation => !state.text ||
		shown.some(result => hasText(operation, result.label)));
	const rows = operations.map(operation => row(operation, shown.map(result =>
		costCell(result.costs.find(cost => cost[0] === operation), scale))));
	fill("costs", rows.length ? table("Exits of the VM, and cycles of its TSC: a dot at the median, a line to the 99th percentile; " +
		"the scale is logarithmic, and the same in all cells.", ["Operation", ...shown.map(result => result.label)], rows) :
		nothing("No operation matches the filter."));
}
