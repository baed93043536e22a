# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2154 # what run has
# The machine that Bochs emulates: Intel's virtualization. It has no virtio: a host's console, output and control are ports that end
# in files here, its results are on a disk. See machine-qemu.bash for the functions.
#
# Emulated time goes by instructions, and does not go on while this machine is busy with something else.

readonly default_silence=120
readonly instructions_per_second=100000000 memory_mb=1024
readonly bochs_files=$nested_host/../build/nested-host
readonly program_inside=$nested_host/../build/runner/nested-print
readonly track=$((16 * 63)) # the sectors of a cylinder
readonly results_block=65536 # as in init

# Sets emulator, and what depends on which Bochs it is.
find_emulator() {
	local file help
	! has_suffix "$host" 4cpus || die "$host: the emulator of Intel hosts has one processor"
	! has_suffix "$host" no-hpet || die "$host: the emulator of Intel hosts always has an HPET"
	for file in "$bochs_files"/{boot.bin,vga.rom} "$program_inside"; do
		[[ -e $file ]] || die "${file##*/} is missing: run \"make\""
	done
	emulator=$("$nested_host/find-bochs") || exit 2
	help=$("$emulator" --help </dev/null 2>&1)
	[[ $help =~ Bochs\ x86\ Emulator\ ([0-9.]+) ]] || die "$emulator is no Bochs: it does not say its version"
	choose_processor "${BASH_REMATCH[1]}" "$help"
	# Bochs with a debugger is Debian's. Its one display that needs neither a screen nor a terminal is a network server.
	bochs_display=nogui bochs_wrapper=() bochs_arguments=()
	[[ $help != *' -rc '* ]] || keep_from_network
	report note "emulated by $description"
}

# kvm_intel of these versions of Bochs cannot post interrupts, unless our patch is in.
choose_processor() { # VERSION HELP
	bochs_model=corei7_skylake_x bochs_append=''
	case $1 in
	2.*) bochs_model=broadwell_ult ;;
	3.0) [[ $2 == *kvm-pv-tests* ]] || bochs_append=kvm_intel.enable_apicv=0 ;;
	esac
	description="Bochs $1"
	[[ $2 != *kvm-pv-tests* ]] || description+=', built by nested-host/build'
}

keep_from_network() {
	bochs_display='rfb, options="timeout=0"' bochs_arguments=(-rc debugger)
	if unshare -n true 2>/dev/null; then
		bochs_wrapper=(unshare -n)
	elif unshare -rn true 2>/dev/null; then
		bochs_wrapper=(unshare -rn)
	else
		die "$emulator would listen on all networks, and this machine allows no network namespaces: let nested-host/build $host make another Bochs"
	fi
}

add_to_job() { # FOLDER
	cp "$program_inside" "$1/"
}

# Prints a number as four bytes, and writes bytes to a place on the boot disk.
word() { # NUMBER
	local byte bytes=''
	for byte in $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); do
		printf -v byte '\\x%02x' "$byte"
		bytes+=$byte
	done
	printf '%b' "$bytes"
}

put() { # SECTOR FILE
	dd of="$work/boot" if="$2" bs=1M oflag=seek_bytes seek=$(($1 * 512)) conv=notrunc status=none
}

sectors() { # FILE
	echo $((($(stat -Lc %s "$1") + 511) / 512))
}

# See bochs/load.h and load.c.
make_boot_disk() { # COMMAND-LINE
	local kernel_at=40 kernel_sectors initramfs_at
	((${#1} < 4000)) || die "$host: its kernel's command line is too long"
	kernel_sectors=$(sectors "$kernel_layer/vmlinuz")
	initramfs_at=$((kernel_at + kernel_sectors))
	{
		word "$kernel_at" && word "$kernel_sectors" && word "$initramfs_at" &&
			word "$(stat -c %s "$work/initramfs")" && word $((0x10000000)) && printf '%s' "$1"
	} >"$work/description"
	: >"$work/boot"
	put 0 "$bochs_files/boot.bin" && put 32 "$work/description" && put "$kernel_at" "$kernel_layer/vmlinuz" &&
		put "$initramfs_at" "$work/initramfs"
}

# A disk of Bochs has full cylinders.
disk() { # ADDRESS NAME MIB
	local cylinders size=0
	[[ ! -e $work/$2 ]] || size=$(stat -c %s "$work/$2")
	((size >= $3 << 20)) || size=$(($3 << 20))
	cylinders=$(((size + track * 512 - 1) / (track * 512)))
	truncate -s $((cylinders * track * 512)) "$work/$2"
	echo "$1: type=disk, path=$2, mode=flat, cylinders=$cylinders, heads=16, spt=63, model=$2"
}

# mitigations=off, tsc=reliable, cryptomgr.notests, i8042.noprobe: see machine-qemu.bash. tsc_early_khz: a TSC of Bochs counts instructions.
make_disks() {
	local tsc=reliable bios=/usr/share/bochs/BIOS-bochs-latest
	! has_suffix "$host" unstable-tsc || tsc=unstable
	[[ ! -e ${emulator%/*}/BIOS-bochs-latest ]] || bios=${emulator%/*}/BIOS-bochs-latest
	[[ -e $bios ]] || die "$bios is missing: install the Debian package bochsbios"
	make_boot_disk "console=ttyS0,115200 quiet panic=-1 mitigations=off cryptomgr.notests i8042.noprobe nokaslr tsc=$tsc \
tsc_early_khz=$((instructions_per_second / 1000)) $bochs_append $(kernel_arguments)" || die "$title: $no_room"
	rm -f "$work"/{scratch,results-disk,*.lock}
	echo c >"$work/debugger"
	cat >"$work/bochsrc" <<-END
		config_interface: textconfig
		display_library: $bochs_display
		romimage: file=$bios
		vgaromimage: file=$bochs_files/vga.rom
		memory: guest=$memory_mb, host=$memory_mb
		cpu: model=$bochs_model, count=1, ips=$instructions_per_second, reset_on_triple_fault=0, ignore_bad_msrs=1
		clock: sync=none, time0=local
		boot: disk
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
		$(disk ata0-master boot 0)
		$(disk ata0-slave scratch 128)
		$(disk ata1-master results-disk 600)
		com1: enabled=1, mode=file, dev=console
		log: bochs.log
		panic: action=fatal
		error: action=ignore
		info: action=ignore
		debug: action=ignore
	END
}

start_emulator() {
	local ports=(
		"com2: enabled=1, mode=file, dev=/dev/fd/$errors"
		"parport1: enabled=1, file=control"
		"parport2: enabled=1, file=/dev/fd/$output"
	)
	printf '%s\n' "${ports[@]}" >>"$work/bochsrc"
	(
		cd "$work" && exec "${bochs_wrapper[@]}" setpriv --pdeathsig KILL "$emulator" -q -f bochsrc "${bochs_arguments[@]}"
	) </dev/null >"$work/emulator.log" 2>&1 &
	emulator_pid=$!
}

# What Bochs does is a matter of the time that it gets from this machine, so limits go by that; but they are not put off more than
# eight times. See machine-qemu.bash.
start_clock() {
	started=$(now)
}

read_clock() {
	local stat real
	real=$((($(now) - started) / 8))
	read -r stat <"/proc/$emulator_pid/stat" || return
	read -ra stat <<<"${stat##*)}"
	seconds=$(((stat[11] + stat[12]) / 100)) # user and system, in ticks
	((seconds >= real)) || seconds=$real
} 2>/dev/null

# What the host says is good of its disk of results is both: the snapshots, and at the end all results.
take_results() {
	local blocks
	blocks=$(sed -n 's/^results \([0-9]\{1,5\}\)$/\1/p' "$work/control" 2>/dev/null | tail -n 1)
	[[ $blocks && -e $work/results-disk ]] || return 0
	truncate -s $((blocks * results_block)) "$work/results-disk"
	ln -f "$work/results-disk" "$work/snapshots"
	ln -f "$work/results-disk" "$work/results"
}

# Bochs calls a host's power-off and our boot loader's "Shutdown" a panic, too.
emulator_fault() {
	local line
	line=$(grep '^[0-9]*p\[' "$work/bochs.log" 2>/dev/null | grep -vm 1 -E 'soft power off|Shutdown port')
	[[ ! $line ]] || echo "$description gave up: ${line#*>>PANIC<< }"
}
