# SPDX-License-Identifier: BSD-2-Clause
# The project's tests of itself: "make check" runs them all.

# Unit tests: selftest/unit/NAME_test.c with what of lib/ and x86/ it is about, for the build machine and under
# sanitizers. Our string functions get other names there, because cmocka, libc and sanitizers need their own. Not
# PIE, so that static objects lie below 4 GiB like everything in the kernel.
UNIT_TESTS  := $(patsubst selftest/unit/%.c,$(B)/unit/%,$(wildcard selftest/unit/*_test.c))
UNIT_RENAME := $(foreach name,strlen strcmp memcpy memmove memset memcmp,-D$(name)=lib_$(name))
UNIT_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARNINGS) -fno-pie -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-strict-aliasing -MMD -MP

$(B)/unit/acpi_test:      $(B)/unit/x86/acpi.o $(B)/unit/x86/acpi_madt.o
$(B)/unit/boot_info_test: $(B)/unit/x86/boot_info.o
$(B)/unit/cmdline_test:   $(B)/unit/lib/cmdline.o
$(B)/unit/cpuid_test:     $(B)/unit/x86/cpuid.o
$(B)/unit/fault_test:     $(B)/unit/x86/fault.o $(B)/unit/lib/format.o
$(B)/unit/format_test:    $(B)/unit/lib/format.o
$(B)/unit/ktap_test:      $(B)/unit/lib/ktap.o $(B)/unit/lib/format.o $(B)/unit/console.o
$(B)/unit/pvclock_test:   $(B)/unit/x86/pvclock.o
$(B)/unit/string_test:    $(B)/unit/x86/memory.o
$(B)/unit/symbols_test:   $(B)/unit/x86/symbols.o
$(B)/unit/test_test:      $(B)/unit/lib/ktap.o $(B)/unit/lib/format.o $(B)/unit/console.o
$(B)/unit/symbols_test: UNIT_LDFLAGS := -Wl,--defsym=image_start=0x100000,--defsym=text_end=0x101000

$(UNIT_TESTS): %: %.o $(B)/unit/lib/string.o $(B)/unit/x86/memory.o
	$(call say,LD,$@)
	$(Q)$(CC) $(UNIT_CFLAGS) -no-pie $(UNIT_LDFLAGS) -o $@ $^ -lcmocka -lm -pthread

$(B)/unit/%.o: selftest/unit/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<

$(B)/unit/lib/%.o $(B)/unit/x86/%.o: UNIT_CFLAGS += $(UNIT_RENAME)
$(B)/unit/lib/%.o: lib/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<
$(B)/unit/x86/%.o: x86/%.c Makefile selftest/selftest.mk
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(UNIT_CFLAGS) -c -o $@ $<
