# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets: selftest/fuzz/NAME.c for libFuzzer, with the inputs to begin with, and those that once found something,
# in selftest/fuzz/corpus/NAME/. What a run finds that is new is kept in build/fuzz/corpus/NAME/.

SECONDS ?= 60

FUZZ_NAMES   := $(notdir $(wildcard selftest/fuzz/corpus/*))
FUZZ_TARGETS := $(FUZZ_NAMES:%=$(B)/fuzz/%)
FUZZ_CC      := clang
FUZZ_SANITIZERS := address,undefined
FUZZ_CFLAGS   = -std=gnu11 -D_GNU_SOURCE -I. -O1 -g $(WARNINGS) -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,$(FUZZ_SANITIZERS) -fno-sanitize-recover=all -fno-strict-aliasing -MMD -MP
FUZZ_MODULES := $(patsubst runner/%.c,$(B)/fuzz/runner/%.o,$(filter-out $(RUNNER_MAINS:%=runner/%.c),$(wildcard runner/*/*.c)))

.PHONY: fuzz
fuzz: $(FUZZ_TARGETS) ## feed hostile input to parsers, SECONDS=60 each
	@selftest/fuzz/run $(SECONDS) $(FUZZ_TARGETS)

$(B)/fuzz/cmdline: $(patsubst %,$(B)/fuzz/%.o,lib/cmdline lib/format lib/string x86/cpu/memory x86/kvm/told)
$(B)/fuzz/acpi:    $(B)/fuzz/x86/platform/acpi_madt.o
$(filter-out %/acpi,$(FUZZ_TARGETS)): $(B)/fuzz/fuzz.o
$(filter-out %/cmdline %/acpi,$(FUZZ_TARGETS)): $(B)/fuzz/runner.a

$(B)/fuzz/report:  $(B)/runner/report/html_files.o

# The memory of its tables is where the address sanitizer has its own.
$(B)/fuzz/acpi: FUZZ_SANITIZERS := undefined

$(FUZZ_TARGETS): %: %.o
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) $(subst fuzzer-no-link,fuzzer,$(FUZZ_CFLAGS)) -o $@ $(filter-out %.a,$^) $(filter %.a,$^) -ljansson -lmxml -pthread

$(B)/fuzz/runner.a: $(FUZZ_MODULES)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/fuzz/%.o: selftest/fuzz/%.c Makefile selftest/fuzz/fuzz.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -c -o $@ $<

$(B)/fuzz/lib/%.o $(B)/fuzz/x86/cpu/memory.o: FUZZ_CFLAGS += $(UNIT_RENAME)
$(B)/fuzz/%.o: %.c Makefile selftest/fuzz/fuzz.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_CFLAGS) -c -o $@ $<
