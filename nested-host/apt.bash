# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # what build and kernels use, and common.bash has
# What build and kernels share: the cache's lock, and a private apt, which needs neither root nor namespaces.

# A helper of apt's lies here.
PATH=$PATH:/usr/lib/apt

# What went wrong, in one line, out of a program's messages.
gist() { # MESSAGES
	local line
	line=$(grep -m 1 -E 'No space left|free space|Could not resolve|Could not connect|Connection failed|NO_PUBKEY' \
		<<<"$1" || grep -m 1 '^E:' <<<"$1" || tail -n 1 <<<"$1")
	line=${line#E: } line=${line#  }
	echo "${line:-no reason given}"
}

# Becomes a program that ends when this script does. For the last command of a "$(...)", which is a child of this script.
become() { # PROGRAM ARGUMENT...
	exec setpriv --pdeathsig TERM "$@"
}

# Runs a program silently; if it fails, that is the end. The messages are kept in memory: the disk may be what is full.
attempt() { # WHAT PROGRAM ARGUMENT...
	local what=$1 messages pipe output status
	shift
	# A signal ends "read", but would have to wait for the end of "$(...)". A job on a pipe, since bash 5.2 may forget the
	# status of a process substitution.
	exec {pipe}<> <(:)
	exec {output}<"/dev/fd/$pipe"
	"$@" <&0 >&"$pipe" 2>&1 {pipe}>&- {output}<&- &
	exec {pipe}>&-
	IFS= read -rd '' -u "$output" messages
	exec {output}<&-
	wait "$!"
	status=$?
	((!status)) || die "$what: $(gist "${messages%$'\n'}")"
}

partial=''

remove_partial() {
	[[ ! $partial ]] || rm -rf "$partial"
}

# Waits until no other process changes the cache. Sets partial to a folder for what is not complete. What has a PREFIX does not wait
# for what has another.
lock_cache() { # PREFIX
	local program lock prefix=$1
	for program in apt-get dpkg-deb flock setpriv xz; do
		command -v "$program" >/dev/null || die "$program is missing: a host is made of Debian packages"
	done
	attempt "cannot write to $cache" mkdir -p "$cache"
	attempt "cannot write to $cache" touch "$cache/${prefix}lock"
	exec {lock}<"$cache/${prefix}lock"
	flock -n "$lock" || { say "waiting for another build to end" && setpriv --pdeathsig TERM flock "$lock"; }
	# Under the lock, these are of builds that were killed.
	rm -rf "$cache/${prefix}partial".*
	trap remove_partial EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	partial=$cache/${prefix}partial.$$
	attempt "cannot write to $cache" mkdir "$partial"
	find_mirror
}

# Where this machine, if it is a Debian one, gets its own packages, and their security updates.
find_mirror() {
	local targets='' uri release
	mirror=${KVM_PV_TESTS_MIRROR:-} security=''
	if [[ ! $mirror ]] && grep -qx 'ID=debian' /etc/os-release 2>/dev/null; then
		targets=$(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE)" 'Created-By: Packages' 'Component: main')
	fi
	while read -r uri release; do
		case $release in
		*-security) security=${security:-$uri} ;;
		*-* | '') ;;
		*) mirror=${mirror:-$uri} ;;
		esac
	done <<<"$targets"
	[[ $mirror ]] || die "no Debian archive is known to this machine: name one with KVM_PV_TESTS_MIRROR=URL"
	mirror=${mirror%/}
	security=${security:-$mirror-security}
	security=${security%/}
}

# A private apt, with the machine's own settings (a proxy, say) but with lists, sources and packages of its own.
make_apt() { # SUITE...
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg trust='' suite archive
	mkdir -p "$apt"/{lists,archives}/partial && : >"$apt/status" || return
	[[ ! -e $keyring ]] || trust="[signed-by=$keyring] "
	for suite in "$@"; do
		archive=$mirror
		[[ $suite != *-security ]] || archive=$security
		echo "deb $trust$archive $suite main"
	done >"$apt/sources.list"
	# Mirrors may serve an expired Release file. Signatures are checked all the same, whatever this machine's apt does.
	cat >"$apt/apt.conf" <<-END
		#clear APT::Update;
		#clear DPkg;
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		Acquire::AllowWeakRepositories "false";
		Acquire::AllowDowngradeToInsecureRepositories "false";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "20";
		Dir::Cache "$apt";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::archives "$apt/archives";
		Dir::State "$apt";
		Dir::State::lists "$apt/lists";
		Dir::State::status "$apt/status";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
	END
}

# Fetches the lists of the suites that the archive has, and sets missing to those that it has not.
update_lists() { # WHAT
	local messages other
	missing=''
	messages=$(become apt-get -c "$apt/apt.conf" update 2>&1) && return
	missing=$(sed -n "s/^E: The repository '[^ ]* \([^ ]*\) Release' does not have a Release file\.*$/\1/p" <<<"$messages")
	other=$(grep -E '^E:|Could not|failed' <<<"$messages" | grep -v 'does not have a Release file')
	[[ $missing && ! $other ]] || die "$1: cannot fetch the lists of packages from $mirror: $(gist "$messages")"
}

# Leaves the private apt of a suite in $apt. Releases have their security updates with them; the unstable suite has none.
enter_suite() { # SUITE
	local suites=("$1") missing
	apt=$partial/apt-$1
	[[ ! -e $apt/apt.conf ]] || return 0
	[[ $1 == *-* || $1 == sid || $1 == unstable || $1 == experimental ]] || suites+=("$1-security")
	attempt "cannot write to $cache" make_apt "${suites[@]}"
	update_lists "$1"
	[[ ! $missing ]] || die "no suite \"$1\" at $mirror (with $1-security at $security)"
}

# The version that apt would install. Empty if there is none.
candidate() { # PACKAGE
	apt-cache -c "$apt/apt.conf" policy "$1" | sed -n 's/^ *Candidate: *//p' | grep -vxF '(none)'
}
