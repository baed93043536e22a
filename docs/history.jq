# SPDX-License-Identifier: BSD-2-Clause
# docs/history.md: what pvreport --series --json says of the folders of series, with the causes that docs/history-causes.json
# knows:
#
#     build/runner/pvreport --series --json FOLDER... | jq -r --slurpfile causes docs/history-causes.json -f docs/history.jq
#
# A cause: tests and features (names, "*" stands for any part of one) that it explains, in changes between whose kernels one of "releases"
# came, which have it first; or of which "from" is not older and "to" is not newer than a range in "changes"; means, hosts and configurations limit it where they are given. "text" is what changed
# for guests; "commit" is its title, "mainline" the release that has it, "stable" those of other series; "verified": how.

# To sort by, and to compare.
def version:
	capture("^(?<n>[0-9.]+)(-rc(?<rc>[0-9]+))?$") |
	((.n | split(".") | map(tonumber)) + [0, 0, 0, 0])[:4] + [if .rc then .rc | tonumber else infinite end];

def cell: gsub("\\|"; "\\|") | gsub("[\n\t]"; " ");
def row: "| " + join(" | ") + " |";
def table($head): ($head | row), ($head | map("---") | row), .[];
def code: "`" + . + "`";

# A host that has several series is named with its configurations.
def title($hosts):
	. as $one |
	if ([$hosts[] | select(.host == $one.host)] | length) > 1 then "\(.host): \(.configurations | join(", "))" else .host end;

# "a, b and 3 more"
def names($most):
	if length > $most + 1 then (.[:$most] | join(", ")) + " and \(length - $most) more" else join(", ") end;

def matches($pattern): test("^" + ($pattern | gsub("\\."; "\\.") | gsub("\\*"; ".*")) + "$");
def matches_any($patterns): . as $name | any($patterns[]; . as $pattern | $name | matches($pattern));

# The check that failed, else the first message.
def message:
	.at as $at |
	((.messages | map(select($at != null and startswith($at))) | first) // .messages[0] // "") | cell;

def known: $causes[0].causes;

def explains($change; $name):
	. as $cause |
	($name | matches_any($cause.tests + $cause.features)) and
	(any($cause.changes[];
		($change.from | version) >= (.from | version) and ($change.to | version) <= (.to | version)) or
	any($cause.releases[]?;
		($change.from | version) < version and ($change.to | version) >= version)) and
	(($cause.means // $change.means) == $change.means) and
	(($cause.hosts // null) == null or
		any($change.where[].hosts[]; . as $host | $cause.hosts | index($host))) and
	(($cause.configurations // null) == null or
		any($change.where[].configurations[]; . as $configuration | $cause.configurations | index($configuration)));

def origin:
	if .commit == null then .text + (if .verified then " (\(.verified))" else "" end)
	else .text + " \"\(.commit)\"" +
		(if .mainline then ", mainline \(.mainline)" else "" end) +
		(if (.stable | length) > 0 then ", stable \(.stable | join(", "))" else "" end) +
		". Verified: \(.verified)."
	end;

def places: map((if (.configurations | length) > 0 then "in \(.configurations | names(4)) " else "" end) +
	"on \(.hosts | join(", "))") | join("; ");

def print_change:
	. as $change | (.tests + .features) as $subjects |
	[$subjects[] as $name | known[] | select(explains($change; $name)) | .id] as $found |
	[$subjects[] | . as $name | select(any(known[]; explains($change; $name)) | not)] as $open |
	"- **\(.kind)**" + (if ($subjects | length) > 0 then ": \($subjects | map(code) | names(6))" else "" end) +
		(if .before then ": \(.before | cell) → \(.now // "" | cell)" else "" end) + ", \(.where | places)",
	(if .why then "  <br>\(.why | cell)" elif (.messages | length) > 0 and .means != "neither" then
		"  <br>`\(message)`" else empty end),
	(known[] | select(.id as $id | $found | index($id)) | "  <br>Cause: \(origin)"),
	(if ($subjects | length) == 0 or ($open | length) > 0 then
		"  <br>Cause" + (if ($found | length) > 0 then " of \($open | map(code) | names(6))" else "" end) + ": not known"
	else empty end);

# What each kernel of a host fails: one that is taken as unchanged fails what the one before it does.
def failing:
	reduce .kernels[] as $kernel ([];
		. + [{version: $kernel.version, state: $kernel.state, failures:
			(if $kernel.state == "taken as unchanged" then .[-1].failures else $kernel.failures end)}]);

# "6.12.43 to 6.12.63, 7.2.13": the kernels of which $bad is true, side by side.
def ranges(bad):
	reduce .[] as $kernel ({all: [], open: false};
		if $kernel.state == "left out" or $kernel.state == "not run" then .
		elif $kernel | bad then
			if .open then .all[-1][1] = $kernel.version else .all += [[$kernel.version, $kernel.version]] | .open = true end
		else .open = false end) |
	.all | map(if .[0] == .[1] then .[0] else "\(.[0]) to \(.[1])" end) | join(", ");

def print_defects:
	.hosts as $hosts |
	[.hosts[].kernels[].failures[]] | group_by(.test) | map(
		.[0] as $first | .[0].test as $test |
		[($test | code) + "<br>" + ($first | message),
		 ([.[].configurations[]] | unique | names(4)),
		 ([$hosts[] | title($hosts) as $host | failing | ranges(any(.failures[]; .test == $test)) |
			select(. != "") | "\($host): \(.)"] | join("<br>")),
		 (([known[] | select(.defect and (.tests as $patterns | $test | matches_any($patterns))) | origin] | join("<br>")) |
			if . == "" then "not known" else . end)] | row) |
	if length == 0 then "None: every test passed, or was skipped."
	else table(["test", "configurations", "kernels that fail it", "fixed by"]) end;

def state_cell:
	if .state == "ran" then
		"\(.counts.pass) pass" + (if (.failures | length) > 0 then ", **\(.failures | length) bad**" else "" end)
	elif .state == "taken as unchanged" then "="
	elif .state == "left out" then "left out: \(.why // "" | cell)"
	else "not run" end;

def print_kernels:
	.hosts as $hosts |
	[.hosts[].kernels[] | {version, package_version, suite}] | unique_by(.version) | sort_by(.version | version) |
	map(. as $kernel |
		[.version, .package_version, .suite // "only in the cache"] +
		[$hosts[] | [.kernels[] | select(.version == $kernel.version)][0] | if . then state_cell else "" end] | row) |
	table(["Linux", "package", "suite"] + [$hosts[] | title($hosts)]);

def print_hosts:
	.hosts | map([.host, .cpu_model // "", .kvm_module // "", .qemu_version // "",
		"\(.kernels | map(select(.state == "ran")) | length) of \(.kernels | length)",
		(.configurations // [] | join(", ")),
		([.kernels[].started | select(.)[:10]] | unique | if length > 1 then "\(first) to \(last)" else first // "" end)]
		| map(cell) | row) |
	table(["host", "processor", "module", "QEMU under test", "kernels run", "configurations", "when"]);

. as $document |
"# What each kernel changed for guests",
"",
"Made by `make history` from the results of series (`docs/series.md`), and from `docs/history-causes.json` for causes. Before a kernel is",
"rolled out in place of another one: everything that is listed below between the two will change for its guests.",
"",
"## What ran",
"",
print_hosts,
"",
"## Kernels",
"",
"By version number; stable series interleave in time. =: it did not run, as its neighbours on both sides agree. not run: its",
"neighbours differ, and which release in between makes the difference is still to be found.",
"",
print_kernels,
(if any(.hosts[].kernels[]; .state == "not run") then
	"", "**This page is of series that are not complete**: nothing is known of kernels that say \"not run\"." else empty end),
"",
"## Defects",
"",
print_defects,
"",
"## Changes, by the kernel that has them first",
"",
(if (.changes | length) == 0 then "None." else
	.changes | group_by([.to, .from]) | sort_by([(.[0].to | version), (.[0].from | version)])[] |
	"### \(.[0].from) → \(.[0].to)", "", (.[] | print_change), "" end),
"\(.unchanged_tests) tests ran and never changed."
