package config

import "testing"

func TestTraces_ACollectorOrNone(t *testing.T) {
	for environ, want := range map[string]Traces{
		"": {"", "sallyport", 1},
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318": {"http://c:4318", "sallyport", 1},
		"OTEL_SERVICE_NAME=eu":                      {"", "eu", 1},
		"OTEL_TRACES_SAMPLER_ARG=0.25":              {"", "sallyport", 0.25},
	} {
		c, err := Load(with(keys, environ), t.TempDir(), false)
		if err != nil || c.Traces != want {
			t.Errorf("%s: %+v, %v", environ, c.Traces, err)
		}
	}
	for _, bad := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=c:4318", "OTEL_EXPORTER_OTLP_ENDPOINT=grpc://c:4317", "OTEL_EXPORTER_OTLP_ENDPOINT=http://user:hunter2@c",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://c/?a=b", "OTEL_EXPORTER_OTLP_ENDPOINT=http://", "OTEL_EXPORTER_OTLP_ENDPOINT=on",
		"OTEL_TRACES_SAMPLER_ARG=2", "OTEL_TRACES_SAMPLER_ARG=-0.1", "OTEL_TRACES_SAMPLER_ARG=NaN", "OTEL_TRACES_SAMPLER_ARG=all",
	} {
		if problems := problemsOf(t, with(keys, bad), t.TempDir()); len(problems) != 1 {
			t.Errorf("%s: %v", bad, problems)
		}
	}
}
