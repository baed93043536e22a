# SPDX-License-Identifier: BSD-2-Clause
# The boot loader and the ROM of emulated Intel hosts: 32-bit code without headers and libraries.

LOADER_CFLAGS := -std=gnu11 -Os $(WARNINGS) -m32 -march=i686 -mgeneral-regs-only -ffreestanding -fno-builtin -fno-pic \
	-fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fomit-frame-pointer -MMD -MP
BOCHS_FILES   := $(B)/nested-host/boot.bin $(B)/nested-host/vga.rom

all: $(BOCHS_FILES)

$(B)/nested-host/boot.bin: $(B)/nested-host/boot.o $(B)/nested-host/load.o
	$(call say,LD,$@)
	$(Q)$(LD) -m elf_i386 -Ttext 0x7c00 -e start --build-id=none --oformat binary -o $@ $^

$(B)/nested-host/vga.rom: $(B)/nested-host/vga.o
	$(call say,LD,$@)
	$(Q)$(LD) -m elf_i386 -Ttext 0 -e 0 --build-id=none --oformat binary -o $@ $^

$(B)/nested-host/%.o: nested-host/bochs/%.c Makefile nested-host/nested-host.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. $(LOADER_CFLAGS) -c -o $@ $<

$(B)/nested-host/%.o: nested-host/bochs/%.S Makefile nested-host/nested-host.mk
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. $(LOADER_CFLAGS) -c -o $@ $<
