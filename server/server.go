package server

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// A Server answers the requests of one workspace.
type Server struct {
	store     *store.Store
	pages     *web.Pages
	log       *slog.Logger
	now       func() time.Time
	reader    *intake.Reader
	screener  *screening.Screener
	sessions  *sessionStore
	logins    *auth.Throttle // by account
	addresses *auth.Throttle // by address: a whole team can sit behind one
	codes     *auth.Throttle // of a second factor, by account
	links     *auth.Throttle // that do not exist, by address
	programs  *auth.Throttle // requests of programs, by token
	sso       *singleSignOn  // nil for none
	address   string         // scheme and host at which people reach the server, empty for that of each request
	demo      bool
	cost      auth.Cost // of passwords
	version   string
	static    http.Handler
	handler   http.Handler
	engine    *gin.Engine
	routes    []route
	metrics   metrics
	figures   figureCache
	patience  time.Duration // of a page that waits for figures
	rated     ratingsCache
	mirrored  mirrorsCache
	imports   imports
	deletions deletionRun
	tls       TLS
	backups   *Backups // nil: it makes none
	backed    backupState
}

// TLS says where the certificate comes from by which people reach the server.
type TLS string

// The ways to a certificate.
const (
	TLSNone  TLS = ""
	TLSFiles TLS = "files"
	TLSACME  TLS = "acme"
	TLSProxy TLS = "proxy"
)

// Options are what a Server needs beside its store.
type Options struct {
	Log      *slog.Logger
	Now      func() time.Time
	Reader   *intake.Reader      // reads documents; its caller closes it
	Screener *screening.Screener // looks at texts before they are stored
	Secure   bool                // served under TLS: cookies carry __Host- and HSTS is sent
	TLS      TLS                 // whose certificate that is, for the page that tells
	Demo     bool                // a throw-away workspace: the login page shows the logins
	Cost     auth.Cost           // of passwords; zero is [auth.Strong], and only tests take less
	Proxies  []string            // addresses whose X-Forwarded-For is believed
	Version  string              // of the program, which releases tell
	Address  string              // scheme and host at which people reach the server; empty for that of each request
	SSO      *SSO                // single sign-on, nil for none
	Backups  *Backups            // made by the server itself, nil for none
	Patience time.Duration       // how long a page waits for figures; zero is a second, below zero not at all
}

// What a program may ask: so many requests at once, and then one every while.
const (
	programBurst = 120
	programEvery = time.Second
)

// New returns a server over s.
func New(s *store.Store, o Options) (*Server, error) {
	pages, err := web.New()
	if err != nil {
		return nil, err
	}
	srv := &Server{
		store: s, pages: pages, log: o.Log, now: o.Now, reader: o.Reader, screener: o.Screener, demo: o.Demo, address: o.Address, cost: cmp.Or(o.Cost, auth.Strong), version: o.Version, backups: o.Backups, tls: o.TLS, patience: cmp.Or(o.Patience, time.Second),
		sessions:  &sessionStore{store: s, secure: o.Secure},
		logins:    &auth.Throttle{Burst: 8, Every: 20 * time.Second},
		addresses: &auth.Throttle{Burst: 120, Every: time.Second},
		codes:     &auth.Throttle{Burst: 5, Every: 5 * time.Minute},
		links:     &auth.Throttle{Burst: 20, Every: 30 * time.Second},
		programs:  &auth.Throttle{Burst: programBurst, Every: programEvery},
	}
	if o.SSO != nil {
		srv.sso = &singleSignOn{SSO: *o.SSO}
	}
	if srv.backups != nil {
		srv.backed.last, srv.backed.good, err = s.LastDrills(context.Background())
		if err != nil {
			return nil, err
		}
		srv.backed.failed = srv.backed.last.Name != "" && !srv.backed.last.Good
	}
	if err := srv.imports.open(filepath.Join(s.Dir(), "tmp")); err != nil {
		return nil, err
	}
	files, hash := pages.Static()
	srv.static = http.StripPrefix("/static/"+hash, http.FileServerFS(noFolders{files}))
	srv.routes = routes()

	gin.SetMode(gin.ReleaseMode)
	srv.engine = gin.New()
	srv.engine.HandleMethodNotAllowed = true
	srv.engine.UseRawPath, srv.engine.UnescapePathValues = true, true
	if err := srv.engine.SetTrustedProxies(o.Proxies); err != nil {
		return nil, err
	}
	srv.engine.Use(srv.frame(o.Secure))
	srv.engine.GET("/static/"+hash+"/*file", srv.asset)
	for _, r := range srv.routes {
		srv.engine.Handle(r.method, r.path, srv.handle(r))
	}
	srv.engine.NoRoute(srv.handle(route{public: true, handler: noSuchPage}))
	srv.engine.NoMethod(srv.handle(route{public: true, handler: noSuchPage}))

	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header(), o.Secure)
		o.Log.Warn("cross-origin request refused", "method", r.Method)
		http.Error(w, "cross-origin request refused", http.StatusForbidden)
	}))
	srv.handler = protection.Handler(srv.engine)
	return srv, nil
}

// Close stops imports that are under way and forgets what was uploaded. It
// comes after the last request and before the store is closed.
func (s *Server) Close() error { return s.imports.close() }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// A RouteInfo is a route as tests and documentation see it.
type RouteInfo struct {
	Method, Path string
	Act          auth.Act // empty for public routes and those of every account
	Public       bool
	Fresh        bool        // takes a proof, not older than the policy says, of who it is
	Steps        []auth.Step // what is done to the object of the address, any of these; none where its state does not matter
}

// Routes lists every route of the server.
func (s *Server) Routes() []RouteInfo {
	list := make([]RouteInfo, len(s.routes))
	for i, r := range s.routes {
		list[i] = RouteInfo{r.method, r.path, r.act, r.public, r.fresh, r.steps}
	}
	return list
}

// asset serves a file of the pages under the hash of its tree, for ever.
func (s *Server) asset(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	if strings.HasSuffix(c.Param("file"), ".svg") {
		c.Header("Content-Type", fileTypes["svg"]) // the library names no charset
	}
	s.static.ServeHTTP(c.Writer, c.Request)
}

// noFolders hides the listings of folders.
type noFolders struct{ fs.FS }

func (n noFolders) Open(name string) (fs.File, error) {
	f, err := n.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		f.Close()
		return nil, fs.ErrNotExist
	}
	return f, nil
}
