# SPDX-License-Identifier: MIT
# A thin front: each verb gets the packages that it needs, builds, and goes.
# Meson is the build system; what it builds is in build/.

BUILD := build
WERROR := false
configure := $(MAKE) -s $(BUILD)/build.ninja

.PHONY: help build run test bench check-all format clean

help:
	@echo 'make run          boot our kernel with the sample programs, print a table'
	@echo '     PROG=./mine ARGS="..."   boot it with your static program instead'
	@echo 'make test         the fast suite; closes on "N passed, N failed"'
	@echo 'make build        only build everything, in $(BUILD)/'
	@echo 'make bench        all measurements against the host kernel; 10 minutes'
	@echo 'make check-all    everything: all sanitizers, all models, all twins'
	@echo 'make format       clang-format the C files'
	@echo 'make clean        remove what was built'

$(BUILD)/build.ninja:
	@echo 'configuring $(BUILD)/'
	@meson setup -Dwerror=$(WERROR) $(BUILD) >$(BUILD)-setup.log 2>&1 || \
		{ cat $(BUILD)-setup.log; exit 1; }

build:
	@tools/deps run
	@$(configure)
	@ninja --quiet -C $(BUILD)

run:
	@tools/deps run
	@$(configure)
	@kernel/run --build $(BUILD) $(if $(PROG),-- $(PROG) $(ARGS))

test:
	@tools/deps test
	@tools/run-tests --werror=$(WERROR)

bench:
	@tools/deps bench
	@$(configure)
	@ninja --quiet -C $(BUILD)
	@bench/run --build $(BUILD)

check-all:
	@tools/deps check-all
	@tools/run-tests --all --werror=$(WERROR)

format:
	@tools/deps format
	git ls-files -z '*.c' '*.h' ':!tests/twins' | xargs -0 clang-format -i

clean:
	rm -rf build build-*
