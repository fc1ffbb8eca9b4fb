# nodes.sh: more servers for one test, beside the one that PGHOST names: shards,
# replicas, or servers to be killed. Sourced after test/lib.sh.
#
#   node_start NAME [SETTING...]  starts a new server NAME; each SETTING is a
#                                 line of postgresql.conf: 'wal_level = logical'
#   node_clone NAME FROM [SETTING...]  starts a standby NAME of the server FROM
#   node_stop NAME, node_restart NAME
#   node NAME COMMAND...          runs a command, or a function of lib.sh, with
#                                 PGHOST set to that server
#   node_socket NAME              prints its socket directory, a host for libpq
#   node_log NAME                 prints the path of its log
#   wait_for COMMAND...           repeats it until it succeeds, for a minute
#
# The servers run this tree's pgext from the private installation of the main
# server, have the settings of env/server.sh (durability is off unless a SETTING
# turns it on), listen only on unix sockets, and stop when the script ends.
. test/env/server.sh

node_install=$(readlink -f "$PGHOST/../install")
nodes=$(make_directory) || exit 1
on_exit nodes_remove

node_socket() { echo "$nodes/$1/socket"; }
node_log() { echo "$nodes/$1/log"; }

# Runs in a subshell, in which checks do not count: capture its output, or pass
# it to "ok" as a command.
node()
(
	PGHOST=$(node_socket "$1")
	shift
	"$@"
)

# node_do NAME FUNCTION...: calls a function of server.sh for that server.
node_do()
(
	server_dir=$nodes/$1
	shift
	"$@"
)

node_make()
{
	mkdir -m 755 "$nodes/$1" && : >"$nodes/$1/pgext-server" &&
		ln -s "$node_install" "$nodes/$1/install"
}

node_start()
{
	node_name=$1
	shift
	server_settings=$(printf '%s\n' "$@")
	node_make "$node_name" && node_do "$node_name" server_step server_initdb &&
		node_do "$node_name" server_step server_launch
}

node_clone()
{
	node_name=$1
	node_from=$2
	shift 2
	server_settings=$(printf '%s\n' "$@")
	node_make "$node_name" &&
		node_do "$node_name" server_step node_base_backup &&
		node_do "$node_name" server_step server_launch
}

# The settings come last, so that they override those of the original.
node_base_backup()
{
	server_make_data && server_as_owner "$(server_bindir)/pg_basebackup" \
		-h "$(node_socket "$node_from")" -U postgres -D "$server_dir/data" \
		-c fast -R && server_configure
}

node_stop() { node_do "$1" server_halt; }
node_restart() { node_stop "$1" && node_do "$1" server_step server_launch; }

# After one wait in vain, later ones are not worth a minute each.
patience=300
wait_for()
{
	for _ in $(seq $patience)
	do
		! "$@" || return 0
		sleep 0.2
	done
	patience=1
	return 1
}

nodes_remove()
{
	for node_path in "$nodes"/*/
	do
		[ ! -d "$node_path" ] || server_stop "${node_path%/}"
	done
	rm -rf "$nodes"
}
