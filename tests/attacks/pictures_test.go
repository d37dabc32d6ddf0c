package attacks

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sallyport/tests/harness"
)

func TestForms_ThatAreNotInOrderAreRefusedByName(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	before := server.Contents(t)
	picture := harness.PictureFile("avatar", harness.AsPNG(t, harness.Quarters(40, 30)))
	text := func(name, value string) harness.Part { return harness.Part{Name: name, Content: value} }
	many := slices.Repeat([]harness.Part{text("x", "")}, 20)
	nested := harness.Part{Name: "avatar", Header: "Content-Type: multipart/mixed; boundary=inner\r\n", Content: "--inner\r\n\r\n--inner--"}
	whole := harness.Form(picture)
	tests := []struct {
		why, body, code, field string
	}{
		{"no picture", harness.Form(), "validation_failed", "avatar"},
		{"a picture under another name", harness.Form(harness.PictureFile("file", []byte(picture.Content))), "validation_failed", "avatar"},
		{"the other picture", harness.Form(harness.PictureFile("coverImage", []byte(picture.Content))), "validation_failed", "avatar"},
		{"a file of no bytes", harness.Form(harness.Part{Name: "avatar", File: "a.jpg"}), "validation_failed", "avatar"},
		{"an empty file name", harness.Form(harness.Part{Name: "avatar"}), "validation_failed", "avatar"},
		{"text in place of a file", harness.Form(text("avatar", "undefined")), "malformed_form", "avatar"},
		{"twice", harness.Form(picture, picture), "malformed_form", "avatar"},
		{"21 parts", harness.Form(append(many, picture)...), "malformed_form", ""},
		{"a thousand parts", harness.Form(slices.Repeat(many, 50)...), "malformed_form", ""},
		{"a form within the form", harness.Form(nested), "malformed_form", "avatar"},
		{"cut off in the picture", whole[:len(whole)/2], "malformed_form", ""},
		{"cut off before the end", whole[:len(whole)-6], "malformed_form", ""},
		{"nothing", "", "malformed_form", ""},
		{"another boundary", strings.ReplaceAll(whole, "7MA4", "8MA4"), "malformed_form", ""},
		{"JSON", `{"avatar":"x"}`, "malformed_form", ""},
	}
	for _, tt := range tests {
		answer := ada.Request(http.MethodPatch, harness.AvatarPath, tt.body, "Content-Type", harness.FormType)
		if answer.Status != http.StatusBadRequest || answer.Code != tt.code || strings.Join(answer.Fields(), " ") != tt.field {
			t.Errorf("%s: %s, want %s %q", tt.why, answer.Raw, tt.code, tt.field)
		}
	}
	if answer := ada.Send(http.MethodPatch, harness.AvatarPath, nested); !strings.Contains(answer.Message, "a form within the form") {
		t.Errorf("a nested form is told %q", answer.Message)
	}
	for _, contentType := range []string{
		"", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x", "application/x-www-form-urlencoded", "image/png",
	} {
		ada.Request(http.MethodPatch, harness.AvatarPath, whole, "Content-Type", contentType).Want(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	}
	ada.Request(http.MethodPatch, harness.AvatarPath, whole, "Content-Type", harness.FormType, "Content-Encoding", "gzip").Want(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
	if server.Contents(t) != before || len(server.Pictures(t)) > 0 {
		t.Error("a refused form has changed something")
	}
	// What is no field of ours is dropped, and its place in the form does not count.
	server.Ask(t, http.MethodPatch, harness.AvatarPath, harness.Form(text("z", strings.Repeat("z", 100_000)), picture, text("role", "admin")),
		"Content-Type", harness.FormType, "Cookie", ada.Tokens().Cookies()).Want(t, http.StatusOK, "")
}

func TestForms_ARegistrationIsAsStrictAsInJSON(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	before := server.Contents(t)
	with := func(name, content string) []harness.Part {
		parts := harness.RegistrationForm("ada")
		for i := range parts {
			if parts[i].Name == name {
				parts[i].Content = content
			}
		}
		return parts
	}
	tests := []struct {
		why         string
		parts       []harness.Part
		code, field string
	}{
		{"a field twice", append(harness.RegistrationForm("ada"), harness.Part{Name: "email", Content: "eve@example.com"}), "malformed_form", "email"},
		{"text that is a file", append(harness.RegistrationForm("ada")[1:], harness.Part{Name: "fullName", Content: "Ada", File: "a.txt"}), "malformed_form", "fullName"},
		{"invalid UTF-8", with("fullName", "Ada\xff"), "malformed_form", "fullName"},
		{"NUL", with("username", "ada\x00"), "malformed_form", "username"},
		{"17 KB", with("fullName", strings.Repeat("a", 17<<10)), "malformed_form", "fullName"},
		{"an unknown transport", append(harness.RegistrationForm("ada"), harness.Part{Name: "transport", Content: "smoke"}), "validation_failed", "transport"},
		{"a short password", with("password", "short"), "validation_failed", "password"},
		{"no email", with("email", ""), "validation_failed", "email"},
	}
	for _, tt := range tests {
		answer := server.Client(t).Send(http.MethodPost, harness.RegisterPath, tt.parts...)
		if answer.Status != http.StatusBadRequest || answer.Code != tt.code || strings.Join(answer.Fields(), " ") != tt.field || len(answer.Cookies()) > 0 {
			t.Errorf("%s: %s, want %s %q", tt.why, answer.Raw, tt.code, tt.field)
		}
	}
	if server.Contents(t) != before {
		t.Error("a refused registration has changed something")
	}
	long := strings.Replace(harness.Registration("ada"), "{", `{"x":"`+strings.Repeat("x", 16<<10)+`",`, 1)
	server.Client(t).Post(harness.RegisterPath, long).Want(t, http.StatusRequestEntityTooLarge, "body_too_large")
	server.Client(t).Send(http.MethodPost, harness.LoginPath, harness.RegistrationForm("ada")...).Want(t, http.StatusUnsupportedMediaType, "unsupported_media_type")

	user := server.Ask(t, http.MethodPost, harness.RegisterPath, harness.Form(append(harness.RegistrationForm("ada"),
		harness.Part{Name: "role", Content: "admin"}, harness.Part{Name: "emailVerified", Content: "true"})...), "Content-Type", harness.FormType).Want(t, http.StatusCreated, "")
	if user.Field(t, "user", "role") != "user" || strings.Contains(user.Raw, `"emailVerified":true`) {
		t.Errorf("%s", user.Raw)
	}
}

// A page of another site can send such a form without asking before.
func TestForms_OfAnotherSiteChangeNothing(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	before := server.Contents(t)
	picture := harness.PictureFile("avatar", harness.AsPNG(t, harness.Quarters(40, 30)))
	for method, path := range map[string]string{http.MethodPatch: harness.AvatarPath, http.MethodPost: harness.RegisterPath} {
		ada.Request(method, path, harness.Form(harness.RegistrationForm("bob", picture)...),
			"Content-Type", harness.FormType, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example").Want(t, http.StatusForbidden, "cross_origin")
	}
	if server.Contents(t) != before || len(server.Pictures(t)) > 0 {
		t.Error("it has changed something")
	}
}

func TestUploads_WhatIsTooMuchIsAnsweredReadably(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	large := []byte(strings.Repeat("\xff\xd8\xff", 4<<20)) // 12 MB
	answer := ada.SetAvatar(large).Want(t, http.StatusRequestEntityTooLarge, "body_too_large")
	if fields := answer.Fields(); len(fields) != 1 || fields[0] != "avatar" || !strings.Contains(answer.Message, "5 MB") {
		t.Errorf("%s", answer.Raw)
	}
	ada.SetAvatar(slices.Repeat(large, 3)).Want(t, http.StatusRequestEntityTooLarge, "body_too_large")
}

// Many clients read no answer before they have sent everything.
func TestUploads_ARefusalWaitsForTheRestOfTheForm(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	large := harness.Form(harness.PictureFile("avatar", make([]byte, 12<<20)))
	for access, status := range map[string]int{
		server.API(t).SignUp("ada").Access: http.StatusRequestEntityTooLarge,
		"of-nobody":                        http.StatusUnauthorized,
	} {
		connection := harness.Dial(t, server.Address())
		if _, err := io.WriteString(connection, upload(large, harness.Tokens{Access: access})); err != nil {
			t.Fatalf("the server hung up in the middle: %v", err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil || answer.StatusCode != status {
			t.Errorf("%v, %v, want %d", answer, err, status)
		}
	}
}

func TestUploads_BombsAreRefusedBeforeTheyAreDecoded(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	for why, file := range map[string]string{
		"a GIF of 65535 by 65535":             "GIF89a\xff\xff\xff\xff\x00\x00\x00",
		"a lossless WebP of 16384 by 16384":   "RIFF\x14\x00\x00\x00WEBPVP8L\x08\x00\x00\x00\x2f\xff\xff\xff\x0f\x88\x88\x08",
		"a WebP whose canvas is 16384 square": "RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00",
	} {
		if answer := ada.SetAvatar([]byte(file)).Want(t, http.StatusBadRequest, "validation_failed"); !strings.Contains(answer.Message, "megapixels") {
			t.Errorf("%s: %s", why, answer.Raw)
		}
	}
}

func TestUploads_AClientThatGoesLeavesNothing(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	before := server.Contents(t)
	form := harness.Form(harness.PictureFile("avatar", harness.AsPNG(t, harness.Quarters(400, 300))))
	connection := harness.Dial(t, server.Address())
	fmt.Fprint(connection, upload(form, ada.Tokens())[:len(form)/2])
	connection.Close()
	harness.Await(t, func() error {
		if !strings.Contains(server.Log.String(), harness.AvatarPath) {
			return fmt.Errorf("the request is not over: %s", server.Log)
		}
		return nil
	})
	if server.Contents(t) != before || len(server.Pictures(t)) > 0 {
		t.Error("half an upload has changed something")
	}
}

// upload is a request that sets the avatar, as text.
func upload(form string, tokens harness.Tokens) string {
	return harness.RawRequest(http.MethodPatch, harness.AvatarPath,
		"Content-Type: "+harness.FormType, fmt.Sprintf("Content-Length: %d", len(form)), "Authorization: Bearer "+tokens.Access) + form
}

func TestUploads_AreBoundedInNumber(t *testing.T) {
	t.Parallel()
	const most = 32
	server := harness.Start(t)
	ada := server.SignUp(t, "ada")
	begun := upload(harness.Form(harness.PictureFile("avatar", make([]byte, 1000))), ada.Tokens())
	for range most { // none of them ends
		fmt.Fprint(harness.Dial(t, server.Address()), begun[:len(begun)-100])
	}
	harness.Await(t, func() error { // until the server has begun to read the last one
		if answer := ada.Send(http.MethodPatch, harness.AvatarPath); answer.Code != "too_busy" || answer.Header.Get("Retry-After") == "" {
			return fmt.Errorf("one more than %d is answered %s", most, answer.Raw)
		}
		return nil
	})
	ada.CurrentUser().Want(t, http.StatusOK, "") // everything else goes on
}

func TestPictureNames_LeadNowhereElse(t *testing.T) {
	t.Parallel()
	server := harness.Start(t)
	server.SignUp(t, "ada").SetAvatar(harness.AsPNG(t, harness.Quarters(40, 30))).Want(t, http.StatusOK, "")
	name := server.Pictures(t)[0]
	if answer := server.Ask(t, http.MethodGet, "/media/"+name, ""); answer.Status != http.StatusOK {
		t.Fatalf("the picture itself: %d", answer.Status)
	}
	for _, path := range []string{
		"", "..", "%2e%2e", "../sallyport.db", "..%2fsallyport.db", "%2e%2e%2fsallyport.db", "..%5csallyport.db", ".", "./" + name, "%2e%2f" + name,
		name + "/", name + "%00", name + "%00.jpg", strings.ToUpper(name), name[1:], name + ".part", "x" + name, name + "%0d%0aX:1", "*", "%2fetc%2fpasswd", "//etc/passwd",
	} {
		answer := server.Ask(t, http.MethodGet, "/media/"+path, "")
		if answer.Status != http.StatusNotFound || answer.Code != "not_found" {
			t.Errorf("%q: %d %q", path, answer.Status, answer.Raw)
		}
	}
}
