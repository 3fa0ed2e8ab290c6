# fwproof: no configure step. `make` builds ./fwproof, `make demo` shows it, `make check` tests it.
# SAN=1 builds the same with ASan and UBSan, TSAN=1 with TSan; DESTDIR and PREFIX are for `make install`.
CC       ?= cc
PREFIX   ?= /usr/local
VERSION  := 0.1.0
PKGS     := libpcre2-8 libcjson
DEBS     := gcc libc6-dev make pkg-config libpcre2-dev libcjson-dev libcsv-dev libcmocka-dev

, := ,
BUILD    := build$(if $(SAN),/san)$(if $(TSAN),/tsan)
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wwrite-strings -Wvla -Wformat=2 -Wcast-qual -Wundef -Wimplicit-fallthrough -Wswitch-enum
WERROR   ?= -Werror
SANITIZE := $(if $(SAN),-fsanitize=address$(,)undefined)$(if $(TSAN),-fsanitize=thread)
OPT      := $(if $(SANITIZE),-O1 -g $(SANITIZE) $(if $(SAN),-fno-sanitize-recover=all) \
            -fno-omit-frame-pointer,-O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
CFLAGS   ?= $(OPT)
ALL_CFLAGS = -std=c17 -D_POSIX_C_SOURCE=200809L -pthread -Isrc $(WARN) $(WERROR) $(CFLAGS) -fPIE -MMD -MP \
            -fdebug-prefix-map='$(CURDIR)'=. -DFWPROOF_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PKGS))
ALL_LDFLAGS = -pthread $(SANITIZE) -pie -Wl,-z,relro,-z,now $(LDFLAGS)
LIBS      = $(shell pkg-config --libs $(PKGS)) -lcsv

SRC      := $(sort $(wildcard src/*/*.c))
CLI      := $(filter src/cli/%,$(SRC))
OBJ      := $(patsubst src/%.c,$(BUILD)/%.o,$(filter-out $(CLI),$(SRC)))
CLI_OBJ  := $(CLI:src/%.c=$(BUILD)/%.o)
PACKS    := $(sort $(wildcard rules/*.json rules/csv/*.json rules/catalogues/*.json))
UNITS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
JOBS     := $(shell nproc 2>/dev/null || echo 2)

all: $(BUILD)/fwproof
	@$(if $(SANITIZE),:,cmp -s $< fwproof || install -m 755 $< fwproof)

$(BUILD)/fwproof: $(CLI_OBJ) $(BUILD)/libfwproof.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libfwproof.a: $(OBJ) $(BUILD)/embedded.o $(BUILD)/words.o
	rm -f $@ && ar qcsD $@ $^

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The packs, inside the binary.
$(BUILD)/embedded.c: $(PACKS) src/check/embed.sh
	@mkdir -p $(@D)
	sh src/check/embed.sh $(PACKS) > $@.tmp && mv $@.tmp $@

$(BUILD)/embedded.o: $(BUILD)/embedded.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: tests/unit/%.c $(CLI_OBJ) $(BUILD)/libfwproof.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(filter-out %/main.o,$(CLI_OBJ)) $(BUILD)/libfwproof.a $(LIBS) -lcmocka

# The words that the program itself says, for --redact names.
$(BUILD)/words.c: $(SRC) $(PACKS) src/audit/words.sh
	@mkdir -p $(@D)
	sh src/audit/words.sh $(SRC) $(PACKS) > $@.tmp && mv $@.tmp $@

$(BUILD)/words.o: $(BUILD)/words.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

units: $(UNITS)

# ---- for people ----------------------------------------------------------------------------------
deps:
	@sh tests/deps.sh $(DEBS)

demo: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@sh tests/demo.sh

check: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) SAN=1 all units replays
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@sh tests/run.sh

# Takes what the program says now as right: look at the difference before committing it.
bless: all
	@FWPROOF=$(CURDIR)/fwproof sh tests/golden.sh --bless && sh tests/_readme.sh
	@FWPROOF=$(CURDIR)/fwproof sh tests/csv.sh --bless

layers:
	@sh tests/layers.sh

bench: all
	@sh tests/bench/bench.sh

fmt:
	clang-format -i $(SRC) $(wildcard src/*/*.h tests/unit/*.[ch])

# ---- judges that take longer: make oracle, mutation, tsan, valgrind, ubsan, lint ------------------
include tests/judges.mk

# ---- fuzzing and coverage: make fuzz, make cover -------------------------------------------------
include tests/fuzz/fuzz.mk

install: all $(BUILD)/install/libfwproof.a
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/fwproof/rules/csv \
	    $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	    $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man1 man/man3 man/man5 bash-completion/completions \
	    zsh/site-functions fish/vendor_completions.d)
	install -m 755 fwproof $(DESTDIR)$(PREFIX)/bin/fwproof
	cp -R rules/. $(DESTDIR)$(PREFIX)/share/fwproof/rules/
	chmod -R u+rwX,go=rX $(DESTDIR)$(PREFIX)/share/fwproof
	install -m 644 src/api/fwproof.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(BUILD)/install/libfwproof.a $(DESTDIR)$(PREFIX)/lib/
	umask 022; sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' packaging/libfwproof.pc.in \
	    > $(DESTDIR)$(PREFIX)/lib/pkgconfig/libfwproof.pc
	install -m 644 man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 man/*.3 $(DESTDIR)$(PREFIX)/share/man/man3/
	install -m 644 man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	umask 022; ./fwproof completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fwproof
	umask 022; ./fwproof completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fwproof
	umask 022; ./fwproof completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fwproof.fish

# The installed archive, and the static program.
include packaging/library.mk

# The sources as they are committed.
dist:
	git -c tar.umask=0022 archive --format=tar --prefix=fwproof-$(VERSION)/ HEAD | gzip -n > fwproof-$(VERSION).tar.gz

deb: all
	@MAKE="$(MAKE)" sh packaging/deb.sh $(VERSION)

clean:
	rm -rf build fwproof fwproof-static fwproof-$(VERSION).tar.gz fwproof_$(VERSION)_*.deb

.PHONY: all units deps demo check bless layers bench fmt install dist deb clean
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(UNITS:=.d)
