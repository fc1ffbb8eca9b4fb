# pgext: mergeable sketches for PostgreSQL
#
# all, install, installcheck, uninstall and clean are PGXS's and take its
# variables (PG_CONFIG, DESTDIR, COPT, ...). The targets at the end call scripts
# that install what they need; see test/README.md. `make help` lists all.

top := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))
own := help check unit regress script fuzz accuracy bench demo demo-stop \
	check-versions check-machines check-sanitizers deb

# --- the extension --------------------------------------------------------------

EXTENSION  = pgext
MODULE_big = pgext

core := $(patsubst $(top)/%.c,%.o,$(wildcard $(top)/src/core/*/*.c))
glue := $(patsubst $(top)/%.c,%.o,$(wildcard $(top)/src/pg/*.c))
OBJS  = $(core) $(glue)

# The version is in pgext.control only.
version    := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" \
	$(top)/pgext.control)
DATA_built  = pgext--$(version).sql
DATA        = $(patsubst $(top)/%,%,$(wildcard $(top)/src/pg/upgrade/*.sql))

REGRESS     = install $(filter-out install uninstall,$(patsubst \
	$(top)/sql/%.sql,%,$(sort $(wildcard $(top)/sql/*.sql)))) uninstall

EXTRA_CLEAN = build/unit build/fuzz build/gcc build/clang build/regress \
	build/check build/accuracy

# PGXS is needed unless all goals are our own, which also work on a machine that
# has no PostgreSQL yet.
ifneq (,$(filter-out $(own),$(or $(MAKECMDGOALS),all)))

PG_CONFIG  ?= pg_config
PGXS       := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
pg_include := $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)
ifeq (,$(and $(wildcard $(PGXS)),$(wildcard $(pg_include)/postgres.h)))
$(error $(PG_CONFIG) leads to no PostgreSQL server headers. Install them \
(Debian: postgresql-server-dev-NN, with libxxhash-dev) or set PG_CONFIG; \
"make check" and "make demo" install what they need themselves)
endif

# PostgreSQL's headers are system headers, so that -Wextra is about our code only.
PG_CPPFLAGS = -I$(top)/src -isystem $(pg_include)
PG_CFLAGS   = -Wall -Wextra

# The server loads all libraries into one global scope. postgresql-hll has
# functions and data with our names: bind ours to our own.
SHLIB_LINK = $(if $(filter darwin win32,$(PORTNAME)),,-Wl,-Bsymbolic)

# No bitcode: JIT would inline our functions and look up what they call by name
# in that scope. It would miss the functions of the core, which are hidden, and
# end the session, or find those of postgresql-hll.
override with_llvm := no

include $(PGXS)

# No fused multiply-add, which rounds differently: a design must be the same on
# all processors.
$(core): override CFLAGS += -fvisibility=hidden -ffp-contract=off \
	$(CFLAGS_VECTORIZE)

# Any header rebuilds everything: it takes seconds, and no object is ever stale.
$(OBJS): $(firstword $(MAKEFILE_LIST)) $(wildcard $(top)/src/core/*.h \
	$(top)/src/core/*/*.h $(top)/src/pg/*.h)

# A build directory outside the tree lacks the folders of the objects.
$(shell mkdir -p $(sort $(dir $(OBJS))))

sql_parts    = $(addprefix $(top)/src/pg/,sketch_hash.sql hll.sql bloom.sql \
	cms.sql topk.sql)
sql_template = $(top)/src/pg/type.sql.in
sql_expand   = $(top)/src/pg/expand.awk

.DELETE_ON_ERROR:
$(DATA_built): $(sql_parts) $(sql_template) $(sql_expand)
	printf '%s\n' '\echo Use "CREATE EXTENSION pgext" to load this file. \quit' >$@
	awk -v template=$(sql_template) -f $(sql_expand) $(sql_parts) >>$@

# PGXS would put all pages into one folder, where their links lead nowhere.
docs := $(DESTDIR)$(docdir)/$(EXTENSION)
install: install-docs
uninstall: uninstall-docs
.PHONY: install-docs uninstall-docs
install-docs:
	$(MKDIR_P) '$(docs)/doc'
	$(INSTALL_DATA) $(wildcard $(top)/*.md $(top)/LICENSE) '$(docs)/'
	$(INSTALL_DATA) $(wildcard $(top)/doc/*.md $(top)/doc/*.svg) '$(docs)/doc/'
uninstall-docs:
	rm -rf '$(docs)'

endif

# --- our own targets --------------------------------------------------------------

# PGXS has a target "check" that only says it is not supported.
ifneq (,$(filter $(own),$(MAKECMDGOALS)))

.PHONY: $(own)
.NOTPARALLEL:

check: ## run all tests on a private server
	@$(top)/test/check.sh

unit: ## run the unit tests, or TEST="hll topk"
	@$(top)/test/env/setup.sh unit
	@$(MAKE) --no-print-directory -C $(top)/test/unit

regress: ## run the SQL tests on a private server, or TEST="hll hll_agg"
	@$(top)/test/check.sh regress $(TEST)

script: ## run the scripts of test/t, or TEST="copy fdw"
	@$(top)/test/check.sh script $(TEST)

fuzz: ## fuzz for an hour or more, or TEST="hll_ops" RUNS=100000
	@$(top)/test/fuzz/fuzz.sh long $(TEST)

accuracy: ## measure errors and bounds, or TEST="cms" RUNS=4000
	@$(top)/test/accuracy/accuracy.sh $(TEST)

bench: ## measure speed and size, or ROWS=1000000 RUNS=3
	@$(top)/test/bench/bench.sh

demo: ## load a web log (or LOG=FILE) and shop events, and question them
	@$(top)/test/demo/demo.sh

demo-stop: ## stop the server that the demo left
	@$(top)/test/demo/demo.sh stop

check-versions: ## run all tests on each PostgreSQL, or TEST="17 17-assert"
	@$(top)/test/env/versions.sh $(TEST)

check-machines: ## run the unit tests on other processors, or TEST="s390x"
	@$(top)/test/env/machines.sh $(TEST)

check-sanitizers: ## run tests in a server with sanitizers, or TEST="unit"
	@$(top)/test/env/sanitizers.sh $(TEST)

deb: ## build Debian packages
	@$(top)/test/env/deb.sh

help: ## list the targets
	@echo 'all                build the extension for the server of PG_CONFIG'
	@echo 'install            install it, with its documentation'
	@echo 'installcheck       run the SQL tests on a running server'
	@echo 'uninstall          remove what was installed'
	@echo 'clean              remove what was built'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))

endif
