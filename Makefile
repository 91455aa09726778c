# The index of everything one can do here. `make help` lists it.

LISTEN ?= 127.0.0.1:8080
DATA ?= data
BED ?= /tmp/postroom-bed
COUNT ?= 20000
BIG ?= 50000
HUGE ?= 200000

RELEASE = .build/release/postroom
# The one configuration of debug builds: other flags would rebuild everything. It refuses imports DESIGN's arrows do not have.
export DEBUG_FLAGS = --explicit-target-dependency-import-check error
# Relocations in a fifth of the place, where the loader knows them (glibc 2.36).
PACKED_RELOCATIONS := $(shell printf '2.36\n%s\n' "$$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)" | sort -CV && echo -Xlinker -z -Xlinker pack-relative-relocs)
# With the Swift libraries inside, the program starts in half the time and runs where no toolchain is. Types are made by the compiler's own
# functions, not by names that are looked up at the first use, and lld leaves the loader little to do: docs/decisions/0014-start-of-the-program.md.
RELEASE_FLAGS = --static-swift-stdlib -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors \
	-Xswiftc -use-ld=lld -Xlinker --no-export-dynamic $(PACKED_RELOCATIONS)

.PHONY: torture conformance bench bench-mime bench-imap bench-mail bench-jmap fuzz test-interop help setup release run demo build test test-swift test-postgres test-e2e test-browser lint servers-up servers-down screenshots clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: release ## serve on http://LISTEN from the data folder DATA
	$(RELEASE) --data $(DATA) serve --listen $(LISTEN)

demo: release ## the whole product beside mail servers of its own, with three mailboxes full of mail
	tools/setup servers
	POSTROOM_DEMO_TOOLS=$(CURDIR)/tools $(RELEASE) demo

test: ## every test: the page's modules, Swift, end to end on real mail servers, browser
	tools/test js swift postgres e2e browser

test-swift: ## unit and storage tests; FILTER=Name for some of them
	tools/test swift

test-postgres: ## the storage tests on PostgreSQL instead of SQLite
	tools/test postgres

test-e2e: ## the program on real mail servers; FILTER=name for some of them
	tools/test e2e

torture: build ## kill -9 COUNT times on each database, and everything else that goes wrong; SEED=n repeats a run
	tools/setup servers postgres browser torture
	tools/torture --count $(or $(COUNT),200) $(if $(SEED),--seed $(SEED))
	.venv/bin/python -m pytest Tests/torture

test-browser: ## the web page in Chromium; FILTER=name for some of them
	tools/test browser

test-interop: ## what we build, read by Python's email and GMime
	Tests/interop/mime/check.py

conformance: build ## score of the parsers over the copied corpora; CORPUS=folder for another
	tools/conformance-mime.py $(CORPUS)

bench: bench-mime bench-imap bench-mail bench-jmap ## everything below, beside other programs; results in docs/benchmarks.md

bench-mime: ## MailMIME beside GMime, libetpan and Python's email; MAIL=folder of message files
	Benchmarks/mime/run $(or $(MAIL),$(shell Benchmarks/mail/sample))

bench-imap: setup ## the IMAP client beside a raw C client and mbsync, and what an idle connection costs; COUNT=messages, CONNECTIONS=number
	tools/setup bench servers
	swift build -c release $(RELEASE_FLAGS) --product imapbench
	COUNT=$(COUNT) Benchmarks/imap/run

bench-mail: release ## sync and search beside mbsync, notmuch, mu, doveadm, neomutt; COUNT=, BIG=, HUGE= messages, ACCOUNTS=, STARTS= accounts, CASE=name
	tools/setup bench servers
	COUNT=$(COUNT) BIG=$(BIG) HUGE=$(HUGE) Benchmarks/mail/run $(CASE)

bench-jmap: release ## a client's page on our JMAP, on Cyrus' and on Dovecot over IMAP (as root); COUNT=messages
	tools/setup servers
	Benchmarks/jmap/bench --count $(or $(COUNT),20000)

fuzz: ## fuzz MailMIME; TARGET=parse|headers|decoders|build SECONDS=n
	tools/fuzz.sh $(or $(TARGET),parse) $(or $(SECONDS),600)

lint: ## formatting of Swift, syntax of JavaScript, Python and shell
	tools/lint

build: setup ## debug build with its tests
	swift build --build-tests $(DEBUG_FLAGS)

release: setup ## release build
	swift build -c release $(RELEASE_FLAGS) --product postroom

setup: ## install missing Debian packages for building
	tools/setup build

servers-up: ## start Dovecot and Postfix in BED; BED/bed.json tells ports, users and passwords
	tools/setup servers
	tools/servers up $(BED)

servers-down: ## end them and remove BED
	tools/servers down $(BED)

screenshots: build ## take the pictures in docs/images anew
	tools/setup servers browser
	.venv/bin/python tools/screenshots

clean: ## remove what builds leave; data stays
	rm -rf .build .venv
