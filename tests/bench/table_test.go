package main

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTarget_VerdictAtTheBound(t *testing.T) {
	tests := []struct {
		target target
		value  float64
		want   string
	}{
		{atLeast(0.60, "%.2f"), 0.60, "met"},
		{atLeast(0.60, "%.2f"), 0.599, "missed"},
		{atMost(50, "%.1f ms"), 50, "met"},
		{atMost(50, "%.1f ms"), 50.1, "missed"},
		{atMost(0, "%.0f"), 1, "missed"},
		{target{format: "%.0f"}, 1, ""},
	}
	for _, tt := range tests {
		if got := tt.target.verdict(tt.value); got != tt.want {
			t.Errorf("%v of %q: %q, want %q", tt.value, tt.target, got, tt.want)
		}
	}
}

func TestLine_ShowsWhatItHas(t *testing.T) {
	answers := result{took: []time.Duration{time.Millisecond, 2 * time.Millisecond}, elapsed: time.Second}
	tests := []struct {
		why  string
		line line
		want string
	}{
		{"a ratio", line{name: "a", value: 0.155, target: atLeast(0.15, "%.2f"), result: answers}, "a 0.15 ≥ 0.15 met 2 1ms 1ms"},
		{"what others are compared with", line{name: "b", result: answers}, "b 2 1ms 1ms"},
		{"a size", line{name: "c", value: 170.2, target: atMost(160, "%.0f MiB")}, "c 170 MiB ≤ 160 MiB missed"},
		{"no target", line{name: "d", value: 2, target: target{format: "%.0f"}}, "d 2"},
		{"not measured", line{name: "e", note: "not installed", target: atMost(1, "%.0f")}, "e not installed"},
	}
	for _, tt := range tests {
		var out strings.Builder
		tt.line.print(&out)
		if got := strings.Join(strings.Fields(out.String()), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestSelection_ARowBringsWhatItIsComparedWith(t *testing.T) {
	rows := func() []*row {
		return []*row{{name: "bare"}, {name: "read", against: "bare"}, {name: "hash"}, {name: "login", against: "hash"}}
	}
	for pattern, want := range map[string]string{"": "bare read hash login", "sqlite: read": "bare read", "login": "hash login", "postgres": "", "^read": ""} {
		var got []string
		for _, r := range needed(rows(), selection{regexp.MustCompile("(?i)" + pattern), "SQLite"}) {
			got = append(got, r.name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("-rows %q measures %q, want %q", pattern, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{7: "7", 1000: "1,000", 20034: "20,034", 1000000: "1,000,000"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestStatusField_ReadsProc(t *testing.T) {
	const status = "Name:\tsallyport\nVmPeak:\t 2000 kB\nVmHWM:\t   51200 kB\nVmRSS:\t   45056 kB\nThreads:\t9\n"
	if got, err := statusField(status, "VmHWM"); got != 51200 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := statusField(status, "VmSwap"); err == nil {
		t.Errorf("a missing field is %v", got)
	}
}
