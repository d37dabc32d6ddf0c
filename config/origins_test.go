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
