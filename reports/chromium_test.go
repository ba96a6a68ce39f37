package reports_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/profile/uv"
	"github.com/loadx/loadx/reports"
)

// The harness has the page in a frame of the same origin, uses it as a reader does, and leaves what it found as text.
const harness = `<!doctype html><meta charset="utf-8"><pre id="result"></pre><iframe id="f" src="/report.html" style="width:%dpx;height:900px"></iframe><script>
const f = document.getElementById("f");
f.addEventListener("load", () => setTimeout(() => {
  const d = f.contentDocument, w = f.contentWindow, out = {};
  const cells = (id, i) => [...d.querySelectorAll("#t-" + id + " tbody tr")].filter(r => !r.hidden).map(r => r.cells[i].textContent);
  const head = (id, i) => d.querySelectorAll("#t-" + id + " thead th")[i];
  const charts = () => [...d.querySelectorAll("figure")].map(x => x.id + " " + x.dataset.series + "x" + x.dataset.points + " " + x.querySelectorAll("canvas").length);
  try {
    out.charts = charts();
    out.ink = [...d.querySelectorAll("canvas")].map(c => [...c.getContext("2d").getImageData(0, 0, c.width, c.height).data].some(v => v !== 0));
    const visible = () => [...d.querySelectorAll("#t-page tbody tr")].filter(r => r.getClientRects().length > 0).length;
    if (d.querySelector("#t-page")) {
      const all = d.querySelector("#t-page .all");
      if (all) {
        out.visible = [visible()];
        all.click();
        out.visible.push(visible());
        all.click();
        out.visible.push(visible());
      }
      out.before = cells("page", 1);
      head("page", 1).querySelector("button").click();
      out.sort1 = [head("page", 1).getAttribute("aria-sort")].concat(cells("page", 1));
      head("page", 1).querySelector("button").click();
      out.sort2 = [head("page", 1).getAttribute("aria-sort")].concat(cells("page", 1));
      head("page", 0).querySelector("button").click();
      out.sort3 = [head("page", 0).getAttribute("aria-sort"), head("page", 1).getAttribute("aria-sort")].concat(cells("page", 0));
      const input = d.querySelector("#t-page input");
      input.value = "ITEM/3";
      input.dispatchEvent(new w.Event("input"));
      out.found = cells("page", 0).concat(visible() + " visible", d.querySelector("#t-page [role=status]").textContent);
    }
    const color = () => w.getComputedStyle(d.body).backgroundColor, button = d.getElementById("theme");
    out.theme = [button.textContent, color()];
    button.click();
    out.theme.push(button.textContent, color());
    out.again = charts();
    out.overflow = d.documentElement.scrollWidth - d.documentElement.clientWidth;
    out.focusable = [...d.querySelectorAll("button,input,summary,[tabindex]")].filter(x => x.tabIndex < 0).length;
    out.unnamed = [...d.querySelectorAll("table")].filter(t => !t.caption || !t.caption.textContent.trim()).length
      + [...d.querySelectorAll("th")].filter(x => !x.scope).length + [...d.querySelectorAll("button")].filter(x => !x.textContent.trim()).length
      + [...d.querySelectorAll("input")].filter(x => !x.labels.length).length + [...d.querySelectorAll("canvas")].filter(x => !x.getAttribute("aria-label")).length;
    out.text = d.querySelectorAll("script").length;
    out.injected = typeof w.injected;
  } catch (e) { out.error = String(e.stack || e); }
  document.getElementById("result").textContent = JSON.stringify(out);
}, 200));
</script>`

type pageResult struct {
	Charts, Before, Sort1, Sort2, Sort3, Found, Theme, Again []string
	Ink                                                      []bool
	Visible                                                  []int
	Overflow, Focusable, Unnamed, Text                       int
	Injected, Error                                          string
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(t, "chromium", "nobody looked at the page")
	return ""
}

// browse opens an address and returns the document as it is in the end, and what the console said.
func browse(t *testing.T, address string, more ...string) (dom, console string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	args := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--disable-default-apps", "--no-proxy-server", "--user-data-dir=" + t.TempDir(), "--virtual-time-budget=8000",
		"--enable-logging=stderr"}, more...)
	cmd := exec.CommandContext(ctx, chromium(t), append(args, address)...)
	// The browser's children hold the pipes for a while after it was killed.
	cmd.WaitDelay = 5 * time.Second
	var out, messages strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	var said []string
	for line := range strings.Lines(messages.String()) {
		if strings.Contains(line, "CONSOLE") {
			said = append(said, line)
		}
	}
	return out.String(), strings.Join(said, "")
}

// serve serves a page in a harness that is so wide, and tells what was asked for.
func serve(t *testing.T, page string, width int) (address string, asked func() []string) {
	t.Helper()
	var mu sync.Mutex
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		paths = append(paths, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/":
			fmt.Fprintf(w, harness, width)
		case "/report.html":
			io.WriteString(w, page)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/", func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(paths)
	}
}

func use(t *testing.T, page string, width int) pageResult {
	t.Helper()
	address, asked := serve(t, page, width)
	dom, console := browse(t, address, "--dump-dom")
	if console != "" {
		t.Errorf("the console says: %s", console)
	}
	for _, path := range asked() {
		if path != "/" && path != "/report.html" && path != "/favicon.ico" { // the harness's own icon
			t.Errorf("the page asked for %s", path)
		}
	}
	m := regexp.MustCompile(`(?s)<pre id="result">(.*?)</pre>`).FindStringSubmatch(dom)
	var result pageResult
	if m == nil {
		t.Fatalf("no result in %.500s", dom)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(m[1])), &result); err != nil || result.Error != "" {
		t.Fatalf("%v: %s", err, m[1])
	}
	return result
}

// crowded is an attack of 30 pages, page i of which has i hits.
func crowded() *profile.Profile {
	r := profile.NewAttackRecorder(500, profile.Limits{})
	n := 0
	for page := 1; page <= 30; page++ {
		for range page {
			due := time.Duration(n) * 20 * time.Millisecond
			r.Add(&profile.Hit{Time: start.Add(due).UnixNano(), Due: due, Sent: due, Done: due + time.Duration(page)*time.Millisecond, User: uint64(n), NewUser: true,
				PageView: true, Final: true, Visitor: uv.HashString(fmt.Sprint(n)), HasVisitor: true, Page: fmt.Appendf(nil, "/item/%d", page), Method: []byte("GET"), Status: 200})
			n++
		}
	}
	p := r.Profile()
	p.Name, p.Elapsed = "crowded", 10*time.Second
	p.Planned = &profile.Planned{Hits: uint64(n), UV: uint64(n), Population: 500, Hash: "c0ffee", Shards: []uint64{0}, ShardCount: 1}
	return p
}

// The page works in a real browser: every chart is drawn with every point, tables sort and search, colours change, on a
// desk and on a phone; and it asks nobody for anything.
func TestHTMLInBrowser(t *testing.T) {
	t.Parallel()
	chromium(t)
	page := render(t, "html", judged(t, crowded(), "p95 < 1s"))
	for _, width := range []int{1280, 390} {
		got := use(t, page, width)
		// 465 hits, 20 ms apart, are ten slices.
		charts := []string{"chart-traffic 2x10 1", "chart-visitors 1x10 1", "chart-rate 2x10 1", "chart-response 3x10 1", "chart-service 3x10 1", "chart-status 2x10 1", "chart-distribution 3x54 1"}
		if !slices.Equal(got.Charts, charts) || !slices.Equal(got.Again, charts) || len(got.Ink) != len(charts) || slices.Contains(got.Ink, false) {
			t.Errorf("%d: charts %q, again %q, ink %v", width, got.Charts, got.Again, got.Ink)
		}
		var up, names []string
		for page := 1; page <= 30; page++ {
			up, names = append(up, strconv.Itoa(page)), append(names, fmt.Sprintf("/item/%d", page))
		}
		down := slices.Clone(up)
		slices.Reverse(down)
		if !slices.Equal(got.Before, down) || !slices.Equal(got.Sort1, append([]string{"descending"}, down...)) || !slices.Equal(got.Sort2, append([]string{"ascending"}, up...)) ||
			!slices.Equal(got.Sort3, append([]string{"ascending", "none"}, names...)) {
			t.Errorf("%d: sorted %q, %q, %q, %q", width, got.Before, got.Sort1, got.Sort2, got.Sort3)
		}
		if want := []string{"/item/3", "/item/30", "2 visible", "2 of 30 rows"}; !slices.Equal(got.Found, want) {
			t.Errorf("%d: found %q", width, got.Found)
		}
		if !slices.Equal(got.Visible, []int{20, 30, 20}) {
			t.Errorf("%d: rows shown: %v", width, got.Visible)
		}
		if want := []string{"Dark", "rgb(255, 255, 255)", "Light", "rgb(20, 23, 27)"}; !slices.Equal(got.Theme, want) {
			t.Errorf("%d: themes %q", width, got.Theme)
		}
		if got.Overflow > 0 || got.Focusable > 0 || got.Unnamed > 0 || got.Text != 2 {
			t.Errorf("%d: %d pixels too wide, %d controls without a keyboard, %d things without a name, %d scripts", width, got.Overflow, got.Focusable, got.Unnamed, got.Text)
		}
	}
}

// A comparison is a page like any other: base and head in every chart, as wide as the screen, by keyboard, in both colours.
func TestHTMLComparisonInBrowser(t *testing.T) {
	t.Parallel()
	chromium(t)
	for name, c := range map[string]struct {
		report *reports.Report
		charts []string
	}{
		"slices": {comparedSlices(t), []string{"chart-p50 2x12 1", "chart-p95 2x12 1", "chart-rate 2x12 1", "chart-failures 2x12 1", "chart-distribution 2x48 1"}},
		"runs":   {comparedRuns(t), []string{"chart-distribution 2x45 1"}},
	} {
		page := render(t, "html", c.report)
		for _, width := range []int{1280, 390} {
			got := use(t, page, width)
			if !slices.Equal(got.Charts, c.charts) || !slices.Equal(got.Again, c.charts) || slices.Contains(got.Ink, false) {
				t.Errorf("%s, %d: charts %q, again %q, ink %v", name, width, got.Charts, got.Again, got.Ink)
			}
			if got.Overflow > 0 || got.Focusable > 0 || got.Unnamed > 0 || got.Text != 2 {
				t.Errorf("%s, %d: %d pixels too wide, %d controls without a keyboard, %d things without a name, %d scripts", name, width, got.Overflow, got.Focusable, got.Unnamed, got.Text)
			}
		}
	}
}

// Hostile text does nothing in a real browser, and charts are drawn all the same.
func TestHTMLHostileInBrowser(t *testing.T) {
	t.Parallel()
	chromium(t)
	for _, r := range append(attackedByText(t), comparedByText(t)) {
		page := strings.ReplaceAll(render(t, "html", r), "alert(1)", "injected=1")
		if !strings.Contains(page, "injected=1") {
			t.Fatal("nothing is hostile")
		}
		// The hash of the script is not touched: the text is not in it.
		if got := use(t, page, 1280); got.Injected != "undefined" || got.Text != 2 || len(got.Charts) == 0 && r.Comparison == nil || slices.Contains(got.Ink, false) {
			t.Errorf("%+v", got)
		}
	}
}

// The page works from disk, and in the dark that the system prefers. With LOADX_SCREENSHOTS pictures are left there.
func TestHTMLFromDisk(t *testing.T) {
	t.Parallel()
	chromium(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "report.html")
	if err := os.WriteFile(path, []byte(render(t, "html", attacked(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	dom, console := browse(t, "file://"+path, "--dump-dom")
	if drawn := strings.Count(dom, "data-points="); drawn != 7 || console != "" {
		t.Errorf("%d charts; the console says: %s", drawn, console)
	}
	if shots := os.Getenv("LOADX_SCREENSHOTS"); shots != "" {
		for name, flags := range map[string][]string{
			"light": {"--window-size=1280,2400"}, "dark": {"--window-size=1280,2400", "--blink-settings=preferredColorScheme=0"}, "narrow": {"--window-size=500,3200"},
		} {
			browse(t, "file://"+path, append(flags, "--hide-scrollbars", "--screenshot="+filepath.Join(shots, "report-"+name+".png"))...)
		}
	}
}
