# SPDX-License-Identifier: BSD-2-Clause
# Compares the log of the self-test image with the comments above its tests.
#	awk -v vcpus=N [-v kvm=1] [-v epoch=1] [-v suites=REGEX] -f expect.awk selftest/guest/*.c LOG
# The lines of a comment behind ">" are what the test prints; without any it passes and prints nothing. They contain
#	<here> for the file and a line of the test, <file> for the file, <hex> and <n> for a number, <function> for a
#	name, <registers> for the dump behind the line "rip ...", and "..." as a line for any lines.
# Prints the differences, and exits with status 1 if there are any.

function complain(text) {
	print text
	failed = 1
}

function test_begins(name) {
	test = name
	order[++count] = test
	suite_of[test] = substr(test, 1, index(test, ".") - 1)
	want[test] = pending ? pending : "ok\n"
	first_line[test] = FNR
	last_line[test] = FNR
	file[test] = FILENAME
	pending = ""
}

# A pattern as a regular expression for the whole text.
function as_regex(pattern, name,   lines, n) {
	gsub(/[][\\.*+?(){}|^$]/, "\\\\&", pattern)
	for (n = first_line[name]; n <= last_line[name]; n++)
		lines = lines "|" n
	gsub(/<here>/, file[name] ":(" substr(lines, 2) ")", pattern)
	gsub(/<file>/, file[name], pattern)
	gsub(/<hex>/, "(0x)?[0-9a-f]+", pattern)
	gsub(/<function>/, "[a-z0-9_]+", pattern)
	gsub(/<n>/, "[0-9]+", pattern)
	return "^" pattern "$"
}

function is_register_dump(from,   i) {
	for (i = from; i < from + 4; i++)
		if (got[i] !~ /^#( r[a-z0-9]+ +[0-9a-f]+)+$/ || length(got[i]) != 85)
			return 0
	return got[i] ~ /^# cs [0-9a-f]+ ss [0-9a-f]+ rflags [0-9a-f]+ cr2 [0-9a-f]+$/
}

# Do the lines from got[g] on match the patterns from wanted[w] on? "..." matches any number of lines.
function matches(g, w, name) {
	for (; w <= wanted_count; w++) {
		if (wanted[w] == "...") {
			for (; g <= got_count; g++)
				if (matches(g, w + 1, name))
					return 1
			return 0
		}
		if (g > got_count)
			return 0
		if (wanted[w] == "<registers>") {
			if (!is_register_dump(g))
				return 0
			g += 5
		} else if (got[g++] !~ as_regex(wanted[w], name)) {
			return 0
		}
	}
	return g > got_count
}

function needs_more(name,   cpus) {
	cpus = needs_cpus[name] > needs_cpus[suite_of[name]] ? needs_cpus[name] : needs_cpus[suite_of[name]]
	if (cpus > vcpus)
		return "# unmet: vcpus " cpus "\nok # SKIP needs " cpus " vCPUs, " vcpus " run; use -smp " cpus "\n"
	if (needs_kvm[name] && !kvm)
		return "# unmet: absent kvm\nok # SKIP CPUID has no KVM leaf; run under KVM, without -cpu ...,kvm=off\n"
	if (needs_epoch[name] && !epoch)
		return "# unmet: setting epoch=SECONDS\nok # SKIP the host's time is not known; add epoch=$(date +%s) to the kernel's arguments\n"
}

function compare(name,   i, text) {
	text = want[name]
	if (needs_more(name) && text !~ /^# unmet: /)
		text = needs_more(name)
	wanted_count = split(text, wanted, "\n") - 1
	if (matches(1, 1, name))
		return
	complain(name ": want")
	for (i = 1; i <= wanted_count; i++)
		complain("    " wanted[i])
	complain("  got")
	for (i = 1; i <= got_count; i++)
		complain("    " got[i])
}

# The sources.

FILENAME ~ /\.[ch]$/ && /^(\/\*| \*) > / {
	sub(/^(\/\*| \*) > /, "")
	sub(/ \*\/$/, "")
	pending = pending $0 "\n"
}
FILENAME ~ /\.c$/ && /^(TEST|UNHARMED)\(/ {
	split($0, part, /[(), ]+/)
	test_begins(part[2] "." part[3])
	in_header = 1
}
FILENAME ~ /\.c$/ && /^SUITE\(/ {
	split($0, part, /[(), ]+/)
	test = part[2]
	in_header = 1
}
FILENAME ~ /\.c$/ && in_header {
	if (match($0, /needs\.cpus = [0-9]+/))
		needs_cpus[test] = substr($0, RSTART + 13, RLENGTH - 13) + 0
	if (/NEED_KVM/)
		needs_kvm[test] = 1
	if (/NEED_EPOCH/)
		needs_epoch[test] = 1
	if (/\)$|;$/)
		in_header = 0
}
FILENAME ~ /\.c$/ && /^}/ && test in file { last_line[test] = FNR; test = "" }
FILENAME ~ /\.[ch]$/ { next }

# The log.

{ sub(/\r$/, "") }
/^  # Subtest: / { suite = $3; worst = "skip"; tests_in_suite = 0; planned = -1; next }
/^  1\.\.[0-9]+$/ { planned = substr($1, 4) + 0; next }
/^  # needs features=0x[0-9a-f]+$/ && !tests_in_suite && !running { next }
/^  # start / {
	if (running)
		complain(running ": no result")
	running = $3
	got_count = 0
	next
}
/^  (not )?ok / {
	number = $1 == "ok" ? $2 : $3
	name = $1 == "ok" ? $3 : $4
	if (number != ++tests_in_suite || running != suite "." name)
		complain("out of order: " $0)
	sub(/ok [0-9]+ [a-z0-9_]+/, "ok")
	got[++got_count] = substr($0, 3)
	if (!(running in want))
		complain(running ": not in the sources")
	else
		compare(running)
	seen[running] = 1
	kind = /# SKIP/ ? "skip" : /# ERROR/ ? "error" : /^  ok/ ? "pass" : "fail"
	totals[kind]++
	if (kind != "skip" && (worst == "skip" || worst == "pass" || (worst == "error" && kind == "fail")))
		worst = kind
	running = ""
	next
}
/^  / {
	if (running)
		got[++got_count] = substr($0, 3)
	else if ($0 != "  KTAP version 1")
		complain("between tests: " $0)
	next
}
/^(not )?ok / {
	line = ($1 == "ok" ? "ok " : "not ok ") ++suites_seen " " suite
	line = line (worst == "skip" ? " # SKIP every test was skipped" : worst == "error" ? " # ERROR a test ended with ERROR" : "")
	if ($0 != line || (worst == "pass" || worst == "skip") != ($1 == "ok"))
		complain("got \"" $0 "\", want \"" line "\"")
	if (tests_in_suite != planned)
		complain(suite ": " tests_in_suite " tests, " planned " planned")
	next
}
/^1\.\.[0-9]+$/ { suites_planned = substr($1, 4) + 0 }
/^# totals / {
	totals_seen++
	line = "# totals pass=" totals["pass"] + 0 " fail=" totals["fail"] + 0 " error=" totals["error"] + 0 " skip=" totals["skip"] + 0
	if ($0 != line)
		complain("got \"" $0 "\", want \"" line "\"")
}
/^# error: / { complain($0) }

END {
	for (i = 1; i <= count; i++)
		if (!(order[i] in seen) && (!suites || suite_of[order[i]] ~ "^(" suites ")$"))
			missing = missing " " order[i]
	if (missing)
		complain("did not run:" missing)
	if (totals_seen != 1)
		complain("the log has " totals_seen + 0 " lines of totals")
	if (suites_seen != suites_planned)
		complain("the log has " suites_seen + 0 " suites, " suites_planned + 0 " planned")
	if (!count || !totals["pass"])
		complain("nothing was compared")
	exit failed
}
