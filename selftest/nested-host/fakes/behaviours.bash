# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # what the fakes have
# What fakes of emulators do at their Nth boot: what the Nth word of $HOST says. They have: path, with the file of each channel;
# send CHANNEL, which takes an archive.

echo boot >>"$BATS_TEST_TMPDIR/boots"
echo "$*" >"$BATS_TEST_TMPDIR/arguments"
read -ra behaviours <<<"$HOST"
behaviour=${behaviours[$(wc -l <"$BATS_TEST_TMPDIR/boots") - 1]}

log() { # TEXT
	printf '[    1.234567] %s\r\n' "$1" >>"${path[console]}"
}

tell() { # LINE
	echo "$1" >>"${path[control]}"
}

send_results() { # CHANNEL
	local tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree"
	echo "the guest's log" >"$tree/default.log"
	tar -C "$tree" -cf - . | send "$1"
}

starts() {
	log 'kvm: Nested Paging enabled'
	tell ready
	log 'kvm-pv-tests: the command starts'
	echo 'says the command' >"${path[output]}"
	echo 'warns the command' >"${path[errors]}"
	send_results snapshots
}

ends() { # STATUS
	log 'kvm-pv-tests: the command has ended'
	send_results results
	tell "exit $1"
	exit 0
}

complaint="broken insmod: can't insert '/modules/kvm_amd.ko': invalid module format"
case $behaviour in
does-not-start)
	echo 'qemu: cannot set up guest memory' >&2
	exit 1
	;;
breaks) log 'Linux' && tell "$complaint" && exit 0 ;;
breaks-with-colours) log 'Linux' && tell $'broken \e[31mred\a' && exit 0 ;;
breaks-without-virtio) printf '%s\r\n' "$complaint" >>"${path[console]}" && exit 0 ;;
panics-early) log 'Oops: int3: 0000' && log 'Kernel panic - not syncing: Fatal exception' && exit 0 ;;
hangs-early) log 'Linux' && exec sleep 1000 ;;
hangs) starts && exec sleep 1000 ;;
panics) starts && log 'BUG: unable to handle page fault' && log 'Kernel panic - not syncing' && exit 0 ;;
panics-with-colours) starts && log $'BUG: \e[31mred' && log 'Kernel panic - not syncing' && exit 0 ;;
ends-by-itself) starts && log 'reboot: Restarting system' && exit 0 ;;
warns) starts && log 'WARNING: CPU: 1 PID: 9 at arch/x86/kvm/x86.c:1 f+0x1/0x2' && ends 0 ;;
warned-before) log 'WARNING: CPU: 1 PID: 9 at kernel/x.c:1 f' && starts && ends 0 ;;
stalls) starts && log 'watchdog: BUG: soft lockup - CPU#1 stuck for 22s!' && ends 0 ;;
fills-the-disk)
	starts
	cat /dev/zero >>"${path[snapshots]}" 2>/dev/null
	exec sleep 1000
	;;
jumps) starts && : >"$CLOCK_JUMP" && sleep 3 && ends 0 ;;
drips)
	starts
	while sleep 0.2; do
		tell alive
	done
	;;
floods-*)
	starts
	IFS=, read -r channel bytes exits <<<"${behaviour#floods-}"
	case $channel in
	output | errors) head -c "$bytes" /dev/zero >"${path[$channel]}" ;;
	emulator.log) head -c "$bytes" /dev/zero >&2 ;;
	*) truncate -s "+$bytes" "${path[$channel]}" ;;
	esac
	[[ ! $exits ]] || ends 0
	exec sleep 1000
	;;
sends-*)
	starts
	log 'kvm-pv-tests: the command has ended'
	IFS=, read -ra trick <<<"${behaviour#sends-}"
	"${archives:?}" "${trick[@]}" >"${path[results]}"
	tell 'exit 0'
	;;
exits-*) starts && ends "${behaviour#exits-}" ;;
esac
