package attacks

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"sallyport/config"
	"sallyport/tests/harness"
)

// onForgeries runs a test for each kind of token on a server whose database is
// closed: a forged token that is refused all the same cost no query.
func onForgeries(t *testing.T, test func(t *testing.T, server *harness.Server, k kind, good jws)) {
	server := harness.Start(t, "SESSION_CACHE_TTL=0")
	ada := server.SignUp(t, "ada")
	good := map[string]jws{}
	for _, k := range kinds {
		good[k.name] = genuine(t, ada.Cookie(k.name), k.secret)
		for _, present := range k.present { // signed again by hand it still works: the forgeries fail for their own reason
			present(t, server, good[k.name].String()).Want(t, 200, "")
		}
	}
	if err := server.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		for _, present := range k.present {
			present(t, server, good[k.name].String()).Want(t, 500, "internal_error")
		}
		test(t, server, k, good[k.name])
	}
}

func TestAttack01_AlgorithmConfusion(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rs256 := func(input string) []byte {
		digest := sha256.Sum256([]byte(input))
		signature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		forged := map[string]string{}
		for i, attack := range []struct {
			alg  any
			sign func(string) []byte
		}{
			{"none", unsigned}, {"None", unsigned}, {"nOnE", unsigned}, {"NONE", unsigned}, {"", unsigned}, {nil, unsigned},
			{"none", good.sign}, {"hs256", good.sign}, {256, good.sign}, {[]string{"HS256"}, good.sign},
			{"HS384", hs(sha512.New384, k.secret)}, {"HS512", hs(sha512.New, k.secret)},
			{"HS256", unsigned}, {"HS256", zeros(32)}, {"HS256", hs(sha512.New, k.secret)},
			{"RS256", rs256}, {"HS256", rs256}, {"RS256", good.sign},
			{"ES256", zeros(64)}, {"ES256", good.sign}, {"PS256", zeros(256)}, {"EdDSA", zeros(64)},
		} {
			why := fmt.Sprintf("alg %v (attack %d)", attack.alg, i)
			forged[why] = good.changed(func(j *jws) { j.header["alg"], j.sign = attack.alg, attack.sign }).String()
		}
		wantRefused(t, server, k, "invalid_token", forged)
	})
}

func TestAttack02_KeysNamedInTheHeader(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the key server the tokens name
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var asked atomic.Int32
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			connection.Close()
		}
	}()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("key-in-a-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	evil := "http://" + listener.Addr().String()
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		forged := map[string]string{}
		signed := func(name string, value any, secret string) {
			why := fmt.Sprintf("%s %q under the key %q", name, value, secret)
			forged[why] = good.changed(func(j *jws) { j.header[name], j.sign = value, hs(sha256.New, secret) }).String()
		}
		for _, kid := range []any{
			"AAAAAAAA", "", "../../dev/null", "/dev/null", "' OR 1=1 --", "x' UNION SELECT 'key' --",
			"\x00", "|id", []string{"a"}, map[string]any{"a": 1}, nil, 0, evil,
		} {
			signed("kid", kid, "")
			signed("kid", kid, "key")
			signed("kid", kid, k.secret)
		}
		signed("kid", file, "key-in-a-file")
		for name, value := range map[string]any{
			"jku": evil, "x5u": evil, "x5c": []string{"AAAA"}, "x5t": "AAAA",
			"jwk": map[string]any{"kty": "oct", "k": b64([]byte("my own key"))},
		} {
			signed(name, value, "my own key")
			signed(name, value, k.secret) // the right key does not make the header right
		}
		wantRefused(t, server, k, "invalid_token", forged)
	})
	if n := asked.Load(); n != 0 {
		t.Errorf("the server fetched a key from the token's address %d times", n)
	}
}

func TestAttack03_GuessableKeys(t *testing.T) {
	t.Parallel()
	onForgeries(t, func(t *testing.T, server *harness.Server, k kind, good jws) {
		forged := map[string]string{}
		for _, secret := range []string{"", "secret", "your-256-bit-secret", "change-me", "ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET", strings.Repeat("\x00", 32), k.secret[:31]} {
			forged["the key "+secret] = good.changed(func(j *jws) { j.sign = hs(sha256.New, secret) }).String()
		}
		wantRefused(t, server, k, "invalid_token", forged)
	})
}

func TestAttack03_GuessableSecretRefusesToStart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ACCESS_TOKEN_SECRET", "REFRESH_TOKEN_SECRET"} {
		for _, secret := range []string{"secret", "change-me", "your-256-bit-secret", "changemechangemechangemechangeme", "example-secret-of-enough-characters", strings.Repeat("a", 64), harness.AccessSecret[:31]} {
			_, err := config.Load([]string{name + "=" + secret}, t.TempDir(), false)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%s: %v, want a refusal that names the variable", name, secret, err)
			}
		}
	}
	_, err := config.Load([]string{"ACCESS_TOKEN_SECRET=" + harness.AccessSecret, "REFRESH_TOKEN_SECRET=" + harness.AccessSecret}, t.TempDir(), false)
	if err == nil {
		t.Error("one secret for both tokens is accepted")
	}
}
