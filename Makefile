# pgext: mergeable sketches for PostgreSQL
#
# `make`, `make install`, `make installcheck` and `make clean` are PGXS's and
# take its variables (PG_CONFIG, DESTDIR, COPT, ...). `make check`, `make
# demo` and the other targets of "own" do all set-up themselves, on a machine
# that may not have pg_config yet; so they must not include PGXS, which in any
# case has a `check` of its own that only says it is unsupported.

own := check check-versions check-machines check-sanitizers fuzz unit bench \
	accuracy demo demo-stop
top := $(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))

ifneq (,$(filter $(own),$(MAKECMDGOALS)))

.PHONY: $(own) $(MAKECMDGOALS)
.NOTPARALLEL:

check:
	@$(top)/test/check.sh

check-versions:
	@$(top)/test/versions.sh

check-machines:
	@$(top)/test/machines.sh

check-sanitizers:
	@$(top)/test/sanitizers.sh

fuzz:
	@$(top)/test/fuzz/fuzz.sh long

bench:
	@$(top)/test/bench/bench.sh

accuracy:
	@$(top)/test/accuracy/accuracy.sh

demo:
	@$(top)/test/demo/demo.sh

demo-stop:
	@$(top)/test/demo/demo.sh stop

# The core must build without PostgreSQL: no PGXS, no PostgreSQL include path.
core       := $(wildcard $(top)/src/core/*/*.c)
unit_deps  := $(wildcard $(top)/src/core/*.h $(top)/src/core/*/*.h \
	$(top)/test/unit/*.h \
	$(top)/test/accuracy/*.h)
unit_tests := $(patsubst $(top)/test/unit/%.c,$(top)/build/unit/%,\
	$(wildcard $(top)/test/unit/test_*.c))

unit_flags = -std=c11 -g -Wall -Wextra -Werror -I$(top)/src -I$(top)/test/unit
sanitizers = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all

# Hundreds of millions of additions are too slow under sanitizers.
core_of      = $(if $(findstring test_accuracy,$@),fast,sanitized)
flags_of     = $(unit_flags) $(if $(findstring fast,$@$(core_of)),-O2,$(sanitizers))
core_objects = $(patsubst $(top)/src/core/%.c,$(top)/build/unit/$(1)/%.o,$(core))

# gcc 13 (Ubuntu 24.04) gives XXH3's 64-byte aligned state 32 bytes in the stack
# frames that this option takes from the heap, and UBSan then stops the test.
unit: export ASAN_OPTIONS = detect_stack_use_after_return=0
unit: $(unit_tests)
	@failed=0; for t in $^; do $$t || failed=1; done; exit $$failed

$(call core_objects,fast): $(top)/build/unit/fast/%.o: \
		$(top)/src/core/%.c $(unit_deps)
	@mkdir -p $(@D)
	$(CC) $(flags_of) -c -o $@ $<

$(call core_objects,sanitized): $(top)/build/unit/sanitized/%.o: \
		$(top)/src/core/%.c $(unit_deps)
	@mkdir -p $(@D)
	$(CC) $(flags_of) -c -o $@ $<

.SECONDEXPANSION:
$(unit_tests): $(top)/build/unit/%: $(top)/test/unit/%.c $(unit_deps) \
		$$(call core_objects,$$(core_of))
	$(CC) $(flags_of) -o $@ $< $(call core_objects,$(core_of)) -lm

$(filter-out $(own) $(unit_tests),$(MAKECMDGOALS)):
	@$(MAKE) -f $(firstword $(MAKEFILE_LIST)) $@

else

EXTENSION  = pgext
MODULE_big = pgext

objs_core := $(patsubst $(top)/%.c,%.o,$(wildcard $(top)/src/core/*/*.c))
objs_glue := $(patsubst $(top)/%.c,%.o,$(wildcard $(top)/src/pg/*.c))
OBJS       = $(objs_core) $(objs_glue)

# The version stands in pgext.control alone. To raise it: README.md, "Upgrading".
version    := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" \
	$(top)/pgext.control)
DATA_built  = pgext--$(version).sql
DATA       := $(patsubst $(top)/%,%,$(wildcard $(top)/src/pg/upgrade/*.sql))
sql_parts   = $(addprefix $(top)/src/pg/,sketch_hash.sql hll.sql bloom.sql \
	cms.sql topk.sql)
sql_shared  = $(addprefix $(top)/src/pg/,expand.awk type.sql.in)

tests   := $(sort $(patsubst $(top)/sql/%.sql,%,$(wildcard $(top)/sql/*.sql)))
REGRESS  = $(filter install,$(tests)) \
	$(filter-out install uninstall%,$(tests)) $(filter uninstall%,$(tests))

EXTRA_CLEAN = $(addprefix build/,unit fuzz gcc clang regress check accuracy)

PG_CONFIG ?= pg_config
PGXS       := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
pg_include := $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)
ifeq (,$(and $(wildcard $(PGXS)),$(wildcard $(pg_include)/postgres.h)))
$(error $(PG_CONFIG) leads to no PostgreSQL server headers. Install them \
(Debian: postgresql-server-dev-NN, with libxxhash-dev) or set PG_CONFIG; \
"make check" and "make demo" install what they need themselves)
endif

# PostgreSQL's own headers are system headers, so that only our code answers
# for -Wextra.
PG_CPPFLAGS = -I$(top)/src -isystem $(pg_include)
PG_CFLAGS   = -Wall -Wextra

# The server loads libraries into one global scope, where postgresql-hll has
# functions and data of our names: what we use must be our own.
SHLIB_LINK = $(if $(filter darwin win32,$(PORTNAME)),,-Wl,-Bsymbolic)

# No bitcode: JIT compilation would inline functions, and then look for what they
# call by name in that scope. It would not find the core's, which are hidden, and
# end the session; and of some others, find those of postgresql-hll.
override with_llvm := no

include $(PGXS)

# No fused multiply-add, which some processors would round otherwise: a design
# is the same everywhere.
$(objs_core): override CFLAGS += -fvisibility=hidden -ffp-contract=off \
	$(CFLAGS_VECTORIZE)

# Any header rebuilds everything: seconds, and never a stale object.
headers := $(wildcard $(top)/src/core/*.h $(top)/src/core/*/*.h $(top)/src/pg/*.h)
$(OBJS): $(headers) $(firstword $(MAKEFILE_LIST))

# In a build directory outside the tree, nobody else makes these.
$(shell mkdir -p $(sort $(dir $(OBJS))))

.DELETE_ON_ERROR:
$(DATA_built): $(sql_parts) $(sql_shared)
	printf '%s\n' '\echo Use "CREATE EXTENSION pgext" to load this file. \quit' >$@
	awk -v template=$(top)/src/pg/type.sql.in -f $(top)/src/pg/expand.awk \
		$(sql_parts) >>$@

endif
