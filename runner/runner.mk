# SPDX-License-Identifier: BSD-2-Clause
# Hosted programs. Each has its main() in the file of its name; the other files are modules for all of them.

RUNNER_MAINS    := batch/pvbatch run/pvrun report/pvreport probe/kvm-probe probe/kvm-pv-features probe/host-tsc-khz \
	nested/nested-unpack nested/nested-print
RUNNER_PROGRAMS := $(foreach main,$(RUNNER_MAINS),$(B)/runner/$(notdir $(main)))
RUNNER_MODULES  := $(patsubst %.c,$(B)/%.o,$(filter-out $(RUNNER_MAINS:%=runner/%.c),$(wildcard runner/*/*.c))) \
	$(B)/runner/report/html_files.o
RUNNER_CFLAGS    = -std=gnu11 -D_GNU_SOURCE -I. -DKVM_PV_TESTS_VERSION='"$(VERSION)"' -O2 -g $(WARNINGS) -MMD -MP
RUNNER_LIBS     := -ljansson

# Static where the libraries' archives are there: the same program then runs in any minimal VM.
RUNNER_LDFLAGS = $(if $(filter-out /%,$(foreach a,libjansson.a libmxml.a,$(shell $(CC) -print-file-name=$(a)))),,-static)

$(B)/runner/pvreport: RUNNER_LIBS += -lmxml -lm -pthread
$(B)/runner/pvrun: RUNNER_LIBS += -pthread

.PHONY: runner
all: runner
runner: $(RUNNER_PROGRAMS)

define RUNNER_PROGRAM
$(B)/runner/$(notdir $(1)): $(B)/runner/$(1).o $(B)/runner/modules.a
endef
$(foreach main,$(RUNNER_MAINS),$(eval $(call RUNNER_PROGRAM,$(main))))

# In one step: a run may go on meanwhile.
$(RUNNER_PROGRAMS):
	$(call say,LD,$@)
	$(Q)$(CC) $(RUNNER_LDFLAGS) -o $@.part $^ $(RUNNER_LIBS)
	$(Q)mv $@.part $@

$(B)/runner/modules.a: $(RUNNER_MODULES)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/runner/%.o: runner/%.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(RUNNER_CFLAGS) -c -o $@ $<

# What pvreport --html consists of.
$(B)/runner/report/html_files.o: runner/report/html_files.S $(wildcard runner/report/html/* runner/fleet/html/*) docs/catalogue.tsv $(B)/runner/tags.tsv Makefile
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -DTAGS='"$(B)/runner/tags.tsv"' -c -o $@ $<

$(B)/runner/tags.tsv: docs/coverage.awk docs/catalogue.tsv unittests.cfg $(sort $(TESTS_C))
	@mkdir -p $(@D)
	$(Q)awk -v tags=1 -f $^ >$@.part
	@mv $@.part $@
