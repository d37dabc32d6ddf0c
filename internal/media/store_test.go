package media_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/internal/media"
	"sallyport/tests/harness"
)

type store interface {
	Put(ctx context.Context, name string, picture []byte) error
	Open(ctx context.Context, name string) (media.File, error)
	Remove(ctx context.Context, name string) error
	All(ctx context.Context) iter.Seq2[media.Stored, error]
}

func bucket(t *testing.T, o media.S3Options) *media.S3 {
	t.Helper()
	s, err := media.NewS3(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func optionsOf(s *harness.S3) media.S3Options {
	return media.S3Options{Endpoint: s.Address, Bucket: s.Bucket, Region: "us-east-1", Key: s.Key, Secret: s.Secret}
}

func onEachStore(t *testing.T, test func(t *testing.T, s store)) {
	t.Run("folder", func(t *testing.T) { test(t, media.NewFolder(filepath.Join(t.TempDir(), "a", "b"))) })
	t.Run("S3", func(t *testing.T) { test(t, bucket(t, optionsOf(harness.NewS3(t)))) })
}

func content(t *testing.T, s store, name string) string {
	t.Helper()
	file, err := s.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if end, err := file.Seek(0, io.SeekEnd); err != nil || end == 0 {
		t.Fatalf("its end is at %d: %v", end, err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func all(t *testing.T, s store) (names []string) {
	t.Helper()
	for stored, err := range s.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if stored.At.IsZero() {
			t.Errorf("%s has no time", stored.Name)
		}
		names = append(names, stored.Name)
	}
	slices.Sort(names)
	return names
}

func put(t *testing.T, s store, picture string) (name string) {
	t.Helper()
	name = media.NewName(media.PNG)
	if err := s.Put(t.Context(), name, []byte(picture)); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestStore_KeepsPicturesUntilTheyAreRemoved(t *testing.T) {
	onEachStore(t, func(t *testing.T, s store) {
		if names := all(t, s); len(names) > 0 {
			t.Errorf("an empty store has %v", names)
		}
		first, second := put(t, s, "first"), put(t, s, "second")
		if got := content(t, s, first) + content(t, s, second); got != "firstsecond" {
			t.Errorf("%q", got)
		}
		want := []string{first, second}
		slices.Sort(want)
		if names := all(t, s); !slices.Equal(names, want) {
			t.Errorf("%v, want %v", names, want)
		}
		for range 2 { // a second time is no error
			if err := s.Remove(t.Context(), first); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Open(t.Context(), first); !errors.Is(err, media.ErrNotFound) {
			t.Errorf("a removed picture: %v", err)
		}
		if names := all(t, s); !slices.Equal(names, []string{second}) {
			t.Errorf("%v", names)
		}
		for range s.All(t.Context()) {
			break // the caller may stop early
		}
	})
}

func TestFolder_ThatIsGoneIsEmpty(t *testing.T) {
	s := media.NewFolder(filepath.Join(t.TempDir(), "gone"))
	if err := s.Remove(t.Context(), media.NewName(media.JPEG)); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(t.Context(), media.NewName(media.JPEG)); !errors.Is(err, media.ErrNotFound) {
		t.Error(err)
	}
	if names := all(t, s); len(names) > 0 {
		t.Errorf("%v", names)
	}
}

func TestStore_KnowsNoOtherNames(t *testing.T) {
	onEachStore(t, func(t *testing.T, s store) {
		name := put(t, s, "picture")
		for _, other := range []string{"", ".", "..", "/", "../" + name, "./" + name, name + "/", name + "\x00", strings.ToUpper(name), "a" + name, name + ".part"} {
			if _, err := s.Open(t.Context(), other); !errors.Is(err, media.ErrNotFound) {
				t.Errorf("%q: %v", other, err)
			}
			if err := s.Remove(t.Context(), other); err != nil {
				t.Errorf("%q: %v", other, err)
			}
		}
		if content(t, s, name) != "picture" {
			t.Error("the picture is gone")
		}
	})
}

func TestNewName_IsLongRandomAndOfOneForm(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		name := media.NewName(media.JPEG)
		if seen[name] || !media.IsName(name) || media.ContentType(name) != "image/jpeg" {
			t.Fatal(name)
		}
		seen[name] = true
	}
	for _, other := range []string{"", "x.jpg", strings.Repeat("a", 26) + ".gif", strings.Repeat("a", 26) + ".jpg\n", "https://x.example/" + strings.Repeat("a", 26) + ".jpg"} {
		if media.IsName(other) {
			t.Errorf("%q", other)
		}
	}
}

func TestFolder_IsForTheProgramAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "media")
	s := media.NewFolder(folder)
	name := put(t, s, "picture")
	harness.WriteFile(t, folder, "another.txt", nil)
	for path, want := range map[string]fs.FileMode{folder: 0o700, filepath.Join(folder, name): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if names := all(t, s); !slices.Equal(names, []string{name}) {
		t.Errorf("it takes %v for its own", names)
	}
}

// A program that was killed while it wrote leaves such a file.
func TestFolder_HalfAPictureIsListedAndNeverServed(t *testing.T) {
	folder, name := t.TempDir(), media.NewName(media.JPEG)
	harness.WriteFile(t, folder, name+".part", []byte("hal"))
	s := media.NewFolder(folder)
	if names := all(t, s); !slices.Equal(names, []string{name + ".part"}) {
		t.Errorf("%v", names)
	}
	if _, err := s.Open(t.Context(), name); !errors.Is(err, media.ErrNotFound) {
		t.Error(err)
	}
	if err := s.Remove(t.Context(), name+".part"); err != nil || len(all(t, s)) > 0 {
		t.Error(err)
	}
}

func TestFolder_AFailedPutLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	name := media.NewName(media.JPEG)
	if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil { // so that the last step fails
		t.Fatal(err)
	}
	harness.WriteFile(t, filepath.Join(folder, name), "x", nil)
	if err := media.NewFolder(folder).Put(t.Context(), name, []byte("picture")); !errors.Is(err, media.ErrUnavailable) {
		t.Error(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// refusing is a storage that answers everything with this.
func refusing(t *testing.T, status int, code string) media.S3Options {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<Error><Code>"+code+"</Code><Message>no</Message></Error>")
	}))
	t.Cleanup(server.Close)
	return media.S3Options{Endpoint: server.Listener.Addr().String(), Bucket: "pictures", Region: "us-east-1", Key: "key", Secret: "secret"}
}

func TestS3_WhatDoesNotServeIsUnavailable(t *testing.T) {
	server := harness.NewS3(t)
	wrongSecret, wrongBucket := optionsOf(server), optionsOf(server)
	wrongSecret.Secret, wrongBucket.Bucket = "wrong-secret", "another"
	stopped := harness.NewS3(t)
	stopped.Stop()
	for why, o := range map[string]media.S3Options{
		"a wrong secret":      wrongSecret,
		"no such bucket":      wrongBucket,
		"nobody listens":      optionsOf(stopped),
		"no permission":       refusing(t, http.StatusForbidden, "AccessDenied"),
		"a clock that is off": refusing(t, http.StatusForbidden, "RequestTimeTooSkewed"),
		"a full disk":         refusing(t, http.StatusInsufficientStorage, "XMinioStorageFull"),
	} {
		t.Run(why, func(t *testing.T) {
			s, name := bucket(t, o), media.NewName(media.JPEG)
			if err := s.Put(t.Context(), name, []byte("picture")); !errors.Is(err, media.ErrUnavailable) {
				t.Errorf("put: %v", err)
			}
			if _, err := s.Open(t.Context(), name); !errors.Is(err, media.ErrUnavailable) && why != "no such bucket" { // the answer to that looks like one for no picture
				t.Errorf("open: %v", err)
			}
			for _, err := range s.All(t.Context()) {
				if !errors.Is(err, media.ErrUnavailable) {
					t.Errorf("list: %v", err)
				}
			}
		})
	}
}
