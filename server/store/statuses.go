package store

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
)

// A StatusRow is all that figures need of one settled case.
type StatusRow struct {
	Case     annotations.Case
	Statuses []codebook.Status  // one a measure, in codebook order
	Numbers  map[string]float64 // by measure, for means and medians
	Classes  map[string]string  // by background variable: the one category chosen
}

// putStatuses computes and stores the row of a settled case.
func (s *Store) putStatuses(ctx context.Context, tx *sqlx.Tx, book *codebook.Codebook, c annotations.Case, st annotations.Settlement) error {
	statuses := book.Statuses(st.Answers)
	packed := make([]byte, 0, 2*len(statuses))
	for _, x := range statuses {
		packed = append(packed, byte(x.Kind), byte(x.Codes))
	}
	numbers := map[string]float64{}
	for _, m := range book.Measures {
		if n, ok := book.Number(m, st.Answers); ok {
			numbers[m.ID] = n
		}
	}
	classes := map[string]string{}
	ids, err := classesOf(ctx, tx, c.Study)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if a := st.Answers[id]; a.Value != "" {
			classes[id] = a.Value
		}
	}
	n, err := json.Marshal(numbers)
	if err != nil {
		return err
	}
	k, err := json.Marshal(classes)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO statuses (case_key, study, statuses, numbers, classes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
		ON CONFLICT (case_key) DO UPDATE SET statuses = ?3, numbers = ?4, classes = ?5, at = ?6`,
		c.Key, c.Study, packed, string(n), string(k), stamp(s.now()))
	return err
}

// RefreshStatuses computes the rows of all settled cases of a study anew, and
// what is open in those that are compared, as after a change of its code lists.
func (s *Store) RefreshStatuses(ctx context.Context, study string) error {
	var keys []int64
	if err := s.read.SelectContext(ctx, &keys, `
		SELECT case_key FROM statuses WHERE study = ?1 UNION SELECT id FROM cases WHERE study = ?1 AND state = 'comparing' ORDER BY 1`, study); err != nil {
		return err
	}
	return s.settleAll(ctx, keys)
}

func (s *Store) settleAll(ctx context.Context, keys []int64) error {
	for len(keys) > 0 {
		n := min(len(keys), 200) // others may write between batches
		err := s.tx(ctx, func(tx *sqlx.Tx) error {
			for _, key := range keys[:n] {
				if err := s.settle(ctx, tx, auth.Actor{}, key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// Settled counts the settled cases of a study and tells when the newest of
// their rows was computed; the zero time when there is none.
func (s *Store) Settled(ctx context.Context, study string) (n int, newest time.Time, err error) {
	var row struct {
		N      int    `db:"n"`
		Newest moment `db:"newest"`
	}
	err = s.read.GetContext(ctx, &row, `SELECT count(*) AS n, max(at) AS newest FROM statuses WHERE study = ?`, study)
	return row.N, row.Newest.Time, err
}

// Breakdowns returns the background variables by whose categories the figures
// of a study are divided.
func (s *Store) Breakdowns(ctx context.Context, study string) ([]string, error) {
	var packed []byte
	if err := s.read.GetContext(ctx, &packed, `SELECT breakdowns FROM studies WHERE id = ?`, study); err != nil {
		return nil, absent(err)
	}
	var variables []string
	return variables, json.Unmarshal(packed, &variables)
}

// settledStatuses yields the rows of the settled cases of a study, by
// pseudonym. Where no frame tells how many cases a stratum has, the weights of
// the manifest do: they are N/n and add up to N.
func (s *Store) settledStatuses(ctx context.Context, study string) iter.Seq2[StatusRow, error] {
	return func(yield func(StatusRow, error) bool) {
		frames, err := s.weighedFrames(ctx, study)
		if err != nil {
			yield(StatusRow{}, err)
			return
		}
		for row, err := range s.statusRows(ctx, `t.study = ?`, study) {
			if c := &row.Case; c.FrameN == 0 {
				c.FrameN = frames[stratumOf(c.Stratum, c.Region, c.Period)]
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// stratumOf names the stratum of a case; without one it is region and period.
func stratumOf(stratum, region, period string) string {
	return cmp.Or(stratum, region+" "+period)
}

// weighedFrames returns how many cases each stratum without a frame stands for
// by the weights of its cases, coded or not. It is empty where all weights are
// 1 or not given: that tells nothing.
func (s *Store) weighedFrames(ctx context.Context, study string) (map[string]int, error) {
	var rows []struct {
		Stratum string  `db:"stratum"`
		Region  string  `db:"region"`
		Period  string  `db:"period"`
		Sum     float64 `db:"sum"`
		Weighed bool    `db:"weighed"`
	}
	err := s.read.SelectContext(ctx, &rows, `
		SELECT stratum, region, period, sum(CASE WHEN weight > 0 THEN weight ELSE 1 END) AS sum, max(weight NOT IN (0, 1)) AS weighed
		FROM cases WHERE study = ? AND frame_n = 0 AND practice = 0 AND state <> 'dropped' GROUP BY stratum, region, period ORDER BY stratum, region, period`, study)
	sums, weighed := map[string]float64{}, false
	for _, r := range rows {
		sums[stratumOf(r.Stratum, r.Region, r.Period)] += r.Sum
		weighed = weighed || r.Weighed
	}
	frames := map[string]int{}
	if weighed {
		for stratum, sum := range sums {
			frames[stratum] = int(math.Round(sum))
		}
	}
	return frames, err
}

func (s *Store) statusRows(ctx context.Context, where string, args ...any) iter.Seq2[StatusRow, error] {
	return func(yield func(StatusRow, error) bool) {
		rows, err := s.read.QueryxContext(ctx, `
			SELECT `+caseColumns+`, t.statuses, t.numbers, t.classes FROM statuses t JOIN cases c ON c.id = t.case_key
			WHERE `+where+` ORDER BY c.case_id`, args...)
		if err != nil {
			yield(StatusRow{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r struct {
				caseRow
				Statuses []byte `db:"statuses"`
				Numbers  string `db:"numbers"`
				Classes  string `db:"classes"`
			}
			if err := rows.StructScan(&r); err != nil {
				yield(StatusRow{}, err)
				return
			}
			row := StatusRow{Case: r.caseRow.domain(), Statuses: make([]codebook.Status, len(r.Statuses)/2)}
			for i := range row.Statuses {
				row.Statuses[i] = codebook.Status{Kind: codebook.StatusKind(r.Statuses[2*i]), Codes: codebook.Codes(r.Statuses[2*i+1])}
			}
			if r.Numbers != "{}" {
				if err := json.Unmarshal([]byte(r.Numbers), &row.Numbers); err != nil {
					yield(row, err)
					return
				}
			}
			if err := json.Unmarshal([]byte(r.Classes), &row.Classes); err != nil {
				yield(row, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(StatusRow{}, err)
		}
	}
}
