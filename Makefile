# make			build git-upgrade
# make setup		install what that takes, on Debian and its children
# make demo		set up, build, and show the whole job in a sandbox
# make check		set up, build, and run every test
# make check-real	replay MENDER_INTEGRATION=PATH, the real history, and
#			merge it and others by structure, see
#			tests/check-structure.sh
# make check-all	the suite under sanitizers and valgrind, and the linters
# make bench		how many times as long as plain git? GIT_GIT=PATH: on
#			git's own history, too
# make install		prefix=/usr/local DESTDIR=; also uninstall
#
# make BUILD=build-x	builds all of it in build-x; in the default folder
#			only the program itself comes to the top. With BUILD,
#			`make check` tests what is there
# make TESTS='...'	the files `make check` runs instead of all of them

prefix ?= /usr/local
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
bashcompdir ?= $(prefix)/share/bash-completion/completions
zshcompdir ?= $(prefix)/share/zsh/site-functions
fishcompdir ?= $(prefix)/share/fish/vendor_completions.d
fishconfdir ?= $(prefix)/share/fish/vendor_conf.d
systemdir ?= $(prefix)/lib/systemd/system
userunitdir ?= $(prefix)/share/systemd/user

PKG_CONFIG ?= pkg-config
PACKAGES = libgit2 yaml-0.1 libcjson libcurl libcrypto
CFLAGS ?= -O2 -g
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	   -Wmissing-prototypes -Werror=implicit-function-declaration \
	   -Werror=int-conversion -Werror=incompatible-pointer-types
BUILD ?= build
JOBS ?= 4

-include config.mak

# Two builds never share a program.
BUILD_DIR = $(if $(filter build,$(BUILD)),$(CURDIR),$(abspath $(BUILD)))
PROGRAM := $(if $(filter build,$(BUILD)),,$(BUILD)/)git-upgrade
# The same program as a merge strategy, which git finds by that name.
STRATEGY := $(dir $(PROGRAM))git-merge-upgrade
UNIT = git-upgrade-platform@.service
MAN := $(wildcard Documentation/*.1 Documentation/*.5)

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

all: $(PROGRAM) $(STRATEGY)

# Said once, and before the compiler says it in its own words.
$(BUILD)/.libraries:
	@$(PKG_CONFIG) --exists $(PACKAGES) 2>/dev/null || { \
		echo 'This needs pkg-config and the libraries $(PACKAGES).' \
		'To install' >&2; \
		echo 'what is missing: make setup. To only look:' \
		'pkg-config --print-errors --exists $(PACKAGES)' >&2; \
		exit 1; }
	@mkdir -p $(@D)
	@touch $@

$(PROGRAM): $(BUILD)/git-upgrade.o $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(pkg_libs)

$(STRATEGY): $(PROGRAM)
	ln -sf git-upgrade $@

$(BUILD)/%.o: %.c | $(BUILD)/.libraries
	@mkdir -p $(@D)
	$(compile) -MMD -MP -c -o $@ $<

# Profiles and hook shims are compiled in byte for byte.
$(BUILD)/embedded.c: contrib/embed $(PROFILES) $(SHIMS)
	@mkdir -p $(@D)
	sh contrib/embed $(PROFILES) $(SHIMS) >$@.tmp
	mv $@.tmp $@

$(BUILD)/embedded.o: $(BUILD)/embedded.c | $(BUILD)/.libraries
	$(compile) -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(OBJECTS)
	@mkdir -p $(@D)
	$(compile) -MMD -MP -o $@ $< $(OBJECTS) $(LDFLAGS) $(pkg_libs) -lcmocka

units: $(UNITS)

# With a driver of our own; or libFuzzer's, by FUZZ_ENGINE=-fsanitize=fuzzer.
FUZZ_ENGINE ?=
FUZZ := $(BUILD)/fuzz
FUZZ_SOURCES := $(if $(FUZZ_ENGINE),$(filter-out %/driver.c, \
	$(wildcard tests/fuzz/*.c)),$(wildcard tests/fuzz/*.c))

$(FUZZ): $(FUZZ_SOURCES:%.c=$(BUILD)/%.o) $(OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $(FUZZ_ENGINE) -o $@ $^ $(pkg_libs)

fuzz: $(FUZZ)

# What stories need that sh cannot do; killat exists for Linux only.
TOOLS := $(BUILD)/tools/reread
TOOLS += $(if $(filter Linux,$(shell uname -s)),$(BUILD)/tools/killat)

# Beside it a program lets stories set its clock (src/base/time.h).
CLOCK_MARK := $(dir $(PROGRAM)).clock-can-be-set

$(CLOCK_MARK):
	@mkdir -p $(@D)
	touch $@

$(BUILD)/tools/%: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -o $@ $<

tools: $(TOOLS) $(CLOCK_MARK)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

setup:
	sh contrib/setup build

# prove runs stories and units in one go, so that its last line is about all.
TESTS ?= $(wildcard tests/*.t) $(UNITS)
submake = $(MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

check:
	sh contrib/setup check
	+$(submake) all units fuzz tools
	BUILD_DIR=$(BUILD_DIR) FUZZ=$(abspath $(FUZZ)) \
		CMOCKA_MESSAGE_OUTPUT=TAP \
		prove -j$(JOBS) --exec '' $(TESTS)

check-real: all
	BUILD_DIR=$(BUILD_DIR) sh tests/check-real.sh
	BUILD_DIR=$(BUILD_DIR) sh tests/check-structure.sh

check-all:
	sh contrib/setup check
	MAKE='$(MAKE)' sh contrib/check-all

$(BUILD)/measure: tests/measure.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) -o $@ $<

bench: all $(BUILD)/measure
	BUILD_DIR=$(BUILD_DIR) MEASURE=$(abspath $(BUILD))/measure \
		sh contrib/bench

demo:
	sh contrib/setup build
	+$(submake) all
	BUILD_DIR=$(BUILD_DIR) sh contrib/demo

install: all
	install -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(mandir)/man5 $(DESTDIR)$(bashcompdir) \
		$(DESTDIR)$(zshcompdir) $(DESTDIR)$(fishcompdir) \
		$(DESTDIR)$(fishconfdir) $(DESTDIR)$(systemdir) \
		$(DESTDIR)$(userunitdir)
	install -m 755 $(PROGRAM) $(DESTDIR)$(bindir)/git-upgrade
	ln -sf git-upgrade $(DESTDIR)$(bindir)/git-merge-upgrade
	for page in $(MAN); do \
		install -m 644 $$page \
			$(DESTDIR)$(mandir)/man$${page##*.}/ || exit 1; done
	install -m 644 contrib/completion/git-upgrade.bash \
		$(DESTDIR)$(bashcompdir)/git-upgrade
	install -m 644 contrib/completion/_git-upgrade $(DESTDIR)$(zshcompdir)
	install -m 644 contrib/completion/git-upgrade.fish \
		$(DESTDIR)$(fishcompdir)
	install -m 644 contrib/completion/git-upgrade.conf.fish \
		$(DESTDIR)$(fishconfdir)/git-upgrade.fish
	for dir in $(systemdir) $(userunitdir); do \
		sed 's,/usr/local/bin,$(bindir),' 'contrib/systemd/$(UNIT)' \
			>"$(DESTDIR)$$dir/$(UNIT)" && \
		chmod 644 "$(DESTDIR)$$dir/$(UNIT)" || exit 1; done

uninstall:
	rm -f $(DESTDIR)$(bindir)/git-upgrade \
		$(DESTDIR)$(bindir)/git-merge-upgrade \
		$(DESTDIR)$(bashcompdir)/git-upgrade \
		$(DESTDIR)$(zshcompdir)/_git-upgrade \
		$(DESTDIR)$(fishcompdir)/git-upgrade.fish \
		$(DESTDIR)$(fishconfdir)/git-upgrade.fish \
		'$(DESTDIR)$(systemdir)/$(UNIT)' \
		'$(DESTDIR)$(userunitdir)/$(UNIT)'
	for page in $(MAN); do \
		rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/}; done

clean:
	rm -rf $(BUILD) $(PROGRAM) $(STRATEGY) $(CLOCK_MARK) tests/trash

.PHONY: all units fuzz tools setup check check-real check-all bench demo \
	install uninstall clean
.DELETE_ON_ERROR:
