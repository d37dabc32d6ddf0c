package config

import (
	"fmt"
	"testing"
)

func TestOrigins_AppsCanBeListedInProduction(t *testing.T) {
	listed := "[tauri://localhost capacitor://localhost ionic://localhost https://localhost http://tauri.localhost moz-extension://0199a0b4-7a9e-7c3e-8b1f-0123456789ab]"
	c, err := Load(with(production, "CORS_ORIGIN=tauri://localhost,capacitor://localhost,ionic://localhost,https://localhost,http://tauri.localhost,moz-extension://0199a0b4-7a9e-7c3e-8b1f-0123456789ab"), "", false)
	if err != nil || fmt.Sprint(c.CORSOrigins) != listed || c.CORSLocal {
		t.Errorf("%v, %v", c.CORSOrigins, err)
	}
}

// Origins are compared byte for byte with what browsers send: what can never
// match is refused or put into their form.
func TestOrigins_AnAppThatCanNeverMatchIsNotAccepted(t *testing.T) {
	for _, listed := range []string{"tauri://Localhost", "tauri://localhost:", "capacitor://localhost:99999"} {
		c, err := Load(with(production, "CORS_ORIGIN="+listed), "", false)
		if err == nil && fmt.Sprint(c.CORSOrigins) == "["+listed+"]" {
			t.Errorf("%s is taken as it is", listed)
		}
	}
}
