// Package s3 plays Amazon S3 for the local stack: the buckets of the template, on the
// REST XML protocol with path and virtual-host addressing, and as Go methods for the
// services beside it (infra/local/ses puts received mail).
//
// Supported: PutObject, GetObject (ranges, conditions, response-* overrides), HeadObject,
// DeleteObject, DeleteObjects, ListObjectsV2, ListObjects, CopyObject, HeadBucket, ListBuckets,
// GetBucketLocation; presigned URLs; aws-chunked bodies with trailing checksums; user metadata.
// Partly: checksums crc32, crc32c, crc64nvme, sha1 and sha256 are checked and given back.
// Not: multipart uploads, versions, ACLs, tags, lifecycle, encryption settings, making buckets
// (they come from the template).
//
// Objects up to 64 KiB are in the database, larger ones in files under Dir, which are
// complete before the database names them. An acknowledged object survives a kill -9.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
package s3

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/clock"
	"github.com/deskhand/deskhand/infra/local/disk"
)

// Limits. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const (
	MaxKey      = 1024 // bytes
	MaxMetadata = 2048 // bytes of user metadata, names and values
	MaxListing  = 1000 // keys per page, and keys per DeleteObjects
	inline      = 64 << 10
)

// Config is what New needs, all of it.
type Config struct {
	DB        *disk.DB
	Clock     *clock.Clock
	Account   string
	Region    string
	Buckets   []string // names
	Versioned []string // names of those that the template gives versions; told, not played
	Dir       string   // for large objects; made when missing
}

// Service has the buckets; it is an awshttp.Service.
type Service struct{ cfg Config }

const (
	indexBucket = "s3"      // a bucket per S3 bucket: key → object
	dataBucket  = "s3.data" // a bucket per S3 bucket: key → bytes of small objects
)

// object is what the index keeps of an object.
type object struct {
	Size     int64             `json:"size"`
	ETag     string            `json:"etag"` // without quotes
	Modified time.Time         `json:"modified"`
	Headers  map[string]string `json:"headers,omitempty"` // Content-Type and its like, canonical names
	Meta     map[string]string `json:"meta,omitempty"`    // x-amz-meta-*, lower-case names without the prefix
	Checksum map[string]string `json:"checksum,omitempty"`
	File     string            `json:"file,omitempty"` // name in the bucket's folder; empty: in the database
}

// New opens the buckets and removes files that no object names, which a kill between
// writing a file and naming it leaves.
func New(cfg Config) (*Service, error) {
	s := &Service{cfg: cfg}
	if err := cfg.DB.Buckets(indexBucket, dataBucket); err != nil {
		return nil, err
	}
	for _, b := range cfg.Buckets {
		if err := os.MkdirAll(s.folder(b), 0o755); err != nil {
			return nil, fmt.Errorf("bucket %s: %w", b, err)
		}
		named := map[string]bool{}
		err := cfg.DB.Update(func(tx *bbolt.Tx) error {
			if _, err := tx.Bucket([]byte(dataBucket)).CreateBucketIfNotExists([]byte(b)); err != nil {
				return err
			}
			index, err := tx.Bucket([]byte(indexBucket)).CreateBucketIfNotExists([]byte(b))
			if err != nil {
				return err
			}
			return index.ForEach(func(_, v []byte) error {
				var o object
				if err := json.Unmarshal(v, &o); err != nil {
					return err
				}
				named[o.File] = true
				return nil
			})
		})
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", b, err)
		}
		files, err := os.ReadDir(s.folder(b))
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", b, err)
		}
		for _, f := range files {
			if !named[f.Name()] {
				_ = os.Remove(filepath.Join(s.folder(b), f.Name()))
			}
		}
	}
	return s, nil
}

func (s *Service) folder(bucket string) string {
	return filepath.Join(s.cfg.Dir, filepath.Base(bucket))
}

func (s *Service) has(bucket string) bool { return slices.Contains(s.cfg.Buckets, bucket) }

// Put stores an object of a service; nil means that it is durable.
func (s *Service) Put(bucket, key string, body []byte) error {
	_, err := s.put(bucket, key, body, object{Headers: map[string]string{"Content-Type": "application/octet-stream"}}, nil)
	return err
}

// Get reads an object; the error is an *Error with code NoSuchBucket or NoSuchKey
// when it is not there.
func (s *Service) Get(bucket, key string) ([]byte, error) {
	_, body, err := s.get(bucket, key)
	return body, err
}

// put stores an object if allowed, which sees the one that is there (or nil) in the
// same transaction, agrees.
func (s *Service) put(bucket, key string, body []byte, o object, allowed func(old *object) error) (object, error) {
	if !s.has(bucket) {
		return o, noBucket(bucket)
	}
	if key == "" || len(key) > MaxKey {
		return o, &Error{Status: 400, Code: "KeyTooLongError", Message: "Your key is too long", Resource: key}
	}
	sum := md5.Sum(body)
	o.ETag, o.Size, o.Modified, o.File = hex.EncodeToString(sum[:]), int64(len(body)), s.cfg.Clock.Now(), ""
	if len(body) > inline {
		var err error
		if o.File, err = s.writeFile(bucket, body); err != nil {
			return o, err
		}
	}
	var old object
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		index, data := buckets(tx, bucket)
		there, err := disk.GetJSON(index, key, &old)
		if err != nil {
			return err
		}
		if allowed != nil {
			have := &old
			if !there {
				have = nil
			}
			if err := allowed(have); err != nil {
				return err
			}
		}
		if err := disk.PutJSON(index, key, o); err != nil {
			return err
		}
		if o.File == "" {
			return data.Put([]byte(key), body)
		}
		return data.Delete([]byte(key))
	})
	if err != nil {
		s.removeFile(bucket, o.File)
		return o, err
	}
	s.removeFile(bucket, old.File)
	return o, nil
}

func buckets(tx *bbolt.Tx, name string) (index, data *bbolt.Bucket) {
	return tx.Bucket([]byte(indexBucket)).Bucket([]byte(name)), tx.Bucket([]byte(dataBucket)).Bucket([]byte(name))
}

// writeFile makes a complete file under a new name.
func (s *Service) writeFile(bucket string, body []byte) (string, error) {
	name := strings.ToLower(rand.Text())
	path := filepath.Join(s.folder(bucket), name)
	if err := os.WriteFile(path+".part", body, 0o600); err != nil {
		return "", err
	}
	return name, os.Rename(path+".part", path)
}

func (s *Service) removeFile(bucket, file string) {
	if file != "" {
		_ = os.Remove(filepath.Join(s.folder(bucket), file)) // if it stays, the next start removes it
	}
}

// stat finds an object without its bytes.
func (s *Service) stat(bucket, key string) (object, error) {
	var o object
	if !s.has(bucket) {
		return o, noBucket(bucket)
	}
	var ok bool
	err := s.cfg.DB.View(func(tx *bbolt.Tx) (err error) {
		index, _ := buckets(tx, bucket)
		ok, err = disk.GetJSON(index, key, &o)
		return err
	})
	if err == nil && !ok {
		err = &Error{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist.", Resource: key}
	}
	return o, err
}

func (s *Service) get(bucket, key string) (object, []byte, error) {
	for {
		o, err := s.stat(bucket, key)
		if err != nil {
			return o, nil, err
		}
		var body []byte
		if o.File != "" {
			body, err = os.ReadFile(filepath.Join(s.folder(bucket), o.File))
			if os.IsNotExist(err) { // replaced since the look at the index, unless it is still named
				if now, again := s.stat(bucket, key); again != nil || now.File != o.File {
					continue
				}
			}
			return o, body, err
		}
		same := false
		err = s.cfg.DB.View(func(tx *bbolt.Tx) error {
			index, data := buckets(tx, bucket)
			var now object
			if _, err := disk.GetJSON(index, key, &now); err != nil {
				return err
			}
			same = now.File == "" && now.ETag == o.ETag
			body = slices.Clone(data.Get([]byte(key)))
			return nil
		})
		if err != nil || same {
			return o, body, err
		}
	}
}

// remove deletes objects in one commit; what is not there is passed over.
func (s *Service) remove(bucket string, keys []string) error {
	var files []string
	err := s.cfg.DB.Update(func(tx *bbolt.Tx) error {
		files = nil
		index, data := buckets(tx, bucket)
		for _, k := range keys {
			var o object
			if _, err := disk.GetJSON(index, k, &o); err != nil {
				return err
			}
			if err := index.Delete([]byte(k)); err != nil {
				return err
			}
			if err := data.Delete([]byte(k)); err != nil {
				return err
			}
			files = append(files, o.File)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		s.removeFile(bucket, f)
	}
	return nil
}
