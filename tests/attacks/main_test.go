// Package attacks does to the real server what hostile and unlucky clients do.
// Every test names the line of docs/security/attacks.md that it answers.
package attacks

import (
	"os"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
