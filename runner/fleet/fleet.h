/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fleet: many hosts, each with the report of its own run (docs/report.schema.json). Of a report only what hosts are
 * compared by stays in memory: its outcome, and the facts of its host. Both are few, as most hosts of a fleet are alike.
 */
#ifndef RUNNER_FLEET_FLEET_H
#define RUNNER_FLEET_FLEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLEET_NONE SIZE_MAX

struct fleet_host {
	char *name;
	char *path; /* of its report; NULL: there is none */
	const char *end; /* why there is no outcome: one of fleet_ends; NULL: there is one */
	char *message; /* what else is said about that, or NULL */
	size_t outcome, platform; /* their numbers, or FLEET_NONE */
};

/* Hosts with the same outcome, and with the same facts. */
struct fleet {
	struct fleet_host *hosts;
	size_t count;
	json_t *outcomes; /* array of what fleet_outcome_make() made: failures first, then those of most hosts */
	json_t *platforms; /* array of what fleet_facts_make() made: those of most hosts first */
	json_t *problems; /* array of strings: what is wrong with the list of hosts */
};

/* Kinds of hosts without a result, in the order of reports. */
extern const char *const fleet_ends[];
#define FLEET_END_NO_REPORT "no report"
#define FLEET_END_DAMAGED   "damaged"

/* FOLDER/HOST.json, and FOLDER/fleet.jsonl if it is there. NULL: done. Otherwise one line, which the caller frees. */
char *fleet_load(struct fleet *fleet, const char *folder);
void fleet_free(struct fleet *fleet);
/* Numbers outcomes and platforms anew, in the order that struct fleet has them in. */
void fleet_order(struct fleet *fleet);

/* What hosts of one class have in common, of a report. NULL: *@why, which the caller frees, says why it is none. */
json_t *fleet_outcome_make(const json_t *report, char **why);
/* A text that is the same for equal outcomes, and different for others. The caller frees it. */
char *fleet_outcome_key(const json_t *outcome);
/* What a failure of an outcome is known by in others. The caller frees it. */
char *fleet_failure_key(const json_t *failure);
/* Tells reports of hosts from other files. NULL: it is one. */
char *fleet_report_why_not(const json_t *report);

/* fact -> value, of a report: kernel, QEMU and so on, and MODULE.PARAMETER. */
json_t *fleet_facts_make(const json_t *report);
/* How people call a fact: "QEMU" of "qemu". */
const char *fleet_fact_title(const char *fact);
/* The same of several values: "versions of QEMU". */
const char *fleet_fact_plural(const char *fact);
/* Facts that are no parameter of a module, in the order of reports; NULL ends them. */
extern const char *const fleet_facts[];

/* How many hosts have which outcome on which platform; those without an outcome are left out. */
struct fleet_cell {
	size_t outcome, platform, hosts;
};
struct fleet_cells {
	struct fleet_cell *all; /* ordered by outcome, then by platform */
	size_t count;
	size_t hosts; /* the sum */
};
void fleet_cells_init(struct fleet_cells *cells, const struct fleet *fleet);
void fleet_cells_free(struct fleet_cells *cells);

#endif
