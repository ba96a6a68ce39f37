package profile

import (
	"bytes"
	"reflect"
	"testing"
)

// What an attack counts of connections, cookies and workers is saved and added up.
func TestUseIsSavedAndMerged(t *testing.T) {
	part := func(worker string, user uint64) *Profile {
		r := NewAttackRecorder(10, Limits{})
		r.CountWorkers()
		for _, name := range []string{worker, worker, "", "c"} {
			r.Add(&Hit{User: user, Page: []byte("/"), Method: []byte("GET"), Status: 200, PageView: true, Worker: []byte(name), Final: name != "c"})
		}
		p := r.Profile()
		p.Connections = &Connections{1, 2, 3, 4}
		p.SiteCookies = &SiteCookies{5, 6, 7, 8}
		return p
	}
	for _, into := range []*Profile{part("a", 1), NewAttackRecorder(10, Limits{}).Profile()} {
		for _, o := range []*Profile{part("b", 2), part("b", 1)} {
			if err := into.Absorb(o); err != nil {
				t.Fatal(err)
			}
		}
		saved, err := into.Clone()
		if err != nil {
			t.Fatal(err)
		}
		n := saved.Connections.Opened
		if n < 2 || !reflect.DeepEqual(saved.Connections, &Connections{n, 2 * n, 3 * n, 4 * n}) || !reflect.DeepEqual(saved.SiteCookies, &SiteCookies{5 * n, 6 * n, 7 * n, 8 * n}) {
			t.Errorf("%+v, %+v", saved.Connections, saved.SiteCookies)
		}
		wantMoved := n - 2 // user 1 saw a and b, if a is in
		if got := saved.Balance.Moved().Value; got != wantMoved || saved.Balance.Without().Hits != n || saved.Balance.Hits() != 3*n {
			t.Errorf("moved %d, want %d; without a worker %+v, %d hits", got, wantMoved, saved.Balance.Without(), saved.Balance.Hits())
		}
		rows := saved.Balance.Rows(1)
		if rows[0].Worker != "b" || rows[0].PageViews != 4 || rows[0].Visitors.Value != 2 {
			t.Errorf("%+v", rows)
		}
	}
	var none Profile
	if b, err := encodeFrame(kindFinal, &none); err != nil || bytes.Contains(b, []byte("site_cookies")) || bytes.Contains(b, []byte("connections")) {
		t.Errorf("%s, %v", b, err)
	}
}
