// The page's state is in its address: a link shows the same view. Each page names the keys of its own state.

function readAddress() {
	const parameters = new URLSearchParams(location.hash.slice(1));
	state = Object.fromEntries(keys.map(key => [key, parameters.get(key) ?? ""]));
}

// The address for this state with some changes. What is empty is left out.
function addressOf(changes) {
	const parameters = new URLSearchParams();
	for (const [key, value] of Object.entries({...state, ...changes}))
		if (value)
			parameters.set(key, value);
	return "#" + parameters;
}
