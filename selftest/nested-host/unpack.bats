#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# What nested-unpack takes of the archives that a host sends, which may be hostile. make-archive knows the tricks.

load helper

setup() {
	# A trick that works reaches this folder or this file.
	mkdir "$BATS_TEST_TMPDIR"/{folder,outside}
	echo mine >"$BATS_TEST_TMPDIR/outside/file"
	cd "$BATS_TEST_TMPDIR/folder" || return
}

teardown() {
	[ "$(ls -A "$BATS_TEST_TMPDIR/outside")" = file ]
	[ "$(cat "$BATS_TEST_TMPDIR/outside/file")" = mine ]
	[ ! -e /outside ]
}

unpack() { # NESTED-UNPACK-OPTION... -- TRICK [NUMBER]
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	run bash -o pipefail -c '"$1" "${@:3}" | "$2" '"${options[*]}"' .' bash "$archives" "$unpack_program" "$@"
	echo "$output"
}

# What comes after what was refused is not taken.
refuses() { # MESSAGE TRICK [NUMBER]
	unpack -- "${@:2}"
	[ "$status" -eq 1 ]
	[ "$output" = "nested-unpack: $1" ]
	[ -f before ]
	[ ! -e after ]
	[ ! "$(find . -name '.nested-unpack*')" ]
}

@test "files and folders come with permissions of our own" {
	umask 027
	unpack -- none
	[ "$status" -eq 0 ]
	[ ! "$output" ]
	[ "$(cat before after)" = $'text\ntext' ]
	unpack -- set-uid
	[ "$status" -eq 0 ]
	[ "$(stat -c %a trick)" = 640 ]
	[ "$(stat -c %u trick)" = "$EUID" ]
}

@test "the folder's own mode stays" {
	chmod 750 .
	unpack -- folder-mode
	[ "$status" -eq 0 ]
	[ "$(stat -c %a .)" = 750 ]
	[ -f after ]
}

@test "archives of GNU tar and of busybox, and several of them" {
	mkdir -p "$BATS_TEST_TMPDIR/tree/a/b"
	seq 100000 >"$BATS_TEST_TMPDIR/tree/a/b/numbers"
	: >"$BATS_TEST_TMPDIR/tree/empty"
	for format in gnu ustar; do
		tar -C "$BATS_TEST_TMPDIR/tree" --format "$format" -cf - . | "$unpack_program" .
		diff -r "$BATS_TEST_TMPDIR/tree" .
		rm -r a empty
	done
	if command -v busybox >/dev/null; then
		{
			busybox tar -C "$BATS_TEST_TMPDIR/tree" -cf - ./a
			busybox tar -C "$BATS_TEST_TMPDIR/tree" -cf - ./empty
		} | "$unpack_program" .
		diff -r "$BATS_TEST_TMPDIR/tree" .
	fi
	unpack -- two-archives
	[ "$status" -eq 0 ]
	[ -f trick ]
	: | "$unpack_program" .
}

@test "device nodes, FIFOs and links" {
	refuses 'a device node (trick)' device
	refuses 'a device node (trick)' block-device
	refuses 'a FIFO (trick.json)' fifo
	refuses 'a symbolic link (trick)' symlink
	refuses 'a symbolic link (trick)' symlink-file
	refuses 'a hard link (trick)' hard-link
	[ ! -e trick ] && [ ! -L trick ]
}

@test "names that lead elsewhere, and odd ones" {
	refuses 'a name with ".."' dot-dot
	refuses 'a name with ".." (a)' dot-dot-inside
	refuses 'a name with ".."' folder-dot-dot
	refuses 'an absolute name' absolute
	refuses 'a name with odd characters' escapes
	refuses 'a name with odd characters' newline
	refuses 'a file without a name' no-name
	refuses 'a name longer than 100 bytes, or other extensions (@LongLink)' long-name
	mkdir -p existing
	refuses 'a name that a folder has (existing)' existing
	refuses 'a name that needs a folder where a file is (before/file)' file-as-folder
}

@test "what is there already is replaced, and not followed" {
	ln -s ../outside/file before
	unpack -- none
	[ "$status" -eq 0 ]
	[ ! -L before ]
	ln -s ../outside d
	tar -C / --transform 's|.*|d/file|' -cf - etc/hostname >"$BATS_TEST_TMPDIR/archive"
	run "$unpack_program" . <"$BATS_TEST_TMPDIR/archive"
	echo "$output"
	[ "$status" -eq 1 ]
	rm before
	mkfifo before
	unpack -- none
	[ "$status" -eq 0 ]
	[ -f before ]
}

@test "the names of what the outer side says about a host" {
	for trick in host-log host-jsonl kernel-log; do
		unpack -- "$trick"
		[ "$status" -eq 1 ]
		[[ $output == "nested-unpack: a name that a host's own messages have ("* ]]
	done
}

@test "sizes" {
	refuses 'a size that is no octal number (huge)' binary-size
	refuses 'a folder with data (folder)' folder-with-data
	refuses 'more bytes than a host may send (large)' large $((600 << 20))
	[ ! -e large ]
	refuses 'more bytes than a host may send (trick)' claims $((8 << 30 - 1))
	refuses 'the archive ends too early' claims $((1 << 20))
	[ ! -e trick ]
}

@test "a million names" {
	refuses 'more files and folders than a host may send (file-19999)' many 1000000
	[ "$(find . -name "file-*" | wc -l)" -eq 19999 ]
	rm -f file-*
	refuses 'more files and folders than a host may send (file)' same 25000
}

@test "folders of folders count" {
	python3 - >"$BATS_TEST_TMPDIR/archive" <<-'END'
		import sys, tarfile
		for i in range(1000):
		    name = str(i) + "/d" * 40
		    sys.stdout.buffer.write(tarfile.TarInfo(name + "/file").tobuf(tarfile.USTAR_FORMAT))
	END
	run "$unpack_program" . <"$BATS_TEST_TMPDIR/archive"
	[ "$status" -eq 1 ]
	[[ $output == "nested-unpack: more files and folders than a host may send ("* ]]
}

@test "garbage, and an archive that is cut short anywhere" {
	refuses 'no header of an entry where one is due' garbage
	unpack --partial -- garbage
	[ "$status" -eq 1 ]
	"$archives" none >"$BATS_TEST_TMPDIR/archive"
	for ((length = 0; length < 3072; length += 100)); do
		rm -f before after
		head -c "$length" "$BATS_TEST_TMPDIR/archive" | "$unpack_program" --partial .
		((length < 1024)) || [ -f before ]
		((length < 2048)) || [ -f after ]
		((length >= 1024)) || [ ! -e before ]
		if ((length % 1024)) && ((length < 2048)); then
			! head -c "$length" "$BATS_TEST_TMPDIR/archive" | "$unpack_program" . 2>"$BATS_TEST_TMPDIR/message" || false
			grep -qx 'nested-unpack: the archive ends too early' "$BATS_TEST_TMPDIR/message"
		fi
	done
}

@test "what cannot be written, and wrong usage" {
	for arguments in '' 'a b' no-such-folder '--what .' "$archives"; do
		# shellcheck disable=SC2086 # the words
		run "$unpack_program" $arguments </dev/null
		[ "$status" -eq 2 ]
	done
	((EUID == 0)) || skip "mounting a small disk needs root"
	mkdir small
	mount -t tmpfs -o size=64K small small || skip "mounts are not possible here"
	run bash -c '"$1" large $((1 << 20)) | "$2" small' bash "$archives" "$unpack_program"
	left=$(ls -A small)
	umount small
	echo "$output"
	[ "$status" -eq 2 ]
	[ "$left" = before ]
	[[ $output == *"nested-unpack: cannot write to small: No space left on device" ]]
}
