#!/bin/bash
# in L1: N default runs, one line each
n=$1; shift
for ((i = 1; i <= n; i++)); do
	RESULTS=/tmp/r$i ./run_tests.sh --host local "$@" >/tmp/out$i 2>&1; s=$?
	l=$(grep -E '^(PASS|FAIL|ERROR|SKIP)' /tmp/out$i | tr '\n' ' '); echo "run $i: $s $l"
	if ((s != 0)); then for f in /tmp/r$i/*.log; do grep -B30 '^ *not ok' "$f" | grep -vE '^ *(ok|# start)' | head -60; done; fi
	rm -rf /tmp/r$i
done
echo LOOPDONE
