#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The examples of docs/ci: every command in them is one that works here, for every host and set of flags that they name.

setup() {
	cd "${BATS_TEST_DIRNAME}/.." || exit
}

# The values of matrix keys, one line each.
github_values() { # KEY
	yq -r ".jobs.hosts.strategy.matrix.$1[]" docs/ci/github.yml
}

gitlab_values() { # KEY
	yq -r ".hosts.parallel.matrix[].$1[]" docs/ci/gitlab.yml
}

github_commands() { # JOB
	yq -r ".jobs.$1.steps[].run // empty" docs/ci/github.yml
}

gitlab_commands() { # JOB
	yq -r '.default.before_script[], .'"$1"'.script[]' docs/ci/gitlab.yml
}

# Expands every host and set of flags, and lists what would run.
knows() { # VALUES-FUNCTION HOST-KEY HOST-TEXT FLAGS-KEY FLAGS-TEXT COMMAND
	local host flags words command
	while read -r host; do
		while read -r flags; do
			command=${6//"$3"/$host}
			read -ra words <<<"${command//"$5"/$flags}"
			run "${words[0]}" -l "${words[@]:1}"
			echo "${words[*]}: $output"
			[ "$status" -eq 0 ]
			[ "${#lines[@]}" -gt 0 ]
		done < <("$1" "$4")
	done < <("$1" "$2")
}

@test "GitHub's job knows its hosts and flags" {
	command=$(github_commands hosts | grep run_tests.sh)
	# shellcheck disable=SC2016 # the workflow's own words
	knows github_values host '${{ matrix.host }}' flags '${{ matrix.flags }}' "$command"
}

@test "GitLab's job knows its hosts and flags" {
	command=$(gitlab_commands hosts | grep run_tests.sh)
	# shellcheck disable=SC2016 # the workflow's own words
	knows gitlab_values HOST '$HOST' FLAGS '$FLAGS' "$command"
}

@test "both judge an upgrade with the README's commands" {
	diff <(github_commands upgrade) <(gitlab_commands upgrade)
	[ "$(github_commands upgrade | grep -c run_tests.sh)" -eq 2 ]
	while read -r command; do
		grep -qF -- "$command" README.md
	done < <(github_commands upgrade | sed -n 's/^\(.*run_tests.sh.*before\).*/\1/p')
}

@test "both install the same, and test on the same hosts with the same flags" {
	# Each has reports of its own.
	diff <(github_commands hosts | grep -v 'run_tests.sh\|pvreport') <(gitlab_commands hosts | grep -v run_tests.sh)
	diff <(github_values host) <(gitlab_values HOST)
	diff <(github_values flags) <(gitlab_values FLAGS)
}

@test "LAVA's device runs tests of its own KVM" {
	command=$(yq -r '.run.steps[]' docs/ci/lava.yml | sed -n 's/^\(.*run_tests.sh.*\) || true$/\1/p')
	read -ra words <<<"$command"
	[ "${words[*]:1}" = '--host local' ]
}

@test "every report in the examples is one that pvreport writes, and docs/ci.md has it" {
	yq -r '.. | strings' docs/ci/*.yml | sed -n 's|.*build/runner/pvreport \(--[a-z]*\) results/latest.*|\1|p' | sort -u >"$BATS_TEST_TMPDIR/forms"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/forms")" -eq 5 ]
	while read -r form; do
		grep -qF "| \`$form\` |" docs/ci.md
		build/runner/pvreport --help | grep -q -- "^ *$form\b"
	done <"$BATS_TEST_TMPDIR/forms"
}
