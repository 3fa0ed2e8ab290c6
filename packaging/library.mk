# Other forms of the same objects, for the Makefile of the project.
OBJCOPY  ?= objcopy

# One file without shared libraries. Debian's libcjson-dev has no archive: where there is none it is
# built from Debian's source; CJSON_A names another.
CJSON_A ?= $(firstword $(wildcard /usr/lib/*/libcjson.a /usr/local/lib/libcjson.a) $(BUILD)/static/libcjson.a)
$(BUILD)/static/libcjson.a: packaging/cjson.sh
	@CC="$(CC)" AR="$(AR)" sh packaging/cjson.sh $@

static: fwproof-static
fwproof-static: $(CLI_OBJ) $(BUILD)/libfwproof.a $(CJSON_A)
	$(CC) -static-pie -pthread -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $^ -lpcre2-8 -lcsv -lm

# What is installed: all that fwproof.h needs, nothing of the program, no other name to be seen.
$(BUILD)/install/libfwproof.a: $(BUILD)/api/command.o $(BUILD)/api/library.o $(BUILD)/libfwproof.a
	@mkdir -p $(@D)
	$(LD) -r -o $(@D)/fwproof.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='fwproof_*' $(@D)/fwproof.o
	rm -f $@ && ar qcsD $@ $(@D)/fwproof.o

# Two builds in different places and times, the same bytes.
reproducible:
	@sh tests/reproducible.sh --full

.PHONY: static reproducible
