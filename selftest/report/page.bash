# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Pages of pvreport --html: page.html, whose data come to data.json, and what Chromium makes of it.
# shellcheck disable=SC2154 # $top and $pvreport are those of ../runner/helper

page() { # ARGUMENT...
	"$pvreport" --html "$@" >page.html 2>/dev/null || (($? <= 2))
	sed -n 's/.*<script type="application\/json" id="data">\(.*\)<\/script>$/\1/p' page.html >data.json
}

# Prints what the steps print, one line each; fails at any message on the console, and at any request.
browse() { # STEP...
	command -v chromium >/dev/null || skip 'chromium is not installed'
	run timeout 120 "$top/selftest/report/browser" page.html "$@"
	echo "$output"
	[ "$status" -eq 0 ]
}

text() { # SELECTOR
	echo "js document.querySelector('$1').innerText"
}

# Sets a control as a user does.
enter() { # NAME VALUE
	echo "js (() => { const control = document.forms[0].elements['$1']; control.value = '$2'; control.dispatchEvent(new Event('input', {bubbles: true})); return location.hash; })()"
}
