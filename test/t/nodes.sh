# nodes.sh: more servers for one test, beside the one that PGHOST names: shards,
# replicas, or one that may be killed. Sourced after common.sh.
#
#   node_start NAME [SETTING...]  a new server NAME; each SETTING is a line for
#                                 its postgresql.conf, like 'wal_level = logical'
#   node_clone NAME FROM [SETTING...]  a standby NAME of the server FROM
#   node_stop NAME, node_restart NAME
#   node NAME COMMAND...          runs a command, or one of common.sh's
#                                 functions, with PGHOST of that server
#   node_socket NAME              its socket directory: a host for libpq
#   node_log NAME                 the file of its log
#   wait_for COMMAND...           until it succeeds, a minute at most
#
# They run this tree's pgext from the same private installation, listen on unix
# sockets only, and all stop when the script ends. See test/server.sh, whose
# settings they have: durability is off unless a SETTING says otherwise.
. test/server.sh

node_install=$(readlink -f "$PGHOST/../install")
nodes=$(mktemp -d /tmp/pgext-XXXXXX) || exit 1
chmod 755 "$nodes"
trap nodes_remove EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

node_socket() { echo "$nodes/$1/socket"; }
node_log() { echo "$nodes/$1/log"; }

# In a subshell, so that common.sh's checks do not count in it: capture what it
# prints, or give it to "ok" as a command.
node()
(
	PGHOST=$(node_socket "$1")
	shift
	"$@"
)

# node_do NAME FUNCTION: one of server.sh's functions on that server.
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

# The settings come last: there they win over those that came along.
node_base_backup()
{
	server_make_data && server_as_owner "$(server_bindir)/pg_basebackup" \
		-h "$(node_socket "$node_from")" -U postgres -D "$server_dir/data" \
		-c fast -R && server_configure
}

node_stop() { node_do "$1" server_halt; }
node_restart() { node_stop "$1" && node_do "$1" server_step server_launch; }

# Who has waited in vain does not wait again.
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
