# SPDX-License-Identifier: BSD-2-Clause
# For machines without these sources: a bundle, and a Debian package.

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

# As Debian's own tools take it. The sources are copied, since debian/ has to be beside them, and the date is the last change's.
MAINTAINER ?= $(or $(DEBFULLNAME),$(shell git config user.name)) <$(or $(DEBEMAIL),$(shell git config user.email))>
DEB_SOURCE := $(B)/deb/kvm-pv-tests

.PHONY: deb
deb: ## build a Debian package, build/deb/kvm-pv-tests_VERSION_amd64.deb; MAINTAINER="NAME <ADDRESS>"
	$(Q)command -v dh >/dev/null || { echo "make deb needs the Debian packages debhelper and dpkg-dev" >&2; exit 2; }
	$(Q)rm -rf $(B)/deb && mkdir -p $(DEB_SOURCE)
	$(Q)git ls-files -z | tar --null -T - -cf - | tar -xf - -C $(DEB_SOURCE)
	$(Q)cp -r packaging/debian $(DEB_SOURCE)
	$(Q)sed -i "s|@MAINTAINER@|$(MAINTAINER)|; s|@VERSION@|$(VERSION)|; s|@DATE@|$$(git log -1 --format=%aD)|" \
		$(DEB_SOURCE)/debian/control $(DEB_SOURCE)/debian/changelog
	$(Q)cd $(DEB_SOURCE) && dpkg-buildpackage -b -us -uc >../log 2>&1 || { tail -n 20 ../log >&2; exit 1; }
	$(Q)rm -rf $(DEB_SOURCE) && ls $(B)/deb/*.deb
