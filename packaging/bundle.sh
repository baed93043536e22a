#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The head of a bundle: this script, for any shell and any tar and gzip, and behind it the programs, packed. It unpacks
# them into a temporary folder, which goes when the last of them has ended.
set -eu
export LC_ALL=C

die() {
	echo "kvm-pv-tests: $*" >&2
	exit 2
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/kvm-pv-tests-bundle.XXXXXX") || die "cannot make a temporary folder: set TMPDIR"
trap 'rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM
tail -n +@LINES@ "$0" | gzip -dc | tar -xf - -C "$folder" || die "cannot unpack into $folder: set TMPDIR to a folder with 20 MB of room"
"$folder/kvm-pv-tests" --version >/dev/null 2>&1 ||
	die "cannot run programs in $folder: set TMPDIR to a folder that is not mounted noexec, on an x86-64 machine"

# The programs hold the other end of this pipe for as long as they run, however they end.
mkfifo "$folder/running"
(
	trap '' HUP INT TERM
	cat "$folder/running"
	rm -rf "$folder"
) </dev/null >/dev/null 2>&1 &
exec 9>"$folder/running"
trap - EXIT HUP INT TERM
exec "$folder/kvm-pv-tests" --tree "$folder" --runs results "$@"
