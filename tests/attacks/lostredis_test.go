package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

func TestAttack29_TwoInstancesCountTogetherThroughRedis(t *testing.T) {
	url := harness.NewRedis(t).URL
	var instances [2]*harness.Server
	for i := range instances {
		instances[i] = harness.Start(t, limitsOn("REDIS_URL="+url, "LIMIT_LOGIN_PER_ADDRESS=10/hour")...)
	}
	for n := range 10 {
		instances[n%2].Client(t).Post(loginPath, nobody(n)).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	for n, server := range instances {
		retryAfter(t, server.Client(t).Post(loginPath, nobody(10+n)))
	}
}

func TestAttack35_WithoutRedisNoPasswordIsTriedAndNobodyIsSignedOut(t *testing.T) {
	redis := harness.NewRedis(t)
	server := harness.Start(t, limitsOn("REDIS_URL="+redis.URL)...)
	ada := adaOn(t, server)
	redis.Stop()
	for _, request := range []struct{ path, body string }{
		{loginPath, harness.AdaLogin},
		{loginPath, wrongPassword},
		{registerPath, person(1)},
		{changePath, `{"oldPassword":"engine-no-1-plan","newPassword":"engine-no-2-plan"}`},
	} {
		answer := ada.Post(request.path, request.body).Want(t, http.StatusServiceUnavailable, "unavailable")
		if answer.Header.Get("Retry-After") == "" || strings.Contains(strings.ToLower(answer.Raw), "redis") {
			t.Errorf("%s: Retry-After %q: %s", request.path, answer.Header.Get("Retry-After"), answer.Raw)
		}
	}
	ada.Get(currentUser).Want(t, http.StatusOK, "")
	ada.Post(refreshPath, "").Want(t, http.StatusOK, "")
	ada.Post("/api/v1/auth/logout", "").Want(t, http.StatusOK, "")
	for _, want := range []string{`"event":"limits_unavailable","limit":"login_per_address","letThrough":false`, `"limit":"refresh_per_address","letThrough":true`} {
		if !strings.Contains(server.Log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}

	redis.Start()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // another process: there is no clock to inject
		answer := server.Client(t).Post(loginPath, harness.AdaLogin)
		if answer.Status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Redis is back and the answer still is %d", answer.Status)
		}
	}
}

func TestAttack35_ARedisThatHangsHoldsNobodyUp(t *testing.T) {
	redis := harness.NewRedis(t)
	server := harness.Start(t, limitsOn("REDIS_URL="+redis.URL)...)
	ada := adaOn(t, server)
	redis.Hang()
	began := time.Now()
	atOnce(t, 50, func() {
		server.Client(t).Post(loginPath, harness.AdaLogin).Want(t, http.StatusServiceUnavailable, "unavailable")
	})
	ada.Post(refreshPath, "").Want(t, http.StatusOK, "")
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to say that Redis does not answer", took)
	}
}

func nobody(n int) string {
	return fmt.Sprintf(`{"username":"nobody%d","password":"engine-no-1-plan"}`, n)
}
