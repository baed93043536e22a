# SPDX-License-Identifier: BSD-2-Clause
# Hosted programs: one per host/NAME.c that has a main(), the other files of host/ are their modules.

HOST_PROGRAMS := $(addprefix build/host/,pvrun pvreport kvm-probe)
HOST_CC ?= gcc
HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes

# Static where jansson's archive is there: the same program then runs in any minimal VM.
HOST_LDFLAGS := $(if $(findstring /,$(shell $(HOST_CC) -print-file-name=libjansson.a)),-static)

host: $(HOST_PROGRAMS)

build/host/pvrun: $(addprefix build/host/,pvrun.o run.o vm.o qmp.o ktap.o log.o result.o hostinfo.o \
	pv_features.o cpulist.o text.o)
build/host/pvreport: $(addprefix build/host/,pvreport.o result.o text.o)
build/host/kvm-probe: build/host/kvm-probe.o

$(HOST_PROGRAMS):
	$(HOST_CC) $(HOST_LDFLAGS) -o $@ $^ -ljansson

build/host/%.o: host/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

-include $(wildcard build/host/*.d)

.PHONY: host
