package journeys

import (
	"bytes"
	"errors"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/tests/harness"
)

// size returns how large the picture in the answer is.
func size(t *testing.T, answer harness.Answer) image.Point {
	t.Helper()
	config, format, err := image.DecodeConfig(strings.NewReader(answer.Raw))
	if err != nil || answer.Header.Get("Content-Type") != "image/"+format {
		t.Fatalf("a %s, called %s: %v", format, answer.Header.Get("Content-Type"), err)
	}
	return image.Pt(config.Width, config.Height)
}

func TestPictures_AreSetShownReplacedAndRemoved(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		large := harness.AsJPEG(t, harness.Quarters(2000, 1000))

		first := ada.SetAvatar(large).Want(t, http.StatusOK, "").Field(t, "avatar")
		cover := ada.SetCover(large).Want(t, http.StatusOK, "").Field(t, "coverImage")
		if got := size(t, server.Picture(t, first)); got != image.Pt(512, 512) {
			t.Errorf("the avatar is %v", got)
		}
		if got := size(t, server.Picture(t, cover)); got != image.Pt(1600, 800) {
			t.Errorf("the cover is %v", got)
		}
		if current := ada.CurrentUser(); current.Field(t, "avatar") != first || current.Field(t, "coverImage") != cover {
			t.Errorf("%s", current.Raw)
		}

		second := ada.SetAvatar(large).Want(t, http.StatusOK, "").Field(t, "avatar")
		server.Picture(t, second)
		server.Picture(t, first).Want(t, http.StatusNotFound, "not_found")

		for range 2 { // removing none is no error
			if left := ada.Delete(harness.AvatarPath).Want(t, http.StatusOK, "").Field(t, "avatar"); left != "" {
				t.Errorf("the avatar is %q", left)
			}
		}
		server.Picture(t, second).Want(t, http.StatusNotFound, "not_found")
		size(t, server.Picture(t, cover))
		if left := ada.Delete(harness.CoverPath).Want(t, http.StatusOK, "").Field(t, "coverImage"); left != "" {
			t.Errorf("the cover is %q", left)
		}
		if files := server.Pictures(t); len(files) > 0 {
			t.Errorf("%v are left", files)
		}
	})
}

func TestPictures_ComeWithARegistration(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		picture := harness.AsPNG(t, harness.Quarters(40, 30))
		ada := server.Client(t)
		user := ada.Send(http.MethodPost, harness.RegisterPath, harness.RegistrationForm("ada",
			harness.PictureFile("avatar", picture), harness.PictureFile("coverImage", picture))...).Want(t, http.StatusCreated, "")
		if got := size(t, server.Picture(t, user.Field(t, "user", "avatar"))); got != image.Pt(30, 30) {
			t.Errorf("the avatar is %v", got)
		}
		if got := size(t, server.Picture(t, user.Field(t, "user", "coverImage"))); got != image.Pt(40, 30) {
			t.Errorf("the cover is %v", got)
		}
		ada.WantAlive()

		bob := server.Client(t).Send(http.MethodPost, harness.RegisterPath, append(harness.RegistrationForm("bob",
			harness.Part{Name: "avatar", File: "empty.jpg"}, harness.Part{Name: "coverImage", Header: "Content-Type: application/octet-stream\r\n"}),
			harness.Part{Name: "transport", Content: "body"})...).Want(t, http.StatusCreated, "")
		if bob.Field(t, "user", "avatar")+bob.Field(t, "user", "coverImage") != "" {
			t.Errorf("a picture from an empty file: %s", bob.Raw)
		}
		bob.Tokens(t)
	})
}

func TestPictures_ARegistrationThatFailsLeavesNoFile(t *testing.T) {
	server := harness.Start(t)
	server.SignUp(t, "ada")
	picture := harness.PictureFile("avatar", harness.AsPNG(t, harness.Quarters(40, 30)))
	broken := harness.PictureFile("coverImage", []byte("no picture"))
	weak := harness.RegistrationForm("bob", picture)
	weak[len(weak)-1].Content = "short"
	client := server.Client(t)
	client.Send(http.MethodPost, harness.RegisterPath, harness.RegistrationForm("ada", picture)...).Want(t, http.StatusConflict, "email_taken")
	client.Send(http.MethodPost, harness.RegisterPath, weak...).Want(t, http.StatusBadRequest, "validation_failed")
	answer := client.Send(http.MethodPost, harness.RegisterPath, harness.RegistrationForm("bob", picture, broken)...).Want(t, http.StatusBadRequest, "validation_failed")
	if fields := answer.Fields(); len(fields) != 1 || fields[0] != "coverImage" {
		t.Errorf("%v", fields)
	}
	if files := server.Pictures(t); len(files) > 0 {
		t.Errorf("%v are left", files)
	}
	client.WantNoTokens()
}

func TestPictures_GoWithTheAccount(t *testing.T) {
	server := harness.Start(t)
	ada, bob := server.SignUp(t, "ada"), server.SignUp(t, "bob")
	picture := harness.AsPNG(t, harness.Quarters(40, 30))
	address := ada.SetAvatar(picture).Field(t, "avatar")
	ada.SetCover(picture).Want(t, http.StatusOK, "")
	others := bob.SetAvatar(picture).Field(t, "avatar")
	ada.Request(http.MethodDelete, harness.CurrentUserPath, harness.Object("password", harness.Password), "Content-Type", "application/json").Want(t, http.StatusOK, "")
	server.Picture(t, address).Want(t, http.StatusNotFound, "not_found")
	size(t, server.Picture(t, others))
	if files := server.Pictures(t); len(files) != 1 {
		t.Errorf("%v are left", files)
	}
}

func TestPictures_ABadOneLeavesTheOneBefore(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	before := ada.SetAvatar(harness.AsPNG(t, harness.Quarters(40, 30))).Field(t, "avatar")
	for why, file := range map[string]string{
		"HEIC": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "SVG": "<svg xmlns='http://www.w3.org/2000/svg'/>", "zero bytes": strings.Repeat("\x00", 100),
	} {
		answer := ada.SetAvatar([]byte(file)).Want(t, http.StatusBadRequest, "validation_failed")
		if fields := answer.Fields(); len(fields) != 1 || fields[0] != "avatar" || !strings.Contains(answer.Message, "JPEG, PNG, GIF or WebP") {
			t.Errorf("%s: %s", why, answer.Raw)
		}
	}
	if got := ada.CurrentUser().Field(t, "avatar"); got != before {
		t.Errorf("%q, want %q", got, before)
	}
	size(t, server.Picture(t, before))
	if files := server.Pictures(t); len(files) != 1 {
		t.Errorf("%v", files)
	}
}

func TestPictures_AreServedForEverybodyForEverAndRunNothing(t *testing.T) {
	server := harness.Start(t)
	address := server.SignUp(t, "ada").SetAvatar(harness.AsPNG(t, harness.Quarters(40, 30))).Field(t, "avatar")
	answer := server.Picture(t, address, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")
	size(t, answer)
	for name, want := range map[string]string{
		"Content-Type":                 "image/jpeg",
		"X-Content-Type-Options":       "nosniff",
		"Content-Security-Policy":      "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control":                "public, max-age=31536000, immutable",
		"Set-Cookie":                   "",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	path := strings.TrimPrefix(address, server.Config.PublicURL)
	if head := server.Ask(t, http.MethodHead, path, ""); head.Status != http.StatusOK || head.Raw != "" || head.Header.Get("Content-Length") != answer.Header.Get("Content-Length") {
		t.Errorf("HEAD: %d, %v", head.Status, head.Header)
	}
	if part := server.Picture(t, address, "Range", "bytes=0-1"); part.Status != http.StatusPartialContent || part.Raw != answer.Raw[:2] {
		t.Errorf("a range: %d %q", part.Status, part.Raw)
	}
	if many := server.Picture(t, address, "Range", "bytes="+strings.Repeat("0-,", 1000)+"0-"); len(many.Raw) > 2*len(answer.Raw) {
		t.Errorf("a thousand ranges are answered with %d bytes", len(many.Raw))
	}
}

// What happened an hour ago and is named by no row happens no more.
func TestPictures_ASweepRemovesWhatNobodyNames(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		picture := harness.AsPNG(t, harness.Quarters(40, 30))
		avatar := ada.SetAvatar(picture).Field(t, "avatar")
		cover := ada.SetCover(picture).Field(t, "coverImage")
		orphan, half := strings.Repeat("a", 26)+".jpg", strings.Repeat("b", 26)+".png.part"
		for _, name := range []string{orphan, half, "another.txt"} {
			harness.WriteFile(t, server.Config.Media.Folder, name, nil)
		}
		sweep := func(want int) {
			t.Helper()
			if err := server.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if files := server.Pictures(t); len(files) != want {
				t.Errorf("%v are left, want %d", files, want)
			}
		}
		sweep(5) // all are young
		server.Clock.Advance(time.Hour + time.Minute)
		sweep(3) // two pictures, and the file that is none of ours
		size(t, server.Picture(t, avatar))
		size(t, server.Picture(t, cover))
	})
}

func TestPictures_ManyChangesAtOnceLeaveOneFile(t *testing.T) {
	harness.OnEachDatabase(t, func(t *testing.T, server *harness.Server) {
		ada := server.SignUp(t, "ada")
		picture := harness.AsPNG(t, harness.Quarters(40, 30))
		tabs := ada.Copies(4)
		harness.Together(harness.Times(len(tabs), func(i int) { tabs[i].SetAvatar(picture).Want(t, http.StatusOK, "") })...)
		size(t, server.Picture(t, ada.CurrentUser().Field(t, "avatar")))
		if files := server.Pictures(t); len(files) != 1 {
			t.Errorf("%d files", len(files))
		}
	})
}

func TestPictures_InABucket(t *testing.T) {
	bucket := harness.NewS3(t)
	server := harness.Start(t, "MEDIA_URL="+bucket.URL())
	ada := server.SignUp(t, "ada")
	picture := harness.AsPNG(t, harness.Quarters(40, 30))
	first := ada.SetAvatar(picture).Want(t, http.StatusOK, "").Field(t, "avatar")
	second := ada.SetAvatar(picture).Want(t, http.StatusOK, "").Field(t, "avatar")
	server.Picture(t, first).Want(t, http.StatusNotFound, "not_found")
	if part := server.Picture(t, second, "Range", "bytes=2-3"); part.Status != http.StatusPartialContent || len(part.Raw) != 2 {
		t.Errorf("a range: %d %q", part.Status, part.Raw)
	}
	if names := bucket.Objects(); len(names) != 1 || !strings.HasSuffix(second, "/"+names[0]) {
		t.Errorf("the bucket holds %v", names)
	}

	bucket.Stop()
	ada.SetAvatar(picture).Want(t, http.StatusServiceUnavailable, "unavailable")
	server.Picture(t, second).Want(t, http.StatusServiceUnavailable, "unavailable")
	if got := ada.CurrentUser().Field(t, "avatar"); got != second {
		t.Errorf("%q, want the one before, %q", got, second)
	}
	bucket.Start()
	size(t, server.Picture(t, second))

	ada.Delete(harness.AvatarPath).Want(t, http.StatusOK, "")
	if names := bucket.Objects(); len(names) > 0 {
		t.Errorf("the bucket holds %v", names)
	}
	if _, err := os.Stat(filepath.Join(server.Config.DataDir, "media")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is in the folder too: %v", err)
	}
}

func TestPictures_NamesOfAnImportStayAsTheyAre(t *testing.T) {
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	const elsewhere = "https://res.example.com/image/upload/v1/ada.png"
	if _, err := server.SQL(t).ExecContext(t.Context(), "UPDATE users SET avatar_url = $1", elsewhere); err != nil {
		t.Fatal(err)
	}
	if got := server.SignIn(t, "ada").CurrentUser().Field(t, "avatar"); got != elsewhere {
		t.Errorf("%q", got)
	}
	ada.SetAvatar(harness.AsPNG(t, harness.Quarters(40, 30))).Want(t, http.StatusOK, "")
	if bytes.Contains([]byte(server.Log.String()), []byte("could not be deleted")) {
		t.Error("it tried to delete what is not its own")
	}
}
