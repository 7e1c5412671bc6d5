package id_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deskhand/deskhand/shared/id"
)

var at = time.Date(2026, 11, 22, 9, 0, 0, 123e6, time.UTC)

func TestNewSortsByTime(t *testing.T) {
	now := at
	s := id.NewSource(func() time.Time { return now })
	var all []string
	for range 3 {
		for range 100 {
			all = append(all, s.New(id.Run))
		}
		now = now.Add(time.Millisecond)
	}
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("ids are not in order, or twice the same")
	}
	if got := id.Time(all[0]); !got.Equal(at) {
		t.Errorf("made at %s, want %s", got, at)
	}
}

func TestNewAtOnce(t *testing.T) {
	s := id.NewSource(func() time.Time { return at })
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				v := s.New(id.Event)
				mu.Lock()
				seen[v] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 1600 {
		t.Errorf("%d ids, want 1600", len(seen))
	}
}

func TestValid(t *testing.T) {
	good := id.NewSource(func() time.Time { return at }).New(id.Run)
	for s, want := range map[string]bool{good: true, "wf_" + good[4:]: false, "run_": false, "": false, good + "0": false, "run_!!!!!!!!!!!!!!!!!!!!!!!!!!": false, good[:len(good)-1] + "u": false} {
		if got := id.Valid(s, id.Run); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"", "run", "run_x", good[4:]} {
		if got := id.Time(s); !got.IsZero() {
			t.Errorf("%q was made at %s", s, got)
		}
	}
}

func TestFloor(t *testing.T) {
	now := at
	s := id.NewSource(func() time.Time { return now })
	before := s.New(id.Run)
	now = at.Add(time.Millisecond)
	floor, after := id.Floor(id.Run, now), s.New(id.Run)
	if before >= floor || after < floor {
		t.Errorf("%s, %s, %s", before, floor, after)
	}
}

func TestFrom(t *testing.T) {
	a, b := id.From(id.Event, at, bytes.Repeat([]byte{7}, 32)), id.From(id.Event, at, bytes.Repeat([]byte{7}, 10))
	if a != b || !id.Valid(a, id.Event) || !id.Time(a).Equal(at) {
		t.Errorf("%s, %s", a, b)
	}
}
