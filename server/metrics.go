package server

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
)

// metrics counts requests for a monitoring program, in the text format of
// Prometheus. Routes are patterns: no case and no person is in them.
type metrics struct {
	mu    sync.Mutex
	total map[string]int // by labels
	spent map[string]time.Duration
	slow  map[string][len(metricBounds)]int
}

// metricBounds are the upper ends of the buckets of durations, in seconds.
var metricBounds = [...]float64{0.01, 0.05, 0.15, 0.5, 2}

// observe counts one request.
func (m *metrics) observe(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	labels := fmt.Sprintf(`method=%q,route=%q,status="%d"`, method, route, status)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.total == nil {
		m.total, m.spent, m.slow = map[string]int{}, map[string]time.Duration{}, map[string][len(metricBounds)]int{}
	}
	m.total[labels]++
	m.spent[labels] += took
	buckets := m.slow[labels]
	for i, bound := range metricBounds {
		if took.Seconds() <= bound {
			buckets[i]++
		}
	}
	m.slow[labels] = buckets
}

// write writes all counts, in a fixed order.
func (m *metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fmt.Fprintln(w, "# TYPE dossierlens_request_seconds histogram")
	for _, labels := range slices.Sorted(maps.Keys(m.total)) {
		for i, bound := range metricBounds {
			fmt.Fprintf(w, "dossierlens_request_seconds_bucket{%s,le=\"%g\"} %d\n", labels, bound, m.slow[labels][i])
		}
		fmt.Fprintf(w, "dossierlens_request_seconds_bucket{%s,le=\"+Inf\"} %d\n", labels, m.total[labels])
		fmt.Fprintf(w, "dossierlens_request_seconds_sum{%s} %g\n", labels, m.spent[labels].Seconds())
		fmt.Fprintf(w, "dossierlens_request_seconds_count{%s} %d\n", labels, m.total[labels])
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Fprintf(w, "# TYPE dossierlens_memory_bytes gauge\ndossierlens_memory_bytes %d\n", memory.Sys)
	fmt.Fprintf(w, "# TYPE dossierlens_goroutines gauge\ndossierlens_goroutines %d\n", runtime.NumGoroutine())
}

// metricsPage answers the counts to programs on this machine; to others it
// does not exist.
func (c *call) metricsPage() error {
	host, _, err := net.SplitHostPort(c.Request.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || c.GetHeader("X-Forwarded-For") != "" {
		return annotations.ErrNotFound
	}
	var b strings.Builder
	c.metrics.write(&b)
	c.backupStanding().write(&b)
	c.Data(http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", []byte(b.String()))
	return nil
}
