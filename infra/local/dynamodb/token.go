package dynamodb

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"

	"github.com/deskhand/deskhand/infra/local/awshttp"
)

// tokenLife is how long a ClientRequestToken stands for its request.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const tokenLife = 10 * time.Minute

// seen says whether the token's request was done in the last ten minutes, and notes it
// as done when not. A token stands for one request: another with it is refused.
// A noted token is 32 bytes of digest, then 8 of the second it is good until.
func (w *writer) seen(token string, body []byte) (bool, error) {
	if token == "" {
		return false, nil
	}
	digest, err := digestTransaction(body)
	if err != nil {
		return false, err
	}
	b := w.root.Bucket([]byte(tokensBucket))
	if err := forget(b, w.now); err != nil {
		return false, err
	}
	key := []byte("t:" + token)
	if noted := b.Get(key); noted != nil {
		if !bytes.Equal(noted[:sha256.Size], digest) {
			return false, &awshttp.Error{Code: "IdempotentParameterMismatchException", Message: "The request uses the same client token as a previous, but non-identical request."}
		}
		return true, nil
	}
	until := binary.BigEndian.AppendUint64(nil, uint64(w.now.Add(tokenLife).UnixMilli()))
	if err := b.Put(append([]byte("e:"), append(until, token...)...), nil); err != nil {
		return false, err
	}
	return false, b.Put(key, append(digest, until...))
}

// forget drops the tokens whose time is over; they are kept by it too, under "e:".
func forget(b *bbolt.Bucket, now time.Time) error {
	c := b.Cursor()
	prefix := []byte("e:")
	limit := binary.BigEndian.AppendUint64([]byte("e:"), uint64(now.UnixMilli()))
	for k, _ := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix) && bytes.Compare(k[:len(limit)], limit) <= 0; k, _ = c.Seek(prefix) {
		k = bytes.Clone(k)
		if err := b.Delete(append([]byte("t:"), k[len(limit):]...)); err != nil {
			return err
		}
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// digestTransaction is the same for the same request, whatever the order of its members.
func digestTransaction(body []byte) ([]byte, error) {
	var members struct{ TransactItems any }
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&members); err != nil {
		return nil, err
	}
	canonical, err := json.Marshal(members.TransactItems)
	sum := sha256.Sum256(canonical)
	return sum[:], err
}
