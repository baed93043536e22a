# SPDX-License-Identifier: BSD-2-Clause
# How much of KVM's PV code the tests hold: selftest/mutants/README.md.

N        ?= 20
ALL      ?=
MUTANTS  := selftest/mutants/mutants $(B)/mutants/source
RECORDS  := results/mutants.jsonl

.PHONY: mutants mutants-report
mutants: all ## break KVM in N ways, drawn by SEED, or with ALL=1 in all, and see tests fail
	selftest/mutants/prepare $(B)/mutants/source
	@mkdir -p results
	$(MUTANTS) build
	$(MUTANTS) run $(RECORDS) --jobs "$$(nproc)" $(if $(ALL),,--sample $(N) --seed $(SEED))
	$(MUTANTS) verdicts $(RECORDS) >results/mutants-verdicts.jsonl || :

mutants-report: ## make docs/mutation.md of what "make mutants" has run
	$(MUTANTS) report $(RECORDS) >docs/mutation.md.part
	mv docs/mutation.md.part docs/mutation.md
