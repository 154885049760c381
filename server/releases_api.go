package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// Releases for programs, such as that of the monitor: what is approved and
// past its embargo, and nothing else, whoever asks.

type releaseJSON struct {
	ID         string                   `json:"id"`
	Study      string                   `json:"study"`
	Periods    []exports.ReleasedPeriod `json:"periods"`
	Profile    string                   `json:"profile"`
	Codebook   exports.CodebookName     `json:"codebook"`
	Verdicts   []exports.Verdict        `json:"verdicts"`
	Previous   string                   `json:"previous"`
	CreatedAt  string                   `json:"created_at"`
	ApprovedAt string                   `json:"approved_at"`
	Embargo    string                   `json:"embargo"`
	Href       string                   `json:"href"`
	Files      []releaseFileJSON        `json:"files"`
	OnRequest  []renderingJSON          `json:"on_request"` // made of the same rows when asked for
}

type renderingJSON struct {
	Name string `json:"name"`
	Href string `json:"href"`
}

type releaseFileJSON struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	Href   string `json:"href"`
}

func (c *call) releaseJSON(r store.Release) (releaseJSON, error) {
	terms, err := termsOf(r)
	if err != nil {
		return releaseJSON{}, err
	}
	href := "/api/v1/studies/" + r.Study + "/releases/" + r.ID
	out := releaseJSON{ID: r.ID, Study: r.Study, Periods: terms.Periods, Profile: terms.Profile.Name, Codebook: terms.Codebook, Verdicts: terms.Verdicts,
		Previous: r.Previous, CreatedAt: rfc3339(r.CreatedAt.Time), ApprovedAt: rfc3339(r.ApprovedAt.Time), Embargo: rfc3339(r.Embargo.Time), Href: href}
	files, err := c.store.ReleaseFiles(c.ctx(), r.ID)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		if !f.Inside {
			out.Files = append(out.Files, releaseFileJSON{f.Name, f.SHA256, f.Size, href + "/files/" + f.Name})
		}
	}
	for _, x := range exports.OnRequest {
		out.OnRequest = append(out.OnRequest, renderingJSON{x.Name, href + "/files/" + x.Name})
	}
	return out, nil
}

// publicReleases returns what may be handed out now, the last approved first.
func (c *call) publicReleases() ([]releaseJSON, error) {
	list, err := c.store.Releases(c.ctx(), c.study.ID)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b store.Release) int { return b.ApprovedAt.Compare(a.ApprovedAt.Time) })
	out := []releaseJSON{}
	for _, r := range list {
		if !c.takes(auth.TakeFiles, r) {
			continue
		}
		j, err := c.releaseJSON(r)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

// tagged answers v with the hash of its bytes as tag, unless the caller has
// it.
func (c *call) tagged(object string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	if c.unchanged(hex.EncodeToString(sum[:])) {
		return nil
	}
	if err := c.record("release.read", object, nil); err != nil {
		return err
	}
	c.Data(http.StatusOK, fileTypes["json"], b)
	return nil
}

// apiReleases answers a page of releases; the cursor is the id of the last one
// of the page before.
func (c *call) apiReleases() error {
	limit, err := c.pageOf()
	if err != nil {
		return err
	}
	list, err := c.publicReleases()
	if err != nil {
		return err
	}
	if cursor := c.Query("cursor"); cursor != "" {
		i := slices.IndexFunc(list, func(r releaseJSON) bool { return r.ID == cursor })
		if i < 0 {
			return &annotations.InvalidError{Field: "cursor", Key: "api.cursor"}
		}
		list = list[i+1:]
	}
	next := ""
	if len(list) > limit {
		list = list[:limit]
		next = c.nextPage(list[limit-1].ID)
	}
	return c.tagged("releases", map[string]any{"releases": list, "next": next})
}

func (c *call) apiLatestRelease() error {
	list, err := c.publicReleases()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return annotations.ErrNotFound
	}
	return c.tagged("release "+list[0].ID, list[0])
}

func (c *call) apiRelease() error {
	list, err := c.publicReleases()
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.ID == c.Param("release") {
			return c.tagged("release "+r.ID, r)
		}
	}
	return annotations.ErrNotFound
}
