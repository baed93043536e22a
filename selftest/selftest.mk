# SPDX-License-Identifier: BSD-2-Clause
# What is for the people who work on the project: its tests of itself, and the checks of its sources.

# Names of Debian packages. The emulated hosts fetch more by themselves, and install nothing.
DEPS := gcc g++ libc6-dev make binutils qemu-system-x86 libjansson-dev libmxml-dev libcmocka-dev bats jq git procps \
	shellcheck cppcheck clang clang-tidy clang-format libclang-rt-dev grub-pc-bin grub-common xorriso mtools xz-utils patch bochs bochs-term bochsbios python3-jsonschema libxml2-utils yq groff-base busybox python3-pyflakes bc bison dwarves flex libelf-dev libssl-dev

deps: ## install what is missing, with apt-get; print what it is on systems without that
	@command -v apt-get >/dev/null || { echo "Install what these Debian packages contain: $(DEPS)" >&2; exit 1; }
	@missing=$$(for p in $(DEPS); do \
		dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || echo $$p; done); \
	test -z "$$missing" && exit; \
	echo Installing $$missing; \
	test "$$(id -u)" = 0 || sudo=sudo; \
	$$sudo apt-get -qq update; \
	$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $$missing >/dev/null

run: all ## run the default configuration on this machine
	./run_tests.sh default

# Unit tests: selftest/unit/NAME_test.c with what of lib/, x86/ and runner/ it is about, for the build machine and under
# sanitizers. Our string functions get other names there, because cmocka, libc and sanitizers need their own. Not
# PIE, so that static objects lie below 4 GiB like everything in the kernel.
UNIT_TESTS  := $(patsubst selftest/unit/%.c,$(B)/unit/%,$(wildcard selftest/unit/*_test.c))
UNIT_RENAME := $(foreach name,strlen strcmp memcpy memmove memset memcmp,-D$(name)=lib_$(name))
UNIT_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARNINGS) -fno-pie -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-strict-aliasing -MMD -MP

$(B)/unit/acpi_test:      $(B)/unit/x86/platform/acpi.o $(B)/unit/x86/platform/acpi_madt.o
$(B)/unit/boot_info_test: $(B)/unit/x86/platform/boot_info.o
$(B)/unit/call_sites_test: $(B)/unit/x86/cpu/call_sites.o
$(B)/unit/channel_test:   $(patsubst %,$(B)/unit/%.o,lib/channel_lines lib/cmdline lib/format runner/run/channel_line)
$(B)/unit/cmdline_test:   $(B)/unit/lib/cmdline.o
$(B)/unit/cold_test:      $(patsubst %,$(B)/unit/runner/%.o,run/cold run/cold_mount run/cold_server common/clock common/parent)
$(B)/unit/config_test:    $(patsubst %,$(B)/unit/runner/%.o,batch/config batch/config_keys batch/select common/alloc common/text common/text_print)
$(B)/unit/cpuid_test:     $(B)/unit/x86/cpu/cpuid.o
$(B)/unit/expected_test:  $(patsubst %,$(B)/unit/runner/%.o,run/expected run/ktap_line run/ktap_parser run/ktap_open_test run/qemu_args common/alloc common/kvm common/pv_features common/result common/run_end common/text common/text_print common/unmet common/verdict)
$(B)/unit/fault_test:     $(B)/unit/x86/cpu/fault.o $(B)/unit/lib/format.o
$(B)/unit/fleet_test:     $(patsubst %,$(B)/unit/runner/%.o,$(addprefix fleet/fleet_,load order outcome facts cells common differences classes explain failures values comparison json) report/report common/all_cpus common/alloc common/json_file common/result common/run_end common/text common/text_print common/verdict)
$(B)/unit/format_test:    $(B)/unit/lib/format.o
$(B)/unit/host_change_test: $(patsubst %,$(B)/unit/runner/%.o,run/host_change common/clock common/parent)
$(B)/unit/ktap_test:      $(B)/unit/lib/ktap_writer.o $(B)/unit/lib/format.o $(B)/unit/console.o
$(B)/unit/pairwise_test:  $(B)/unit/runner/batch/pairwise.o $(B)/unit/runner/common/alloc.o
$(B)/unit/pvclock_test:   $(B)/unit/x86/kvm/pvclock.o
$(B)/unit/series_test:    $(patsubst %,$(B)/unit/runner/%.o,batch/series_plan common/kernel_version common/alloc common/text)
$(B)/unit/sha256_test:    $(patsubst %,$(B)/unit/runner/%.o,common/sha256 common/alloc)
$(B)/unit/soak_test:      $(patsubst %,$(B)/unit/runner/%.o,soak/counts soak/goal soak/interval soak/outcome soak/run_stream common/alloc common/result common/run_end common/text common/verdict common/whole_file)
$(B)/unit/string_test:    $(B)/unit/x86/cpu/memory.o
$(B)/unit/symbols_test:   $(B)/unit/x86/cpu/symbols.o
$(B)/unit/test_test:      $(B)/unit/lib/ktap_writer.o $(B)/unit/lib/format.o $(B)/unit/console.o
$(B)/unit/told_facts_test: $(patsubst %,$(B)/unit/runner/%.o,run/told_facts run/host_facts run/qemu_args common/alloc common/kvm common/text)
$(B)/unit/told_test:      $(B)/unit/x86/kvm/told.o $(B)/unit/lib/format.o
$(B)/unit/unmet_test:     $(B)/unit/x86/kvm/unmet.o $(B)/unit/lib/format.o
$(B)/unit/config_test $(B)/unit/expected_test $(B)/unit/fleet_test $(B)/unit/series_test $(B)/unit/soak_test $(B)/unit/told_facts_test: UNIT_LIBS := -ljansson
$(B)/unit/symbols_test: UNIT_LDFLAGS := -Wl,--defsym=image_start=0x100000,--defsym=text_end=0x101000

$(UNIT_TESTS): %: %.o $(B)/unit/lib/string.o $(B)/unit/x86/cpu/memory.o
	$(call say,LD,$@)
	$(Q)$(CC) $(UNIT_CFLAGS) -no-pie $(UNIT_LDFLAGS) -o $@ $^ -lcmocka -lm -pthread $(UNIT_LIBS)

$(B)/unit/%.o: selftest/unit/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

$(B)/unit/lib/%.o $(B)/unit/x86/%.o: UNIT_CFLAGS += $(UNIT_RENAME)
$(B)/unit/lib/%.o: lib/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<
$(B)/unit/runner/%.o: runner/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) -I. -c -o $@ $<
$(B)/unit/x86/%.o: x86/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

# A small VMM that is not QEMU: selftest/vmm.bats boots the kernel in it.
$(B)/vmm: $(patsubst %.c,$(B)/%.o,$(wildcard selftest/vmm/*.c))
	$(call say,LD,$@)
	$(Q)$(CC) $(RUNNER_CFLAGS) -o $@ $^

$(B)/selftest/vmm/%.o: selftest/vmm/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(RUNNER_CFLAGS) -c -o $@ $<

# The emulated hosts that are really booted, in selftest/nested-host/boot.bats, take minutes and are left out.
check: all iso $(B)/vmm $(UNIT_TESTS) $(FUZZ_TARGETS) ## run the project's tests of itself
	@selftest/check $(UNIT_TESTS) selftest/*.bats selftest/runner/*.bats selftest/report/*.bats \
		$(filter-out %/boot.bats,$(wildcard selftest/nested-host/*.bats))

.PHONY: fleet-check
fleet-check: ## run a fleet of 50 hosts on loopback addresses, by GNU parallel and by Ansible
	FLEET_HOSTS=50 selftest/check selftest/fleet.bats

# Some 10 seconds for each moment, and more where the host is emulated.
MOMENTS ?= 20
SEED    ?= $(shell date +%s)

.PHONY: faults
faults: all ## kill processes of real runs, SEED=, at MOMENTS=20 on each host, and look for what that leaves
	selftest/faults --seed $(SEED) --moments $(MOMENTS)
	selftest/faults --seed $(SEED) --moments $(MOMENTS) --state
	selftest/faults --seed $(SEED) --moments $(MOMENTS) --host bookworm
	selftest/faults --seed $(SEED) --moments $(MOMENTS) --host bookworm --state
	selftest/faults --seed $(SEED) --moments $(MOMENTS) --host bookworm --state --inside --duration 30

coverage-table: ## bring docs/coverage.md up to date
	@mkdir -p $(B)
	@awk -f docs/coverage.awk docs/catalogue.tsv unittests.cfg $(sort $(TESTS_C)) >$(B)/coverage.md
	@mv $(B)/coverage.md docs/coverage.md
	@sed -n '/^[0-9].*%/p' docs/coverage.md

coverage: ## join the results in RESULTS=FOLDER with the catalogue: docs/coverage-seen.md
	@test -n "$(RESULTS)" || { echo 'usage: make coverage RESULTS=results/latest' >&2; exit 2; }
	@mkdir -p $(B)
	@awk -v tags=1 -f docs/coverage.awk docs/catalogue.tsv unittests.cfg $(sort $(TESTS_C)) >$(B)/tags.tsv
	@cd "$(RESULTS)" && find . -mindepth 1 -maxdepth 2 -name '*.json' -print0 | sort -z | \
		xargs -0 -r jq -r -f $(CURDIR)/docs/coverage-seen.jq >$(CURDIR)/$(B)/tests.tsv
	@awk -f docs/coverage-seen.awk docs/catalogue.tsv $(B)/tags.tsv $(B)/tests.tsv >$(B)/coverage-seen.md
	@mv $(B)/coverage-seen.md docs/coverage-seen.md
	@sed -n '/^Of [0-9]/,/\.$$/p' docs/coverage-seen.md

# An hour and more: each kernel runs, as one that was patched for itself may differ from both of its neighbours.
HISTORY  ?= results/history
KERNELS  ?= 5.10..7.3
HISTORY_HOSTS ?= trixie trixie-intel
HISTORY_CONFIGURATIONS ?= default kvmclock shared_cpu cpu_pm async_pf

.PHONY: history history-page
history: all ## run a series over all KERNELS=5.10..7.3 on AMD and Intel, in HISTORY=FOLDER, and write docs/history.md
	@for host in $(HISTORY_HOSTS); do ./run_tests.sh --series $(KERNELS) --every -j2 --save $(HISTORY)/$$host --host $$host \
		$(HISTORY_CONFIGURATIONS) || test $$? -le 1 || exit 2; done
	@$(MAKE) --no-print-directory history-page SERIES="$(HISTORY_HOSTS:%=$(HISTORY)/%)"

history-page: all ## write docs/history.md anew, of SERIES="FOLDER..." of earlier series
	@test -n "$(SERIES)" || { echo 'usage: make history-page SERIES="FOLDER..."' >&2; exit 2; }
	@$(B)/runner/pvreport --series --json $(SERIES) >$(B)/series.json || test $$? -le 1
	@jq -r --slurpfile causes docs/history-causes.json -f docs/history.jq $(B)/series.json >$(B)/history.md
	@mv $(B)/history.md docs/history.md
	@grep -c '^### ' docs/history.md | sed 's/$$/ steps between kernels changed something/'

N ?= 200

stability: all ## run default and shared_cpu N times on HOST=bookworm; BUSY=2: beside two busy processes
	@test -n "$(HOST)" || { echo 'usage: make stability HOST=bookworm N=200 [BUSY=2]' >&2; exit 2; }
	@selftest/stability $(if $(BUSY),--busy $(BUSY)) $(HOST) $(N)

FORMATTED := $(wildcard $(foreach folder,lib x86 x86/* tests $(patsubst %/,%,$(wildcard runner/*/)) selftest/guest selftest/unit selftest/fuzz selftest/vmm nested-host/bochs,$(folder)/*.[ch]))

format: ## format the C sources
	clang-format -i $(FORMATTED)

format-check: ## check that "make format" would change nothing
	@clang-format --dry-run --Werror $(FORMATTED)

# $(call syntax,FILES,FLAGS) and $(call tidy,FILES,FLAGS)
syntax = for file in $(1); do $(CC) $(filter-out -M%,$(2)) -fsyntax-only -x c $$file || status=1; done
tidy   = printf '%s\n' $(1) | xargs -P "$$(nproc)" -I FILE clang-tidy --quiet FILE -- $(filter-out -M%,$(2)) 2>/dev/null

# cppcheck knows neither jansson's loops nor registers of our choice, neither that the linker makes one array of two
# symbols nor that there is a page at 0.
CPPCHECK := cppcheck --quiet --enable=warning,performance,portability --std=c11 --inline-suppr --error-exitcode=1 \
	--suppress=comparePointers --suppress=subtractPointers --suppress=nullPointerArithmetic \
	--suppress=normalCheckLevelMaxBranches '-D__asm__(...)=' '-Djson_object_foreach(o,k,v)=while((k=next(o))&&(v=next(o)))' \
	'-Djson_array_foreach(a,i,v)=while((i=next(a))&&(v=next(a)))'

lint: ## check the sources without running them
	@status=0; \
	$(call syntax,$(wildcard lib/*.h x86/*.h x86/*/*.h selftest/guest/*.h),$(CPPFLAGS) $(KERNEL_CFLAGS)); \
	$(call syntax,$(wildcard runner/*/*.h selftest/vmm/*.h),$(CPPFLAGS) $(RUNNER_CFLAGS)); \
	$(call syntax,$(wildcard selftest/unit/*.h),$(CPPFLAGS) $(UNIT_CFLAGS)); \
	$(call tidy,$(wildcard lib/*.c x86/*.c x86/*/*.c tests/*.c selftest/guest/*.c),$(CPPFLAGS) $(KERNEL_CFLAGS)) || status=1; \
	$(call tidy,$(wildcard runner/*/*.c selftest/vmm/*.c),$(CPPFLAGS) $(RUNNER_CFLAGS)) || status=1; \
	$(call tidy,$(wildcard nested-host/bochs/*.c),-I. $(LOADER_CFLAGS)) || status=1; \
	$(call tidy,$(wildcard selftest/unit/*.c),$(CPPFLAGS) $(UNIT_CFLAGS)) || status=1; \
	$(call tidy,$(wildcard selftest/fuzz/*.c),$(CPPFLAGS) $(FUZZ_CFLAGS)) || status=1; \
	$(CPPCHECK) $(CPPFLAGS) lib x86 tests runner nested-host/bochs selftest || status=1; \
	/usr/bin/python3 -m pyflakes selftest/mutants/mutants selftest/mutants/*.py || status=1; \
	selftest/lint || status=1; \
	exit $$status

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14 | sort
