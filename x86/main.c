/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets up the machine, reads the kernel arguments, runs the tests and powers off. */
#include "lib/cmdline.h"
#include "lib/format.h"
#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/user.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/told.h"
#include "x86/kvm/vm_reset.h"
#include "x86/platform/acpi.h"
#include "x86/platform/boot_info.h"
#include "x86/platform/channel.h"
#include "x86/platform/i8259.h"
#include "x86/platform/power.h"
#include "x86/platform/refclock.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

_Noreturn void kernel_main(void);

static struct {
	const char *run;
	bool list;
	bool virtio_console;
} options = {.run = "*"};

/* A copy for the log's header: parsing cuts the command line up. */
static char cmdline_text[sizeof(boot_info.cmdline)];

static bool parse_console(const char *value)
{
	options.virtio_console = !strcmp(value, "virtio");
	return options.virtio_console || !strcmp(value, "serial");
}

static bool parse_argument(const char *key, const char *value)
{
	if (!strcmp(key, "list") && !value) {
		options.list = true;
		return true;
	}
	if (!value)
		return false;
	if (!strcmp(key, "run")) {
		options.run = value;
		return *value;
	}
	if (!strcmp(key, "console"))
		return parse_console(value);
	if (!strcmp(key, "reset"))
		return vm_reset_parse(value);
	return told_parse(key, value);
}

/* The run continues after an unknown argument, but counts as failed. */
static void report_arguments(char *cmdline)
{
	static char known[KTAP_LINE_SIZE];
	char *key, *value;

	told_arguments(known, sizeof(known));
	if (boot_info.cmdline_cut)
		test_run_error("the kernel command line is longer than %zu bytes",
			       sizeof(boot_info.cmdline) - 1);
	while ((key = cmdline_next(&cmdline, &value)))
		if (!parse_argument(key, value))
			test_run_error(
				"bad kernel argument \"%s%s%s\"; known are run=GLOB[,GLOB...] list console=serial|virtio reset=WAY %s",
				key, value ? "=" : "", value ? value : "", known);
}

/*
 * The plan depends on run= and list, and has to come before any message. So arguments are read twice: silently before
 * the plan, and by report_arguments() behind it.
 */
static void read_arguments(const char *text)
{
	static char copy[sizeof(boot_info.cmdline)];
	char *rest = copy, *key, *value;

	memcpy(copy, text, sizeof(copy));
	while ((key = cmdline_next(&rest, &value)))
		parse_argument(key, value);
}

static void print_header(void)
{
	ktap_note("kvm-pv-tests %s", KVM_PV_TESTS_VERSION);
	ktap_note("boot protocol=%s memory=%luMiB cmdline=\"%s\"", boot_info.protocol, boot_ram_size() >> 20,
		  cmdline_text);
	ktap_note("host-cpuid base=%#x max=%#x features=%#010x hints=%#x vendor=%s", kvm_leaf.base,
		  kvm_leaf.max, kvm_leaf.features, kvm_leaf.hints, cpuid_vendor());
}

static void print_guest(void)
{
	ktap_note("guest vcpus=%u apic=%s tsc-khz=%lu tsc-from=%s clock=%s console=%s", smp_cpus_online(),
		  apic_is_x2apic() ? "x2apic" : "xapic", timer_tsc_khz(), timer_tsc_source(),
		  refclock_name() ? refclock_name() : "none",
		  virtio_console_ready(&virtio_log) ? "virtio" : "serial");
	if (pv_msr_used_before())
		ktap_note("vCPU 0 was used by another kernel before");
	if (!strcmp(timer_tsc_source(), "guess"))
		ktap_note(
			"nothing tells the TSC's frequency: a guess is used, and time limits are as wrong as it");
}

void kernel_main(void)
{
	bool passed = true;

	serial_init(SERIAL_COM1);
	pages_init();
	paging_init();
	smp_init_boot_cpu(); /* this_cpu() works from here on, */
	trap_init(); /* and exceptions are reported */
	user_init();
	cpuid_init();
	pv_msr_take_over();
	acpi_init(boot_info.rsdp);
	outb(0xff, PIC_MASTER_MASK); /* interrupts come through the APICs only */
	outb(0xff, PIC_SLAVE_MASK);
	apic_init();
	refclock_init();
	timer_init();
	timer_cpu_init();
	memcpy(cmdline_text, boot_info.cmdline, sizeof(cmdline_text));
	read_arguments(cmdline_text);
	if (options.virtio_console)
		virtio_console_init(&virtio_log,
				    0); /* if there is none, the log stays on COM1, as its header says */
	channel_init();
	vm_reset_before_tests();

	if (options.list) {
		test_list(options.run);
		report_arguments(boot_info.cmdline);
	} else {
		test_plan(options.run);
		print_header();
		report_arguments(boot_info.cmdline);
		smp_start_all();
		print_guest();
		hypercall_init();
		passed = test_run();
	}
	power_off(passed ? POWER_OFF_PASSED : POWER_OFF_FAILED);
}
