#!/bin/sh
#
# versions.sh: runs `make check` on each supported PostgreSQL (make
# check-versions):
#
#     test/env/versions.sh [VERSION...]    # default: 15 16 17 18 19 17-assert
#
# Each version runs in a folder that debootstrap makes from a release of Debian
# or Ubuntu that has it: build/versions/NN, some 2 GB, which later runs use again;
# remove it to get a newer one. Each run tests a fresh copy of this tree, where
# `make check` installs what it needs as on a new machine: for 16 and 18 as a user
# with sudo, for the others as root.
#
# NN-assert is the PostgreSQL of the same release, built from source with
# --enable-cassert in the folder of NN: it checks assertions and writes beyond
# chunks of memory, and overwrites what is freed. The folder of 17 also has 15,
# for tests that go from one version to another.
#
# Needs root. Installs debootstrap and Debian's keys (setup.sh); debootstrap and
# apt download the folders' contents with the settings of this machine's apt.
# Prints one line per version; the rest is in build/versions/VERSION.log. Fails
# unless all versions ran and passed.
cd "$(dirname "$0")/../.." || exit 1
. test/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL TEST

folders=$(pwd)/build/versions
contained_pid=

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

# Half of what the tests need is in Ubuntu's second component.
components_of() { [ "$1" != noble ] && echo main || echo main,universe; }

is_user_of() { [ "$1" = 16 ] || [ "$1" = 18 ]; }

assert_prefix() { echo "/opt/postgresql-$1-assert"; }

# --- running things in a folder ---------------------------------------------------

# Runs a command in namespaces of its own: its mounts are invisible outside and
# end with it, as do its processes, so that nothing is ever removed through a
# mount. It runs in the background, since a shell ignores signals while it waits
# for a command in the foreground.
contained()
{
	unshare --mount --propagation private --pid --fork --kill-child "$@" &
	contained_pid=$!
	wait $contained_pid
	contained_status=$?
	contained_pid=
	return $contained_status
}

# unshare ignores all other signals while it waits.
end_contained() { [ -z "$contained_pid" ] || kill -KILL "$contained_pid"; }

# inside FOLDER COMMAND...: as root of the folder. Background processes ignore
# the signals of a terminal, which tests send too: env restores them.
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

# trixie's debootstrap knows releases, and trixie has keys, that older releases
# lack. So the folder of 17 makes the others.
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

# Downloads use the settings of this machine's apt. A folder need not survive a
# power cut.
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

# add_source FOLDER deb|deb-src RELEASE: for apt in the folder, from the mirror of
# its first release.
add_source()
{
	sed -n "s/^deb \([^ ]*\) [^ ]* main.*/$2 \1 $3 main/p" \
		"$1/etc/apt/sources.list" >"$1/etc/apt/sources.list.d/$2-$3.list" &&
		inside "$1" apt-get -q update
}

# The folder of 17 also gets the means to make others, and a second version
# besides its own, which setup.sh would not install.
prepare_for_more()
{
	inside "$1" apt-get -q -y --no-install-recommends install \
		debootstrap ubuntu-keyring &&
		add_source "$1" deb bookworm &&
		copy_into "$1" /root/pgext &&
		inside "$1" /root/pgext/test/env/setup.sh install_packages \
			postgresql-17 postgresql-server-dev-17 \
			postgresql-15 postgresql-server-dev-15
}

# Debian has PostgreSQL 19 in experimental, from which apt takes nothing by itself.
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

# As PostgreSQL released it, without Debian's patches, and with the libraries that
# the tests need.
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

# copy_into FOLDER DIRECTORY: a fresh copy of this tree.
copy_into()
{
	tree=$1$2
	rm -rf --one-file-system "$tree"
	copy_tree "$tree"
}

# An interrupted run may have left servers there.
clear_tmp() { rm -rf --one-file-system "${1:?}"/tmp/*; }

check_as_root()
{
	copy_into "$folders/$1" /root/pgext &&
		inside "$folders/$1" env ${2:+PG_CONFIG="$2"} make -C /root/pgext check
}

check_as_user()
{
	copy_into "$folders/$1" /home/checker/pgext &&
		inside "$folders/$1" chown -R checker: /home/checker/pgext &&
		inside "$folders/$1" su - checker -c 'make -C pgext check'
}

# run_version VERSION: makes what is missing, then tests.
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

# The version that the log of the tests' server names.
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

# A run without a tally, or on another server version, has not passed.
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
	say 'to make folders of other releases takes root'
	command -v sudo >/dev/null || fail 'sudo is not installed; be root'
	exec sudo test/env/versions.sh "$@"
}

# Folders contain devices, programs, and sudo.
prepare()
{
	mkdir -p "$folders"
	! findmnt -n -o OPTIONS -T "$folders" | grep -wE 'nodev|noexec|nosuid' >&2 ||
		fail "the file system of $folders does not allow devices and programs"
	exec 9>"$folders/lock"
	flock -n 9 || fail "another run is at work in $folders"
	test/env/setup.sh versions || exit 1
}

for version in "$@"
do
	release_of "$version" >/dev/null ||
		fail "usage: test/env/versions.sh [15|16|17|18|19|NN-assert]..."
done
become_root "$@"
[ $# != 0 ] || set -- 15 16 17 18 19 17-assert
on_exit end_contained
prepare
status=0
for version in "$@"
do
	say "$version"
	run_version "$version" >"$folders/$version.log" 2>&1
	report "$version" $? || status=1
done
exit $status
