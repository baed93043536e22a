# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # what is in apt.bash and common.bash
# Which cloud kernels and QEMUs there are, in the archive and in the cache. What the archive's lists say is kept in the
# cache as lines of fields with tabs between them, kernels from the oldest to the newest:
#   kernel  PACKAGE-VERSION RELEASE SUITE
#   suite   SUITE KERNEL-PACKAGE-VERSION KERNEL-RELEASE QEMU-VERSION
catalogue=$cache/catalogue.tsv

# Kernel packages as they were fetched, a folder RELEASE_PACKAGE-VERSION for each: archives drop them.
packages=$cache/packages

# Releases, from the oldest to the newest. What the archive lacks of these suites is left out.
readonly releases=(bullseye bookworm trixie forky sid)
readonly parts=('' -security -updates -backports -backports-sloppy)

archive_suites() {
	local release part
	for release in "${releases[@]}"; do
		for part in "${parts[@]}"; do
			[[ $release == sid && $part ]] || echo "$release$part"
		done
	done
	echo experimental
}

# Prints the catalogue out of what apt-cache says of cloud kernels ("show" and "madison") and of QEMU ("madison").
# Packages that depend on a kernel of another name are no kernels, but tell a suite's default one.
make_catalogue() { # SHOW MADISON
	awk -v releases="${releases[*]}" '
		function newer(a, b) { return system("dpkg --compare-versions \"" a "\" gt \"" b "\"") == 0 }
		FILENAME == ARGV[1] {
			if ($1 == "Package:") package = $2
			if ($1 == "Version:") version = $2
			if ($1 == "Depends:" && match($0, /linux-image-[0-9][^ ,]*/))
				points[package, version] = substr($0, RSTART + 12, RLENGTH - 12)
			next
		}
		{
			package = $1; version = $3; suite = $6
			sub(/\/.*/, "", suite)
			release = suite
			sub(/-security$/, "", release)
		}
		package == "qemu-system-x86" { if (newer(version, qemu[release])) qemu[release] = version; next }
		package == "linux-image-cloud-amd64" { if (newer(version, kernel[release])) kernel[release] = version; next }
		# In releases, the lists are long.
		!((package, version) in points) && !(suites[package, version] ~ /-/) { suites[package, version] = suite }
		END {
			sort = "sort -t \"\t\" -k 2,2V"
			for (key in suites) {
				split(key, part, SUBSEP)
				print "kernel\t" part[2] "\t" substr(part[1], 13) "\t" suites[key] | sort
			}
			close(sort)
			count = split(releases, names, " ")
			for (i = 1; i <= count; i++)
				if (names[i] in qemu && names[i] in kernel) {
					version = qemu[names[i]]
					sub(/^[0-9]+:/, "", version)
					print "suite\t" names[i] "\t" kernel[names[i]] "\t" \
						points["linux-image-cloud-amd64", kernel[names[i]]] "\t" version
				}
		}' "$1" "$2"
}

read_lists() { # NAMES
	# shellcheck disable=SC2086 # names of packages
	apt-cache -c "$apt/apt.conf" show $1 >"$partial/show" &&
		apt-cache -c "$apt/apt.conf" madison $1 qemu-system-x86 >"$partial/madison" &&
		make_catalogue "$partial/show" "$partial/madison" >"$partial/catalogue"
}

# Asks the archive. Needs the lock.
refresh_catalogue() {
	local apt=$partial/apt-all missing names suites
	mapfile -t suites < <(archive_suites)
	attempt "cannot write to $cache" make_apt "${suites[@]}"
	say "fetching the lists of kernels"
	update_lists kernels
	names=$(apt-cache -c "$apt/apt.conf" pkgnames linux-image- | grep -- '-cloud-amd64$')
	[[ $names ]] || die "$mirror has no cloud kernels"
	attempt "cannot read the lists of kernels from $mirror" read_lists "$names"
	attempt "cannot write to $cache" mv -T "$partial/catalogue" "$catalogue"
	rm -rf "$apt" "$partial"/{show,madison}
}

# Prints each kernel of the catalogue and of the cache: VERSION PACKAGE-VERSION RELEASE SUITE CACHED, with tabs between
# them. SUITE is "-" if only the cache has it, CACHED is true or false. Of packages of one version, the newest one counts.
list_kernels() {
	local folder
	{
		sed -n 's/^kernel\t//p' "$catalogue" 2>/dev/null
		for folder in "$packages"/*_* "$layers"/kernel-*_*; do
			[[ ! -d $folder ]] || { folder=${folder##*/} && folder=${folder#kernel-} && printf '%s\t%s\t-\n' "${folder#*_}" "${folder%%_*}"; }
		done
	} | sort -t $'\t' -k 1,1V -k 2,2 -s | awk -F '\t' -v OFS='\t' '
		function finish() { if (version) lines[version] = version OFS last OFS suite OFS cached }
		$1 OFS $2 != last {
			finish()
			last = $1 OFS $2
			version = $1
			sub(/^[0-9]+:/, "", version)
			sub(/-[^-]*$/, "", version)
			sub(/~/, "-", version)
			if (!(version in lines)) order[++count] = version
			suite = "-"
			cached = "false"
		}
		$3 == "-" { cached = "true" }
		$3 != "-" { suite = $3 }
		END { finish(); for (i = 1; i <= count; i++) print lines[order[i]] }'
}

# The line of list_kernels for the newest kernel of a version or, if that is the beginning of one, of those: 6.1 is not
# the beginning of 6.12.
find_listed_kernel() { # VERSION
	list_kernels | awk -F '\t' -v version="$1" '
		$1 == version || index($1, version ".") == 1 || index($1, version "-") == 1 { found = $0 }
		END { if (found) print found }'
}

# Prints SUITE KERNEL QEMU CACHED, with tabs between them, for each suite: what a host of that name has or, if the cache
# has none, what it would have.
list_suites() {
	local suite version release qemu link names=" "
	while IFS=$'\t' read -r suite version release qemu; do
		names+="$suite "
		is_cached "$suite" || printf '%s\t%s\t%s\tfalse\n' "$suite" "$release ($version)" "$qemu"
		! is_cached "$suite" || list_cached_suite "$suite"
	done < <(sed -n 's/^suite\t//p' "$catalogue" 2>/dev/null)
	for link in "$layers"/qemu-*; do
		suite=${link##*/qemu-}
		[[ ! -L $link || $names == *" $suite "* ]] || ! is_cached "$suite" || list_cached_suite "$suite"
	done
}

is_cached() { # HOST
	[[ -e $(qemu_layer "$1")/description && -e $(kernel_layer "$1")/description ]]
}

list_cached_suite() { # SUITE
	printf '%s\t%s\t%s\ttrue\n' "$1" "$(<"$(kernel_layer "$1")/description")" "$(<"$(qemu_layer "$1")/description")"
}
