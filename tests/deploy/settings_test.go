package deploy

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/config"
	"sallyport/tests/harness"
)

// ofGo are the variables that the Go runtime reads.
var ofGo = []string{"GOMEMLIMIT"}

func output(dir, program string, args ...string) (string, error) {
	command := exec.Command(program, args...)
	command.Dir = dir
	said, err := command.CombinedOutput()
	return string(said), err
}

// environ is what the program gets, with files of this test for its secrets.
func (d deployment) environ(t *testing.T) (environ []string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(d.environment)) {
		value := d.environment[name]
		switch {
		case strings.HasSuffix(name, "_FILE"):
			value = secret(t, dir, filepath.Base(value))
		case name == "DATA_DIR":
			continue
		}
		environ = append(environ, name+"="+value)
	}
	return append(environ, "DATA_DIR="+dir)
}

func TestDeployments_SetWhatTheProgramReadsAndAllThatProductionNeeds(t *testing.T) {
	example := harness.ReadPage(t, ".env.example")
	for _, d := range deployments(t) {
		for name := range d.environment {
			if !regexp.MustCompile(`(?m)^#`+name+`=`).MatchString(example) && !slices.Contains(ofGo, name) {
				t.Errorf("%s: the program reads no %s", d.file, name)
			}
		}
		cfg, err := config.Load(d.environ(t), t.TempDir(), false)
		if err != nil || !cfg.Production {
			t.Errorf("%s: %v", d.file, err)
		}
	}
}

// Source: docs/deployment.md, "Stop and restart".
func TestDeployments_WaitUntilTheProgramHasStopped(t *testing.T) {
	const requests, mail = 20 * time.Second, 10 * time.Second
	for _, d := range deployments(t) {
		cfg, err := config.Load(d.environ(t), t.TempDir(), false)
		if err != nil {
			t.Fatal(err)
		}
		if needs := cfg.DrainDelay + requests + mail; d.stop < needs || d.stop > needs+30*time.Second {
			t.Errorf("%s: killed after %v, and the program may take %v", d.file, d.stop, needs)
		}
	}
}

func TestSecretExample_HasWhatTheDeploymentMountsAndIsRefused(t *testing.T) {
	example := decode[struct {
		StringData map[string]string `yaml:"stringData"`
	}](t, "deploy/kubernetes/secret.example.yaml")[0].StringData
	var mounted []string
	for name, value := range pods(t)[0].deployment(t).environment {
		if strings.HasSuffix(name, "_FILE") {
			mounted = append(mounted, filepath.Base(value))
		}
	}
	if keys := slices.Sorted(maps.Keys(example)); !slices.Equal(keys, slices.Sorted(slices.Values(mounted))) {
		t.Errorf("the example has %q, and mounted are %q", keys, mounted)
	}
	_, err := config.Load([]string{"APP_ENV=production", "ACCESS_TOKEN_SECRET=" + example["access-token-secret"], "REFRESH_TOKEN_SECRET=" + example["refresh-token-secret"]}, t.TempDir(), false)
	if err == nil || !strings.Contains(err.Error(), "ACCESS_TOKEN_SECRET") || !strings.Contains(err.Error(), "REFRESH_TOKEN_SECRET") {
		t.Errorf("%v", err)
	}
}
