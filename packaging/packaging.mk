# SPDX-License-Identifier: BSD-2-Clause
# One file for machines without these sources.

BUNDLE := $(B)/kvm-pv-tests-bundle
# In the bundle, kvm-pv-tests is pvbatch, as run_tests.sh is elsewhere.
BUNDLED := $(addprefix $(B)/runner/,pvbatch pvrun pvreport kvm-probe kvm-pv-features)

.PHONY: bundle
bundle: $(BUNDLE) ## build a file that runs on any x86-64 Linux with KVM and QEMU, without these sources

$(BUNDLE): packaging/bundle.sh unittests.cfg $(B)/kvm-pv-tests $(B)/kvm-pv-tests.pvh $(BUNDLED)
	$(call say,BUNDLE,$@)
	$(Q)for p in $(BUNDLED); do ! readelf -l $$p | grep -q INTERP || \
		{ echo "$$p is not static: run \"make deps clean\", then \"make bundle\"" >&2; exit 2; }; done
	$(Q)rm -rf $(B)/bundle && mkdir -p $(B)/bundle/build/runner
	$(Q)cp unittests.cfg $(B)/bundle
	$(Q)cp $(B)/kvm-pv-tests $(B)/kvm-pv-tests.pvh $(B)/bundle/build
	$(Q)for p in $(BUNDLED); do strip -o $(B)/bundle/build/runner/$${p##*/} $$p || exit; done
	$(Q)ln $(B)/bundle/build/runner/pvbatch $(B)/bundle/kvm-pv-tests
	$(Q)sed "s/@LINES@/$$(($$(wc -l <packaging/bundle.sh) + 1))/" packaging/bundle.sh >$@.part
	$(Q)tar --sort=name --owner=0 --group=0 --mtime=@0 --format=ustar -C $(B)/bundle -cf - . | gzip -9n >>$@.part
	$(Q)chmod 755 $@.part && mv $@.part $@
