# SPDX-License-Identifier: BSD-2-Clause
# Joins the catalogue of checks with the tests and configurations that name its rows, and prints docs/coverage.md:
#
#     awk -f docs/coverage.awk docs/catalogue.tsv unittests.cfg tests/*.c
#
# With -v tags=1 it prints what names which row, for docs/coverage-seen.awk: ROW<tab>SUITE.TEST, or ROW<tab>[CONFIGURATION].
#
# Rows are named in brackets, like [K01 K04], in the comment right above TEST(), or above a configuration's section.
# What stands above the use of a macro that makes tests is for the first of these. Whatever does not add up ends this
# with one line on stderr, and status 1.

function die(place, message) {
	printf "%s: %s\n", place, message >"/dev/stderr"
	failed = 1
	exit 1
}

function here() {
	return FILENAME ":" FNR
}

function file_name(path) {
	sub(/.*\//, "", path)
	return path
}

# The rows that a comment names, one blank after each.
function rows_in(comment,    rows, found) {
	while (match(comment, /\[[A-Z][0-9][0-9]( [A-Z][0-9][0-9])*\]/)) {
		found = substr(comment, RSTART + 1, RLENGTH - 2)
		comment = substr(comment, RSTART + RLENGTH)
		rows = rows found " "
	}
	return rows
}

# Whatever stands in a comment was meant for what comes next.
function expect_no_rows(  row) {
	if (!named)
		return
	row = named
	sub(/ .*/, "", row)
	die(here(), "the comment above names row " row ", but this is neither a test nor a configuration")
}

function add_check(rows, name, link,    row, count, i) {
	count = split(rows, row, " ")
	for (i = 1; i <= count; i++) {
		if (!(row[i] in promise))
			die(here(), catalogue " has no row " row[i])
		if ((row[i], name) in seen)
			continue
		seen[row[i], name] = 1
		check_link[row[i], ++check_count[row[i]]] = link
		check_name[row[i], check_count[row[i]]] = link ~ /^configuration/ ? "[" name "]" : name
		if (check_count[row[i]] == 1)
			first_check[row[i]] = name
	}
}

function add_test(rows, suite, name) {
	name = suite "." name
	add_check(rows, name, "[" name "](../tests/" file_name(FILENAME) ")")
}

# TEST(SUITE, NAME... -> suite and name.
function parse_test(line,    part) {
	sub(/^TEST\(/, "", line)
	split(line, part, /[,)] */)
	suite = part[1]
	name = part[2]
}

FNR == 1 {
	named = comment = macro = ""
	in_comment = 0
}

# The catalogue: a line with the columns' names, then a row a line.
FILENAME ~ /\.tsv$/ {
	if (FNR == 1) {
		catalogue = FILENAME
		next
	}
	columns = split($0, column, "\t")
	if (columns != 3 && columns != 4)
		die(here(), "not three columns, id, feature, promise, and perhaps why nothing checks it")
	id = column[1]
	if (id !~ /^[A-Z][0-9][0-9]$/)
		die(here(), "\"" id "\" is no letter and two digits")
	if (id in promise)
		die(here(), "a second row " id)
	if (columns == 4 && column[4] !~ /^(later|(host|none|only): .+)$/)
		die(here(), "the fourth column is \"later\", \"host: WHAT IT HAS TO DO\", \"none: WHY\", " \
		    "or for one that is checked \"only: WHERE\"")
	ids[++id_count] = id
	place[id] = here()
	feature[id] = column[2]
	promise[id] = column[3]
	unchecked[id] = columns == 4 ? column[4] : ""
	if (!(column[2] in rows_of))
		features[++feature_count] = column[2]
	rows_of[column[2]]++
	next
}

# The configurations.
FILENAME ~ /\.cfg$/ {
	if (/^#/) {
		comment = comment " " substr($0, 2)
		named = rows_in(comment)
	} else if (/^\[.*\]$/) {
		name = substr($0, 2, length($0) - 2)
		add_check(named, name, "configuration [" name "](../" file_name(FILENAME) ")")
		named = comment = ""
	} else {
		expect_no_rows()
		comment = ""
	}
	next
}

# The tests. Comments come first, whole.
in_comment || /^[ \t]*\/\*/ {
	line = $0
	sub(/^[ \t]*\/?\*/, "", line)
	comment = (in_comment ? comment : "") " " line
	in_comment = !/\*\//
	if (in_comment)
		next
	gsub(/[ \t]+/, " ", comment)
	named = named rows_in(comment)
	if (/\*\/[ \t]*\\?$/)
		next
}

{
	line = $0
	sub(/^[ \t]+/, "", line)
}

line ~ /^#define [A-Z_]+\(/ {
	expect_no_rows()
	macro = line
	sub(/^#define /, "", macro)
	sub(/\(.*/, "", macro)
	made[macro] = 0
	next
}

line ~ /^TEST\(/ {
	parse_test(line)
	if (name == "")
		die(here(), "the test's name is to be on the same line as TEST(")
	if (macro != "") {
		made_suite[macro, ++made[macro]] = suite
		made_name[macro, made[macro]] = name
		made_rows[macro, made[macro]] = named
	} else {
		add_test(named, suite, name)
	}
	named = ""
}

line ~ /^[A-Z_]+\(/ {
	use = line
	sub(/\(.*/, "", use)
	if (macro == "" && use in made && made[use]) {
		argument = line
		sub(/^[A-Z_]+\(/, "", argument)
		sub(/[,)].*/, "", argument)
		for (i = 1; i <= made[use]; i++) {
			name = made_name[use, i]
			sub(/^[a-z_]+##/, argument, name)
			add_test(made_rows[use, i] named, made_suite[use, i], name)
			named = ""
		}
	}
}

{
	expect_no_rows()
	if (line !~ /\\$/)
		macro = ""
}

function state_of(id) {
	if (id in first_check)
		return "checked"
	return substr(unchecked[id], 1, 5) == "later" ? "later" : substr(unchecked[id], 1, 4)
}

function add_up(    i, id) {
	for (i = 1; i <= id_count; i++) {
		id = ids[i]
		if ((id in first_check) && unchecked[id] !~ /^(|only: .*)$/)
			die(place[id], first_check[id] " checks " id ": remove the fourth column, which says why nothing does")
		if (!(id in first_check) && unchecked[id] ~ /^(|only: .*)$/)
			die(place[id], "nothing checks " id ": name it above a test, or say here why nothing can")
		count[feature[id], state_of(id)]++
		total[state_of(id)]++
	}
}

function print_counts(title, rows, checked, later, host, none) {
	printf "| %s | %d | %d | %s | %s | %s |\n", title, rows, checked, later ? later : "", host ? host : "", none ? none : ""
}

function print_summary(    i, f) {
	print "| feature | promises | checked | not yet | need the host | cannot be |"
	print "|---|--:|--:|--:|--:|--:|"
	for (i = 1; i <= feature_count; i++) {
		f = features[i]
		print_counts("[" f "](#" anchor(f) ")", rows_of[f], count[f, "checked"], count[f, "later"], count[f, "host"],
			     count[f, "none"])
	}
	print_counts("all", id_count, total["checked"], total["later"], total["host"], total["none"])
}

# As GitHub makes them from headings.
function anchor(title) {
	title = tolower(title)
	gsub(/ /, "-", title)
	return title
}

# The first few, for a promise that takes dozens of tests.
function list_checks(id,    list, i) {
	list = check_link[id, 1]
	for (i = 2; i <= check_count[id] && (i <= 4 || check_count[id] == 5); i++)
		list = list ", " check_link[id, i]
	return list (i <= check_count[id] ? ", and " check_count[id] - i + 1 " more" : "")
}

function how_checked(id,    why) {
	why = unchecked[id]
	if (why == "later")
		return "*not yet*"
	sub(/^[a-z]+: /, "", why)
	if (id in first_check)
		return list_checks(id) (why != "" ? " *only " why "*" : "")
	return state_of(id) == "host" ? "*needs " why "*" : "*" why "*"
}

function print_feature(f,    i) {
	printf "\n## %s\n\n| | promise | checked by |\n|---|---|---|\n", f
	for (i = 1; i <= id_count; i++)
		if (feature[ids[i]] == f)
			printf "| %s | %s | %s |\n", ids[i], promise[ids[i]], how_checked(ids[i])
}

END {
	if (failed)
		exit 1
	add_up()
	if (tags) {
		for (i = 1; i <= id_count; i++)
			for (n = 1; n <= check_count[ids[i]]; n++)
				print ids[i] "\t" check_name[ids[i], n]
		exit 0
	}
	checkable = id_count - total["host"]
	print "# What is checked"
	print ""
	print "Every promise that these tests know of, and what checks it. Made by `make coverage-table` from `docs/catalogue.tsv`"
	print "and from the comments above tests and configurations, which name rows in brackets; not to be edited."
	print ""
	if (total["host"])
		printf "%d of the %d promises that need no help of the host are checked: %.1f %%. %d more need what no test asks it for.\n",
		       total["checked"], checkable, 100 * total["checked"] / checkable, total["host"]
	else
		printf "%d of the %d promises are checked: %.1f %%.\n", total["checked"], checkable, 100 * total["checked"] / checkable
	print "A test runs where its needs are met: what a VMM does not offer is skipped, with the reason, but no less a check on one"
	print "that does."
	print ""
	print_summary()
	for (f = 1; f <= feature_count; f++)
		print_feature(features[f])
}
