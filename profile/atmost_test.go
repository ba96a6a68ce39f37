package profile

import (
	"testing"
	"time"

	"github.com/loadx/loadx/profile/uv"
)

// Where each view is of another visitor, no estimate says that there were more visitors than views, whatever the sketches
// say: they err to either side.
func TestNoMoreVisitorsThanViews(t *testing.T) {
	for n := uint64(10_000); n < 20_000; n += 777 {
		r := NewLogRecorder(time.UTC, Limits{ExactVisitors: 1})
		for i := range n {
			r.Add(&Hit{Time: int64(i) * 1e6, Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: i%2 == 0, Visitor: mixed(i + n), HasVisitor: true})
		}
		p, views := r.Profile(), (n+1)/2
		row, _ := p.Tables[ByPage].Get("/")
		people, _ := p.Tables[ByAudience].Get(People)
		for what, e := range map[string]struct {
			uv.Estimate
			most uint64
		}{
			"uv": {p.UV(), views}, "clients": {p.DistinctClients(), n}, "of a page": {row.Value.UV(), views}, "of people": {people.Value.UV(), views},
			"people's clients": {people.Value.DistinctClients(), n}, "of a day": {p.Steps(Day)[0].UV, views},
		} {
			if e.Value > e.most || e.High > e.most || e.Low > e.Value || float64(e.Value) < 0.9*float64(e.most) {
				t.Errorf("%d hits: %s: %+v", n, what, e)
			}
		}
	}
}
