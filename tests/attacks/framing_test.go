package attacks

import (
	"fmt"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

// smuggled is a request that hides behind another; /smuggled is answered 404.
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

// post is a request to sign out with these header lines and a body.
func post(body string, header ...string) string {
	return harness.RawRequest("POST", harness.LogoutPath, header...) + body
}

func TestAttack32_RequestsWithTwoEnds(t *testing.T) {
	server := harness.Start(t)
	chunked := "0\r\n\r\n" + smuggled
	for why, text := range map[string]string{
		"length and chunked":                 post(chunked, fmt.Sprintf("Content-Length: %d", len(chunked)), "Transfer-Encoding: chunked"),
		"chunked and length":                 post(chunked, "Transfer-Encoding: chunked", fmt.Sprintf("Content-Length: %d", len(chunked))),
		"a short length and chunked":         post(chunked, "Content-Length: 5", "Transfer-Encoding: chunked"),
		"two lengths":                        post(smuggled, "Content-Length: 0", fmt.Sprintf("Content-Length: %d", len(smuggled))),
		"two lengths in one":                 post(smuggled, fmt.Sprintf("Content-Length: 0, %d", len(smuggled))),
		"a signed length":                    post(smuggled, "Content-Length: +0"),
		"a negative length":                  post(smuggled, "Content-Length: -1"),
		"an empty length":                    post(smuggled, "Content-Length: "),
		"a hexadecimal length":               post(smuggled, "Content-Length: 0x0"),
		"a length before a space":            post(smuggled, "Content-Length : 0"),
		"another encoding":                   post(chunked, "Transfer-Encoding: xchunked", "Content-Length: 0"),
		"two encodings":                      post(chunked, "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Content-Length: 0"),
		"an encoding list":                   post(chunked, "Transfer-Encoding: gzip, chunked", "Content-Length: 0"),
		"an encoding after a vertical tab":   post(chunked, "Transfer-Encoding: \x0bchunked", "Content-Length: 0"),
		"an encoding on a folded line":       post(chunked, "Transfer-Encoding:\r\n chunked", fmt.Sprintf("Content-Length: %d", len(chunked))),
		"an encoding hidden by a space":      post(chunked, "Transfer-Encoding : chunked", "Content-Length: 0"),
		"a bare line feed in the chunk size": post("0\n\r\n"+smuggled, "Transfer-Encoding: chunked"),
		"a chunk extension with a line feed": post("0;x\n"+smuggled+"\r\n\r\n"+smuggled, "Transfer-Encoding: chunked"),
		"a chunk size that overflows":        post("10000000000000000\r\n"+smuggled, "Transfer-Encoding: chunked"),
		"a bare carriage return":             post(smuggled, "X: a\rContent-Length: 0"),
		"HTTP/1.0 with chunked":              strings.Replace(post(chunked, "Transfer-Encoding: chunked"), "HTTP/1.1", "HTTP/1.0", 1),
	} {
		answers := server.Exchange(t, text)
		if len(answers) != 1 {
			t.Errorf("%s: %d answers, want 1", why, len(answers))
		}
	}
	if strings.Contains(server.Log.String(), "/smuggled") {
		t.Error("a smuggled request reached the program")
	}
}

// Two requests that every reader of HTTP cuts in the same place stay two: the
// test above would pass on a server that always closes.
func TestAttack32_HonestRequestsShareAConnection(t *testing.T) {
	server := harness.Start(t)
	for why, text := range map[string]string{
		"a length":        post("{}", "Content-Length: 2"),
		"no body":         post("", "Content-Length: 0"),
		"bare line feeds": "POST " + harness.LogoutPath + " HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}", // RFC 9112 §2.2 lets a server read them as line ends
		"equal lengths":   post("{}", "Content-Length: 2", "Content-Length: 2"),
	} {
		if answers := server.Exchange(t, text); len(answers) != 2 || answers[0].Status != 200 || answers[1].Status != 200 {
			t.Errorf("%s: %v, want 200 twice", why, answers)
		}
	}
}

func TestAttack32_UpgradesAreNotTaken(t *testing.T) {
	server := harness.Start(t)
	for why, text := range map[string]string{
		"h2c":       harness.RawRequest("GET", "/healthz", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"),
		"websocket": harness.RawRequest("GET", "/healthz", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
		"TLS":       harness.RawRequest("GET", "/healthz", "Connection: Upgrade", "Upgrade: TLS/1.3"),
	} {
		answers := server.Exchange(t, text)
		if len(answers) != 2 || answers[0].Status != 200 || answers[1].Status != 200 || answers[0].Header.Get("Upgrade") != "" {
			t.Errorf("%s: %v, want two plain answers", why, answers)
		}
	}
	preface := server.Exchange(t, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	if len(preface) != 1 || preface[0].Status < 400 {
		t.Errorf("HTTP/2 without TLS: %v, want one refusal", preface)
	}
}
