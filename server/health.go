package server

import "net/http"

// health says that the process lives.
func (c *call) health() error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// ready says that the database takes writes.
func (c *call) ready() error {
	if err := c.store.Ready(c.ctx()); err != nil {
		c.log.Error("not ready", "err", err)
		c.String(http.StatusServiceUnavailable, "not ready\n")
		return nil
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}
