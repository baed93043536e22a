# SPDX-License-Identifier: BSD-2-Clause
# Joins the catalogue of checks with what their tests showed in a run, and prints docs/coverage-seen.md:
#
#     awk -f docs/coverage-seen.awk docs/catalogue.tsv tags.tsv tests.tsv
#
# tags.tsv, from docs/coverage.awk with tags=1: ROW<tab>NAME, where NAME is SUITE.TEST, or [CONFIGURATION].
# tests.tsv, from docs/coverage-seen.jq: five kinds of lines,
#     run<tab>DATE
#     older: the tests were of a suite that cannot say that a feature did not act
#     host<tab>HOST<tab>WHAT
#     test<tab>HOST<tab>CONFIGURATION<tab>SUITE.TEST<tab>pass, inert, skip or another verdict
#     configuration<tab>HOST<tab>CONFIGURATION<tab>VERDICT of the run as a whole

BEGIN {
	FS = "\t"
}

FILENAME ~ /catalogue\.tsv$/ {
	if (FNR > 1) {
		ids[++id_count] = $1
		feature[$1] = $2
		promise[$1] = $3
		unchecked[$1] = $4
	}
	next
}

FILENAME ~ /tags\.tsv$/ {
	tags[$1, ++tag_count[$1]] = $2
	next
}

$1 == "run" && (date == "" || $2 < date) {
	date = $2
}

$1 == "older" {
	older++
}

$1 == "host" && !($2 in what) {
	hosts[++host_count] = $2
	what[$2] = $3
}

# Counts the configurations of a host.
function add(kind, name, host) {
	seen[kind, name, host]++
}

$1 == "test" && $5 == "pass" {
	add("acted", $4, $2)
}

$1 == "test" && $5 == "inert" {
	add("inert", $4, $2)
}

$1 == "test" && $5 != "skip" {
	ran[$4] = 1
}

# A configuration checks a row by what it asks for: that held if its run passed.
$1 == "configuration" && $4 == "pass" {
	add("acted", "[" $3 "]", $2)
}

$1 == "configuration" && $4 != "skip" {
	ran["[" $3 "]"] = 1
}

# "bookworm 12, sid 3": in the most configurations that one test of the row had there.
function places(kind, id,    i, h, most, text, host) {
	for (h = 1; h <= host_count; h++) {
		host = hosts[h]
		most = 0
		for (i = 1; i <= tag_count[id]; i++)
			if (seen[kind, tags[id, i], host] > most)
				most = seen[kind, tags[id, i], host]
		if (most)
			text = text (text == "" ? "" : ", ") host " " most
	}
	return text
}

function names(id,    i, text) {
	for (i = 1; i <= tag_count[id]; i++)
		text = text (i == 1 ? "" : ", ") tags[id, i]
	return text
}

function never_ran(id,    i, text) {
	for (i = 1; i <= tag_count[id]; i++)
		if (!(tags[id, i] in ran))
			text = text (text == "" ? "" : ", ") tags[id, i]
	return text
}

# acted: a test of the row passed with the feature acting; inert: tests passed, and it never acted; failed: tests ran, and none
# passed; never: no test of it ran; untagged: nothing is said to check it.
function state(id,    i) {
	if (!tag_count[id])
		return "untagged"
	if (places("acted", id) != "")
		return "acted"
	if (places("inert", id) != "")
		return "inert"
	for (i = 1; i <= tag_count[id]; i++)
		if (tags[id, i] in ran)
			return "failed"
	return "never"
}

END {
	if (!host_count) {
		print "coverage-seen: no results" >"/dev/stderr"
		exit 1
	}
	for (i = 1; i <= id_count; i++)
		total[states[ids[i]] = state(ids[i])]++
	print "# What was seen to be checked\n"
	print "`docs/coverage.md` says which tests are about a promise. This says what they showed in one run: made by"
	print "`make coverage RESULTS=FOLDER` from the results in that folder; not to be edited. Numbers are configurations in"
	print "which a test of the promise passed.\n"
	print "Run of " substr(date, 1, 10) ", on:\n"
	for (h = 1; h <= host_count; h++)
		print "- " hosts[h] ": " what[hosts[h]]
	printf "\nOf %d promises, seen to hold with the feature acting: %d; held, but without acting anywhere: %d;\n", id_count,
	       total["acted"], total["inert"]
	printf "broken wherever a test of them ran: %d; with tests that never ran: %d; without a test: %d.\n",
	       total["failed"], total["never"], total["untagged"]
	if (older)
		print "\nSome of it was run by version 0.1, whose tests cannot say that a feature did not act: they count as if it had."
	for (i = 1; i <= id_count; i++) {
		id = ids[i]
		if (feature[id] != feature[ids[i - 1]])
			printf "\n## %s\n\n| | promise | claimed by | seen to act on | passed without acting | never ran |\n|---|---|---|---|---|---|\n", feature[id]
		seen_on = places("acted", id)
		if (seen_on == "" && states[id] != "untagged")
			seen_on = "**nowhere**"
		claimed = states[id] == "untagged" ? "*nothing*" : names(id)
		printf "| %s | %s | %s | %s | %s | %s |\n", id, promise[id], claimed, seen_on, places("inert", id), never_ran(id)
	}
}
