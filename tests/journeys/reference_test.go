package journeys

import (
	"regexp"
	"testing"

	"sallyport/tests/harness"
)

func TestReference_EveryCommandOfCurlWorks(t *testing.T) {
	t.Parallel()
	document, err := harness.Document()
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^curl .*`).FindAllString(document.Info.Description, -1)
	want := []int{201, 200, 200, 200, 200, 200, 200}
	if len(commands) != len(want) {
		t.Fatalf("openapi.yaml shows %d commands, want %d", len(commands), len(want))
	}
	s := newShell(t, harness.Start(t).PlainURL)
	for i, command := range commands {
		if status, body := s.run(command); status != want[i] {
			t.Errorf("%s\nanswered %d, want %d: %s", command, status, want[i], body)
		}
	}
}
