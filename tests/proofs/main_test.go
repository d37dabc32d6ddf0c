// Package proofs compares the session engine, through its HTTP interface, with
// one short description of what it promises: account, in account_test.go. The
// model test does so for random histories of one client at a time with clock
// steps and restarts, the linearizability test for histories of several clients
// at once. Neither looks into the program.
package proofs

import (
	"os"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
