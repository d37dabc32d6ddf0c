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
	const usage, version = `^Usage: sallyport <command> (.*\n)+  migrate .*\n(.*\n)+$`, `^sallyport \S+, go1\.\d+.*\n$`
	const ofUnlock = `^Usage: sallyport user unlock <user> (.*\n)+$`
	for _, tt := range []struct {
		args   string
		code   int
		stdout string // "" is nothing
		stderr string // and the rest too
	}{
		{"--help", 0, usage, ""},
		{"-h", 0, usage, ""},
		{"help", 0, usage, ""},
		{"user unlock -h", 0, ofUnlock, ""},
		{"help user unlock", 0, ofUnlock, ""},
		{"user --help", 0, `^Usage: sallyport user <command> (.*\n)+  user unlock (.*\n)+$`, ""},
		{"--version", 0, version, ""},
		{"version", 0, version, ""},
		{"version --json", 0, `^{\n  "go": "go1\.[^"]+",\n  "version": "[^"]+"\n}\n$`, ""},
		{"start", 2, "", "unexpected argument start\nSee: sallyport --help\n"},
		{"serve 80", 2, "", "unexpected argument 80\nSee: sallyport serve --help\n"},
		{"--port 80", 2, "", "unknown flag --port\nSee: sallyport --help\n"},
		{"-x", 2, "", "unknown flag -x, did you mean \"-h\"?\nSee: sallyport --help\n"},
		{"migrate now", 2, "", "unexpected argument now\nSee: sallyport migrate --help\n"},
		{"user", 2, "", "expected "},
		{"user unlock", 2, "", "expected \"<user>\"\nSee: sallyport user unlock --help\n"},
		{"user lock ada", 2, "", "unexpected argument lock, did you mean \"unlock\"?\nSee: sallyport user --help\n"},
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
			if said, failed := strings.CutPrefix(stderr, "sallyport: "); failed != (tt.code != 0) || !strings.HasPrefix(said, tt.stderr) || !failed && said != "" {
				t.Errorf("stderr: %q", stderr)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it left %v, %v", left, err)
			}
		})
	}
}
