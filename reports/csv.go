package reports

import (
	"bytes"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// csvHeader is the first line of a CSV report.
var csvHeader = []string{"table", "key", "metric", "value", "unit", "low", "high"}

// CSV writes the report as one long table (RFC 4180, UTF-8, lines end with CR LF), so that a spreadsheet or a data frame
// reads all of it with one header: a line for each figure of each row of each table.
//
//	table   what the rows are: figure, latency, status, error, page, slice, hour, gate …, behind "seen." in the server's log
//	key     the row: a metric, a page, a second, a gate
//	metric  the column of the table: hits, uv, p95, verdict …
//	value   the figure in base units without separators, a ratio in [0, 1], or a text
//	unit    count, seconds, per_second, ratio, bytes, or text
//	low     the 95 % interval of an estimate, the same as value where it is exact; of a lower bound there is no high;
//	high    of a text both are empty
//
// What has no data has no line. Every row of every table is written. A text that a spreadsheet would take for a formula,
// because it begins with = + - or @, or a tab or a carriage return, has an apostrophe before it; control characters are
// written as \xNN.
func CSV(w io.Writer, r *Report) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	// A bytes.Buffer takes everything, so that the error is that of none.
	write := func(record ...string) {
		if err := out.Write(record); err != nil {
			panic("BUG: reports: " + err.Error())
		}
	}
	write(csvHeader...)
	write("report", "", "verdict", inert(string(r.Verdict)), "text", "", "")
	for _, s := range sheetsOf(r, -1) {
		for _, row := range s.rows {
			for i, c := range row.cells {
				switch {
				case c.figure != nil:
					high := decimal(c.figure.High)
					if c.least {
						high = ""
					}
					write(inert(s.id), inert(row.key), s.columns[i].id, decimal(c.figure.Number), unitOf(c.figure.Quantity), decimal(c.figure.Low), high)
				case c.text != "":
					write(inert(s.id), inert(row.key), s.columns[i].id, inert(c.text), "text", "", "")
				}
			}
		}
	}
	out.Flush()
	_, err := w.Write(b.Bytes())
	return err
}

// decimal is the shortest number that reads back as the same, without an exponent.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// inert is text made safe that no spreadsheet takes for a formula (OWASP: CSV injection).
func inert(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + safe(s)
	}
	return safe(s)
}
