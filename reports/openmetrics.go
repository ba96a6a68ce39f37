package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/gate"
)

// OpenMetrics writes the report in the text format of OpenMetrics 1.0: the figures of a finished measurement, all of
// them gauges without a timestamp, for a gateway or a collector of files to hold until the next run.
//
//	loadx_report_info{source,name,target,plan}   what was measured
//	loadx_verdict{loadx_verdict="pass"}          a set of states: pass, fail and invalid
//	loadx_gate{gate,loadx_gate="pass"}           a set of states for each gate: pass, fail and no_data
//	loadx_FIGURE                                 every metric that has data, a dot in its name an underscore; its plan behind
//	                                             planned_, and what the server's log saw behind seen_
//	loadx_TABLE_COLUMN{TABLE}                    the heaviest rows of the tables, as many as the report shows
//
// A family whose unit is seconds, bytes, ratio or per_second ends in it. An estimate has families of its own for the ends
// of its 95 % interval, ending in _low and _high before the unit.
func OpenMetrics(w io.Writer, r *Report) error {
	var m exposition
	p := r.Profile
	plan := ""
	if p.Planned != nil {
		plan = p.Planned.Hash
	}
	info := m.family("loadx_report", "info", "", "what was measured")
	info.add("_info", 1, "source", string(p.Source), "name", p.Name, "target", p.Target, "plan", plan)
	verdict := m.family("loadx_verdict", "stateset", "", "the verdict on the whole measurement")
	for _, state := range []gate.Outcome{gate.Passed, gate.Failed, gate.Invalid} {
		verdict.add("", truth(r.Verdict == state), "loadx_verdict", string(state))
	}
	for _, g := range r.Gates {
		f := m.family("loadx_gate", "stateset", "", "the verdict on each gate")
		// Two gates may be written alike, and are then judged alike.
		for _, state := range []gate.Verdict{gate.Pass, gate.Fail, gate.NoData} {
			f.add("", truth(g.Verdict == state), "gate", g.Expr, "loadx_gate", state.String())
		}
	}
	for _, s := range sheetsOf(r, r.top()) {
		m.sheet(&s)
	}
	_, err := w.Write(m.bytes())
	return err
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// An exposition collects families in the order of their first sample: each is written in one piece.
type exposition struct {
	families []*family
	byName   map[string]*family
}

type family struct {
	name, kind, unit, help string
	samples                bytes.Buffer
	seen                   map[string]bool
}

// family returns the family of a name; the rest has a meaning the first time.
func (m *exposition) family(name, kind, unit, help string) *family {
	if f := m.byName[name]; f != nil {
		return f
	}
	if m.byName == nil {
		m.byName = map[string]*family{}
	}
	f := &family{name: name, kind: kind, unit: unit, help: help, seen: map[string]bool{}}
	m.byName[name] = f
	m.families = append(m.families, f)
	return f
}

// add writes a sample with labels, names and values in turn. Of samples with the same labels the first one counts: two
// texts can be the same when they are made safe.
func (f *family) add(suffix string, value float64, labels ...string) {
	var b strings.Builder
	b.WriteString(f.name + suffix)
	for i := 0; i < len(labels); i += 2 {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		b.WriteString(separator + labels[i] + `="` + escapeLabel(labels[i+1]) + `"`)
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	if series := b.String(); !f.seen[series] {
		f.seen[series] = true
		fmt.Fprintf(&f.samples, "%s %s\n", series, decimal(value))
	}
}

// escapeLabel escapes a label's value or a help text (OpenMetrics 1.0, section "ABNF", escaped-string).
func escapeLabel(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(safe(s))
}

// sheet adds the figures of a sheet that no other family has already.
func (m *exposition) sheet(s *sheet) {
	id, seen := strings.CutPrefix(s.id, "seen.")
	switch id {
	case "gate", "difference", "warning", "bad_line", "slice", "outbreak", profile.Minute.String(), profile.Hour.String(), profile.Day.String(), profile.Month.String():
		return // no figures, or one for every second of the past
	}
	prefix := "loadx_"
	if seen {
		prefix += "seen_"
	}
	for i, c := range s.columns {
		for _, row := range s.rows {
			if row.cells[i].figure == nil || row.rest {
				continue
			}
			name, help, labels := prefix+id+"_"+c.id, s.title+": "+c.doc, []string{id, row.key}
			field, isField := strings.CutPrefix(id, "field:")
			switch {
			case id == "figure":
				name, help, labels = prefix+row.key, row.doc, nil
				if c.id != "value" {
					name, help = prefix+c.id+"_"+row.key, "planned: "+row.doc
				}
			case isField:
				name, help, labels = prefix+"field_"+c.id, "fields: "+c.doc, []string{"field", field, "value", row.key}
			}
			m.figure(strings.ReplaceAll(name, ".", "_"), help, *row.cells[i].figure, row.cells[i].least, labels)
		}
	}
}

// figure adds a figure and the ends of its interval, if it is an estimate.
func (m *exposition) figure(name, help string, v profile.Value, least bool, labels []string) {
	unit := unitOf(v.Quantity)
	if unit == "count" {
		unit = ""
	}
	full := func(name string) string {
		if unit == "" || strings.HasSuffix(name, "_"+unit) {
			return name
		}
		return name + "_" + unit
	}
	m.family(full(name), "gauge", unit, help).add("", v.Number, labels...)
	if v.Estimated && !least {
		m.family(full(name+"_low"), "gauge", unit, "lower end of the 95 % interval of "+name).add("", v.Low, labels...)
		m.family(full(name+"_high"), "gauge", unit, "upper end of the 95 % interval of "+name).add("", v.High, labels...)
	}
}

func (m *exposition) bytes() []byte {
	var b bytes.Buffer
	for _, f := range m.families {
		fmt.Fprintf(&b, "# TYPE %s %s\n", f.name, f.kind)
		if f.unit != "" {
			fmt.Fprintf(&b, "# UNIT %s %s\n", f.name, f.unit)
		}
		fmt.Fprintf(&b, "# HELP %s %s\n", f.name, escapeLabel(f.help))
		b.Write(f.samples.Bytes())
	}
	b.WriteString("# EOF\n")
	return b.Bytes()
}
