# SPDX-License-Identifier: BSD-2-Clause
# kvm-pv-tests: "make help" lists the targets.

VERSION := 0.2
CC      ?= gcc
LD      ?= ld
NM      ?= nm
OBJCOPY ?= objcopy
OBJDUMP ?= objdump
ADDR2LINE ?= addr2line
B       := build

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wpointer-arith
CPPFLAGS := -I. -DKVM_PV_TESTS_VERSION='"$(VERSION)"'

# Freestanding, general registers only (interrupts save nothing else), no red zone (interrupts use the same stack),
# and frames, so that a backtrace shows every caller.
KERNEL_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -m64 -ffreestanding -fno-builtin -fno-pic -fno-pie -mno-red-zone \
	-mgeneral-regs-only -fno-stack-protector -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer \
	-fno-optimize-sibling-calls -fno-asynchronous-unwind-tables -fcf-protection=none -fno-strict-aliasing \
	-fno-common -MMD -MP
KERNEL_LDFLAGS := -m elf_x86_64 -static -nostdlib -z noexecstack -z max-page-size=4096 --build-id=none \
	--no-warn-rwx-segments -T boot/kernel.ld

V ?= 0
Q := $(if $(filter 0,$(V)),@)
say = $(if $(filter 0,$(V)),@printf '  %-8s%s\n' $(1) $(2))

FRAMEWORK := $(patsubst %,$(B)/%.o,$(wildcard lib/*.c x86/*.c x86/*/*.c x86/*/*.S) boot/start.S boot/trampoline.S)
TESTS_C   := $(wildcard tests/*.c)
TESTS     := $(patsubst %,$(B)/%.o,$(TESTS_C))
DEMOS     := $(patsubst %,$(B)/%.o,$(wildcard selftest/guest/*.c))
IMAGES    := $(B)/kvm-pv-tests $(B)/kvm-pv-tests.pvh $(B)/kvm-pv-selftest

.PHONY: all deps run check iso man install coverage coverage-table stability lint format format-check clean help
all: $(IMAGES) ## build the kernel images and the host programs

include runner/runner.mk
include nested-host/nested-host.mk
include packaging/packaging.mk
include selftest/fuzz/fuzz.mk
include selftest/selftest.mk
include selftest/mutants/mutants.mk

$(B)/%.c.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(KERNEL_CFLAGS) -c -o $@ $<

$(B)/%.S.o: %.S Makefile
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(KERNEL_CFLAGS) -c -o $@ $<

$(B)/kvm-pv-tests.elf:     $(B)/boot/multiboot.S.o $(FRAMEWORK) $(TESTS)
$(B)/kvm-pv-tests.pvh.elf: $(B)/boot/pvh.S.o $(FRAMEWORK) $(TESTS)
$(B)/kvm-pv-selftest.elf:  $(B)/boot/multiboot.S.o $(FRAMEWORK) $(DEMOS)

# $(call call_addresses,ELF): the address of each call in it, then the address that this call returns to.
call_addresses = $(OBJDUMP) -d --no-show-raw-insn $(1) | \
	awk '/^ +[0-9a-f]+:/ { address = $$1; sub(/:/, "", address); if (call) print call "\n" address; call = /\tcall/ ? address : "" }'

# Linked twice: the second time with tables of the functions and calls of the first. They lie behind all code.
%.elf: boot/kernel.ld boot/symbols.awk boot/call_sites.awk
	$(call say,LD,$@)
	$(Q)$(LD) $(KERNEL_LDFLAGS) -e start32 -o $@.nameless $(filter %.o,$^)
	$(Q)$(NM) -n $@.nameless | awk -f boot/symbols.awk >$@.symbols.S
	$(Q)$(call call_addresses,$@.nameless) | $(ADDR2LINE) -a -i -e $@.nameless | awk -f boot/call_sites.awk >>$@.symbols.S
	$(Q)$(CC) $(KERNEL_CFLAGS) -c -o $@.symbols.o $@.symbols.S
	$(Q)$(LD) $(KERNEL_LDFLAGS) -e $(if $(findstring pvh,$@),pvh_entry,multiboot_entry) -o $@ $(filter %.o,$^) $@.symbols.o

# QEMU's and GRUB's Multiboot 1 loaders accept only ELF32, although the code is 64-bit. The image is replaced in one
# step: a run may go on meanwhile.
$(B)/kvm-pv-tests $(B)/kvm-pv-selftest: %: %.elf
	$(Q)$(OBJCOPY) -O elf32-i386 --strip-all $< $@.part
	$(Q)mv $@.part $@

$(B)/kvm-pv-tests.pvh: $(B)/kvm-pv-tests.pvh.elf
	$(Q)$(OBJCOPY) --strip-all $< $@.part
	$(Q)mv $@.part $@

iso: $(B)/kvm-pv-tests.iso ## build a bootable CD image (GRUB; kernel arguments in boot/grub.cfg)

$(B)/kvm-pv-tests.iso: $(B)/kvm-pv-tests boot/grub.cfg
	$(call say,ISO,$@)
	$(Q)rm -rf $(B)/iso && mkdir -p $(B)/iso/boot/grub
	$(Q)cp $(B)/kvm-pv-tests $(B)/iso/boot && cp boot/grub.cfg $(B)/iso/boot/grub
	$(Q)grub-mkrescue -d /usr/lib/grub/i386-pc -o $@ $(B)/iso 2>$@.log || { cat $@.log >&2; exit 1; }

# The manual page: what is written by hand, and the options that programs print for --help, so that neither drifts.
MAN_PROGRAMS := pvrun pvreport kvm-pv-features kvm-probe host-tsc-khz nested-unpack

man: $(B)/kvm-pv-tests.1 ## build the manual page

$(B)/kvm-pv-tests.1: docs/kvm-pv-tests.1 docs/manual.awk run_tests.sh bisect.sh nested-host/run nested-host/build nested-host/kernels $(RUNNER_PROGRAMS)
	$(call say,MAN,$@)
	@mkdir -p $(B)/help
	$(Q)./run_tests.sh --help >$(B)/help/run_tests.sh
	$(Q)./bisect.sh --help >$(B)/help/bisect.sh
	$(Q)for p in $(MAN_PROGRAMS); do $(B)/runner/$$p --help >$(B)/help/$$p || exit; done
	$(Q)for p in run build kernels; do nested-host/$$p --help >$(B)/help/nested-host-$$p || exit; done
	$(Q)sed 's/@VERSION@/$(VERSION)/' $< >$@.part
	$(Q)cd $(B)/help && awk -f $(CURDIR)/docs/manual.awk TITLE=options run_tests.sh TITLE=bisect.sh bisect.sh \
		$(foreach p,$(MAN_PROGRAMS) nested-host-run nested-host-build nested-host-kernels,TITLE=$(p) $(p)) >>$(CURDIR)/$@.part
	$(Q)mv $@.part $@

# An installed tree is like this folder after "make", without its sources; the command makes its runs where it is called.
PREFIX  ?= /usr/local
LIBRARY := $(PREFIX)/lib/kvm-pv-tests

install: all man ## install into DESTDIR and PREFIX (default: /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/doc/kvm-pv-tests \
		$(DESTDIR)$(LIBRARY)/build/runner $(DESTDIR)$(LIBRARY)/build/nested-host $(DESTDIR)$(LIBRARY)/nested-host/bochs
	install -m 644 unittests.cfg $(DESTDIR)$(LIBRARY)
	install run_tests.sh bisect.sh $(DESTDIR)$(LIBRARY)
	install -m 644 $(B)/kvm-pv-tests $(B)/kvm-pv-tests.pvh $(DESTDIR)$(LIBRARY)/build
	install $(RUNNER_PROGRAMS) $(DESTDIR)$(LIBRARY)/build/runner
	install $(addprefix nested-host/,build build-bochs find-bochs init kernels make-layer run) $(DESTDIR)$(LIBRARY)/nested-host
	install -m 644 $(wildcard nested-host/*.bash) $(DESTDIR)$(LIBRARY)/nested-host
	install -m 644 nested-host/bochs/*.patch $(DESTDIR)$(LIBRARY)/nested-host/bochs
	install -m 644 $(BOCHS_FILES) $(DESTDIR)$(LIBRARY)/build/nested-host
	install -m 644 $(B)/kvm-pv-tests.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 README.md CHANGELOG.md LICENSE docs/*.md docs/*.json $(DESTDIR)$(PREFIX)/share/doc/kvm-pv-tests
	printf '#!/bin/sh\nexec %s/run_tests.sh --runs results "$$@"\n' $(LIBRARY) >$(DESTDIR)$(PREFIX)/bin/kvm-pv-tests
	chmod 755 $(DESTDIR)$(PREFIX)/bin/kvm-pv-tests

clean: ## remove everything that was built
	rm -rf $(B)

-include $(shell find $(B) -path $(B)/mutants -prune -o -name '*.d' -print 2>/dev/null)
