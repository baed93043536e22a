# SPDX-License-Identifier: BSD-2-Clause
# Makes the table of functions that x86/cpu/symbols.c searches from the output of "nm -n". Leaves out the suffixes that
# gcc gives to functions which it has split or specialized (".isra.0", ".cold").

BEGIN { count = 0 }

$2 ~ /^[tT]$/ && !seen[$1]++ {
	sub(/\..*/, "", $3)
	name[count] = $3
	address[count++] = $1
}

END {
	print "\t.section .symbols, \"aw\""
	print "\t.globl symbols_start, symbols_end"
	print "\t.balign 4"
	print "symbols_start:"
	for (i = 0; i < count; i++)
		printf "\t.long 0x%s, name%d\n", substr(address[i], length(address[i]) - 7), i
	print "symbols_end:"
	for (i = 0; i < count; i++)
		printf "name%d:\t.asciz \"%s\"\n", i, name[i]
}
