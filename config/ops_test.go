package config

import (
	"strings"
	"testing"
)

var inProduction = []string{"APP_ENV=production", "PUBLIC_URL=https://auth.example.com", "TRUSTED_PROXIES=127.0.0.1"}

func TestOps_OffInDevelopmentOnThisMachineInProduction(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		want    Ops
		warned  bool
	}{
		{nil, Ops{}, false},
		{inProduction, Ops{"127.0.0.1:9090", false}, false},
		{with(inProduction, "OPS_ADDR=off"), Ops{}, false},
		{[]string{"OPS_ADDR=OFF"}, Ops{}, false},
		{[]string{"OPS_ADDR=localhost:0"}, Ops{"localhost:0", true}, false},
		{[]string{"OPS_ADDR=[::1]:65535"}, Ops{"[::1]:65535", true}, false},
		{[]string{"OPS_ADDR=127.0.0.2:9090"}, Ops{"127.0.0.2:9090", true}, false},
		{[]string{"OPS_ADDR=0.0.0.0:9090"}, Ops{"0.0.0.0:9090", true}, true},
		{[]string{"OPS_ADDR=[::]:9090"}, Ops{"[::]:9090", true}, true},
		{[]string{"OPS_ADDR=ops.example.com:9090"}, Ops{"ops.example.com:9090", true}, true},
	} {
		c, err := Load(with(keys, tt.environ...), t.TempDir(), false)
		if err != nil || c.Ops != tt.want {
			t.Errorf("%v: %+v, %v", tt.environ, c.Ops, err)
		}
		warned := false
		for _, notice := range c.Notices {
			warned = warned || strings.HasPrefix(notice.Text, "OPS_ADDR=")
		}
		if warned != tt.warned {
			t.Errorf("%v: warned %v", tt.environ, warned)
		}
	}
}

func TestOps_WhatIsNoAddressIsRefused(t *testing.T) {
	for _, value := range []string{"9090", ":9090", "on", "true", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:http", "::1:9090", "http://127.0.0.1:9090", "a b:1", "fe80::1%eth0:9"} {
		problems := problemsOf(t, with(keys, "OPS_ADDR="+value), t.TempDir())
		if len(problems) != 1 || problems[0].Variable != "OPS_ADDR" || !strings.Contains(problems[0].Good, "127.0.0.1:9090") {
			t.Errorf("%s: %v", value, problems)
		}
	}
}
