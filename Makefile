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

$(BUILD)/build.ninja:
	@tools/deps build
	meson setup --werror -Dwerror=$(WERROR) $(BUILD)

run:
	@tools/deps run
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@kernel/run $(if $(PROG),-- $(PROG) $(ARGS))

test:
	@tools/deps test
	@tools/run-tests --werror=$(WERROR)

check-all:
	@tools/deps check-all
	@tools/run-tests --all --werror=$(WERROR)

bench:
	@tools/deps bench
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	ninja -C $(BUILD) bench/core
	$(BUILD)/bench/core --csv $(BUILD)/bench-core.csv

format:
	@tools/deps format
	git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf build build-*
