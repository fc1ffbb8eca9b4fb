# server.sh: a private PostgreSQL server with this tree's pgext in it. To be
# sourced (sh or bash) in the top directory of the tree, by a script that has
# PG_CONFIG set (see setup.sh). It uses the script's traps.
#
#   server_start [DIR]  makes DIR (default: a new one in /tmp), which must not
#                       exist or be empty, starts a server in it, and does
#                       server_use. From then on, leaving the script in
#                       whatever way stops it, until server_detach.
#   server_use DIR      points PGHOST, PGPORT, PGUSER, PGDATABASE and PATH at
#                       the server in DIR, and clears other PG* variables.
#   server_stop [DIR]   stops the server in DIR (default: the one in use) and
#                       removes DIR. No error when there is none.
#   server_detach       lets the server outlive the script.
#
# $server_dir is the DIR in use. $server_settings, if set, holds more lines for
# the server's postgresql.conf.
#
# Nothing is written into the PostgreSQL installation. PostgreSQL finds its
# share and library directories relative to its own executable, so DIR/install
# holds copies of the executables and links to everything else, and `make
# install DESTDIR=` adds the extension: what PostgreSQL's own temporary
# installs do. Other packages' extensions stay visible.
#
# The server listens on a unix socket only, in a directory that only its owner
# can enter, since it trusts whoever connects. PostgreSQL refuses to run as
# root: then the owner is postgres, or nobody, and DIR must be a place that
# user can reach. Socket paths are limited to some 100 bytes: keep DIR short.
# Durability is off.

server_tree=$(pwd)
server_dir=

server_say() { echo "server: $*" >&2; }

# --- where things are, and whose ----------------------------------------------

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

# Runs a command as the owner, in a directory that the owner can be in.
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
	# The number may belong to another process by now.
	server_pid=$(head -n 1 "$server_dir/data/postmaster.pid")
	[ "$(server_as_owner readlink "/proc/$server_pid/cwd")" = "$server_dir/data" ]
}

# --- starting -------------------------------------------------------------------

# Claims DIR: only a directory with this mark is ever removed.
server_claim()
{
	server_dir=${1:-$(mktemp -d /tmp/pgext-XXXXXX)} || return 1
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

# A tree of links to $1, in its place under DIR/install.
server_link_tree()
{
	mkdir -p "$server_dir/install$1" && cp -rs "$1/." "$server_dir/install$1"
}

# An installed pgext, of whatever version, must not take part.
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

# Runs one step; what it said is of interest only when it fails.
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
	server_claim "$@" || return 1
	trap server_stop EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
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
	# Neither the user's nor the system's psqlrc, nor a service file.
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
