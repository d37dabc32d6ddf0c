package config

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	mediaFolder = "media"                                                                                  // in DATA_DIR
	goodMedia   = "s3://KEY:SECRET@s3.example.com/bucket?region=eu-central-1, with / as %2F in the secret" // #nosec G101 -- an example, no secret
)

// Media is where pictures are kept: in the bucket, or in the folder where there
// is none.
type Media struct {
	Folder string
	S3     S3
}

// S3 is a bucket of S3-compatible storage. With every field empty there is none.
type S3 struct {
	Endpoint string // host[:port]
	Bucket   string
	Region   string
	Key      string
	Secret   string
	TLS      bool
}

// bucketName is what all storages accept. Source: the naming rules of Amazon S3.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// media reads MEDIA_URL. No problem shows the value: it holds a secret.
func (r *reader) media(dataDir string) Media {
	m := Media{Folder: filepath.Join(dataDir, mediaFolder)}
	value := r.get("MEDIA_URL")
	if value == "" {
		return m
	}
	scheme, rest, _ := strings.Cut(value, "://")
	u, err := url.Parse(value)
	switch wrong := misread(rest); {
	case !strings.EqualFold(scheme, "s3"):
		r.fail("MEDIA_URL", "does not begin with s3://", goodMedia)
	case wrong != "":
		r.fail("MEDIA_URL", wrong, goodMedia)
	case err != nil:
		r.fail("MEDIA_URL", "is not a URL", goodMedia)
	default:
		m.S3 = r.bucket(u)
	}
	return m
}

// bucket reads the parts of the URL. Without TLS no secret is sent either: requests
// are signed.
func (r *reader) bucket(u *url.URL) S3 {
	secret, _ := u.User.Password()
	query, tls := u.Query(), u.Query().Get("tls")
	s := S3{
		Endpoint: u.Host,
		Bucket:   strings.Trim(u.Path, "/"),
		Region:   query.Get("region"),
		Key:      u.User.Username(),
		Secret:   secret,
		TLS:      tls != "off",
	}
	if s.Region == "" {
		s.Region = "us-east-1" // what storages without regions expect
	}
	query.Del("region")
	query.Del("tls")
	switch {
	case s.Key == "" || s.Secret == "":
		r.fail("MEDIA_URL", "has no key and secret before an @", goodMedia)
	case !validServer(s.Endpoint):
		r.fail("MEDIA_URL", "has no valid host and port", goodMedia)
	case !bucketName.MatchString(s.Bucket):
		r.fail("MEDIA_URL", "names no bucket behind the host (3 to 63 small letters, digits, dots and hyphens)", goodMedia)
	case len(query) > 0 || tls != "" && tls != "on" && tls != "off":
		r.fail("MEDIA_URL", "has a parameter that is not known", "region=eu-central-1 and tls=on or tls=off")
	}
	return s
}
