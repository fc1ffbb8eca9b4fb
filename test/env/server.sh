# server.sh: a private PostgreSQL server with this tree's pgext installed. To be
# sourced after test/lib.sh, by a script that has PG_CONFIG set (see set_up). It
# takes over the script's traps.
#
#   server_start [DIR]  makes DIR (default: a new one in /tmp), which must be
#                       missing or empty, starts a server in it and calls
#                       server_use. The server stops when the script ends,
#                       in whatever way, unless server_detach was called.
#   server_use DIR      points PGHOST, PGPORT, PGUSER, PGDATABASE and PATH at
#                       the server in DIR and clears other PG* variables.
#   server_stop [DIR]   stops the server in DIR (default: the one in use) and
#                       removes DIR. Does nothing if there is none.
#   server_detach       lets the server outlive the script.
#
# $server_dir is the DIR in use. $server_settings, if set, has more lines for
# the server's postgresql.conf.
#
# Nothing is written into the PostgreSQL installation. PostgreSQL finds its
# share and library directories relative to its own executable. So DIR/install
# has copies of the executables and links to everything else, and `make install
# DESTDIR=` adds the extension, as in PostgreSQL's own temporary installations.
# Extensions from other packages remain visible.
#
# The server trusts whoever connects, so it listens only on a unix socket in a
# directory that only its owner can enter. PostgreSQL refuses to run as root:
# under root the owner is postgres, or nobody, who must be able to reach DIR.
# Keep DIR short, since socket paths are limited to some 100 bytes. Durability
# is off.

server_tree=$(pwd)
server_dir=

server_say() { echo "server: $*" >&2; }

# --- places and owners ----------------------------------------------------------

server_owner()
{
	if [ "$(id -u)" != 0 ]
	then
		id -un
	elif id -u postgres >/dev/null 2>&1
	then
		echo postgres
	else
		echo nobody
	fi
}

# Runs a command as the owner, in a directory that the owner can enter.
server_as_owner()
(
	cd "$server_dir" || exit 1
	[ "$(id -u)" = 0 ] || exec "$@"
	owner=$(server_owner)
	exec setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups \
		-- "$@"
)

server_bindir() { echo "$server_dir/install$("$PG_CONFIG" --bindir)"; }

server_is_running()
{
	[ -f "$server_dir/data/postmaster.pid" ] || return 1
	# The process ID may belong to another process by now.
	server_pid=$(head -n 1 "$server_dir/data/postmaster.pid")
	[ "$(server_as_owner readlink "/proc/$server_pid/cwd")" = "$server_dir/data" ]
}

# --- starting -------------------------------------------------------------------

# Marks DIR as ours: only a directory with this file is ever removed.
server_claim()
{
	server_dir=${1:-$(make_directory)} || return 1
	mkdir -p "$server_dir" && server_dir=$(cd "$server_dir" && pwd -P) ||
		return 1
	if [ -n "$(ls -A "$server_dir")" ]
	then
		server_say "$server_dir is not empty"
		server_dir=
		return 1
	fi
	chmod 755 "$server_dir" && : >"$server_dir/pgext-server"
}

# Makes links to all files under $1, at the same place under DIR/install.
server_link_tree()
{
	mkdir -p "$server_dir/install$1" && cp -rs "$1/." "$server_dir/install$1"
}

# Hides a pgext that is installed on the system.
server_unlink_pgext()
{
	find "$server_dir/install" -name 'pgext*' -prune -exec rm -rf {} +
}

server_copy_programs()
{
	for server_program in postgres initdb pg_ctl
	do
		cp --remove-destination \
			"$("$PG_CONFIG" --bindir)/$server_program" "$(server_bindir)" ||
			return 1
	done
}

server_install()
{
	server_link_tree "$("$PG_CONFIG" --bindir)" &&
		server_link_tree "$("$PG_CONFIG" --pkglibdir)" &&
		server_link_tree "$("$PG_CONFIG" --sharedir)" &&
		server_unlink_pgext &&
		server_copy_programs &&
		make -s -C "$server_tree" install PG_CONFIG="$PG_CONFIG" \
			DESTDIR="$server_dir/install"
}

server_configure()
{
	cat >>"$server_dir/data/postgresql.conf" <<-END
		listen_addresses = ''
		port = 5432
		unix_socket_directories = '$server_dir/socket'
		unix_socket_permissions = 0700
		timezone = 'UTC'
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		max_wal_size = 4GB
		${server_settings:-}
	END
}

server_make_data()
{
	mkdir -m 700 "$server_dir/data" "$server_dir/socket" &&
		: >"$server_dir/log" &&
		chown "$(server_owner)" "$server_dir/data" "$server_dir/socket" \
			"$server_dir/log"
}

server_initdb()
{
	server_make_data &&
		server_as_owner "$(server_bindir)/initdb" -D "$server_dir/data" \
			-U postgres -A trust -E UTF8 --no-locale --no-sync &&
		server_configure
}

server_launch()
{
	server_as_owner "$(server_bindir)/pg_ctl" -s -w -D "$server_dir/data" \
		-l "$server_dir/log" start </dev/null
}

# Runs one step and shows its output only if it fails.
server_step()
{
	"$1" >"$server_dir/step.log" 2>&1 && return
	server_say "$1 failed in $server_dir:"
	cat "$server_dir/step.log" >&2
	[ ! -s "$server_dir/log" ] || cat "$server_dir/log" >&2
	return 1
}

server_start()
{
	: "${PG_CONFIG:?must name the pg_config to use}"
	server_claim "$@" || return 1
	on_exit server_stop
	server_use "$server_dir"
	server_step server_install && server_step server_initdb &&
		server_step server_launch
}

# --- using and stopping -----------------------------------------------------------

server_use()
{
	server_dir=$(cd "$1" && pwd -P) || return 1
	for server_variable in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p')
	do
		unset "$server_variable"
	done
	export PGHOST="$server_dir/socket" PGPORT=5432
	export PGUSER=postgres PGDATABASE=postgres
	# Ignore psqlrc files, the user's and the system's, and service files.
	export PSQLRC=/dev/null PGSYSCONFDIR="$server_dir"
	PATH=$(server_bindir):$PATH
	export PATH
}

server_halt()
{
	server_is_running || return 0
	server_as_owner "$(server_bindir)/pg_ctl" -s -w -m fast \
		-D "$server_dir/data" stop ||
		server_say "could not stop the one in $server_dir"
}

server_stop()
{
	server_dir=${1:-$server_dir}
	[ -f "$server_dir/pgext-server" ] || return 0
	server_halt
	rm -rf "$server_dir"
	server_dir=
}

server_detach() { trap - EXIT HUP INT TERM; }
