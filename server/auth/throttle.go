package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Throttle slows down guessing: each key, an account or an address, has a
// few free attempts and then one every [Throttle.Every].
type Throttle struct {
	Burst int
	Every time.Duration

	mu   sync.Mutex
	keys map[string]*attempt
}

type attempt struct {
	limiter *rate.Limiter
	seen    time.Time
}

// Allow reports whether an attempt may be made now for every one of keys, and
// if not, after how long. Attempts that are refused cost nothing more.
func (t *Throttle) Allow(now time.Time, keys ...string) (ok bool, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys = map[string]*attempt{}
	}
	t.sweep(now)
	for _, k := range keys {
		a := t.keys[k]
		if a == nil {
			a = &attempt{limiter: rate.NewLimiter(rate.Every(t.Every), t.Burst)}
			t.keys[k] = a
		}
		a.seen = now
		if a.limiter.TokensAt(now) < 1 {
			wait = max(wait, time.Duration((1-a.limiter.TokensAt(now))*float64(t.Every)))
		}
	}
	if wait > 0 {
		return false, wait
	}
	for _, k := range keys {
		t.keys[k].limiter.AllowN(now, 1)
	}
	return true, 0
}

// Forgive forgets the attempts of key, after a login that succeeded.
func (t *Throttle) Forgive(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, key)
}

// sweep drops keys whose attempts have all come back, so that an attacker
// cannot fill the memory with names.
func (t *Throttle) sweep(now time.Time) {
	if len(t.keys) < 10_000 {
		return
	}
	full := time.Duration(t.Burst) * t.Every
	for k, a := range t.keys {
		if now.Sub(a.seen) > full {
			delete(t.keys, k)
		}
	}
}
