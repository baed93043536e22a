/* SPDX-License-Identifier: BSD-2-Clause */
/* How often configurations are run: --repeat, --for and --until-fail. */
#ifndef RUNNER_SOAK_GOAL_H
#define RUNNER_SOAK_GOAL_H

#include <stdbool.h>
#include <stdint.h>

struct soak_goal {
	long repetitions; /* so many, or 0: no limit */
	int64_t ms; /* no repetition begins after this time; 0: no limit */
	bool until_fail; /* none begins after a failure that is not in every repetition */
};

/* Whether more is asked for than to run once. */
bool goal_given(const struct soak_goal *goal);
/* "30s", "20m", "8h", "2d", in milliseconds. False: it is none of these, or longer than GOAL_DAYS_MAX days. */
#define GOAL_DAYS_MAX 365
bool goal_parse_time(const char *text, int64_t *ms);

/* How much of it is done after so many repetitions and so much time, 0 to 1; less than 0: nothing tells. */
double goal_fraction(const struct soak_goal *goal, long repetitions, int64_t ms);
/* Whether no more repetition begins. */
bool goal_reached(const struct soak_goal *goal, long repetitions, int64_t ms, bool failed);
/* An estimate of the time to the end, after @real_ms outside of a host where @ms have passed; less than 0: nothing tells. */
int64_t goal_left_ms(const struct soak_goal *goal, long repetitions, int64_t ms, int64_t real_ms);
/* The longest that it takes, in seconds, where one repetition takes @once at most; GOAL_SECONDS_MAX if there is no end. */
#define GOAL_SECONDS_MAX 99999999LL
long long goal_seconds(const struct soak_goal *goal, long long once);
/* "40 s", "42 min", "7.5 h", "2.0 d". The caller frees it. */
char *goal_time_text(int64_t ms);

#endif
