package reports

import (
	"io"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/compare"
)

// A SentSeenRow is one attack with what the server's log saw of it.
type SentSeenRow struct {
	Name        string
	Profile     *profile.Profile
	Differences []compare.Difference
}

// SentSeen writes a line an attack: what was sent beside what was seen.
func SentSeen(w io.Writer, rows []SentSeenRow, width int) error {
	t := &tableWriter{width: (&Report{Width: width}).width()}
	g := &grid{header: []string{"traffic", "PV sent", "PV seen", "UV sent", "UV seen", "together", ""}, left: []int{0, 6}}
	for _, row := range rows {
		cells := []string{row.Name, "", "", "", "", "", "agrees"}
		for _, d := range row.Differences {
			switch d.Metric {
			case "pv":
				cells[1], cells[2] = optional(d.Base), optional(d.Head)
			case "uv":
				cells[3], cells[4], cells[5] = optional(d.Base), optional(d.Head), optionalUnion(d)
			}
		}
		if !compare.Agree(row.Differences) {
			cells[6] = "DIFFERS"
		}
		g.add(cells...)
	}
	t.section(g)
	for _, row := range rows {
		for _, d := range row.Differences {
			if !d.Agrees && d.Explanation != "" {
				prefix := safe(row.Name) + ", " + metricWords(d.Metric) + ": "
				t.wrapped(prefix, prefix, d.Explanation)
			}
		}
		t.p = row.Profile
		t.warnings()
	}
	_, err := w.Write(t.out.Bytes())
	return err
}
