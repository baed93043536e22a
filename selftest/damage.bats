#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# A host with one defect in its KVM: the checks of that feature fail, and the comparison with the sound host shows them
# and nothing else.

setup_file() {
	cd "$BATS_TEST_DIRNAME/.." || exit
	./run_tests.sh --host bookworm --save "$BATS_FILE_TMPDIR/before" smp1 >&2
}

setup() {
	cd "$BATS_TEST_DIRNAME/.." || exit
}

compare() { # OPTION...
	run ./run_tests.sh --host bookworm --baseline "$BATS_FILE_TMPDIR/before" "$@" smp1
	echo "$output"
}

@test "a sound host is as good as it was" {
	compare
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "SAME as before" ]
}

@test "where PV IPIs do nothing, their checks regress, and no others" {
	selftest/damaged-host bookworm "$BATS_TEST_TMPDIR" kvm_pv_send_ipi
	compare --host-kernel "$BATS_TEST_TMPDIR/vmlinuz" --host-modules "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	# Where no IPI arrives, those to IDs that wrap around do not either, which would be right by itself.
	[[ ${lines[-1]} =~ ^WORSE\ than\ before:\ ([0-9]+)\ regressed\;\ 1\ behaves\ differently$ ]]
	((BASH_REMATCH[1] >= 5))
	output=$(sed -n '/^Regressed: /,/^$/p' <<<"$output" | grep '^  [^ ]')
	[ "$(grep -c '^  pv_ipi[a-z_.0-9]*: pass -> fail, in smp1$' <<<"$output")" -eq "${BASH_REMATCH[1]}" ]
	[ "$(wc -l <<<"$output")" -eq "${BASH_REMATCH[1]}" ]
}

@test "where the host's clocksource is the TSC, a master clock that never works fails, and is not skipped" {
	selftest/damaged-host bookworm "$BATS_TEST_TMPDIR" pvclock_update_vm_gtod_copy
	run ./run_tests.sh --host bookworm --host-kernel "$BATS_TEST_TMPDIR/vmlinuz" \
		--host-modules "$BATS_TEST_TMPDIR" --save "$BATS_TEST_TMPDIR/now" smp1
	echo "$output"
	[ "$status" -eq 1 ]
	jq -e '[.tests[] | select(.name | test("^kvmclock_(master|stable)[.]")) | select(.verdict == "fail")] | length >= 3' \
		"$(find "$BATS_TEST_TMPDIR/now" -name smp1.json)"
	jq -e '[.tests[] | select(.unmet.what == "clocksource=tsc")] == []' "$(find "$BATS_TEST_TMPDIR/now" -name smp1.json)"
}

# The other vendor's instruction is what this guest uses. The run ends nevertheless, and the native one works.
@test "where the other vendor's hypercall instruction is restarted without end, the guest says that none returns" {
	selftest/damaged-host bookworm "$BATS_TEST_TMPDIR" emulator_fix_hypercall
	run ./run_tests.sh --host bookworm --host-kernel "$BATS_TEST_TMPDIR/vmlinuz" \
		--host-modules "$BATS_TEST_TMPDIR" --save "$BATS_TEST_TMPDIR/results" other-vendor smp1
	[ "$status" -eq 1 ]
	failed() {
		jq -r '.tests[] | select(.verdict == "fail").name' "$BATS_TEST_TMPDIR/results/bookworm/$1.json" | xargs
	}
	[[ " $(failed other-vendor) " == *" hypercall.returns "* ]]
	[ "$(failed smp1)" = "hypercall_foreign.instruction_is_replaced_or_undefined hypercall_foreign.instruction_in_read_only_code_faults" ]
}

@test "where no vCPU runs, no VM starts any more, and that is worse" {
	selftest/damaged-host bookworm "$BATS_TEST_TMPDIR" kvm_arch_vcpu_ioctl_run
	compare --host-kernel "$BATS_TEST_TMPDIR/vmlinuz" --host-modules "$BATS_TEST_TMPDIR"
	[ "$status" -eq 1 ]
	[[ $output == *"No VM starts any more: 1
  bookworm
      no usable KVM: /dev/kvm: a VM of one instruction ended with exit reason 0
"* ]]
	[ "${lines[-1]}" = "WORSE than before: 1 host starts no VM any more" ]
}

# An object file like a module's, with functions that do not return 0, and a program that does not call ftrace.
module() { # COMPILER-OPTION...
	cat >"$BATS_TEST_TMPDIR/module.c" <<-'END'
		int variable = 7;
		int seven(int x) { return x + 7; }
		int eight(int x) { return x + 8; }
		int of_variable(void) { return variable; }
		static __attribute__((noinline)) int inner(int x) { return x * x + 9; }
		int nine(int x) { return inner(x) + inner(x + 1); }
	END
	cat >"$BATS_TEST_TMPDIR/main.c" <<-'END'
		__attribute__((naked)) void __fentry__(void) { __asm__("ret"); }
		int seven(int), eight(int), nine(int);
		int main(void) { return !seven(1) + 2 * !eight(1) + 4 * !nine(1); }
	END
	cd "$BATS_TEST_TMPDIR" || return
	gcc -O2 -fno-pie -c "$@" module.c
}

# Which of the functions return 0: 1, 2 and 4, added.
broken() {
	gcc -no-pie main.c module.o -o main
	status=0
	./main || status=$?
	echo "$status"
}

@test "one function returns 0, and the others are what they were" {
	for options in "-pg -mfentry -fcf-protection=none" "-pg -mfentry -fcf-protection=branch" "-fcf-protection=none"; do
		read -ra words <<<"$options"
		module "${words[@]}"
		[ "$(broken)" -eq 0 ]
		"$BATS_TEST_DIRNAME/damage-module" module.o eight
		[ "$(broken)" -eq 2 ]
		"$BATS_TEST_DIRNAME/damage-module" module.o inner
		[ "$(broken)" -eq 6 ]
	done
}

@test "what cannot be damaged" {
	module
	while IFS='|' read -r file function message; do
		run "$BATS_TEST_DIRNAME/damage-module" "$file" "$function"
		echo "$output"
		[ "$status" -eq 2 ]
		[ "$output" = "damage-module: $message" ]
	done <<-'END'
		module.o|ten|module.o has 0 functions with the name ten
		module.o|variable|module.o has 0 functions with the name variable
		module.o|of_variable|the beginning of of_variable is filled in when the module is loaded: there is no room to break it
		module.c|eight|module.c is no module, or a compressed one
		missing.ko|eight|missing.ko is no module, or a compressed one
	END
}
