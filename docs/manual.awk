# SPDX-License-Identifier: BSD-2-Clause
# Makes sections of the manual page from what programs print for --help:
#	awk -f docs/manual.awk TITLE=run_tests.sh FILE TITLE=pvrun FILE ...
# Lines that begin with blanks and a dash are options, deeper ones behind them go on with their text. Other indented lines are
# terms (variables, as a rule) with their text after two blanks. The rest is paragraphs.

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	sub(/^[.']/, "\\\\\\&&", text)
	return text
}

# "--name ARGUMENT   text": a term, and what follows it if anything does.
function term(line,   split_at) {
	sub(/^ +/, "", line)
	split_at = match(line, /   *[^ ]/)
	print ".TP"
	if (!split_at) {
		print ".B " escape(line)
		return
	}
	print ".B " escape(substr(line, 1, split_at - 1))
	sub(/^ +/, "", line)
	line = substr(line, split_at)
	sub(/^ +/, "", line)
	print escape(line)
}

FNR == 1 {
	print ".SH " toupper(TITLE)
	print ".nf"
	print escape($0)
	print ".fi"
	in_terms = 0
	next
}

/^ +-/ { term($0); in_terms = 1; depth = match($0, /-/); next }
/^ / && in_terms && match($0, /[^ ]/) > depth + 3 { sub(/^ +/, ""); print escape($0); next }
/^ / { term($0); in_terms = 1; depth = match($0, /[^ ]/); next }
/^$/ { print ".PP"; in_terms = 0; next }
{ if (in_terms) print ".PP"; in_terms = 0; print escape($0) }
