#!/bin/sh
#
# setup.sh: finds what a purpose needs, installs what is missing, and prints
# the path of the pg_config to build with, as its only line on standard output:
#
#     PG_CONFIG=$(test/env/setup.sh build|check|fuzz|sanitizers|demo|bench) || exit 1
#     test/env/setup.sh unit|accuracy|machines|versions   # without PostgreSQL
#
# PostgreSQL is that of $PG_CONFIG if it is set, else the newest of 15 to 19
# whose server headers are installed, else the newest that apt offers. If nothing
# is missing, nothing runs as root and no network is used. Without apt it prints
# what is missing and fails.
#
# Debian's server package creates and starts a database cluster when it is
# installed. Nobody asked for one, so two files forbid that while apt runs, and
# are removed afterwards. Existing clusters are neither started nor stopped.
set -eu
cd "$(dirname "$0")/../.."
. test/lib.sh
# Everything goes to standard error except the result.
exec 3>&1 1>&2

supported='19 18 17 16 15'
purposes='build|check|fuzz|sanitizers|demo|bench|unit|accuracy|machines|versions'
self=test/env/setup.sh
purpose=${1:-check}
major=

# The major version of a pg_config: 15, 18, ...
major_of() { "$1" --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/'; }

is_supported() { echo " $supported " | grep -q " $1 "; }

# The server package alone has a pg_config and a pgxs.mk, but no headers.
can_build_with()
{
	[ -x "$(command -v "$1")" ] && [ -f "$("$1" --pgxs)" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ] &&
		is_supported "$(major_of "$1")"
}

debian_pg_config() { echo "/usr/lib/postgresql/$1/bin/pg_config"; }

find_pg_config()
{
	for candidate in $(for v in $supported; do debian_pg_config "$v"; done) \
		pg_config
	do
		if can_build_with "$candidate"
		then
			command -v "$candidate"
			return
		fi
	done
	return 1
}

has_apt() { command -v apt-get >/dev/null; }

# True when apt can install the package; known to the lists is not enough.
apt_offers()
{
	LC_ALL=C apt-cache policy "$1" 2>/dev/null |
		grep '^  Candidate:' | grep -qv '(none)'
}

newest_offered()
{
	for v in $supported
	do
		apt_offers "postgresql-server-dev-$v" && echo "$v" && return
	done
	return 1
}

as_root()
{
	if [ "$(id -u)" = 0 ]
	then
		"$@"
	elif command -v sudo >/dev/null
	then
		sudo "$@"
	else
		say "this needs root, and sudo is not installed; as root, run:"
		fail "    $*"
	fi
}

# --- what the purposes need -------------------------------------------------

missing=
need()
{
	package=$1
	shift
	case "$missing " in *" $package "*) return ;; esac
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

compiles() { echo "$1" | cc -E - ; }
links_sanitizers()
{
	echo 'int main(void) { return 0; }' |
		cc -x c -fsanitize=address,undefined -o /dev/null -
}
finds_clang() { "$(find_clang)" --version; }
links_fuzzer()
{
	echo 'int LLVMFuzzerTestOneInput(char *b, unsigned long n) { return !b && n; }' |
		"$(find_clang)" -x c -fsanitize=fuzzer,address,undefined \
			-o /dev/null -
}
# The one for the clang that is installed, or for the one that will be.
fuzzer_package()
{
	version=$({ "$(find_clang)" -dumpversion; } 2>/dev/null) || version=
	echo "libclang-rt${version:+-${version%%.*}}-dev"
}
has_server() { [ -x "$("$PG_CONFIG" --bindir)/postgres" ]; }
has_pg_regress()
{
	[ -x "$(dirname "$("$PG_CONFIG" --pgxs)")/../test/regress/pg_regress" ]
}
has_peer() { [ -f "$("$PG_CONFIG" --pkglibdir)/hll.so" ]; }
has_odbc_driver() { find /usr/lib* -name psqlodbcw.so | grep .; }
links_static_for()
{
	echo 'int main(void) { return 0; }' |
		"$1-linux-gnu-gcc" -x c -static -o /dev/null -
}

list_missing()
{
	if [ "$purpose" = versions ]
	then
		list_missing_for_versions
		return
	fi
	need make command -v make
	need gcc command -v cc
	need libc6-dev compiles '#include <stdio.h>'
	need libxxhash-dev compiles '#include <xxhash.h>'
	case $purpose in
		unit) need gcc links_sanitizers ;;
		accuracy) need gnuplot-nox command -v gnuplot ;;
		machines) list_missing_for_machines ;;
		*) list_missing_with_postgresql ;;
	esac
}

list_missing_for_versions()
{
	need debootstrap command -v debootstrap
	need debian-archive-keyring \
		[ -f /usr/share/keyrings/debian-archive-keyring.gpg ]
}

# Debian's name for a machine is not always that of its compiler.
list_missing_for_machines()
{
	need qemu-user command -v qemu-s390x
	for machine in s390x:s390x aarch64:arm64 i686:i386
	do
		need "gcc-${machine%:*}-linux-gnu" \
			command -v "${machine%:*}-linux-gnu-gcc"
		need "libc6-dev-${machine#*:}-cross" links_static_for "${machine%:*}"
	done
}

list_missing_with_postgresql()
{
	need "postgresql-server-dev-$major" can_build_with "$PG_CONFIG"
	case $purpose in
		build | fuzz) ;;
		*) need "postgresql-$major" has_server ;;
	esac
	[ "$purpose" != bench ] || need "postgresql-$major-hll" has_peer
	case $purpose in
		fuzz) list_missing_for_fuzz ;;
		check | sanitizers) list_missing_for_fuzz; list_missing_for_check ;;
	esac
	[ "$purpose" != sanitizers ] || list_missing_for_valgrind
}

list_missing_for_fuzz()
{
	need clang finds_clang
	need "$(fuzzer_package)" links_fuzzer
}

list_missing_for_check()
{
	need gcc links_sanitizers
	need "postgresql-server-dev-$major" has_pg_regress
	need odbc-postgresql has_odbc_driver
	need python3-pyodbc /usr/bin/python3 -c 'import pyodbc'
}

# Debian's valgrind needs the symbols of glibc.
list_missing_for_valgrind()
{
	need valgrind command -v valgrind
	need libc6-dbg valgrind -q true
}

# --- installing, as root ------------------------------------------------------

lock=/run/pgext-setup.lock
no_cluster=/etc/postgresql-common/createcluster.d/pgext-setup.conf
no_service=/usr/sbin/policy-rc.d

remove_guards()
{
	rm -f "$no_cluster"
	rmdir "${no_cluster%/*}" /etc/postgresql-common 2>/dev/null || true
	! grep -qs pgext-setup "$no_service" || rm -f "$no_service"
}

place_guards()
{
	on_exit remove_guards
	mkdir -p "${no_cluster%/*}"
	echo 'create_main_cluster = false' >"$no_cluster"
	[ ! -e "$no_service" ] || return 0
	cat >"$no_service" <<-'END'
		#!/bin/sh
		# Written by pgext-setup while it runs apt-get; safe to delete.
		case $1 in postgresql*) exit 101 ;; esac
	END
	chmod 755 "$no_service"
}

# Runs one of the functions below, as root, one at a time on this machine.
locked()
{
	exec 9>"$lock"
	flock 9
	"$@" </dev/null
}

# Tries again, since apt-get does not wait for others that read the lists.
update_lists()
{
	say 'reading the package lists (apt-get update)'
	for pause in 5 10 0
	do
		apt-get update -qq 9>&- && return
		sleep $pause
	done
	return 1
}

install_packages()
{
	for package in "$@"
	do
		apt_offers "$package" || { update_lists; break; }
	done
	say "installing with apt-get: $*"
	place_guards
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	set -- apt-get install -q -y --no-install-recommends \
		-o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
	# Old lists may have packages that are gone.
	"$@" 9>&- || { update_lists && "$@" 9>&-; }
}

# --- the steps ----------------------------------------------------------------

choose_postgresql()
{
	if [ -n "${PG_CONFIG:-}" ]
	then
		[ -x "$(command -v "$PG_CONFIG")" ] ||
			fail "PG_CONFIG is $PG_CONFIG, which is not a program"
		major=$(major_of "$PG_CONFIG")
		is_supported "$major" ||
			fail "PG_CONFIG is of PostgreSQL $major; pgext is for 15 to 19"
		return
	fi
	if PG_CONFIG=$(find_pg_config)
	then
		major=$(major_of "$PG_CONFIG")
		return
	fi
	if ! has_apt
	then
		major=NN
	elif ! major=$(newest_offered)
	then
		as_root "$self" update_lists || fail 'apt-get update failed'
		major=$(newest_offered) ||
			fail "apt offers no PostgreSQL of $supported: see apt.postgresql.org"
	fi
	PG_CONFIG=$(debian_pg_config "$major")
}

say_without_apt()
{
	say 'this system has no apt; please install its counterparts of these Debian'
	say 'packages (PostgreSQL 15 to 19), and set PG_CONFIG if necessary:'
	fail "   $missing"
}

install_missing()
{
	has_apt || say_without_apt
	say "missing, to be installed:$missing"
	# shellcheck disable=SC2086 # one word each
	as_root "$self" install_packages $missing
	missing=
	list_missing
	[ -z "$missing" ] || fail "apt-get ran, but still missing:$missing"
}

case $purpose in
	build | check | fuzz | sanitizers | demo | bench) choose_postgresql ;;
	unit | accuracy | machines | versions) ;;
	update_lists | install_packages) locked "$@"; exit ;;
	*) fail "usage: $self $purposes" ;;
esac
list_missing
[ -z "$missing" ] || install_missing
[ -z "$major" ] || command -v "$PG_CONFIG" >&3
