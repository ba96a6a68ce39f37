package reports_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/columns"
	"github.com/loadx/loadx/reports"
)

// outage is an attack on two pages one of which, of that name, is down from the 12th to the 20th second.
func outage(page, text string) *profile.Profile {
	r := profile.NewAttackRecorder(1000, profile.Limits{})
	for i := range 600 {
		due := time.Duration(i) * 50 * time.Millisecond
		h := &profile.Hit{Time: int64(due) + 1, User: uint64(i), PageView: true, NewUser: true, Page: []byte("/"), Method: []byte("GET"),
			Status: 200, Due: due, Sent: due, Done: due + 5*time.Millisecond, Final: true}
		if i%2 == 1 {
			h.Page = []byte(page)
			if s := i / 20; s >= 12 && s < 20 {
				h.Status, h.Error, h.ErrorText = 503, profile.ErrStatus, text
			}
		}
		r.Add(h)
	}
	p := r.Profile()
	p.Elapsed = 30 * time.Second
	p.Target = "http://127.0.0.1:8080"
	return p
}

// Every format that people read says in the same words how a gate failed.
func TestEvidenceInEveryFormat(t *testing.T) {
	r := judged(t, outage("/pay", "status 503 Service Unavailable"), "errors < 1%", "status.5xx == 0", "p95 < 250ms")
	r.Width = 120
	sentences := []string{"from second 12 to second 19 (8 of 30 seconds), worst in second 12: 50%", "mostly on /pay: 27% failed, 100% of all failures", "such as /pay at +12.05s: status 503 Service Unavailable"}
	for _, name := range []string{"table", "json", "junit", "markdown", "csv", "html"} {
		render, err := reports.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := render(&b, r); err != nil {
			t.Fatal(err)
		}
		for _, s := range sentences {
			if name == "html" {
				s = strings.ReplaceAll(s, "+", "&#43;")
			}
			if !strings.Contains(b.String(), s) {
				t.Errorf("%s does not say %q", name, s)
			}
		}
		if name == "table" && strings.Count(b.String(), sentences[1]) != 1 {
			t.Errorf("a sentence is repeated:\n%s", &b)
		}
	}
	var out struct {
		Gates []struct {
			Evidence *struct {
				Words []string
				When  struct {
					From    float64 `json:"from_s"`
					To      float64 `json:"to_s"`
					Slice   string
					Lasting bool
					Over    int `json:"slices_over"`
					Of      int `json:"slices"`
					Worst   struct {
						At    float64 `json:"at_s"`
						Value float64
						Unit  string
					}
				}
				Pages []struct {
					Page, Unit   string
					Value, Share float64
				}
				Sample struct {
					Class, Page, Text string
					At                float64 `json:"at_s"`
				}
			}
		}
	}
	var b bytes.Buffer
	if err := reports.JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", *out.Gates[0].Evidence)
	const want = "{Words:[from second 12 to second 19 (8 of 30 seconds), worst in second 12: 50% mostly on /pay: 27% failed, 100% of all failures such as /pay at +12.05s: status 503 Service Unavailable] " +
		"When:{From:12 To:20 Slice:1s Lasting:false Over:8 Of:30 Worst:{At:12 Value:0.5 Unit:ratio}} Pages:[{Page:/pay Unit:ratio Value:0.26666666666666666 Share:1}] Sample:{Class:status Page:/pay Text:status 503 Service Unavailable At:12.05}}"
	if got != want || out.Gates[2].Evidence != nil {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Names of pages and texts of errors that would move the cursor, turn the text or widen the table do nothing of it.
func TestHostileEvidence(t *testing.T) {
	for _, name := range []string{"\x1b[2J\x1b]0;x\a\u202e\u2028\r\n\xff", strings.Repeat("店舗", 300), strings.Repeat("x", 5000)} {
		r := judged(t, outage("/"+name, "status 503 "+name), "errors < 1%")
		for _, width := range []int{60, 80, 120} {
			r.Width = width
			var b bytes.Buffer
			if err := reports.Table(&b, r); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if columns.Of(line) > width || !utf8.ValidString(line) || strings.ContainsAny(line, "\x1b\r\a\u202e\u2028") {
					t.Errorf("%d columns in %d: %q", columns.Of(line), width, line)
				}
			}
			if n := strings.Count(b.String(), "\n"); n > 40 {
				t.Errorf("%d lines are more than a screen:\n%s", n, &b)
			}
		}
	}
}
