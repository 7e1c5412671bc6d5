package apigateway

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Keys finds the public key with an id at an issuer.
type Keys interface {
	Key(ctx context.Context, issuer, id string) (*rsa.PublicKey, error)
}

const (
	keysFor    = 2 * time.Hour   // how long a key set is kept, as on AWS
	askAgain   = 5 * time.Second // before an unknown key id makes it ask again
	maxKeySet  = 1 << 20
	askTimeout = 5 * time.Second
)

// Fetcher is Keys over OpenID Connect discovery; it keeps key sets.
type Fetcher struct {
	client *http.Client
	mu     sync.Mutex
	sets   map[string]*keySet
}

type keySet struct {
	mu   sync.Mutex
	keys map[string]*rsa.PublicKey
	at   time.Time
}

// NewFetcher asks with the client; nil is one that follows no redirects.
func NewFetcher(client *http.Client) *Fetcher {
	if client == nil {
		client = &http.Client{Timeout: askTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Fetcher{client: client, sets: map[string]*keySet{}}
}

// Key finds a key; a set that does not have it is fetched again at most every few seconds.
func (f *Fetcher) Key(ctx context.Context, issuer, id string) (*rsa.PublicKey, error) {
	f.mu.Lock()
	set := f.sets[issuer]
	if set == nil {
		set = &keySet{}
		f.sets[issuer] = set
	}
	f.mu.Unlock()
	set.mu.Lock()
	defer set.mu.Unlock()
	age := time.Since(set.at)
	k := set.keys[id]
	if k != nil && age < keysFor {
		return k, nil
	}
	if age > askAgain {
		keys, err := f.fetch(ctx, issuer)
		if err != nil {
			return nil, fmt.Errorf("keys of %s: %w", issuer, err)
		}
		set.keys, set.at = keys, time.Now()
		k = keys[id]
	}
	if k == nil {
		return nil, fmt.Errorf("the issuer %s has no key %q", issuer, id)
	}
	return k, nil
}

func (f *Fetcher) get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := f.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, res.Status)
	}
	return json.NewDecoder(io.LimitReader(res.Body, maxKeySet)).Decode(into)
}

func (f *Fetcher) fetch(ctx context.Context, issuer string) (map[string]*rsa.PublicKey, error) {
	var discovery struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := f.get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", &discovery); err != nil {
		return nil, err
	}
	var set struct {
		Keys []struct{ Kty, Kid, N, E string }
	}
	if err := f.get(ctx, discovery.JWKS, &set); err != nil {
		return nil, err
	}
	out := map[string]*rsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Kty != "RSA" {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", k.Kid, err)
		}
		e, err := base64.RawURLEncoding.DecodeString(k.E)
		if err != nil || len(e) > 4 {
			return nil, fmt.Errorf("key %s: the exponent cannot be read", k.Kid)
		}
		out[k.Kid] = &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	}
	return out, nil
}
