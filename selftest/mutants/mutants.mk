# SPDX-License-Identifier: BSD-2-Clause
# How much of KVM's PV code the tests hold: selftest/mutants/README.md.

N        ?= 20
ALL      ?=
SOURCE   := $(B)/mutants/source
MUTANTS  := selftest/mutants/mutants $(SOURCE)
RECORDS  := results/mutants.jsonl
SAMPLE    = $(shell grep -v '^\#' selftest/mutants/sample.tsv | cut -f 2)

.PHONY: mutants mutants-check mutants-report
mutants: all $(B)/vmm ## break KVM in N ways, drawn by SEED, or with ALL=1 in all, and see tests fail
	@selftest/mutants/prepare $(SOURCE)
	@mkdir -p results
	@$(MUTANTS) build
	@$(MUTANTS) run $(RECORDS) --jobs "$$(nproc)" $(if $(ALL),,--sample $(N) --seed $(SEED))
	@echo 'The runs are in $(RECORDS); make mutants-report makes docs/mutation.md of them.'

mutants-check: all $(B)/vmm ## break KVM in the ten ways of selftest/mutants/sample.tsv, and see a test fail for each
	@selftest/mutants/prepare $(SOURCE)
	@$(MUTANTS) build --only $(SAMPLE)
	@rm -f $(B)/mutants/check.jsonl
	@$(MUTANTS) run $(B)/mutants/check.jsonl --jobs "$$(nproc)" --stages 1 --only $(SAMPLE)
	@$(MUTANTS) verdicts $(B)/mutants/check.jsonl >$(B)/mutants/check-verdicts.jsonl

mutants-report: ## make docs/mutation.md of what "make mutants" has run
	@$(MUTANTS) report $(RECORDS) >docs/mutation.md.part
	@mv docs/mutation.md.part docs/mutation.md
