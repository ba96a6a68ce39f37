package reports

import (
	"strings"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
)

// A sheet is one table of a report before it is given a form: csv, markdown and html show the same sheets.
type sheet struct {
	// id names the sheet for programs. It is made of letters, digits, dots and what a field of a log is called.
	id string
	// title is for people, note says what the rows are of.
	title, note string
	// keyTitle is the heading of the column that names a row.
	keyTitle string
	columns  []column
	rows     []sheetRow
}

// A column holds figures of one kind.
type column struct {
	// id names the column for programs, title for people; doc is the definition of its figures.
	id, title, doc string
}

type sheetRow struct {
	// key names the row. It may come from outside.
	key string
	// doc is the definition of the row, where rows and not columns have one.
	doc   string
	cells []cell
	// rest says that the row sums up what has no row of its own.
	rest bool
}

// A cell is a figure or a text; with both, the text is how the figure is shown to people. The zero cell is empty: it does not
// apply, or there are no data.
type cell struct {
	text   string
	figure *profile.Value
	// least says that the figure is a lower bound.
	least bool
}

// maxCellText is how many characters of a text from outside are shown.
const maxCellText = 400

func (s *sheet) add(key string, cells ...cell) {
	s.rows = append(s.rows, sheetRow{key: key, cells: cells})
}

// text is a cell of text from outside, or of words.
func text(s string) cell { return cell{text: s} }

func number(n float64, q profile.Quantity) cell {
	v := profile.Exactly(n, q)
	return cell{figure: &v}
}

func count(n uint64) cell { return number(float64(n), profile.Count) }

func figure(v profile.Value) cell { return cell{figure: &v} }

// timed is a duration that may not have been measured.
func timed(d time.Duration, ok bool) cell {
	if !ok {
		return cell{}
	}
	return number(d.Seconds(), profile.Time)
}

func distinct(e uv.Estimate, least bool) cell {
	return cell{least: least, figure: &profile.Value{
		Number: float64(e.Value), Quantity: profile.Count, Estimated: !e.Exact, Low: float64(e.Low), High: float64(e.High),
	}}
}

// visitors is a cell of a counter that a dimension may not have.
func visitors(c *uv.Counter, most uint64, least bool) cell {
	if c == nil {
		return cell{}
	}
	return distinct(c.Estimate().AtMost(most), least)
}

// String is the cell for people, made safe. An estimate shows its error, a lower bound that it is one.
func (c cell) String() string {
	if c.figure == nil || c.text != "" {
		return fit(c.text, maxCellText)
	}
	v := *c.figure
	s := value(v)
	if c.least {
		return "≥" + strings.TrimPrefix(s, "~")
	}
	if v.Estimated && v.Quantity == profile.Count {
		s = margin(uv.Estimate{Value: uint64(v.Number), Low: uint64(v.Low), High: uint64(v.High)})
	}
	return s
}

// certainty says how sure the figure is in words, empty where it is exact.
func (c cell) certainty() string {
	switch {
	case c.figure == nil:
		return ""
	case c.least:
		return "a lower bound: the table took this row in late"
	case c.figure.Estimated:
		low, high := *c.figure, *c.figure
		low.Number, high.Number, low.Estimated, high.Estimated = low.Low, high.High, false, false
		return "95 %: " + value(low) + " to " + value(high)
	}
	return ""
}

// unitOf names the unit that [profile.Value.Number] is in, for programs.
func unitOf(q profile.Quantity) string {
	switch q {
	case profile.Ratio:
		return "ratio"
	case profile.Time:
		return "seconds"
	case profile.PerSecond:
		return "per_second"
	case profile.Size:
		return "bytes"
	default:
		return "count"
	}
}
