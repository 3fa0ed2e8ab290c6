# Part of the Makefile: what make check does in short, or not at all.

# The kernel of this machine as judge (root): make oracle [SEED=n SETS=n PACKETS=n]
oracle: all
	@FWPROOF=$(CURDIR)/fwproof sh tests/oracle.sh $(SEED) $(SETS) $(PACKETS)

# Real exports with broken lines: make mutation [N=n SEED=n]
mutation: all
	@FWPROOF=$(CURDIR)/fwproof sh tests/mutation.sh $(or $(N),1000) $(SEED)

# Races between the threads of check -j, under TSan; a part of make check once it is built.
tsan:
	@$(MAKE) --no-print-directory -s -j$(JOBS) TSAN=1 build/tsan/fwproof
	@FWPROOF=$(CURDIR)/build/tsan/fwproof sh tests/threads.sh

# What make check does in short, or not at all, in full.
LONG = FWPROOF=$(CURDIR)/$(BUILD)/fwproof FWPROOF_LONG=1 FWPROOF_TEST_TIMEOUT=7200

# The optimized program under memcheck, over fixtures, golden inputs and real exports.
valgrind: all
	@sh tests/deps.sh --optional valgrind
	@$(LONG) sh tests/run.sh /valgrind.sh

# Undefined behaviour and conversions that lose something, on all the real exports.
ubsan: all
	@$(LONG) sh tests/run.sh /ubsan.sh

# clang-format, and what clang-tidy, cppcheck and gcc -fanalyzer find: some twenty minutes.
lint: all
	@sh tests/deps.sh --optional clang-format clang-tidy cppcheck
	@$(LONG) sh tests/run.sh style
	@$(LONG) sh tests/run.sh /lint.sh

.PHONY: oracle mutation tsan valgrind ubsan lint
