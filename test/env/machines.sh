#!/bin/sh
#
# machines.sh: runs the core's unit tests on other processors (make
# check-machines):
#
#     test/env/machines.sh [MACHINE...]    # default: s390x aarch64 i386
#
# s390x is big-endian; aarch64 has kernels of its own and, like s390x, unsigned
# characters; i386 has 32-bit sizes. Debian's cross compilers build everything,
# with the warnings that are errors in `make unit`, and qemu-user runs it.
# There are no sanitizers, since not all of them work under qemu.
#
# Installs the compilers, their C libraries and qemu (setup.sh). Programs are in
# build/machines/MACHINE, their output in MACHINE.log there; prints a tally per
# machine.
cd "$(dirname "$0")/../.." || exit 1
. test/lib.sh

builds=$(pwd)/build/machines

compiler_of()
{
	case $1 in
		i386) echo i686-linux-gnu-gcc ;;
		s390x | aarch64) echo "$1-linux-gnu-gcc" ;;
		*) return 1 ;;
	esac
}

# x87 arithmetic rounds twice, which may change a design. i386 is here for its
# sizes only: pgext is for 64-bit processors.
flags_of() { [ "$1" != i386 ] || echo -msse2 -mfpmath=sse; }

# compile FLAG...: as the Makefile does. The include path has a copy of xxhash.h,
# since its own folder also has headers for this machine.
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

# Without sanitizers, gcc mistakes an empty buffer for an uninitialized one.
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

# A test with failures prints a tally and exits with 1.
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
		test=$(basename "$source" .c)
		run_test "$test"
		[ $? -le 1 ] || echo "$test: 0 passed, 1 failed"
	done
}

check_machine()
{
	machine=$1
	build=$builds/$machine
	log=$builds/$machine.log
	test_machine >"$log" 2>&1
	passed=$(sum_of passed "$log")
	failed=$(sum_of failed "$log")
	echo "$machine: $passed passed, $failed failed"
	all_passed && return
	say "see $log"
	return 1
}

[ $# != 0 ] || set -- s390x aarch64 i386
for machine in "$@"
do
	compiler_of "$machine" >/dev/null ||
		fail 'usage: test/env/machines.sh [s390x|aarch64|i386]...'
done
test/env/setup.sh machines && copy_xxhash || exit 1
status=0
for machine in "$@"
do
	check_machine "$machine" || status=1
done
exit $status
