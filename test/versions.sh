#!/bin/sh
#
# versions.sh: `make check` on each PostgreSQL that pgext is for, which is `make
# check-versions`:
#
#     test/versions.sh [VERSION...]    # 15 16 17 18 19 17-assert, if none is named
#
# Each version runs in a folder that debootstrap made from a release of Debian or
# Ubuntu that carries it: build/versions/NN, of some 2 GB, which is used again by
# the next run; remove it for a newer one. What is tested is a copy of this tree,
# anew each time, in which `make check` installs what it needs as it would on a
# machine just set up: of 16 and 18 as a user with sudo, of the others as root.
#
# NN-assert is the same release's PostgreSQL built from source with
# --enable-cassert, in the folder of NN: its assertions, its checks for writes
# beyond memory, and freed memory overwritten. Beside 17, the folder has 15, for
# tests that go from one version to another.
#
# Needs root. Installs debootstrap and Debian's keys with apt (setup.sh); what
# the folders are made of is downloaded by debootstrap and apt in them, with the
# settings for downloads of this machine's apt. Prints one line per version;
# build/versions/VERSION.log has the rest. Fails unless all of them ran and
# passed.
set -u
cd "$(dirname "$0")/.." || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

folders=$(pwd)/build/versions
contained_pid=

say() { echo "versions: $*" >&2; }
fail() { say "$@"; exit 1; }

# --- which releases -------------------------------------------------------------

release_of()
{
	case ${1%-assert} in
		15) echo bookworm ;;
		16) echo noble ;;
		17) echo trixie ;;
		18) echo forky ;;
		19) echo sid ;;
		*) return 1 ;;
	esac
}

# Ubuntu has half of what the tests need in its second component.
components_of() { [ "$1" != noble ] && echo main || echo main,universe; }

is_user_of() { [ "$1" = 16 ] || [ "$1" = 18 ]; }

assert_prefix() { echo "/opt/postgresql-$1-assert"; }

# --- running things in a folder ---------------------------------------------------

# Runs a command in name spaces of its own: whatever it mounts is never seen
# outside, and goes when it ends, as do all processes that it left. So nothing
# is removed through a mount, either. In the background, since a shell that
# waits for a command in the foreground would not heed a signal.
contained()
{
	unshare --mount --propagation private --pid --fork --kill-child "$@" &
	contained_pid=$!
	wait $contained_pid
	contained_status=$?
	contained_pid=
	return $contained_status
}

# unshare takes no other signal while it waits.
end_contained() { [ -z "$contained_pid" ] || kill -KILL "$contained_pid"; }

# inside FOLDER COMMAND...: as root of the folder. What runs in the background
# has been told to ignore the signals of a terminal, which tests send as well.
inside()
{
	# shellcheck disable=SC2016 # for that shell to expand
	contained sh -c '
		mount -t proc proc "$0/proc" &&
		mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm" || exit 1
		chroot "$0" /usr/bin/env -i --default-signal HOME=/root \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy=$http_proxy} "$@"
		exit $?' "$@"
}

# --- making a folder --------------------------------------------------------------

# The debootstrap of trixie knows releases, and Debian's trixie has keys, that
# those of older ones lack: so that folder makes the others.
bootstrap()
{
	release=$(release_of "$1")
	options="--variant=minbase --components=$(components_of "$release")"
	# shellcheck disable=SC2086 # one word each
	if [ "$1" = 17 ]
	then
		contained debootstrap $options "$release" "$folders/new"
	else
		inside "$folders/17" debootstrap $options "$release" /new &&
			mv "$folders/17/new" "$folders/new"
	fi
}

# How to download, and whether what is there may be older than it says, this
# machine's apt knows. Nobody minds when a folder does not survive a power cut.
copy_settings()
{
	cp -L /etc/resolv.conf "$1/etc/resolv.conf" &&
		printf '127.0.0.1 localhost\n::1 localhost\n' >"$1/etc/hosts" &&
		echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/pgext" &&
		apt-config dump | grep -E '^Acquire::(Check-|https?[: ])' \
			>"$1/etc/apt/apt.conf.d/99pgext"
}

prepare_folder()
{
	copy_settings "$1" &&
		inside "$1" apt-get -q update &&
		inside "$1" apt-get -q -y --no-install-recommends install make sudo &&
		inside "$1" useradd -m -s /bin/sh checker &&
		echo 'checker ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/checker"
}

# Adds another release to those that apt in a folder knows: "deb bookworm", or
# "deb-src trixie", from where the first is.
add_source()
{
	sed -n "s/^deb \([^ ]*\) [^ ]* main.*/$2 \1 $3 main/p" \
		"$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/$2-$3.list" &&
		inside "$1" apt-get -q update
}

# What the folder of 17 has more: the means to make others, and another version,
# besides its own, which otherwise setup.sh would not look for.
prepare_for_more()
{
	inside "$1" apt-get -q -y --no-install-recommends install \
		debootstrap ubuntu-keyring &&
		add_source "$1" deb bookworm &&
		copy_tree "$1" /root/pgext &&
		inside "$1" /root/pgext/test/setup.sh install_packages \
			postgresql-17 postgresql-server-dev-17 \
			postgresql-15 postgresql-server-dev-15
}

# Debian has PostgreSQL 19 in experimental, where apt takes nothing from unasked.
prepare_for_experimental()
{
	printf '%s\n' 'Package: src:postgresql-19' 'Pin: release a=experimental' \
		'Pin-Priority: 500' >"$1/etc/apt/preferences.d/postgresql-19" &&
		add_source "$1" deb experimental
}

make_folder()
{
	[ ! -d "$folders/$1" ] || return 0
	[ "$1" = 17 ] || make_folder 17 || return 1
	say "making the folder of $1 ($(release_of "$1"))"
	rm -rf --one-file-system "$folders/new"
	bootstrap "$1" && prepare_folder "$folders/new" || return 1
	[ "$1" != 17 ] || prepare_for_more "$folders/new" || return 1
	[ "$1" != 19 ] || prepare_for_experimental "$folders/new" || return 1
	mv "$folders/new" "$folders/$1"
}

# --- a server with assertions ------------------------------------------------------

# As released, without the release's patches. Tests want no more of it than ICU,
# XML and compression.
# shellcheck disable=SC2016 # for that shell to expand
assert_script='
	set -e
	apt-get -q -y --no-install-recommends install gcc libc6-dev make perl \
		bzip2 bison flex pkg-config libicu-dev libxml2-dev zlib1g-dev liblz4-dev
	rm -rf /usr/src/postgresql
	mkdir /usr/src/postgresql
	cd /usr/src/postgresql
	apt-get -q --download-only source "postgresql-$1"
	tar -xf postgresql-*.orig.tar.* --strip-components=1
	./configure --prefix="$2.new" --enable-cassert --with-icu --with-libxml \
		--with-lz4 --without-readline CFLAGS="-O1 -g"
	make -s -j"$(nproc)"
	make -s install
	make -s -C contrib install
	mv "$2.new" "$2"'

make_assert_server()
{
	folder=$folders/$1
	prefix=$(assert_prefix "$1")
	[ ! -d "$folder$prefix" ] || return 0
	say "building PostgreSQL $1 with assertions"
	chmod 1777 "$folder/tmp"
	rm -rf --one-file-system "$folder$prefix.new"
	add_source "$folder" deb-src "$(release_of "$1")" &&
		inside "$folder" sh -c "$assert_script" sh "$1" "$prefix"
}

# --- testing ------------------------------------------------------------------------

# copy_tree FOLDER DIRECTORY: without what was built here.
copy_tree()
{
	tree=$1$2
	rm -rf --one-file-system "$tree"
	mkdir -p "$tree" &&
		tar -c --exclude=./build --exclude=./.git --exclude='*.o' \
			--exclude='*.bc' --exclude='*.so' --exclude='./pgext--*.sql' . |
		tar -x --no-same-owner -C "$tree"
}

# A run before may have been stopped before it had removed its servers.
clear_tmp() { rm -rf --one-file-system "${1:?}"/tmp/*; }

check_as_root()
{
	copy_tree "$folders/$1" /root/pgext &&
		inside "$folders/$1" env ${2:+PG_CONFIG="$2"} make -C /root/pgext check
}

check_as_user()
{
	copy_tree "$folders/$1" /home/checker/pgext &&
		inside "$folders/$1" chown -R checker: /home/checker/pgext &&
		inside "$folders/$1" su - checker -c 'make -C pgext check'
}

# run_version VERSION: all there is to do, into the version's log.
run_version()
{
	nn=${1%-assert}
	tree=
	make_folder "$nn" || return 1
	copy_settings "$folders/$nn" && clear_tmp "$folders/$nn" || return 1
	if [ "$1" != "$nn" ]
	then
		make_assert_server "$nn" &&
			check_as_root "$nn" "$(assert_prefix "$nn")/bin/pg_config"
	elif is_user_of "$1"
	then
		check_as_user "$1"
	else
		check_as_root "$1"
	fi
}

# --- reporting ----------------------------------------------------------------------

# Of the server that the tests ran on, by its own log.
tested_version()
{
	sed -n 's/.* starting PostgreSQL \([^ ,]*\).*/\1/p' \
		"$tree/build/check/server.log" 2>/dev/null | head -n 1
}

tally()
{
	skipped=$(sed -n 's/^check: \([0-9]* skipped\)$/, \1/p' "$1")
	sed -n 's/^[0-9]* passed, [0-9]* failed$/&/p' "$1" | tail -n 1 |
		sed "s/\$/$skipped/"
}

# A run without a tally, or with another server, is not one that passed.
report()
{
	version=$(tested_version)
	result=$(tally "$folders/$1.log")
	kind=$(release_of "$1")
	[ "$1" = "${1%-assert}" ] || kind="$kind, with assertions"
	echo "PostgreSQL ${version:-$1} ($kind): ${result:-not run}"
	case $2:$result:$version in 0:*' passed'*:"${1%-assert}"[!0-9]*) return ;; esac
	say "see $folders/$1.log"
	return 1
}

# --- the run ------------------------------------------------------------------------

become_root()
{
	[ "$(id -u)" != 0 ] || return 0
	say 'folders of other releases need root'
	command -v sudo >/dev/null || fail 'sudo is not installed; be root'
	exec sudo "$0" "$@"
}

# Folders have devices, programs, and one program that becomes root.
prepare()
{
	mkdir -p "$folders"
	! findmnt -n -o OPTIONS -T "$folders" | grep -wE 'nodev|noexec|nosuid' >&2 ||
		fail "the file system of $folders does not allow devices and programs"
	exec 9>"$folders/lock"
	flock -n 9 || fail "another run is at work in $folders"
	test/setup.sh versions || exit 1
}

for version in "$@"
do
	release_of "$version" >/dev/null ||
		fail "usage: test/versions.sh [15|16|17|18|19|NN-assert]..."
done
become_root "$@"
[ $# != 0 ] || set -- 15 16 17 18 19 17-assert
trap end_contained EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
prepare
all_passed=true
for version in "$@"
do
	say "$version"
	run_version "$version" >"$folders/$version.log" 2>&1
	report "$version" $? || all_passed=false
done
$all_passed
