/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/goal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

#define SECOND_MS  1000LL
#define MINUTE_MS  (60 * SECOND_MS)
#define HOUR_MS	   (60 * MINUTE_MS)
#define DAY_MS	   (24 * HOUR_MS)
#define DIGITS_MAX 8

bool goal_given(const struct soak_goal *goal)
{
	return goal->repetitions || goal->ms || goal->until_fail;
}

bool goal_parse_time(const char *text, int64_t *ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {{'s', SECOND_MS}, {'m', MINUTE_MS}, {'h', HOUR_MS}, {'d', DAY_MS}};
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > DIGITS_MAX || !text[digits] || text[digits + 1])
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[digits] == units[i].letter) {
			*ms = strtoll(text, NULL, 10) * units[i].ms;
			return *ms > 0 && *ms <= GOAL_DAYS_MAX * DAY_MS;
		}
	return false;
}

double goal_fraction(const struct soak_goal *goal, long repetitions, int64_t ms)
{
	double by_count = goal->repetitions ? (double)repetitions / (double)goal->repetitions : -1;
	double by_time = goal->ms ? (double)ms / (double)goal->ms : -1;
	double done = by_count > by_time ? by_count : by_time;

	return done > 1 ? 1 : done;
}

bool goal_reached(const struct soak_goal *goal, long repetitions, int64_t ms, bool failed)
{
	return goal_fraction(goal, repetitions, ms) >= 1 || (goal->until_fail && failed);
}

int64_t goal_left_ms(const struct soak_goal *goal, long repetitions, int64_t ms, int64_t real_ms)
{
	double done = goal_fraction(goal, repetitions, ms);

	return done > 0 ? (int64_t)((double)real_ms * (1 - done) / done) : -1;
}

long long goal_seconds(const struct soak_goal *goal, long long once)
{
	long long most = GOAL_SECONDS_MAX;

	if (goal->repetitions && once < most / goal->repetitions)
		most = once * goal->repetitions;
	if (goal->ms && once + goal->ms / SECOND_MS < most)
		most = once + goal->ms / SECOND_MS;
	return most;
}

char *goal_time_text(int64_t ms)
{
	if (ms < 100 * SECOND_MS)
		return text_format("%lld s", (long long)((ms + SECOND_MS / 2) / SECOND_MS));
	if (ms < 100 * MINUTE_MS)
		return text_format("%lld min", (long long)((ms + MINUTE_MS / 2) / MINUTE_MS));
	if (ms < 2 * DAY_MS)
		return text_format("%.1f h", (double)ms / (double)HOUR_MS);
	return text_format("%.1f d", (double)ms / (double)DAY_MS);
}
