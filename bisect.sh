#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# For "git bisect run" in a kernel's tree: builds the commit, boots a nested host with it, and judges it by tests. See
# usage() and docs/bisect.md.
set -u
export LC_ALL=C LANG=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=$(printf '%q' "$here/bisect.sh")

# What git bisect makes of them. It takes every other status below 128 for a bad commit.
readonly good=0 bad=1 not_judged=125 nothing_works=129

usage() {
	cat <<-END
	Usage: git bisect run PATH/bisect.sh [OPTION]... --host HOST CONFIGURATION [TEST]...
	       PATH/bisect.sh --from-series FOLDER...
	In the git tree of a kernel that has its .config: builds the commit that is checked out, boots HOST with it under
	emulation, and runs CONFIGURATION there. Judges it by each TEST, SUITE.TEST or a pattern ('pv_ipi.*'); without one, as
	run_tests.sh does: all tests, and what the host's kernel complains of. Prints one line.

	  --host HOST         bookworm, trixie-intel; see run_tests.sh --list-hosts
	  --kvm-only          build KVM's modules alone, and load them into HOST's own kernel, for which the tree was prepared
	  --died-is-bad       a host that dies or hangs, at boot or later, is what is looked for
	  --results FOLDER    results and messages of each commit (default: kvm-pv-bisect in the git directory)
	  --from-series       print a command like the one above for each change for the worse that run_tests.sh --series has
	                      found, whose results are in FOLDER

	Environment: JOBS=N for make (default: one for each CPU); and that of nested-host/run.
	Exit status: $good all tests passed; $bad one did not; $not_judged not judged: the commit does not build or boot, or a TEST was skipped;
	$nothing_works nothing can work here, which ends the bisection.
	END
}

decided=
child=

# The only way out, but for signals.
end() { # STATUS
	decided=yes
	exit "$1"
}

# An error in this script is no bad commit.
trap '[[ $decided ]] || exit "$nothing_works"' EXIT

# shellcheck disable=SC2317 # trap calls it
interrupt() { # STATUS
	[[ ! $child ]] || kill "$child" 2>/dev/null
	wait
	end "$1"
}
trap 'interrupt 130' INT
trap 'interrupt 143' TERM
trap 'interrupt 129' HUP

give_up() {
	printf 'bisect.sh: %s\n' "$*" >&2
	end "$nothing_works"
}

# Runs a command that a signal to this script ends, too.
run() {
	"$@" </dev/null &
	child=$!
	wait "$child"
	set -- $?
	child=
	return "$1"
}

# The verdict on this commit. What a guest or a host says may hold anything.
verdict() { # STATUS WHY
	local word why=${2//$'\n'/; }
	case $1 in
	"$good") word=good ;;
	"$bad") word=BAD ;;
	*) word='not judged' ;;
	esac
	why=${why//[^[:print:]]/?}
	printf 'bisect.sh: %s: %s: %s (%d s, %s)\n' "$commit" "$word" "${why:0:500}" "$SECONDS" "$out"
	end "$1"
}

last_line() { # FILE
	grep -v '^[[:space:]]*$' "$1" | tail -n 1
}

# The compiler's own first errors tell more than make's last words.
build_error() {
	grep -m 1 -E '(^|[^-])\<error: |^ERROR: |undefined reference' "$out/build.log" || last_line "$out/build.log"
}

# Debian's and Fedora's folders of compilers that are ccache.
use_ccache() {
	local folder
	for folder in /usr/lib/ccache /usr/lib64/ccache; do
		[[ ! -d $folder ]] || PATH=$folder:$PATH
	done
}

build() {
	local built=yes
	{
		if [[ $kvm_only ]]; then
			run make -s -j"${JOBS:-$(nproc)}" M=arch/x86/kvm modules || built=
		else
			{ run make -s olddefconfig && run make -s -j"${JOBS:-$(nproc)}"; } || built=
		fi
	} >"$out/build.log" 2>&1
	[[ $built ]] || verdict "$not_judged" "does not build: $(build_error)"
}

# HOST's own kernel and its modules.
stock_kernel() ( # FOLDER
	# shellcheck source=nested-host/common.bash
	. "$here/nested-host/common.bash"
	cp "$(kernel_layer "$host")/vmlinuz" "$1/" && cd "$1" &&
		"$(qemu_layer "$host")/busybox" cpio -id <"$(kernel_layer "$host")/modules.cpio" 2>/dev/null
)

# Sets boot to the options that make HOST boot what was built.
choose_kernel() {
	local name kernel=$results/kernel
	boot=(--host-kernel "$PWD/arch/x86/boot/bzImage" --host-modules "$PWD")
	[[ $kvm_only ]] || return 0
	{ rm -rf "$kernel" && mkdir "$kernel" && stock_kernel "$kernel"; } || give_up "cannot put the kernel of $host into $kernel"
	for name in kvm kvm-amd kvm-intel; do
		[[ ! -e arch/x86/kvm/$name.ko ]] || strip -g -o "$kernel/modules/${name//-/_}.ko" "arch/x86/kvm/$name.ko" ||
			verdict "$not_judged" "strip cannot read arch/x86/kvm/$name.ko"
	done
	boot=(--host-kernel "$kernel/vmlinuz" --host-modules "$kernel")
}

# The text of the last event of a host of one of these kinds, or nothing.
host_said() { # KIND...
	jq -Rrn --args '[inputs | fromjson? | select(.event == "host" and (.kind | IN($ARGS.positional[]))) | .text] | last // empty' \
		"$@" <"$out/events"
}

judge_by_status() { # STATUS
	local why
	case $1 in
	0) verdict "$good" "all tests passed" ;;
	77) verdict "$not_judged" "nothing was validated" ;;
	1)
		why=$("$here/build/runner/pvreport" --json "$out/results" | jq -r '.failures |
			(first // empty | "\(.test // "the run itself"): \(.messages[0] // .reason // .verdict)"),
			(length - 1 | select(. > 0) | "and \(.) more")')
		verdict "$bad" "${why:-$(host_said complaint panicked died hung flood)}"
		;;
	*) give_up "nothing can run on $host: $(grep -m 1 '^nested-host: ' "$out/run.log" || last_line "$out/run.log")" ;;
	esac
}

# By those that were named alone: a failure of another test may be another bug.
judge_by_tests() { # RESULT TEST...
	local result=$1 pattern name outcome message ended_well known ran skip wanting='' failure=''
	shift
	ended_well=$(jq '.end == "exit"' "$result") || verdict "$not_judged" "its result cannot be read: $result"
	for pattern; do
		ran='' skip='' known=''
		while IFS=$'\t' read -r name outcome message; do
			# shellcheck disable=SC2053 # a pattern it is
			[[ $name == $pattern ]] || continue
			known=yes
			skip=${skip:-$name was skipped: $message}
			[[ $outcome != skip ]] || continue
			ran=yes
			[[ $outcome == pass ]] || failure=${failure:-$name: $outcome: $message}
		done < <(jq -r '.tests[] | [.name, .verdict, .messages[0] // .reason // ""] | @tsv' "$result")
		[[ $known || $ended_well != true ]] || give_up "$configuration has no test $pattern"
		[[ $ran ]] || wanting=${wanting:-${skip:-$pattern did not run}}
	done
	[[ ! $failure ]] || verdict "$bad" "$failure"
	[[ $ended_well == true ]] ||
		verdict "$not_judged" "the run was cut short: $(jq -r '.errors[0] // .reason // .end' "$result")"
	[[ ! $wanting ]] || verdict "$not_judged" "$wanting"
	verdict "$good" "passed: $*"
}

judge() { # STATUS TEST...
	local status=$1 died ended result
	shift
	died=$(host_said panicked died hung flood)
	ended=${died:-$(host_said broken emulator)}
	result=$(find "$out/results" -mindepth 2 -maxdepth 2 -name "$configuration.json" 2>/dev/null | head -n 1)
	[[ ! $died || ! $died_is_bad ]] || verdict "$bad" "$died"
	((status != 2)) || [[ ! $ended ]] || verdict "$not_judged" "$ended"
	(($# > 0 && status != 2)) || judge_by_status "$status"
	[[ $result ]] || verdict "$not_judged" "${ended:-there is no result: $(last_line "$out/run.log")}"
	judge_by_tests "$result" "$@"
}

# Tags are those of Linux's stable tree.
from_series() { # FOLDER...
	local document status=0
	document=$("$here/build/runner/pvreport" --series --json "$@") || status=$?
	((status <= 1)) || end "$nothing_works"
	# A change that is of no test is judged by the whole configuration.
	jq -r --arg command "$command" '.changes[] | select(.means == "worse") | . as $change | .where[0] |
		["v" + $change.from, "v" + $change.to, .hosts[0], .configurations[0] // ""] | select(all(test("^[A-Za-z0-9_.+-]+$"))) |
		"git bisect start \(.[1]) \(.[0])",
		(["git bisect run", $command, "--host", .[2], .[3], ($change.tests[] | select(test("^[A-Za-z0-9_]+[.][A-Za-z0-9_]+$")))] | join(" "))' \
		<<<"$document"
	end 0
}

# What would fail at every commit alike.
check() {
	local name tree listed
	for name in git jq make strip; do
		command -v "$name" >/dev/null || give_up "$name is not installed"
	done
	[[ $host && $configuration ]] || give_up "--host HOST and a CONFIGURATION are needed; see --help"
	{ tree=$(git rev-parse --show-toplevel 2>/dev/null) && cd "$tree" && [[ -d arch/x86/kvm ]]; } ||
		give_up "this is no git tree of a kernel"
	[[ -e .config ]] || give_up "the kernel has no .config: see docs/bisect.md"
	listed=$("$here/run_tests.sh" -l --host "$host" "$configuration" 2>&1) || give_up "$listed"
	[[ $listed == "$configuration" ]] || give_up "$configuration is several configurations: ${listed//$'\n'/ }"
	"$here/nested-host/build" "$host" >/dev/null || end "$nothing_works" # it has said why
}

host='' kvm_only='' died_is_bad='' results=''
while (($#)); do
	case $1 in
	--host) host=${2-} && shift ;;
	--results) results=${2-} && shift ;;
	--kvm-only) kvm_only=yes ;;
	--died-is-bad) died_is_bad=yes ;;
	--from-series) from_series "${@:2}" ;;
	-h | --help) usage && end 0 ;;
	-*) give_up "there is no option $1; see --help" ;;
	*) break ;;
	esac
	shift || break
done
configuration=${1-}
check
[[ $results ]] || results=$(git rev-parse --git-path kvm-pv-bisect)
commit=$(git log -1 --format='%h %s' | tr -d '[:cntrl:]')
{ mkdir -p "$results" 2>/dev/null && results=$(cd "$results" && pwd); } || give_up "cannot write to $results"
out=$results/$(git rev-parse --short=12 HEAD)
{ rm -rf "$out" && mkdir "$out"; } || give_up "cannot write to $out"

use_ccache
build
choose_kernel
status=0
# shellcheck disable=SC2154 # choose_kernel sets boot
RESULTS=$out/results run "$here/run_tests.sh" --host "$host" "${boot[@]}" --events 3 "$configuration" \
	3>"$out/events" >"$out/run.log" 2>&1 || status=$?
judge "$status" "${@:2}"
