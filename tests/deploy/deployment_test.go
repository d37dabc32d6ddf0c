package deploy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// deployment is one of the ways in which the program is shipped: what the manifest
// says, in one form for all of them.
type deployment struct {
	file        string
	environment map[string]string
	stop        time.Duration // after which the program is killed
}

func deployments(t *testing.T) (all []deployment) {
	t.Helper()
	all = append(all, composed(t), unit(t))
	for _, pod := range pods(t) {
		all = append(all, pod.deployment(t))
	}
	if len(all) != 4 {
		t.Fatalf("%d ways", len(all))
	}
	return all
}

// imageUser is who the image runs the program as.
func imageUser(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(harness.ReadPage(t, "Dockerfile"))
	if found == nil || found[1] != found[2] || found[1] == "0" {
		t.Fatalf("USER is %q", found)
	}
	return found[1]
}

// composeFile is deploy/compose.yaml.
type composeFile struct {
	Services map[string]struct {
		Environment map[string]string
		Stop        string `yaml:"stop_grace_period"`
		ReadOnly    bool   `yaml:"read_only"`
		Networks    any
	}
}

func composed(t *testing.T) deployment {
	t.Helper()
	service := decode[composeFile](t, "deploy/compose.yaml")[0].Services["sallyport-1"]
	stop, err := time.ParseDuration(service.Stop)
	if err != nil || !service.ReadOnly {
		t.Errorf("%v: %+v", err, service)
	}
	interpolated := regexp.MustCompile(`\$\{(\w+)[^}]*\}`)
	values := map[string]string{"SALLYPORT_HOST": "auth.example.com", "SMTP_URL": "smtp://mail.example.com", "MAIL_FROM": "no-reply@example.com"}
	for name, value := range service.Environment {
		service.Environment[name] = interpolated.ReplaceAllStringFunc(value, func(s string) string {
			return values[interpolated.FindStringSubmatch(s)[1]]
		})
	}
	return deployment{"compose.yaml", service.Environment, stop}
}

// unit is the systemd unit.
func unit(t *testing.T) deployment {
	t.Helper()
	text := harness.ReadPage(t, "deploy/systemd/sallyport.service")
	environment := map[string]string{"PUBLIC_URL": "https://auth.example.com", "TRUSTED_PROXIES": "127.0.0.1"} // of its file of settings
	for _, line := range regexp.MustCompile(`(?m)^Environment=(.*)$`).FindAllStringSubmatch(text, -1) {
		for _, variable := range strings.Fields(line[1]) {
			name, value, _ := strings.Cut(variable, "=")
			environment[name] = value
		}
	}
	found := regexp.MustCompile(`(?m)^TimeoutStopSec=(\S+)$`).FindStringSubmatch(text)
	if found == nil {
		t.Fatal("no TimeoutStopSec")
	}
	stop, err := time.ParseDuration(found[1])
	if err != nil {
		t.Error(err)
	}
	return deployment{"sallyport.service", environment, stop}
}

// pod is a Deployment of Kubernetes.
type pod struct {
	file string
	Kind string
	Spec struct {
		Replicas int
		Strategy struct{ Type string }
		Template struct {
			Spec struct {
				TerminationGracePeriodSeconds int   `yaml:"terminationGracePeriodSeconds"`
				EnableServiceLinks            *bool `yaml:"enableServiceLinks"`
				SecurityContext               struct {
					User  int `yaml:"runAsUser"`
					Group int `yaml:"runAsGroup"`
					Files int `yaml:"fsGroup"`
				} `yaml:"securityContext"`
				Containers []struct {
					Ports []struct {
						Name string
						Port int `yaml:"containerPort"`
					}
					Env       []struct{ Name, Value string }
					Startup   probe `yaml:"startupProbe"`
					Liveness  probe `yaml:"livenessProbe"`
					Readiness probe `yaml:"readinessProbe"`
				}
			}
		}
	}
}

type probe struct {
	Get struct{ Path, Port string } `yaml:"httpGet"`
}

func (p pod) deployment(t *testing.T) deployment {
	t.Helper()
	d := deployment{p.file, map[string]string{}, time.Duration(p.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second}
	for _, variable := range p.Spec.Template.Spec.Containers[0].Env {
		if _, twice := d.environment[variable.Name]; twice {
			t.Errorf("%s: %s stands twice", p.file, variable.Name)
		}
		d.environment[variable.Name] = variable.Value
	}
	return d
}

func pods(t *testing.T) (all []pod) {
	t.Helper()
	for _, file := range []string{"deployment.yaml", "sqlite.yaml"} {
		for _, p := range decode[pod](t, "deploy/kubernetes/"+file) {
			if p.file = file; p.Kind == "Deployment" {
				all = append(all, p)
			}
		}
	}
	return all
}

func TestKubernetes_PodsRunAsTheImageAndAreAskedWhatTheProgramAnswers(t *testing.T) {
	user, _ := strconv.Atoi(imageUser(t))
	if !strings.Contains(harness.ReadPage(t, "Dockerfile"), "\nEXPOSE 8080\n") {
		t.Error("the image has another port")
	}
	for _, p := range pods(t) {
		spec := p.Spec.Template.Spec
		if s := spec.SecurityContext; s.User != user || s.Group != user || s.Files != user {
			t.Errorf("%s: %+v, want %d", p.file, s, user)
		}
		if spec.EnableServiceLinks == nil || *spec.EnableServiceLinks {
			t.Errorf("%s takes the names of other services", p.file)
		}
		c := spec.Containers[0]
		if len(c.Ports) != 1 || c.Ports[0].Name != "http" || c.Ports[0].Port != 8080 {
			t.Errorf("%s: %+v", p.file, c.Ports)
		}
		asked := []string{c.Startup.Get.Path, c.Liveness.Get.Path, c.Readiness.Get.Path}
		if !slices.Equal(asked, []string{"/healthz", "/healthz", "/readyz"}) { // liveness never asks the database
			t.Errorf("%s asks %q", p.file, asked)
		}
		if p.file == "sqlite.yaml" && (p.Spec.Replicas != 1 || p.Spec.Strategy.Type != "Recreate") {
			t.Error("two programs may have one SQLite file")
		}
	}
}

func TestSystemd_TheUnitIsValidAndItsSandboxTight(t *testing.T) {
	t.Parallel()
	analyze := harness.Program(t, "systemd-analyze", "systemd")
	dir := t.TempDir()
	text := strings.Replace(harness.ReadPage(t, "deploy/systemd/sallyport.service"), "ExecStart=/usr/local/bin/sallyport\n", "ExecStart=/bin/true\n", 1)
	harness.WriteFile(t, dir, "sallyport.service", []byte(text))
	for _, args := range [][]string{{"verify"}, {"security", "--offline=true", "--threshold=15"}} { // of 100: 15 is "OK"
		if said, err := output(dir, analyze, append(args, "./sallyport.service")...); err != nil || args[0] == "verify" && said != "" {
			t.Errorf("%v: %v: %s", args, err, said)
		}
	}
}
