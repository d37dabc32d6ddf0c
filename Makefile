# Conveniences; every target is one command you can also type.
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
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
	go run $(STATICCHECK) ./...

bench:
	go run ./tests/bench -duration $(BENCHTIME)

ci:
	.ci/run
