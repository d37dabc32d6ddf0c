package binary

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestUsage_IsPrintedAndNothingElseHappens(t *testing.T) {
	t.Parallel()
	const usage, version = `^Sallyport is (.*\n)+  sallyport migrate .*\n(.*\n)+$`, `^sallyport \S+, go1\.\d+.*\n$`
	for _, tt := range []struct {
		args   string
		code   int
		stdout string // "" is nothing, and then the rest is on stderr
		stderr string
	}{
		{"--help", 0, usage, ""},
		{"-h", 0, usage, ""},
		{"help", 0, usage, ""},
		{"migrate --help", 0, usage, ""},
		{"user unlock -h", 0, usage, ""},
		{"--version", 0, version, ""},
		{"version", 0, version, ""},
		{"serve", 2, "", `unknown arguments ["serve"]`},
		{"--port 80", 2, "", `unknown arguments ["--port" "80"]`},
		{"-x", 2, "", `unknown arguments ["-x"]`},
		{"migrate now", 2, "", `unknown arguments ["migrate" "now"]`},
		{"user", 2, "", `unknown arguments ["user"]`},
		{"user unlock", 2, "", `unknown arguments ["user" "unlock"]`},
		{"user lock ada", 2, "", `unknown arguments ["user" "lock" "ada"]`},
	} {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := harness.Built(t).Begin(t, dir, strings.Fields(tt.args), "DATABASE_URL=nonsense", "PORT=nonsense") // read by nothing
			if code := p.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			stdout, stderr := p.Stdout.String(), p.Stderr.String()
			if tt.stdout == "" && stdout != "" || !regexp.MustCompile(tt.stdout).MatchString(stdout) {
				t.Errorf("stdout: %q", stdout)
			}
			if tt.stderr == "" && stderr != "" || !strings.HasPrefix(stderr, map[bool]string{true: "sallyport: "}[tt.code != 0]+tt.stderr) || tt.code != 0 && !strings.Contains(stderr, "sallyport user unlock EMAIL-OR-USERNAME") {
				t.Errorf("stderr: %q", stderr)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it left %v, %v", left, err)
			}
		})
	}
}
