package binary

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sallyport/tests/harness"
)

var opsAddress = regexp.MustCompile(`"metrics at /metrics[^"]*","address":"([^"]+)"`)

// serveOps starts the program with metrics at a free port, whose URL it returns.
func serveOps(t *testing.T, variables ...string) (*harness.Process, string) {
	t.Helper()
	p := serve(t, t.TempDir(), append(variables, "OPS_ADDR=127.0.0.1:0")...)
	return p, opsOf(t, p)
}

// opsOf is the URL of the operators' listener, as the log has it.
func opsOf(t *testing.T, p *harness.Process) (url string) {
	t.Helper()
	harness.Await(t, func() error { // the log is another pipe than the banner, and may come later
		found := opsAddress.FindStringSubmatch(p.Stderr.String())
		if found == nil {
			return fmt.Errorf("the log does not say where the metrics are: %s", p.Stderr.String())
		}
		url = "http://" + found[1]
		return nil
	})
	return url
}

// get returns the body of a page that must be there.
func get(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v %s", url, answer.StatusCode, err, body)
	}
	return string(body)
}

// value is that of a series, -1 where there is none.
func value(metrics, series string) float64 {
	for line := range strings.Lines(metrics) {
		if rest, found := strings.CutPrefix(line, series+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err == nil {
				return n
			}
		}
	}
	return -1
}

func wantValues(t *testing.T, metrics string, want map[string]float64) {
	t.Helper()
	for series, n := range want {
		if got := value(metrics, series); got != n {
			t.Errorf("%s is %v, want %v", series, got, n)
		}
	}
}

func TestMetrics_CountWhatHappens(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t)
	ada := p.SignUp("ada")
	p.CurrentUser(ada.Access).Want(t, 200, "")
	p.CurrentUser(ada.Access).Want(t, 200, "")
	p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	p.SignIn("ada")
	next := p.Refresh(ada.Refresh).Want(t, 200, "").Tokens(t)
	p.Refresh(ada.Refresh).Want(t, 200, "") // a parallel tab
	p.Refresh("nonsense").Want(t, 401, "invalid_token")
	third := p.Refresh(next.Refresh).Want(t, 200, "").Tokens(t)
	p.Refresh(third.Refresh).Want(t, 200, "")
	shown := get(t, ops+"/metrics")
	wantValues(t, shown, map[string]float64{
		`sallyport_sign_ins_total{outcome="succeeded"}`:                                                  1,
		`sallyport_sign_ins_total{outcome="invalid_credentials"}`:                                        1,
		`sallyport_refreshes_total{outcome="rotated"}`:                                                   3,
		`sallyport_refreshes_total{outcome="answered_again"}`:                                            1,
		`sallyport_refreshes_total{outcome="invalid_token"}`:                                             1,
		`sallyport_refreshes_total{outcome="token_reused"}`:                                              0,
		`sallyport_events_total{event="registered"}`:                                                     1,
		`sallyport_events_total{event="login_failed"}`:                                                   1,
		`sallyport_hashes_running`:                                                                       0,
		`sallyport_hashes_waiting`:                                                                       0,
		`sallyport_http_requests_total{code="200",method="GET",route="/api/v1/users/current-user"}`:      2,
		`sallyport_http_request_duration_seconds_count{method="GET",route="/api/v1/users/current-user"}`: 2,
		`sallyport_http_requests_total{code="401",method="POST",route="/api/v1/auth/login"}`:             1,
	})
	if hits := value(shown, `sallyport_cache_lookups_total{result="hit"}`); hits < 1 {
		t.Errorf("%v of two requests found the user in memory", hits)
	}
	for _, secret := range []string{harness.Email("ada"), harness.Password, ada.Access, ada.Refresh} {
		if strings.Contains(shown, secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
}

func TestMetrics_OfAReplayAndALimit(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t, "RATE_LIMITS=on", "LIMIT_REFRESH_PER_SESSION=2/day", "REFRESH_GRACE=0")
	tokens := p.SignUp("ada")
	next := p.Refresh(tokens.Refresh).Want(t, 200, "").Tokens(t)
	last := p.Refresh(next.Refresh).Want(t, 200, "").Tokens(t)
	p.Refresh(last.Refresh).Want(t, 429, "rate_limited")
	p.Refresh(tokens.Refresh).Want(t, 401, "token_reused")
	p.Refresh(last.Refresh).Want(t, 401, "session_ended")
	wantValues(t, get(t, ops+"/metrics"), map[string]float64{
		`sallyport_limit_refusals_total{limit="refresh_per_session"}`: 1,
		`sallyport_limit_refusals_total{limit="login_per_account"}`:   0,
		`sallyport_refreshes_total{outcome="failed"}`:                 1,
		`sallyport_refreshes_total{outcome="token_reused"}`:           1,
		`sallyport_refreshes_total{outcome="session_ended"}`:          1,
	})
}

func TestMetrics_WhatAClientInventsIsOneSeries(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t)
	before := strings.Count(get(t, ops+"/metrics"), "\n")
	for i := range 50 {
		status(t, p, fmt.Sprintf("/invented/%d", i))
		raw, err := http.NewRequestWithContext(t.Context(), fmt.Sprintf("INVENT%d", i), p.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(raw)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	shown := get(t, ops+"/metrics")
	wantValues(t, shown, map[string]float64{
		`sallyport_http_requests_total{code="404",method="GET",route="unmatched"}`:   50,
		`sallyport_http_requests_total{code="405",method="other",route="unmatched"}`: 50,
	})
	if grown := strings.Count(shown, "\n") - before; grown > 60 { // two series, and two histograms
		t.Errorf("100 requests have made %d lines", grown)
	}
	if strings.Contains(shown, "nvent") {
		t.Errorf("%s", shown)
	}
}

func TestOps_AreOnTheirOwnListenerAlone(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap"} {
		if got := status(t, p, path); got != http.StatusNotFound {
			t.Errorf("%s of the API: %d", path, got)
		}
		get(t, ops+path)
	}
	for _, path := range []string{"/", "/healthz", harness.CurrentUserPath} {
		answer, err := http.Get(ops + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s of the operators' listener: %d", path, answer.StatusCode)
		}
	}
}

func TestOps_AnAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := harness.Built(t).Begin(t, t.TempDir(), nil, "PORT=0", "LOG_FORMAT=json", "OPS_ADDR="+taken.Addr().String())
	if code := p.ExitCode(); code != 1 || !strings.Contains(p.Stderr.String(), "OPS_ADDR: listen tcp "+taken.Addr().String()) {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}

func TestOps_AnswerUntilTheLastRequestHasEnded(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t)
	slow, err := net.Dial("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	body := harness.Object("email", "nobody", "password", harness.Password)
	fmt.Fprintf(slow, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", harness.LoginPath, len(body), body[:1])
	harness.Await(t, func() error { // it is in flight
		if !strings.Contains(get(t, ops+"/debug/pprof/goroutine?debug=2"), "handlers.(*API).login") {
			return fmt.Errorf("the request has not arrived")
		}
		return nil
	})
	if err := p.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	harness.Await(t, func() error {
		if connection, err := net.Dial("tcp", p.Address()); err == nil {
			connection.Close()
			return fmt.Errorf("it takes new connections")
		}
		return nil
	})
	get(t, ops+"/metrics")
	fmt.Fprint(slow, body[1:])
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}

func TestMonitoring_NamesOnlyWhatIsShown(t *testing.T) {
	t.Parallel()
	p, ops := serveOps(t, "DATABASE_URL="+harness.PostgresURL(t), "REDIS_URL="+harness.NewRedis(t).URL)
	p.CurrentUser(p.SignUp("ada").Access).Want(t, 200, "")
	shown := get(t, ops+"/metrics")
	events := harness.ReadPage(t, "docs/security/logging.md")
	seen := map[string]bool{}
	for _, file := range []string{"docs/operations/dashboard.json", "docs/operations/alerts.yaml", "docs/operations/alerts_test.yaml", "docs/operations/monitoring.md"} {
		text := strings.ReplaceAll(harness.ReadPage(t, file), `\"`, `"`)
		for _, name := range regexp.MustCompile(`\b(sallyport|go|process)_[a-z_]+[a-z]\b`).FindAllString(text, -1) {
			seen[name] = true
			if !strings.Contains(shown, "\n"+name+"{") && !strings.Contains(shown, "\n"+name+" ") {
				t.Errorf("%s: the program shows no %s", file, name)
			}
		}
		for _, match := range regexp.MustCompile(`(outcome|limit|result|state|route)="([^"$]+)"`).FindAllString(text, -1) {
			if !strings.Contains(shown, match) {
				t.Errorf("%s: the program shows no %s", file, match)
			}
		}
		for _, match := range regexp.MustCompile(`event="([a-z_]+)"`).FindAllStringSubmatch(text, -1) {
			if !strings.Contains(events, "| `"+match[1]+"` |") {
				t.Errorf("%s: there is no event %s", file, match[1])
			}
		}
	}
	for line := range strings.Lines(shown) {
		if name := regexp.MustCompile(`^# TYPE (sallyport_\w+) (counter|gauge|histogram)$`).FindStringSubmatch(strings.TrimSpace(line)); name != nil && !seen[name[1]] && !seen[name[1]+"_bucket"] {
			t.Errorf("neither dashboard nor alerts use %s", name[1])
		}
	}
	if len(seen) < 20 {
		t.Errorf("found only %d names", len(seen))
	}
}

func TestMonitoring_TheDashboardIsOneThatGrafanaTakes(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		UID           string `json:"uid"`
		SchemaVersion int    `json:"schemaVersion"`
		Panels        []struct {
			ID      int
			Type    string
			Title   string
			GridPos struct{ H, W, X, Y int } `json:"gridPos"`
			Targets []struct{ Expr, RefID string }
		}
		Templating struct {
			List []struct{ Name, Type string }
		}
	}
	if err := json.Unmarshal([]byte(harness.ReadPage(t, "docs/operations/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	ids, variables := map[int]bool{}, []string{"__rate_interval"}
	for _, v := range dashboard.Templating.List {
		variables = append(variables, v.Name)
	}
	for _, panel := range dashboard.Panels {
		if at := panel.GridPos; ids[panel.ID] || panel.Title == "" || at.W < 1 || at.X+at.W > 24 || at.H < 1 {
			t.Errorf("panel %d %q at %+v", panel.ID, panel.Title, at)
		}
		ids[panel.ID] = true
		if (panel.Type == "row") != (len(panel.Targets) == 0) {
			t.Errorf("%q has %d queries", panel.Title, len(panel.Targets))
		}
		for _, target := range panel.Targets {
			for _, used := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !slices.Contains(variables, used[1]) {
					t.Errorf("%q uses the unknown variable %s", panel.Title, used[1])
				}
			}
		}
	}
	if dashboard.UID != "sallyport" || dashboard.SchemaVersion == 0 || len(ids) < 15 {
		t.Errorf("%+v", dashboard)
	}
}

func TestMonitoring_PrometheusTakesRulesAndMetrics(t *testing.T) {
	t.Parallel()
	promtool := harness.Program(t, "promtool", "prometheus")
	_, ops := serveOps(t)
	run := func(stdin string, args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), promtool, args...)
		command.Dir = filepath.Join(harness.Root(), "docs", "operations")
		command.Stdin = strings.NewReader(stdin)
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v: %s", args, err, out)
		}
	}
	run("", "check", "rules", "alerts.yaml")
	run("", "test", "rules", "alerts_test.yaml")
	run(get(t, ops+"/metrics"), "check", "metrics")
	var queries []string
	for _, match := range regexp.MustCompile(`"expr": ("(?:[^"\\]|\\.)*")`).FindAllStringSubmatch(harness.ReadPage(t, "docs/operations/dashboard.json"), -1) {
		var query string
		if err := json.Unmarshal([]byte(match[1]), &query); err != nil {
			t.Fatal(err)
		}
		queries = append(queries, query)
	}
	rules := "groups: [{name: dashboard, rules: [" // a recording rule is what promtool parses
	for i, query := range queries {
		query = strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*", "$job", "sallyport").Replace(query)
		rules += fmt.Sprintf("{record: panel%d, expr: %s},", i, strconv.Quote(query))
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, []byte(rules+"]}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	run("", "check", "rules", file)
}
