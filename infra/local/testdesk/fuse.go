package testdesk

import (
	"context"
	"errors"
	"sync"

	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"
)

// ErrCrash is what every call returns once a Fuse has blown.
var ErrCrash = errors.New("the process is dead")

// Fuse plays a process that dies just after one of its calls: that one has its effect,
// nobody learns of it, and no further call has any. The nil Fuse never blows.
type Fuse struct {
	mu    sync.Mutex
	after int // calls that are left; 0: never blows
	blown bool
}

// Set lets the process die after n more calls; 0 gives a process that lives.
func (f *Fuse) Set(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after, f.blown = n, false
}

// Blown tells whether the process has died.
func (f *Fuse) Blown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blown
}

// call makes one call.
func (f *Fuse) call(do func()) error {
	if f == nil {
		do()
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.blown {
		return ErrCrash
	}
	do()
	if f.after == 0 {
		return nil
	}
	if f.after--; f.after == 0 {
		f.blown = true
		return ErrCrash
	}
	return nil
}

// client is the stand-in's client behind the fuse.
func (d *Desk) client() *sdk.Client {
	return sdk.New(d.DB.Client.Options(), func(o *sdk.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("fuse", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, meta middleware.Metadata, err error) {
				if crash := d.Fuse.call(func() { out, meta, err = next.HandleInitialize(ctx, in) }); crash != nil {
					return middleware.InitializeOutput{}, meta, crash
				}
				return out, meta, err
			}), middleware.Before)
		})
	})
}
