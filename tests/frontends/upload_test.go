package frontends

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// slow is a body that takes longer than an access token lives. The server asks for it
// (100 Continue) once it has let the request in.
type slow struct {
	io.Reader
	server *harness.Server
	once   bool
}

// Read implements io.Reader.
func (s *slow) Read(p []byte) (int, error) {
	if !s.once {
		s.once = true
		s.server.Clock.Advance(pastExpiry)
	}
	return s.Reader.Read(p)
}

func TestFrontends_UploadMayOutliveItsToken(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	api := server.API(t)
	access := api.SignUp("ada").Access
	form := harness.Form(harness.PictureFile("avatar", harness.AsPNG(t, harness.Quarters(8, 8))))
	body := &slow{Reader: strings.NewReader(form), server: server}
	request, err := http.NewRequest(http.MethodPatch, server.PlainURL+harness.AvatarPath, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = int64(len(form))
	request.Header.Set("Authorization", "Bearer "+access)
	request.Header.Set("Content-Type", harness.FormType)
	request.Header.Set("Expect", "100-continue")
	transport := &http.Transport{ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	harness.Do(t, &http.Client{Transport: transport}, request).Want(t, http.StatusOK, "")
	if !body.once {
		t.Error("the server did not read the body")
	}
	api.CurrentUser(access).Want(t, http.StatusUnauthorized, "token_expired")
}
