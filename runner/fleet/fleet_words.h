/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the document that docs/fleet.schema.json describes, as words for people. The caller frees them. */
#ifndef RUNNER_FLEET_FLEET_WORDS_H
#define RUNNER_FLEET_FLEET_WORDS_H

#include <jansson.h>

/* "kernel 6.1.0-56-amd64", "kvm.tdp_mmu=Y" */
char *fleet_fact_words(const char *fact, const char *value);
/* "kernel 6.1.0-56-amd64, processor AMD EPYC 7xx3, QEMU 7.2": what the hosts of a class share. */
char *fleet_common_words(const json_t *common);
/* "on all 40 with kernel 6.12.50, on none of 9960 others" */
char *fleet_explanation_words(const json_t *explanation);
/* "alpha.one in default: no failure -> fail" */
char *fleet_difference_words(const json_t *difference);

#endif
