package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/loadx/loadx/profile"
)

// audiences writes people, bots and static files apart.
func (t *tableWriter) audiences() {
	g := &grid{header: []string{"", "hits", "PV", "UV", "clients", "bytes"}, left: []int{0}}
	for _, name := range []string{profile.People, profile.Bots, profile.StaticFiles} {
		row, ok := t.p.Tables[profile.ByAudience].Get(name)
		if !ok {
			continue
		}
		v := row.Value
		g.add(name, grouped(v.Hits), grouped(v.PageViews), estimate(v.UV()), estimate(v.DistinctClients()),
			profile.Bytes(float64(v.Bytes)))
	}
	t.section(g)
}

// names writes the values of a dimension that has few in lines, with their hits.
func (t *tableWriter) names(title string, d profile.Dimension, top int) {
	table := t.p.Tables[d]
	rows := table.Rows(top)
	var parts []string
	for _, row := range rows {
		parts = append(parts, fmt.Sprintf("%s: %s", fit(row.Key, 20), grouped(row.Count)))
	}
	if other := table.Other(rows); other > 0 {
		parts = append(parts, "other: "+grouped(other))
	}
	t.list(title, parts)
}

// heaviest writes the heaviest values of a dimension, unless there are no more than a number of them.
func (t *tableWriter) heaviest(title string, d profile.Dimension, top, unless int) {
	table := t.p.Tables[d]
	if table.Len() <= unless {
		return
	}
	rows := table.Rows(top)
	g := &grid{header: []string{title, "hits", "PV", "UV"}, left: []int{0}}
	if d == profile.ByReferrer {
		g.header = []string{title, "PV", "UV"}
	}
	for _, row := range rows {
		cells := append([]string{fit(row.Key, max(t.width-38, 16))}, figures(row)...)
		if d == profile.ByReferrer {
			cells = slices.Delete(cells, 2, 3) // all of its hits are page views
		}
		g.add(cells...)
	}
	g.others(table, rows)
	t.section(g)
}

// figures are a row's hits, page views and visitors.
func figures(row profile.Row) []string {
	seen := row.Value.UV()
	views, visitors := grouped(row.Value.PageViews), margin(seen)
	switch {
	case row.Late:
		visitors = "≥" + strings.TrimPrefix(visitors, "~")
		if row.Value.PageViews < row.Count+row.Missed {
			views = "≥" + views
		}
	case seen.High == 0 && row.Value.PageViews > 0:
		visitors = "-" // nothing tells its visitors apart
	}
	hits := grouped(row.Count)
	if row.Missed > 0 {
		hits = "≥" + hits
	}
	return []string{hits, views, visitors}
}

// others adds a row for what the shown rows do not account for.
func (g *grid) others(table *profile.Table, rows []profile.Row) {
	other := table.Other(rows)
	if other == 0 {
		return
	}
	cells := make([]string, len(g.header))
	cells[0], cells[1] = "(other)", grouped(other)
	if more := table.Len() - len(rows); more > 0 && table.Exact() {
		cells[0] = fmt.Sprintf("(%s others)", grouped(uint64(more)))
	}
	g.add(cells...)
}

// fields writes a table for each field that was asked for.
func (t *tableWriter) fields() {
	for _, d := range fieldsOf(t.p) {
		name, _ := d.Field()
		t.heaviest(fit(name, 24), d, t.r.top(), 0)
	}
}

// fieldsOf are the dimensions of fields, by name.
func fieldsOf(p *profile.Profile) []profile.Dimension {
	var all []profile.Dimension
	for d := range p.Tables {
		if _, ok := d.Field(); ok {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b profile.Dimension) int { return cmp.Compare(a, b) })
	return all
}

// balance writes how the upstreams share the traffic.
func (t *tableWriter) balance() {
	b := t.p.Balance
	if b == nil || b.Hits() == 0 {
		return
	}
	worker, visitor := "upstream", "visitors"
	if t.p.Source == profile.Attack {
		worker, visitor = "worker", "users"
	}
	views, visitors := b.PageViews(), b.Visitors()
	share := func(part, whole uint64) string {
		if whole == 0 {
			return ""
		}
		return percent(float64(part) / float64(whole))
	}
	g := &grid{header: []string{worker, "hits", "PV", "of PV", "UV", "of UV"}, left: []int{0}}
	rows := b.Rows(t.r.top())
	for _, row := range rows {
		uv := margin(row.Visitors)
		if row.AtLeast {
			uv = "≥" + strings.TrimPrefix(uv, "~")
		}
		g.add(fit(row.Worker, max(t.width-54, 16)), grouped(row.Hits), grouped(row.PageViews), share(row.PageViews, views), uv,
			share(row.Visitors.Value, visitors.Value))
	}
	if other, n := b.Other(len(rows)); other.Hits > 0 {
		name := fmt.Sprintf("(%s others)", grouped(uint64(n)))
		if other.AtLeast {
			name = "(other)"
		}
		g.add(name, grouped(other.Hits), grouped(other.PageViews), share(other.PageViews, views), margin(other.Visitors),
			share(other.Visitors.Value, visitors.Value))
	}
	if none := b.Without(); none.Hits > 0 {
		g.add("(none)", grouped(none.Hits), grouped(none.PageViews), "", "", "")
	}
	t.section(g)
	moved := b.Moved()
	t.linef("%s of %s %s (%s) were served by more than one %s", margin(moved), estimate(visitors), visitor, share(moved.Value, visitors.Value), worker)
}
