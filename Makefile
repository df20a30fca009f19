# SPDX-License-Identifier: MIT
# A thin front: each verb gets the packages that it needs, builds, and goes.
# Meson is the build system; what it builds is in build/.

BUILD := build
WERROR := false

.PHONY: help build run test bench check-all format clean

help:
	@echo 'make run          boot our kernel with the sample programs, print a table'
	@echo '     PROG=./mine ARGS="..."   boot it with your static program instead'
	@echo 'make test         the fast suite; closes on "N passed, N failed"'
	@echo 'make check-all    everything: all sanitizers, all checks'
	@echo 'make bench        a write and a read: ours against the host kernel'
	@echo 'make format       clang-format the C files'
	@echo 'make clean        remove what was built'

# What `make run` shows, as kernel/run wants it: a name and a command each.
PROGRAM_DIR := $(BUILD)/kernel/programs
PROGRAMS := 'pthreads (musl): $(PROGRAM_DIR)/threads' \
	'GLib: $(PROGRAM_DIR)/glib' \
	'libuv: $(PROGRAM_DIR)/libuv' \
	"the seed's tests: $(PROGRAM_DIR)/veridian" \
	'conformance: $(BUILD)/conformance/evfd-conformance-static'

$(BUILD)/build.ninja:
	@meson setup -Dwerror=$(WERROR) $(BUILD)

build:
	@tools/deps run
	@$(MAKE) -s $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD)

run: build
	@kernel/run --kernel $(BUILD)/kernel/evfd-kernel \
		$(if $(PROG),$(PROG) $(ARGS),--table $(PROGRAMS))

test:
	@tools/deps test
	@tools/run-tests --werror=$(WERROR)

check-all:
	@tools/deps check-all
	@tools/run-tests --all --werror=$(WERROR)

bench:
	@tools/deps bench
	@$(MAKE) -s $(BUILD)/build.ninja
	@ninja --quiet -C $(BUILD) bench/core
	@$(BUILD)/bench/core --csv $(BUILD)/bench-core.csv
	@echo 'raw data: $(BUILD)/bench-core.csv'

format:
	@tools/deps format
	git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf build build-*
