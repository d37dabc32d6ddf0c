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
	t.Parallel()
	url := harness.NewRedis(t).URL
	var instances [2]*harness.Server
	for i := range instances {
		instances[i] = harness.Start(t, limitsOn("REDIS_URL="+url, "LIMIT_LOGIN_PER_ADDRESS=10/hour")...)
	}
	for n := range 10 {
		instances[n%2].Client(t).Login(person(n), harness.Password).Want(t, http.StatusUnauthorized, "invalid_credentials")
	}
	for n, server := range instances {
		retryAfter(t, server.Client(t).Login(person(10+n), harness.Password))
	}
}

func TestAttack35_WithoutRedisNoPasswordIsTriedAndNobodyIsSignedOut(t *testing.T) {
	t.Parallel()
	redis := harness.NewRedis(t)
	server := harness.Start(t, limitsOn("REDIS_URL="+redis.URL)...)
	ada := server.SignUp(t, "ada")
	redis.Stop()
	for _, request := range []struct{ path, body string }{
		{harness.LoginPath, harness.LoginBody("ada", harness.Password)},
		{harness.LoginPath, harness.LoginBody("ada", harness.WrongPassword)},
		{harness.RegisterPath, harness.Registration("person1")},
		{harness.ChangePasswordPath, harness.PasswordChange(harness.Password, harness.NextPassword)},
	} {
		answer := ada.Post(request.path, request.body).Want(t, http.StatusServiceUnavailable, "unavailable")
		if answer.Header.Get("Retry-After") == "" || strings.Contains(strings.ToLower(answer.Raw), "redis") {
			t.Errorf("%s: Retry-After %q: %s", request.path, answer.Header.Get("Retry-After"), answer.Raw)
		}
	}
	ada.CurrentUser().Want(t, http.StatusOK, "")
	ada.Refresh().Want(t, http.StatusOK, "")
	ada.Logout().Want(t, http.StatusOK, "")
	for _, want := range []string{`"event":"limits_unavailable","limit":"login_per_address","letThrough":false`, `"limit":"refresh_per_address","letThrough":true`} {
		if !strings.Contains(server.Log.String(), want) {
			t.Errorf("the log has no %s", want)
		}
	}

	redis.Start()
	harness.Await(t, func() error {
		if answer := server.Client(t).Login("ada", harness.Password); answer.Status != http.StatusOK {
			return fmt.Errorf("Redis is back and the answer still is %d", answer.Status)
		}
		return nil
	})
}

func TestAttack35_ARedisThatHangsDelaysNobody(t *testing.T) {
	t.Parallel()
	redis := harness.NewRedis(t)
	server := harness.Start(t, limitsOn("REDIS_URL="+redis.URL)...)
	ada := server.SignUp(t, "ada")
	redis.Hang()
	began := time.Now()
	harness.Together(harness.Times(50, func(int) {
		server.Client(t).Login("ada", harness.Password).Want(t, http.StatusServiceUnavailable, "unavailable")
	})...)
	ada.Refresh().Want(t, http.StatusOK, "")
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to say that Redis does not answer", took)
	}
}
