// Package cluster runs three real processes of the program on one PostgreSQL and
// one Redis, with simulated browsers and thieves, while instances, servers and the
// networks between them fail. Each browser knows what must hold and counts where it
// does not. For the table of a long run:
//
//	go test ./tests/cluster -v -run Load -timeout 30m -cluster.duration 2m -cluster.browsers 3000 -cluster.think 5s
package cluster

import (
	"flag"
	"os"
	"testing"
	"time"

	"sallyport/tests/harness"
)

var (
	duration = flag.Duration("cluster.duration", 26*time.Second, "how long the failures take together, after everybody has signed in")
	browsers = flag.Int("cluster.browsers", 180, "simulated browsers, three to an account")
	think    = flag.Duration("cluster.think", time.Second, "how long a browser waits between two things it does, on average")
)

const (
	instances  = 3
	perAccount = 3
	grace      = 10 * time.Second // REFRESH_GRACE as it ships
	bound      = 2 * time.Second  // after which every instance refuses what was ended
	settling   = 3 * time.Second  // after a failure is over, in which requests may still fail
	patience   = 5 * time.Second  // of a browser: well below the grace time, so that no request is a replay for its age alone
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(harness.Main(m))
}

// TestLoad_NoSessionIsLostOrComesBackWhateverFails is the one that prints the table.
func TestLoad_NoSessionIsLostOrComesBackWhateverFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, harness.StartCluster(t, instances, variables...))
	w.arrive(*browsers)
	w.beginBrowsing()
	w.fail(*duration)
	w.endBrowsing()
	w.verify()
	t.Logf("%d browsers on %d instances\n%s", *browsers, instances, w.report)
	w.report.want(t)
}

// variables are those of the instances: as it ships, with room for the traffic of
// many people who share few accounts.
var variables = []string{
	"RATE_LIMITS=on", "TRUSTED_PROXIES=127.0.0.1", "LIMIT_LOGIN_PER_ACCOUNT=100000/day",
	"LIMIT_REGISTER_GLOBAL=100000/minute", "LIMIT_LOGIN_GLOBAL=100000/minute", "LIMIT_REFRESH_PER_ADDRESS=100000/minute", "LIMIT_REFRESH_PER_SESSION=100000/minute",
	"MAX_SESSIONS=100", // a sign-in whose answer was lost leaves a session that nobody knows
	"DRAIN_DELAY=2s",   // until the balancer has seen that an instance is about to end
	"LOG_LEVEL=warn",
}
