#!/bin/sh
#
# machines.sh: the core's unit tests on other processors than this one, which is
# `make check-machines`:
#
#     test/machines.sh [MACHINE...]    # s390x aarch64 i386, if none is named
#
# s390x keeps the highest byte of a number first, and aarch64 has kernels of its
# own and characters without a sign, as s390x has; on i386 sizes have 32 bits.
# Everything is built by Debian's cross compilers, with the warnings that `make
# unit` takes for errors, and run by qemu-user. There are no sanitizers, which
# not all of these machines have under qemu.
#
# Installs the compilers, their C libraries and qemu with apt, by setup.sh.
# Programs stay in build/machines/MACHINE, what they said in MACHINE.log there;
# prints one line per machine.
set -u
cd "$(dirname "$0")/.." || exit 1
export LC_ALL=C

builds=$(pwd)/build/machines

say() { echo "machines: $*" >&2; }

compiler_of()
{
	case $1 in
		i386) echo i686-linux-gnu-gcc ;;
		s390x | aarch64) echo "$1-linux-gnu-gcc" ;;
		*) return 1 ;;
	esac
}

# The old arithmetic of i386 rounds twice, so that a design might be another one.
# It stands here for its sizes; pgext is for processors of 64 bits.
flags_of() { [ "$1" != i386 ] || echo -msse2 -mfpmath=sse; }

# compile FLAG...: as the Makefile has it. xxHash is a header alone, but the
# directory that has it also has headers of this machine.
compile()
{
	# shellcheck disable=SC2046 # one word each
	"$(compiler_of "$machine")" -std=c11 -O2 -ffp-contract=off -static \
		-Wall -Wextra -Werror $(flags_of "$machine") \
		-Isrc -Itest/unit -I"$builds/include" "$@"
}

copy_xxhash()
{
	mkdir -p "$builds/include" &&
		cp /usr/include/xxhash.h "$builds/include"
}

build_core()
{
	for source in src/core/*/*.c
	do
		compile -ftree-vectorize -c \
			-o "$build/$(echo "${source%.c}.o" | tr / -)" "$source" || return 1
	done
}

# gcc takes a buffer of no bytes for one that nobody wrote to, where it does not
# have the sanitizers find out.
build_test()
{
	compile -Wno-maybe-uninitialized -o "$build/$1" "test/unit/$1.c" \
		"$build"/*.o -lm
}

run_test()
{
	build_test "$1" || return 2
	"qemu-$machine" "$build/$1"
}

# A test with failures says how many, and exits with 1.
test_machine()
{
	rm -rf "$build"
	mkdir -p "$build"
	if ! build_core
	then
		echo "core: 0 passed, 1 failed"
		return
	fi
	for source in test/unit/test_*.c
	do
		run_test "$(basename "$source" .c)"
		[ $? -le 1 ] || echo "$source: 0 passed, 1 failed"
	done
}

sum_of()
{
	sed -n "s/^[a-z0-9_/.]*:.* \([0-9]*\) $1.*/\1/p" "$log" |
		awk '{ n += $1 } END { print n + 0 }'
}

check_machine()
{
	machine=$1
	build=$builds/$machine
	log=$builds/$machine.log
	test_machine >"$log" 2>&1
	passed=$(sum_of passed)
	failed=$(sum_of failed)
	echo "$machine: $passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ] && return
	say "see $log"
	return 1
}

[ $# != 0 ] || set -- s390x aarch64 i386
for machine in "$@"
do
	compiler_of "$machine" >/dev/null && continue
	say "usage: test/machines.sh [s390x|aarch64|i386]..."
	exit 2
done
test/setup.sh machines && copy_xxhash || exit 1
all_passed=true
for machine in "$@"
do
	check_machine "$machine" || all_passed=false
done
$all_passed
