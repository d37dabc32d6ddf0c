# Conveniences; every target is one command you can also type.
BENCHTIME ?= 3s

.PHONY: run test lint bench ci

run:
	go run .

test:
	go test ./...

lint:
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool -modfile=.ci/tools/go.mod staticcheck ./...

bench:
	go run ./tests/bench -duration $(BENCHTIME)

ci:
	.ci/run
