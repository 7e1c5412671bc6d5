// Package disk is the one embedded database file of the local stack. Every service
// keeps its state in buckets of its own, named after itself. A commit survives a
// kill -9 of the process (the pages are with the operating system); it is not
// synced to the platter, so a power cut may lose the last moments.
package disk

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// DB is the database; see go.etcd.io/bbolt for View and Update.
type DB struct{ *bbolt.DB }

// Open opens or makes the file at path; one process at a time can have it.
func Open(path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	b, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: 3 * time.Second, NoSync: true, NoGrowSync: true, NoFreelistSync: true,
		FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 28,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s (is another local stack using this DATA_DIR?): %w", path, err)
	}
	return &DB{b}, nil
}

// OpenT is Open in a folder of the test's own.
func OpenT(tb testing.TB) *DB {
	tb.Helper()
	db, err := Open(filepath.Join(tb.TempDir(), "local.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// Buckets makes the named top-level buckets if they are missing.
func (db *DB) Buckets(names ...string) error {
	return db.Update(func(tx *bbolt.Tx) error {
		for _, n := range names {
			if _, err := tx.CreateBucketIfNotExists([]byte(n)); err != nil {
				return fmt.Errorf("bucket %s: %w", n, err)
			}
		}
		return nil
	})
}

// PutJSON stores v under key.
func PutJSON(b *bbolt.Bucket, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put([]byte(key), data)
}

// GetJSON reads key into v; false when there is none.
func GetJSON(b *bbolt.Bucket, key string, v any) (bool, error) {
	data := b.Get([]byte(key))
	if data == nil {
		return false, nil
	}
	return true, json.Unmarshal(data, v)
}
