# SPDX-License-Identifier: BSD-2-Clause
# What docs/coverage-seen.awk needs of results, one line for each fact: jq -r -f docs/coverage-seen.jq ./HOST/NAME.json...
def host: input_filename | split("/") | .[-2] | if . == "." then "this machine" else . end;

def clean: gsub("[\t\n|]"; " ");

["run", .started],
(select(.guest.version == null and (.tests | length > 0)) | ["older"]),
["host", host, "Linux \(.host.release), QEMU \(.host.qemu_version // "unknown"), \(.host.cpu_model // "unknown CPU" | clean)"],
["configuration", host, .config.name, .verdict],
(.config.name as $config | .tests[] |
	["test", host, $config, .name, if .verdict == "pass" and .inert then "inert" else .verdict end])
| map(tostring) | join("\t")
