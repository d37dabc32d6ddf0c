package media

import (
	"bytes"
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3Options says where a bucket is and who may use it. The bucket must exist.
type S3Options struct {
	Endpoint string // host[:port]
	Bucket   string
	Region   string
	Key      string
	Secret   string
	TLS      bool
}

const (
	callTimeout = 10 * time.Second // of a call, retries included
	readTimeout = 60 * time.Second // to send a picture on to a client
	attempts    = 3
)

// S3 keeps pictures as objects of a bucket.
type S3 struct {
	client *minio.Client
	bucket string
}

// NewS3 returns the store in the bucket. It makes no call: a storage that is down
// keeps nobody from signing in.
func NewS3(o S3Options) (*S3, error) { return newS3(o, nil) }

// newS3 takes another transport than the default one in tests.
func newS3(o S3Options, transport http.RoundTripper) (*S3, error) {
	client, err := minio.New(o.Endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(o.Key, o.Secret, ""),
		Secure:     o.TLS,
		Region:     o.Region,
		MaxRetries: attempts,
		Transport:  transport,
	})
	return &S3{client, o.Bucket}, err
}

// Put is [Folder.Put]. A call that took too long may have kept the picture.
func (s *S3) Put(ctx context.Context, name string, picture []byte) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := s.client.PutObject(ctx, s.bucket, name, bytes.NewReader(picture), int64(len(picture)), minio.PutObjectOptions{
		ContentType:      ContentType(name),
		DisableMultipart: true,
	})
	return unavailable(err)
}

// object is an open picture with the time that its reader has.
type object struct {
	*minio.Object
	cancel context.CancelFunc
}

func (o object) Close() error {
	defer o.cancel()
	return o.Object.Close()
}

// Open is [Folder.Open]. The picture can be read for a minute.
func (s *S3) Open(ctx context.Context, name string) (File, error) {
	if !IsName(name) {
		return nil, ErrNotFound
	}
	ctx, cancel := context.WithCancel(ctx)
	end := time.AfterFunc(callTimeout, cancel)
	opened, err := s.client.GetObject(ctx, s.bucket, name, minio.GetObjectOptions{})
	if err == nil {
		_, err = opened.Stat() // GetObject has asked for nothing yet
	}
	if err != nil {
		cancel()
		return nil, found(err)
	}
	end.Reset(readTimeout)
	return object{opened, cancel}, nil
}

// Reach fails where the bucket is not there, or may not be used.
func (s *S3) Reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	there, err := s.client.BucketExists(ctx, s.bucket)
	if err == nil && !there {
		err = ErrNotFound
	}
	return unavailable(err)
}

func found(err error) error {
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return ErrNotFound
	}
	return unavailable(err)
}

// Remove is [Folder.Remove].
func (s *S3) Remove(ctx context.Context, name string) error {
	if !IsName(name) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return unavailable(s.client.RemoveObject(ctx, s.bucket, name, minio.RemoveObjectOptions{}))
}

// All is [Folder.All]. Other objects in the bucket are not the program's.
func (s *S3) All(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{}) {
			switch {
			case o.Err != nil:
				yield(Stored{}, unavailable(o.Err))
				return
			case IsName(o.Key) && !yield(Stored{o.Key, o.LastModified}, nil):
				return
			}
		}
	}
}
