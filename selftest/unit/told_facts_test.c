/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/told_facts.c and host_facts.c: what the kernel is told of made-up hosts. */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/run/qemu_args.h"
#include "runner/run/told_facts.h"

static const struct host_facts nothing;

static const char *tell(const char *accel, const char *append, char **args, const struct host_facts *h)
{
	static char text[400];
	struct run_options o = {.accel = accel, .append = append, .args = args};
	char *told = told_facts_make(&o, h);

	snprintf(text, sizeof(text), "%s", told);
	free(told);
	return text;
}

static void what_is_not_known_is_not_told(void **state)
{
	char *args[] = {NULL};

	(void)state;
	assert_string_equal(tell("kvm", "", args, &nothing),
			    " cmos-clock=host lapic=kernel foreign-hypercalls=replaced");
	assert_string_equal(tell("tcg", "", args, &nothing), " cmos-clock=host");
}

static void everything(void **state)
{
	char *args[] = {NULL};
	const struct host_facts h = {
		.kvm_answered = true,
		.kvm_features = 0x1007efb,
		.vcpu_tsc_khz = 2500000,
		.tsc_clock = FACT_ON,
		.tsc_stable = FACT_ON,
		.apicv = FACT_OFF,
		.is_virtual = FACT_ON,
		.doubles_interrupts = true,
		.slew_known = true,
		.slew_ppm = -12,
		.cpus = 4,
	};

	(void)state;
	assert_string_equal(
		tell("kvm", "", args, &h),
		" cmos-clock=host host-cpus=4 kvm-features=0x1007efb lapic=kernel foreign-hypercalls=replaced tsc-clock=on"
		" tsc-stable=on vcpu-tsc-khz=2500000 apicv=off clock-slew-ppm=-12"
		" doubled-interrupts=on host-is-virtual=on");
	/* Without KVM nothing of KVM. */
	assert_string_equal(tell("tcg", "", args, &h), " cmos-clock=host host-cpus=4");
	/* The configuration knows better. */
	assert_string_equal(
		tell("kvm", "tsc-clock=off  apicv=off run=a,lapic=x cmos-clock=other host-cpus=1", args, &h),
		" kvm-features=0x1007efb lapic=kernel foreign-hypercalls=replaced tsc-stable=on vcpu-tsc-khz=2500000"
		" clock-slew-ppm=-12 doubled-interrupts=on host-is-virtual=on");
}

static void qemus_arguments(void **state)
{
	char *off[] = {(char *)"-machine", (char *)"pc,kernel-irqchip=on", (char *)"--machine",
		       (char *)"kernel-irqchip=off", NULL};
	char *split[] = {(char *)"-M", (char *)"q35,kernel-irqchip=split", NULL};
	char *pm[] = {(char *)"-overcommit", (char *)"cpu-pm=on", (char *)"-overcommit",
		      (char *)"mem-lock=on", NULL};
	char *clock[] = {(char *)"-rtc", (char *)"base=2006-06-17", NULL};
	char *local[] = {(char *)"-rtc", (char *)"base=localtime", NULL};
	char *vm[] = {(char *)"-rtc", (char *)"base=utc,clock=vm", NULL};
	char *utc[] = {(char *)"-rtc", (char *)"base=utc,clock=host,driftfix=slew", NULL};

	(void)state;
	assert_string_equal(tell("kvm", "", off, &nothing),
			    " cmos-clock=host lapic=vmm foreign-hypercalls=replaced");
	assert_string_equal(tell("kvm", "", split, &nothing),
			    " cmos-clock=host lapic=kernel foreign-hypercalls=replaced");
	assert_string_equal(tell("kvm", "", pm, &nothing),
			    " cmos-clock=host lapic=kernel foreign-hypercalls=replaced hlt-exits=off");
	assert_string_equal(tell("tcg", "", pm, &nothing), " cmos-clock=host");
	assert_string_equal(tell("tcg", "", clock, &nothing), " cmos-clock=other");
	assert_string_equal(tell("tcg", "", local, &nothing), " cmos-clock=other");
	assert_string_equal(tell("tcg", "", vm, &nothing), " cmos-clock=other");
	assert_string_equal(tell("tcg", "", utc, &nothing), " cmos-clock=host");
}

static void a_tsc_frequency_that_is_asked_for(void **state)
{
	char *args[] = {(char *)"-cpu", (char *)"host,tsc-frequency=1000000500", NULL};
	char *odd[] = {(char *)"-cpu", (char *)"host,tsc-frequency=1G", NULL};
	struct host_facts h = {.tsc_clock = FACT_ON, .vcpu_tsc_khz = 2500000, .scales_tsc = true};

	(void)state;
	assert_string_equal(
		tell("kvm", "", args, &h),
		" cmos-clock=host lapic=kernel foreign-hypercalls=replaced tsc-clock=on vcpu-tsc-khz=1000000");
	assert_string_equal(tell("kvm", "", odd, &h),
			    " cmos-clock=host lapic=kernel foreign-hypercalls=replaced tsc-clock=on");
	h.scales_tsc = false;
	assert_string_equal(tell("kvm", "", args, &h),
			    " cmos-clock=host lapic=kernel foreign-hypercalls=replaced");
}

static unsigned int factor(const char *smp, const cpu_set_t *cpus)
{
	char *args[] = {(char *)"-smp", (char *)smp, NULL};
	struct run_options o = {.args = args, .cpus = cpus};

	return told_time_factor(&o);
}

static void vcpus_that_share_cpus_take_longer(void **state)
{
	char *none[] = {NULL};
	struct run_options o = {.args = none};
	cpu_set_t cpus;

	(void)state;
	assert_int_equal(told_time_factor(&o), 1);
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	assert_int_equal(factor("1", &cpus), 1);
	assert_int_equal(factor("2", &cpus), 2);
	CPU_SET(3, &cpus);
	assert_int_equal(factor("2,maxcpus=8", &cpus), 1);
	assert_int_equal(factor("sockets=1,cpus=3", &cpus), 2);
	assert_int_equal(factor("72,sockets=24,cores=3,threads=1", &cpus), 8);
}

static char root[] = "/tmp/told_facts_XXXXXX";

static void put(const char *path, const char *text)
{
	char name[300];
	FILE *file;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(name, sizeof(name), "%s%.*s", root, (int)(slash - path), path);
		mkdir(name, 0700);
	}
	snprintf(name, sizeof(name), "%s%s", root, path);
	file = fopen(name, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct host_facts facts(void)
{
	struct host_facts h = {.vcpu_tsc_khz = 2500000};

	host_facts_read(&h, root);
	return h;
}

#define CURRENT	  "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define AVAILABLE "/sys/devices/system/clocksource/clocksource0/available_clocksource"

static void what_the_host_says(void **state)
{
	struct host_facts h;

	(void)state;
	assert_non_null(mkdtemp(root));
	h = facts();
	assert_int_equal(h.tsc_clock, FACT_UNKNOWN);
	assert_int_equal(h.tsc_stable, FACT_UNKNOWN);
	assert_int_equal(h.apicv, FACT_UNKNOWN);
	assert_int_equal(h.vcpu_tsc_khz, 2500000);

	put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu tsc constant_tsc\nbugs\t\t:\n");
	put(CURRENT, "tsc\n");
	put(AVAILABLE, "tsc hpet acpi_pm \n");
	put("/sys/module/kvm_amd/parameters/avic", "0\n");
	put("/sys/devices/system/cpu/cpu0/cpufreq/x", "");
	h = facts();
	assert_int_equal(h.tsc_clock, FACT_ON);
	assert_int_equal(h.tsc_stable, FACT_ON);
	assert_int_equal(h.apicv, FACT_OFF);
	assert_int_equal(h.vcpu_tsc_khz, 2500000);

	put("/proc/cpuinfo", "flags\t\t: fpu tsc rdtscp tsc_adjust\n");
	put(CURRENT, "hpet\n");
	put(AVAILABLE, "hpet acpi_pm\n");
	put("/sys/module/kvm_amd/parameters/avic", "Y\n");
	h = facts();
	assert_int_equal(h.tsc_clock, FACT_OFF);
	assert_int_equal(h.tsc_stable, FACT_OFF);
	assert_int_equal(h.apicv, FACT_ON);
	assert_int_equal(h.vcpu_tsc_khz, 0);

	put("/proc/cpuinfo", "flags\t\t: fpu tsc_adjust\n");
	put(CURRENT, "hyperv_clocksource_tsc_page\n");
	put("/sys/module/kvm_amd/parameters/avic", "N\n");
	h = facts();
	assert_int_equal(h.tsc_clock, FACT_ON);
	assert_int_equal(h.tsc_stable, FACT_UNKNOWN);
	assert_int_equal(h.apicv, FACT_OFF);
}

static int remove_root(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void this_host(void **state)
{
	struct host_facts h;
	cpu_set_t cpus;

	(void)state;
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	host_facts_ask(&h, "", "", &cpus);
	assert_int_equal(h.cpus, 1);
	assert_false(h.kvm_answered);
	assert_int_not_equal(h.is_virtual, FACT_UNKNOWN);
	setenv("KVM_PV_TESTS_HOST_IS_VIRTUAL", "1", 1);
	host_facts_ask(&h, "", "/dev/null", NULL);
	assert_int_equal(h.is_virtual, FACT_ON);
	assert_true(h.cpus >= 1);
	assert_false(h.kvm_answered);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known_is_not_told),
		cmocka_unit_test(everything),
		cmocka_unit_test(qemus_arguments),
		cmocka_unit_test(a_tsc_frequency_that_is_asked_for),
		cmocka_unit_test(vcpus_that_share_cpus_take_longer),
		cmocka_unit_test(what_the_host_says),
		cmocka_unit_test(this_host),
	};

	return cmocka_run_group_tests_name("told_facts", tests, NULL, remove_root);
}
