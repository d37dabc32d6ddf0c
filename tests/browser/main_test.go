package browser

import (
	"os"
	"testing"

	"sallyport/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }
