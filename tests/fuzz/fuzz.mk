# Fuzzing and coverage, for the Makefile of the project.
# make fuzz [TIME=CPU seconds] [TARGETS="csv asa"]; make hours; make cover. FUZZERS: with libFuzzer, from the sub-make
# of `make fuzz`; REPLAYS: the same targets on files, which tests/fuzz.sh runs.
TARGETS  := $(filter-out fuzz formats replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZERS  := $(TARGETS:%=$(BUILD)/fuzz-%)
REPLAYS  := $(TARGETS:%=$(BUILD)/replay-%)
FUZZ_C   := tests/fuzz/fuzz.c tests/fuzz/formats.c
FUZZ_SAN := address,undefined
TIME     ?= 60

$(BUILD)/fuzz-%: tests/fuzz/%.c $(FUZZ_C) tests/fuzz/fuzz.h $(BUILD)/libfwproof.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $(filter-out %.h,$^) $(LIBS)

$(BUILD)/replay-%: tests/fuzz/%.c $(FUZZ_C) tests/fuzz/replay.c tests/fuzz/fuzz.h $(BUILD)/libfwproof.a
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter-out %.h,$^) $(LIBS)

fuzzers: $(FUZZERS)
replays: $(REPLAYS)

fuzz:
	@command -v clang >/dev/null || { echo "SKIP fuzz: clang is not installed"; exit 0; }; \
	$(MAKE) --no-print-directory -s -j$(JOBS) fuzzers BUILD=build/fuzz CC=clang WERROR= \
	    CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,$(FUZZ_SAN) -fno-sanitize-recover=all" \
	    LDFLAGS="-fsanitize=$(FUZZ_SAN)" && sh tests/fuzz/run.sh $(TIME) $(TARGETS)

hours:
	@sh tests/fuzz/hours.sh $(TARGETS)

cover: deps
	@$(MAKE) --no-print-directory -s -j$(JOBS) build/cover/fwproof units replays BUILD=build/cover WERROR= \
	    CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage
	@sh tests/fuzz/cover.sh build/cover

.PHONY: fuzzers replays fuzz hours cover
