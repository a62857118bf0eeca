# make			build git-upgrade
# make demo		set up, build, and show the whole job in a sandbox
# make check		set up, build, and run every test
# make check-real	replay MENDER_INTEGRATION=PATH, the real history
# make check-all	the suite under sanitizers and valgrind, and the linters
# make install		prefix=/usr/local DESTDIR=

prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
bashcompdir ?= $(prefix)/share/bash-completion/completions

PKG_CONFIG ?= pkg-config
PACKAGES = libgit2 yaml-0.1 libcjson
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	   -Wmissing-prototypes
BUILD ?= build

-include config.mak

SOURCES := $(wildcard src/*/*.c)
PROFILES := $(wildcard src/profiles/*.yaml)
SHIMS := $(wildcard hooks/*)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/embedded.o
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))

# Asked only when something is compiled, so that `make install`, `clean` and
# the set-up itself work before the libraries are there.
pkg_cflags = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
pkg_libs = $(shell $(PKG_CONFIG) --libs $(PACKAGES))
compile = $(CC) -std=c11 -D_GNU_SOURCE -Isrc $(pkg_cflags) $(WARNINGS) \
	  $(CFLAGS) $(CPPFLAGS)

all: git-upgrade

git-upgrade: $(BUILD)/git-upgrade.o $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(pkg_libs)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(compile) -MMD -MP -c -o $@ $<

# Profiles and hook shims are compiled in byte for byte.
$(BUILD)/embedded.c: contrib/embed $(PROFILES) $(SHIMS)
	@mkdir -p $(@D)
	sh contrib/embed $(PROFILES) $(SHIMS) >$@.tmp
	mv $@.tmp $@

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	$(compile) -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(compile) -MMD -MP -o $@ $< $(OBJECTS) $(LDFLAGS) $(pkg_libs) -lcmocka

units: $(UNITS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

clean:
	rm -rf $(BUILD) git-upgrade tests/trash

.PHONY: all units clean
.DELETE_ON_ERROR:
