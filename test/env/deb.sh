#!/bin/sh
#
# deb.sh: builds Debian packages, one for each PostgreSQL whose server headers
# are installed, and tests them, which is `make deb`:
#
#     test/env/deb.sh
#
# Builds a copy of this tree in build/deb, where the packages remain. lintian
# must find no error, apt must be able to install each package, and the SQL tests
# must pass on a private server (server.sh) onto which the package is unpacked.
# The packages are not installed. What is needed to build them is, with apt.
# Prints the files of each package; the last line is the tally.
cd "$(dirname "$0")/../.." || exit 1
. test/lib.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

work=$(pwd)/build/deb
logs=$work/logs

# Their tests are below.
export DEB_BUILD_OPTIONS='nocheck noautodbgsym' DEB_BUILD_PROFILES=nocheck

# --- setting up -----------------------------------------------------------------

is_installed() { dpkg-query -W -f '${db:Status-Status}' "$1" | grep -qx installed; }

# install_missing PACKAGE...
install_missing()
{
	missing=
	for needed in "$@"
	do
		is_installed "$needed" 2>/dev/null || missing="$missing $needed"
	done
	[ -n "$missing" ] || return 0
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	# shellcheck disable=SC2086 # one word each
	$sudo test/env/setup.sh install_packages $missing
}

# The server headers first, so that postgresql-server-dev-all is of their
# release.
prepare()
{
	command -v dpkg-query >/dev/null || fail 'this is no Debian system'
	rm -rf "$work"
	mkdir -p "$logs" && set_up build &&
		install_missing build-essential debhelper lintian libxxhash-dev \
			postgresql-server-dev-all || fail 'cannot install what the build needs'
}

# --- building and testing -------------------------------------------------------

build()
(
	copy_tree "$work/pgext" && cd "$work/pgext" &&
		dpkg-buildpackage --no-sign --build=binary
)

# major_of FILE: 15 for postgresql-15-pgext_1.0.0_amd64.deb
major_of() { basename "$1" | sed 's/^postgresql-\([0-9]*\)-.*/\1/'; }

files_of() { dpkg-deb --fsys-tarfile "$1" | tar -t | sed '/\/$/d; s/^\./    /'; }

# server.sh runs `make install DESTDIR=` in $server_tree.
unpack_tree()
{
	mkdir -p "$work/unpack" && server_tree=$work/unpack &&
		printf 'install:\n\tdpkg-deb -x %s $(DESTDIR)\n' "$1" \
			>"$work/unpack/Makefile"
}

regress_package()
{
	unpack_tree "$1" && server_start && regress_files
	regress_status=$?
	server_stop
	return $regress_status
}

test_package()
{
	major=$(major_of "$1")
	say "$(basename "$1") installs"
	files_of "$1"
	step "lintian-$major" lintian --fail-on error "$1"
	step "apt-$major" apt-get install --simulate "$1"
	install_missing "postgresql-$major" || { count 0 1; return; }
	PG_CONFIG=/usr/lib/postgresql/$major/bin/pg_config
	tallied "regress-$major" regress_package "$1"
}

prepare
. test/env/server.sh
step build build
for package in "$work"/postgresql-*.deb
do
	[ ! -f "$package" ] || test_package "$package"
done
finish
