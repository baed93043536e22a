#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the configurations of unittests.cfg, one virtual machine each: --help lists the options. The program that does it
# is pvbatch (runner/batch/), which "make" builds.
set -u
export LC_ALL=C

folder=${BASH_SOURCE[0]%/*}
[[ $folder != "${BASH_SOURCE[0]}" ]] || folder=.
program=$folder/build/runner/pvbatch
if [[ ! -x $program ]]; then
	echo "run_tests.sh: $program is missing: run \"make\"" >&2
	exit 2
fi
exec -a run_tests.sh "$program" --tree "$folder" "$@"
