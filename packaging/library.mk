# Other forms of the same objects, for the Makefile of the project.
OBJCOPY  ?= objcopy

# One file without shared libraries. Debian's libcjson-dev has no archive: CJSON_A names one.
CJSON_A ?= $(firstword $(wildcard /usr/lib/*/libcjson.a /usr/local/lib/libcjson.a))
static: $(BUILD)/cli/main.o $(BUILD)/libfwproof.a
	@[ -n "$(CJSON_A)" ] || { echo "make static: there is no libcjson.a here; CJSON_A=FILE names one"; exit 1; }
	$(CC) -static -o fwproof-static $^ $(CJSON_A) -lpcre2-8 -lcsv -pthread -lm

# What is installed: all that fwproof.h needs, nothing of the program, no other name to be seen.
$(BUILD)/install/libfwproof.a: $(BUILD)/api/library.o $(BUILD)/libfwproof.a
	@mkdir -p $(@D)
	$(LD) -r -o $(@D)/fwproof.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='fwproof_*' $(@D)/fwproof.o
	rm -f $@ && ar qcsD $@ $(@D)/fwproof.o

# Two builds in different places and times, the same bytes.
reproducible:
	@sh tests/reproducible.sh --full

.PHONY: static reproducible
