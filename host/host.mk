# SPDX-License-Identifier: BSD-2-Clause
# Hosted programs: each has its main() in host/NAME.c. The other files of host/ are modules for all of them.

HOST_NAMES    := pvrun pvreport kvm-probe kvm-pv-features tsc-khz
HOST_PROGRAMS := $(HOST_NAMES:%=$(B)/host/%)
HOST_MODULES  := $(patsubst %.c,$(B)/%.o,$(filter-out $(HOST_NAMES:%=host/%.c),$(wildcard host/*.c)))
HOST_CFLAGS    = -std=gnu11 -D_GNU_SOURCE -I. $(shell xml2-config --cflags) -O2 -g $(WARNINGS) -MMD -MP
HOST_LIBS     := -ljansson

# Static where jansson's archive is there: the same program then runs in any minimal VM.
HOST_LDFLAGS = $(if $(findstring /,$(shell $(CC) -print-file-name=libjansson.a)),-static)

# Runs where the results are, and not in any VM.
$(B)/host/pvreport: HOST_LDFLAGS :=
$(B)/host/pvreport: HOST_LIBS += -lxml2 -pthread

.PHONY: host
all: host
host: $(HOST_PROGRAMS)

$(HOST_PROGRAMS): %: %.o $(B)/host/modules.a
	$(call say,LD,$@)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(HOST_LIBS)

$(B)/host/modules.a: $(HOST_MODULES)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/host/%.o: host/%.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -c -o $@ $<
