// Elements. Whatever comes from the data becomes text, never markup.

function element(name, attributes, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes ?? {}))
		if (value !== undefined && value !== null && value !== false)
			made.setAttribute(key, value === true ? "" : value);
	made.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== ""));
	return made;
}

const plural = (count, one, many) => `${count} ${count === 1 ? one : many ?? one + "s"}`;

function link(changes, ...children) {
	return element("a", {href: addressOf(changes)}, ...children);
}

// A table in a box that scrolls by itself, also with the keyboard. With @heading, the caption repeats the heading
// above it, and is not seen.
function table(caption, head, rows, heading) {
	return element("div", {class: "wide", tabindex: 0, role: "region", "aria-label": caption},
		element("table", null, element("caption", {class: heading ? "unseen" : null}, caption),
			element("thead", null, element("tr", null,
				head.map(text => element("th", {scope: "col"}, text)))),
			element("tbody", null, rows)));
}

function row(heading, cells) {
	return element("tr", null, element("th", {scope: "row"}, heading), cells);
}

// "a, b, c", and behind a click if it is long.
function names(list, most = 6) {
	const text = list.join(", ");
	if (list.length <= most)
		return element("span", null, text);
	return element("details", null,
		element("summary", null, `${list.slice(0, 2).join(", ")} and ${list.length - 2} more`), text);
}

function definitions(pairs) {
	return element("dl", null, pairs.filter(([, value]) => value).map(([term, value]) =>
		[element("dt", null, term), element("dd", null, value)]));
}

// "suite: a, b" for each suite.
function bySuite(tests) {
	const suites = new Map();
	for (const name of [...tests].sort()) {
		const suite = suiteOf(name);
		suites.set(suite, [...(suites.get(suite) ?? []), name.slice(suite.length + 1)]);
	}
	return element("ul", null, [...suites].map(([suite, members]) =>
		element("li", null, element("strong", null, suite), ": ", members.join(", "))));
}

function fill(id, ...children) {
	document.querySelector(`#${id} .body`).replaceChildren(...children.flat(Infinity).filter(child => child));
}

const nothing = text => element("p", {class: "dim"}, text);
