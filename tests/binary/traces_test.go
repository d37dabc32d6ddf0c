package binary

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"sallyport/tests/harness"
)

// receiver is a collector of OpenTelemetry.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []*spans.Span
	service []string
	raw     strings.Builder // of all that it got
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || request.URL.Path != "/v1/traces" || request.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %v: %v", request.URL, request.Header, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw.Write(body)
		for _, resource := range sent.ResourceSpans {
			for _, attribute := range resource.Resource.Attributes {
				if attribute.Key == "service.name" {
					r.service = append(r.service, attribute.Value.GetStringValue())
				}
			}
			for _, scope := range resource.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// of returns the names of the spans of a trace, and its root.
func (r *receiver) of(trace string) (names []string, root *spans.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if hex.EncodeToString(s.TraceId) != trace {
			continue
		}
		names = append(names, s.Name)
		if len(s.ParentSpanId) == 0 {
			root = s
		}
	}
	return names, root
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.spans)
}

var traced = regexp.MustCompile(`"path":"([^"]+)".*"traceId":"([0-9a-f]{32})"`)

// tracesOf returns the ids of the traces of a path, as the log has them.
func tracesOf(p *harness.Process, path string) (ids []string) {
	for _, line := range traced.FindAllStringSubmatch(p.Stderr.String(), -1) {
		if line[1] == path {
			ids = append(ids, line[2])
		}
	}
	return ids
}

const (
	clientTrace = "0af7651916cd43dd8448eb211c80319c"
	sampled     = "00-" + clientTrace + "-b7ad6b7169203331-01"
	notSampled  = "00-" + clientTrace + "-b7ad6b7169203331-00"
)

func TestTraces_AreOfRequestsAndHoldNoSecret(t *testing.T) {
	t.Parallel()
	got := newReceiver(t)
	database := harness.PostgresURL(t)
	p := serve(t, t.TempDir(), "DATABASE_URL="+database, "REDIS_URL="+harness.NewRedis(t).URL, "RATE_LIMITS=on",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+got.URL, "OTEL_SERVICE_NAME=sallyport-eu", "TRUSTED_PROXIES=127.0.0.1")
	ada := p.SignUp("ada")
	p.Send("GET", harness.CurrentUserPath+"?q=querysecret", ada.Access, "", "traceparent", sampled, "User-Agent", "agentsecret", "Cookie", "a=cookiesecret").Want(t, 200, "")
	p.Login("ada", harness.Password).Want(t, 200, "")
	p.Login("ada", harness.WrongPassword).Want(t, 401, "invalid_credentials")
	refreshed := p.Refresh(ada.Refresh).Want(t, 200, "").Tokens(t)
	p.Send("GET", "/pathsecret", "", "").Want(t, 404, "not_found")
	p.Stop(syscall.SIGTERM) // what is left is sent

	logged := tracesOf(p, harness.LoginPath)
	if len(logged) != 2 {
		t.Fatalf("the log has %d traces of two sign-ins: %s", len(logged), p.Stderr.String())
	}
	names, root := got.of(logged[0])
	if root == nil || root.Name != "POST "+harness.LoginPath || root.Kind != spans.Span_SPAN_KIND_SERVER {
		t.Errorf("%v", root)
	}
	for _, want := range []string{"SELECT", "INSERT activity", "redis.pipeline"} {
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, want) }) {
			t.Errorf("no span %s among %v", want, names)
		}
	}
	if got.service[0] != "sallyport-eu" {
		t.Errorf("the service is %v", got.service)
	}
	for _, s := range got.spans {
		if len(s.ParentSpanId) == 0 && s.Kind != spans.Span_SPAN_KIND_SERVER {
			t.Errorf("a trace of no request: %s", s.Name)
		}
	}
	for _, secret := range []string{
		"ada", "querysecret", "agentsecret", "cookiesecret", "pathsecret", harness.Password, harness.WrongPassword, ada.Access, ada.Refresh, refreshed.Refresh,
		database, "postgres://", "argon2id", "INSERT INTO", "WHERE", clientTrace,
	} {
		if strings.Contains(got.raw.String(), secret) {
			t.Errorf("the traces hold %q", secret)
		}
	}
}

// The error of a Redis that is away has its address.
func TestTraces_HoldNoTextOfAnErrorOfRedis(t *testing.T) {
	t.Parallel()
	got := newReceiver(t)
	redis := harness.NewRedis(t)
	p := serve(t, t.TempDir(), "REDIS_URL="+redis.URL, "RATE_LIMITS=on", "OTEL_EXPORTER_OTLP_ENDPOINT="+got.URL)
	redis.Stop()
	p.Login("ada", harness.Password).Want(t, 503, "unavailable")
	p.Stop(syscall.SIGTERM)
	failed := slices.ContainsFunc(got.spans, func(s *spans.Span) bool {
		return strings.HasPrefix(s.Name, "redis.pipeline ") && s.Status.GetCode() == spans.Status_STATUS_CODE_ERROR
	})
	if !failed {
		t.Error("no span says that Redis failed")
	}
	for _, text := range []string{redis.Address(), "127.0.0.1", "connection refused"} {
		if strings.Contains(got.raw.String(), text) {
			t.Errorf("the traces hold %q", text)
		}
	}
}

func TestTraces_AClientNeitherForcesNorSuppressesOne(t *testing.T) {
	t.Parallel()
	for share, traces := range map[string]int{"1": 2, "0": 0} {
		got := newReceiver(t)
		p := serve(t, t.TempDir(), "OTEL_EXPORTER_OTLP_ENDPOINT="+got.URL+"/", "OTEL_TRACES_SAMPLER_ARG="+share, "TRUSTED_PROXIES=127.0.0.1")
		for _, parent := range []string{sampled, notSampled} {
			p.Send("GET", "/healthz", "", "", "traceparent", parent, "tracestate", "a=b", "baggage", "c=d").Want(t, 200, "")
		}
		p.Stop(syscall.SIGTERM)
		if logged := tracesOf(p, "/healthz"); len(logged) != traces || got.count() != traces || slices.Contains(logged, clientTrace) {
			t.Errorf("a share of %s: %d spans, and in the log %v", share, got.count(), logged)
		}
	}
}

func TestTraces_ACollectorThatIsAwayDelaysNobody(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	p := serve(t, t.TempDir(), "OTEL_EXPORTER_OTLP_ENDPOINT="+away.URL)
	for range 20 {
		p.Send("GET", "/healthz", "", "").Want(t, 200, "")
	}
	p.Stop(syscall.SIGTERM)
	if !strings.Contains(p.Stderr.String(), "traces were not sent") {
		t.Errorf("the log is silent: %s", p.Stderr.String())
	}
}

func TestTraces_AreOffUnlessACollectorIsNamed(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir())
	p.Send("GET", "/healthz", "", "", "traceparent", sampled).Want(t, 200, "")
	p.Stop(syscall.SIGTERM)
	if strings.Contains(p.Stderr.String(), "traceId") || strings.Contains(p.Stderr.String(), clientTrace) {
		t.Errorf("%s", p.Stderr.String())
	}
}
