package models

import (
	"path/filepath"
	"testing"
)

func TestCountUnknownLogin_WritesLikeAKnownOne(t *testing.T) {
	store := openFile(t, filepath.Join(t.TempDir(), "test.db"))
	for range 3 {
		if err := store.CountUnknownLogin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var written int
	if err := store.read.Raw("SELECT failed_logins FROM unknown_logins").Scan(&written).Error; err != nil || written != 3 {
		t.Errorf("%d written, want 3: %v", written, err)
	}
}
