# SPDX-License-Identifier: BSD-2-Clause
# Makes the table of calls in tests, with their source lines, that x86/cpu/call_sites.c searches. Reads the output of
# "addr2line -a -i" for pairs of addresses: that of a call, and the one that it returns to. A call in an inlined function
# has one row for that function and one for each function around it, innermost first. Line 0 stands for "?", a call
# that the compiler has merged from several lines.

# The path below the top folder; addr2line prefixes the folder in which the compiler ran.
function relative(path) {
	while (match(path, /\/(lib|selftest\/guest|tests|x86)\//))
		path = substr(path, RSTART + 1)
	return path
}

BEGIN { rows = files = 0 }

function add_rows(   i, part) {
	if (places[count] !~ /^(selftest\/guest|tests)\//)
		return
	for (i = 1; i <= count; i++) {
		split(places[i], part, ":")
		if (!(part[1] in number_of)) {
			file[files] = part[1]
			number_of[part[1]] = files++
		}
		row[rows++] = returns_to ", " number_of[part[1]] ", " part[2] + 0
	}
}

/^0x/ && ++addresses % 2 { count = 0; next }
/^0x/ { returns_to = "0x" substr($1, length($1) - 7); add_rows(); next }
addresses % 2 { places[++count] = relative($1) }

END {
	if (!rows) {
		print "call_sites.awk: no call in a test has a line" >"/dev/stderr"
		exit 1
	}
	print "\t.section .symbols, \"aw\""
	print "\t.globl call_sites_start, call_sites_end, call_site_files"
	print "\t.balign 4"
	print "\t.macro site address, file, line"
	print "\t.long \\address"
	print "\t.short \\file, \\line"
	print "\t.endm"
	print "call_sites_start:"
	for (i = 0; i < rows; i++)
		print "\tsite " row[i]
	print "call_sites_end:"
	print "call_site_files:"
	for (i = 0; i < files; i++)
		printf "\t.long file%d\n", i
	for (i = 0; i < files; i++)
		printf "file%d:\t.asciz \"%s\"\n", i, file[i]
}
