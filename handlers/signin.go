package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"sallyport/account"
	"sallyport/auth"
	"sallyport/internal/apperror"
	"sallyport/middleware"
	"sallyport/models"
)

func (a *API) registerUser(c *gin.Context) error {
	req, files, err := a.bindRegistration(c)
	if err != nil {
		return err
	}
	if err := req.Transport.check(); err != nil {
		return err
	}
	client := a.clientOf(c)
	user, grant, err := a.Account.Register(c.Request.Context(), auth.Registration{
		FullName: req.FullName, Username: req.Username, Email: req.Email, Password: req.Password,
		Locale: a.Locale(c.GetHeader("Accept-Language")),
	}, files, client)
	if err != nil {
		return err
	}
	if grant.None() {
		return middleware.Reply(c, http.StatusCreated, "User registered", registeredBody{a.toUser(user)})
	}
	if req.Transport == viaBody {
		a.clearWorthless(c, client)
	}
	return a.replySignedIn(c, http.StatusCreated, "User registered", user, grant, req.Transport)
}

// registeredBody answers a registration that signs nobody in.
type registeredBody struct {
	User userBody `json:"user"`
}

type registerRequest struct {
	FullName  string    `json:"fullName"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Password  string    `json:"password"`
	Transport transport `json:"transport"`
}

// bindRegistration reads a registration from JSON, or from a form with pictures.
func (a *API) bindRegistration(c *gin.Context) (req registerRequest, files map[account.Picture][]byte, err error) {
	if !middleware.IsMultipart(c.Request) {
		return req, nil, bind(c, &req)
	}
	form, err := a.bindForm(c, []account.Picture{account.Avatar, account.CoverImage}, "fullName", "username", "email", "password", "transport")
	return registerRequest{
		FullName: form.texts["fullName"], Username: form.texts["username"], Email: form.texts["email"],
		Password: form.texts["password"], Transport: transport(form.texts["transport"]),
	}, form.files, err
}

func (a *API) login(c *gin.Context) error {
	var req loginRequest
	if err := bind(c, &req); err != nil {
		return err
	}
	if err := req.Transport.check(); err != nil {
		return err
	}
	client := a.clientOf(c)
	user, grant, err := a.Auth.Login(c.Request.Context(), auth.Credentials{
		Email: req.Email, Username: req.Username, Password: req.Password,
	}, client)
	if err != nil {
		return err
	}
	if req.Transport == viaBody {
		a.clearWorthless(c, client)
	}
	return a.replySignedIn(c, http.StatusOK, "User logged in", user, grant, req.Transport)
}

type loginRequest struct {
	Email     string    `json:"email"`
	Username  string    `json:"username"`
	Password  string    `json:"password"`
	Transport transport `json:"transport"`
}

// replySignedIn answers a successful registration or sign-in.
func (a *API) replySignedIn(c *gin.Context, status int, message string, user models.User, g auth.Grant, via transport) error {
	body := a.deliver(c, g, via)
	shown := a.toUser(user)
	body.User = &shown
	return middleware.Reply(c, status, message, body)
}

// logout ends what the tokens name and clears the cookies that are worth nothing
// then, also where the body cannot be read. A header that names a live session
// counts alone, as on every route; a useless one does not hide the cookies. Where
// the database did not take the write the cookies stay, so that a retry still
// names the session (fail closed: no answer says "logged out" about a session
// that lives).
func (a *API) logout(c *gin.Context) error {
	var req tokenRequest
	unreadable := bindLoosely(c, &req)
	client := auth.Client{AccessTokens: middleware.BearerTokens(c.Request)}
	ctx := context.WithoutCancel(c.Request.Context()) // a client that has gone signs out all the same
	useful, err := a.Auth.Lives(ctx, client.AccessTokens)
	if err != nil {
		return err
	}
	if !useful {
		client = a.browser(c)
	}
	client.Device = device(c)
	client.RefreshTokens = append(client.RefreshTokens, req.tokens()...)
	if err := a.Auth.Logout(ctx, client); err != nil {
		return err
	}
	a.clearWorthless(c, client)
	if unreadable != nil {
		return unreadable
	}
	return middleware.Reply(c, http.StatusOK, "User logged out", nil)
}

// transport is how a client wants its tokens.
type transport string

const (
	viaCookie transport = "" // or "cookie": the default
	viaBody   transport = "body"
)

func (t transport) check() error {
	if t == viaCookie || t == viaBody || t == "cookie" {
		return nil
	}
	return apperror.Invalid(apperror.FieldError{Field: "transport", Message: `must be "cookie" or "body"`})
}
