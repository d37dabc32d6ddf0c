// Package proofs compares the session engine, through its HTTP interface, with
// one short description of what it promises: account, in account_test.go. The
// model test does so for random histories of one client at a time with clock
// steps and restarts, the linearizability tests for histories of several clients
// at once. The test of thieves checks what the protocol is for, without account;
// the tests of first uses make the races certain that the others meet by chance.
// None looks into the program, but for the last, which read the user's row.
package proofs

import (
	"os"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
