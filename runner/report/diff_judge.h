/* SPDX-License-Identifier: BSD-2-Clause */
/* What a difference between two runs of a test means for guests. */
#ifndef RUNNER_REPORT_DIFF_JUDGE_H
#define RUNNER_REPORT_DIFF_JUDGE_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/report/diff_find.h"
#include "runner/report/diff_pairs.h"
#include "runner/report/result_set.h"

/* The tests of one host, to distinguish a test that is gone from one that runs in another configuration. */
struct known_tests {
	json_t *before, *now; /* name -> whether it ran in any configuration */
	json_t *newly; /* name -> names of the pairs that run it now, and did not before */
	json_t *stayed; /* names of tests that run in a pair now and ran there before */
};

void known_tests_init(struct known_tests *known);
void known_tests_add(struct known_tests *known, const struct pair *p);
void known_tests_free(struct known_tests *known);

/* A test on one side of a pair, or what stands for it there. */
struct test_side {
	const struct result_test *test; /* NULL: that side has no such test */
	const char *verdict; /* a verdict's word, "not run" or "missing" */
	const char *why;
	const json_t *messages;
};

/* @r, which may be NULL: that side of the pair. @known: the tests that this side's host has. */
struct test_side diff_side(const struct result_test *test, const char *name, const struct result_entry *r,
			   const json_t *known);

/* The test ran on both sides. CHANGE_KINDS: it passed on both. */
enum change_kind diff_judge_run(const struct test_side *before, const struct test_side *now);

/*
 * The test ran before, and does not any more. That it runs in another configuration excuses nothing where guests of
 * this one have lost a feature, or where there is only one configuration more.
 */
enum change_kind diff_judge_loss(const struct pair *p, const struct known_tests *known, const char *name,
				 const struct test_side *before, const struct test_side *now);

/* Where @name runs now and did not before: an array of names, or NULL if it also runs where it ran. */
const json_t *diff_moved_to(const struct known_tests *known, const char *name);

/* It was skipped because the run could not show it this time: that depends on how busy the machine was. */
bool diff_is_luck(const struct test_side *side);

/* Helpers about a whole result, which may be NULL. */
bool diff_checked_anything(const struct result_entry *r);
/* NULL if there are none. */
const json_t *diff_errors(const struct result_entry *r);
/* Why a result is what it is, in one line. */
const char *diff_reason(const struct result_entry *r);

#endif
