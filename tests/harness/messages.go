package harness

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// The paths of the API.
const (
	RegisterPath       = "/api/v1/auth/register"
	LoginPath          = "/api/v1/auth/login"
	RefreshPath        = "/api/v1/auth/refresh-token"
	LogoutPath         = "/api/v1/auth/logout"
	CurrentUserPath    = "/api/v1/users/current-user"
	ChangePasswordPath = "/api/v1/users/change-password"
	SessionsPath       = "/api/v1/users/sessions"
	AvatarPath         = "/api/v1/users/avatar"
	CoverPath          = "/api/v1/users/cover-image"
	ForgotPasswordPath = "/api/v1/auth/forgot-password"
	ResetPasswordPath  = "/api/v1/auth/reset-password"
	ResendPath         = "/api/v1/auth/resend-verification"
	VerifyEmailPath    = "/api/v1/auth/verify-email"
	UndoEmailPath      = "/api/v1/auth/undo-email-change"
	ChangeEmailPath    = "/api/v1/users/change-email"
	UpdateAccountPath  = "/api/v1/users/update-account"
	ActivityPath       = "/api/v1/users/activity"
)

// Every user's password, one to change it to, and one that is wrong.
const (
	Password      = "engine-no-1-plan"
	NextPassword  = "engine-no-2-plan"
	WrongPassword = "engine-no-9-plan"
)

// Object is a JSON object of text fields, names and values in turn.
func Object(namesAndValues ...string) string {
	var members []string
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		value, err := json.Marshal(namesAndValues[i+1])
		if err != nil { // text always marshals
			panic(err)
		}
		members = append(members, fmt.Sprintf("%q:%s", namesAndValues[i], value))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// Registration is a sign-up that is in order.
func Registration(username string) string {
	return Object("fullName", "Ada Lovelace", "username", username, "email", Email(username), "password", Password)
}

// Email is the email address of a user of [Registration].
func Email(username string) string { return username + "@example.com" }

// LoginBody is a sign-in by email.
func LoginBody(username, password string) string {
	return Object("email", Email(username), "password", password)
}

// InBody adds to a sign-up or sign-in that the tokens shall come in the body of
// the answer.
func InBody(body string) string {
	return strings.TrimSuffix(body, "}") + `,"transport":"body"}`
}

// RefreshBody carries a refresh token.
func RefreshBody(token string) string { return Object("refreshToken", token) }

// PasswordChange is a change from one password to another.
func PasswordChange(from, to string) string {
	return Object("oldPassword", from, "newPassword", to)
}

// DecodeJWT reads what a token says of itself, as anybody can who holds it,
// without its key.
func DecodeJWT(token string) (header, claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("%q is no JWT", token)
	}
	for i, target := range []*map[string]any{&header, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, nil, err
		}
		if err := json.Unmarshal(text, target); err != nil {
			return nil, nil, err
		}
	}
	return header, claims, nil
}

// Signature returns the last part of a JWT, without which it is worth nothing.
func Signature(token string) string {
	return token[strings.LastIndexByte(token, '.')+1:]
}
