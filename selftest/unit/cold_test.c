/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/cold.c: the filter of system calls that keeps huge pages away, also on a kernel that refuses filters. */
#include "selftest/unit/unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/run/cold.h"

#define SIZE 0x200000

/* 0, or the error of this advice. */
static int advise(int advice)
{
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? -1 : madvise(memory, SIZE, advice) ? errno : 0;
}

/* What @function returns in a process of its own, as filters are for good. */
static int in_child(int (*function)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int advise_with_filter(void)
{
	cold_forbid_huge_pages();
	return advise(MADV_HUGEPAGE);
}

static int other_advice_with_filter(void)
{
	cold_forbid_huge_pages();
	return advise(MADV_NOHUGEPAGE);
}

static int execute_with_filter(void)
{
	cold_forbid_huge_pages();
	execl("/bin/sh", "sh", "-c", "exit 7", NULL);
	return 1;
}

/* Like a kernel without CONFIG_SECCOMP_FILTER, and like some sandboxes. */
static void refuse_filters(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static int advise_where_filters_are_refused(void)
{
	refuse_filters();
	cold_forbid_huge_pages();
	return advise(MADV_HUGEPAGE);
}

static int execute_where_filters_are_refused(void)
{
	refuse_filters();
	return execute_with_filter();
}

static int advise_plainly(void)
{
	return advise(MADV_HUGEPAGE);
}

static int can_filter(void)
{
	refuse_filters();
	return 0;
}

static void huge_pages_are_refused_and_nothing_else(void **state)
{
	(void)state;
	if (in_child(can_filter))
		skip();
	assert_int_equal(in_child(advise_with_filter), EINVAL);
	assert_int_equal(in_child(other_advice_with_filter), in_child(advise_plainly));
	assert_int_equal(in_child(execute_with_filter), 7);
}

static void a_kernel_without_filters_changes_nothing(void **state)
{
	(void)state;
	if (in_child(can_filter))
		skip();
	assert_int_equal(in_child(advise_where_filters_are_refused), in_child(advise_plainly));
	assert_int_equal(in_child(execute_where_filters_are_refused), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(huge_pages_are_refused_and_nothing_else),
		cmocka_unit_test(a_kernel_without_filters_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
