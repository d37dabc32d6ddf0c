package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMedia_IsAFolderOrABucket(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "data", "media")
	tests := []struct {
		value string
		want  S3
	}{
		{"", S3{}},
		{"s3://key:secret@s3.example.com/pictures", S3{"s3.example.com", "pictures", "us-east-1", "key", "secret", true}},
		{"S3://key:se%2Fcr%2Bet+@minio_1:9000/a.b-c/?tls=off&region=eu-central-1", S3{"minio_1:9000", "a.b-c", "eu-central-1", "key", "se/cr+et+", false}},
		{"s3://key:secret@[::1]:9000/pictures?tls=on", S3{"[::1]:9000", "pictures", "us-east-1", "key", "secret", true}},
	}
	for _, tt := range tests {
		c, err := Load(with(keys, "MEDIA_URL="+tt.value), dir, false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Media{folder, tt.want}, c.Media); diff != "" {
			t.Errorf("%q: %s", tt.value, diff)
		}
	}
}

func TestMedia_RefusesAndShowsNoSecret(t *testing.T) {
	tests := []struct{ value, wrong string }{
		{"https://key:hunter2@h/bucket", "does not begin with s3://"},
		{"/srv/media", "does not begin with s3://"},
		{"s3://h/bucket", "has no key and secret"},
		{"s3://key@h/bucket", "has no key and secret"},
		{"s3://:hunter2@h/bucket", "has no key and secret"},
		{"s3://key:hun/ter2@h/bucket", "an @"}, // the secret of some providers holds a /
		{"s3://key:hunter2@/bucket", "no valid host"},
		{"s3://key:hunter2@h:port/bucket", "is not a URL"},
		{"s3://key:hunter2@h:/bucket", "no valid host"},
		{"s3://key:hunter2@h", "names no bucket"},
		{"s3://key:hunter2@h/", "names no bucket"},
		{"s3://key:hunter2@h/bucket/folder", "names no bucket"},
		{"s3://key:hunter2@h/Bucket", "names no bucket"},
		{"s3://key:hunter2@h/bucket?hunter2=1", "a parameter that is not known"},
		{"s3://key:hunter2@h/bucket?tls=maybe", "a parameter that is not known"},
		{"s3://key:hunter2%zz@h/bucket", "a % that does not begin"},
	}
	for _, tt := range tests {
		problems := problemsOf(t, with(keys, "MEDIA_URL="+tt.value), t.TempDir())
		if len(problems) != 1 || problems[0].Variable != "MEDIA_URL" || !strings.Contains(problems[0].Wrong, tt.wrong) || problems[0].Good == "" || strings.Contains(problems.Error(), "hunter") {
			t.Errorf("%s: %v", tt.value, problems)
		}
	}
}
