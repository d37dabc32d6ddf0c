package attacks

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestAttack35_APanicIsAnAnswerAndTheProgramLives(t *testing.T) {
	server := harness.Start(t, "RATE_LIMITS=on")
	ada := server.SignUp(t, "ada")
	send := without(t, server) // no hasher: signing in panics
	login, err := http.NewRequest("POST", harness.LoginPath, strings.NewReader(harness.LoginBody("ada", harness.Password)))
	if err != nil {
		t.Fatal(err)
	}
	login.Header.Set("Content-Type", "application/json")
	login.Header.Set("Authorization", "Bearer hunter2")
	answer := send(login).Want(t, http.StatusInternalServerError, "internal_error")
	if answer.Message != "something went wrong on our side" || len(answer.Errors) != 0 || len(answer.Header.Values("Set-Cookie")) != 0 {
		t.Errorf("the answer says too much: %v %s", answer.Header, answer.Raw)
	}
	log := server.Log.String()
	for _, want := range []string{"request failed", "panic: ", "auth.(*Service).Login", answer.Header.Get("X-Request-Id")} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s", want)
		}
	}
	if strings.Contains(log, "hunter2") || strings.Contains(log, harness.Password) {
		t.Error("the log holds what the request held")
	}

	next, err := http.NewRequest("GET", harness.CurrentUserPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	next.Header.Set("Cookie", ada.Tokens().Cookies())
	send(next).Want(t, http.StatusOK, "")
}
