package cmd_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// prompt is the shell's, of whoever runs the test.
var prompt = regexp.MustCompile(`(?m)^[$#]$`)

// A terminal is a real one, of tmux, in which a shell waits for commands.
type terminal struct {
	t      *testing.T
	socket string
}

// newTerminal starts a terminal of a size. The program loadx is in its path.
func newTerminal(t *testing.T, columns, rows int) *terminal {
	t.Helper()
	tmux := needProgram(t, "tmux")
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "loadx")); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "tmux.conf")
	if err := os.WriteFile(config, []byte("set -g status off\nset -g default-terminal screen-256color\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A socket's path is short on every system, which that of a test's directory need not be.
	short, err := os.MkdirTemp("", "lx")
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, socket: filepath.Join(short, "s")}
	c := exec.Command(tmux, "-u", "-S", term.socket, "-f", config, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), "sh")
	c.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "TERM=xterm-256color", "GORACE=" + os.Getenv("GORACE"), "TMPDIR=" + dir, "HOME=" + dir}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v: %s", err, out)
	}
	t.Cleanup(func() {
		term.tmux("kill-server")
		os.RemoveAll(short)
	})
	term.until("a prompt", func(screen string) bool { return prompt.MatchString(screen) })
	return term
}

func (term *terminal) tmux(args ...string) string {
	out, err := exec.Command("tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	if err != nil {
		term.t.Errorf("tmux %s: %v: %s", args, err, out)
	}
	return string(out)
}

// enter types a line.
func (term *terminal) enter(line string) {
	term.tmux("send-keys", "-l", line)
	term.tmux("send-keys", "Enter")
}

// screen is what the terminal shows and what has been scrolled away, without the empty rows at the end.
func (term *terminal) screen() string {
	return strings.TrimRight(term.tmux("capture-pane", "-p", "-S", "-200"), "\n")
}

// until looks at the screen until it is as wanted, and returns it.
func (term *terminal) until(what string, ready func(screen string) bool) string {
	term.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s := term.screen()
		if ready(s) {
			return s
		}
		select {
		case <-tick.C:
		case <-deadline:
			term.t.Fatalf("waited in vain for %s:\n%s", what, s)
		}
	}
}

// slowly answers after some milliseconds, and fails on one page.
func slowly(_ *target, w http.ResponseWriter, r *http.Request) int {
	time.Sleep(2 * time.Millisecond) // the target's own time
	if strings.HasPrefix(r.URL.Path, "/broken") {
		return respond(w, http.StatusServiceUnavailable)
	}
	return respond(w, http.StatusOK)
}

func scenarioFile(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.yaml")
	text := "name: 店舗の開店日\ntarget: " + url + `
traffic: {pv: 4000, uv: 500, rate: 200/s}
pages:
  - {get: /, weight: 3}
  - {get: /broken, name: "/broken/店"}
gates: [p95 < 10s, errors < 1%, uv == 500]
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// whole says that a screen holds the live view once, and nothing but it behind the command.
func whole(screen string, columns int) error {
	_, view, _ := strings.Cut(screen, "\n")
	rows := strings.Split(view, "\n")
	for _, want := range []string{`loadx attack  `, `━|─`, `^rate +[\d.,]+/s of 200/s`, `^sent +PV [\d,]+ of 4,000   UV \d+ of 500   in flight \d+`, `^response +p50 +p95 +p99`,
		`^  last 5s +\S+ +\S+ +\S+`, `^  whole run +\S+ +\S+ +\S+`, `^errors +\d`, `^gates +(pass|open) +p95 < 10s`, `^ +(FAIL|open) +errors < 1%`, `^ +(open|pass) +uv == 500`, `^ +open +dropped == 0`} {
		n := 0
		for _, row := range rows {
			if regexp.MustCompile(want).MatchString(row) {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("%d rows are like %s", n, want)
		}
	}
	if len(rows) != 12 {
		return fmt.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		if utf8.RuneCountInString(row) >= columns {
			return fmt.Errorf("too wide: %q", row)
		}
	}
	return nil
}

// On a real terminal the view stands in one place while the attack runs, and leaves nothing behind but the report.
func TestTerminal(t *testing.T) {
	for _, columns := range []int{80, 200} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			web := serve(t, slowly)
			term := newTerminal(t, columns, 50)
			term.enter("loadx attack " + scenarioFile(t, web.url) + "; echo ended $?")
			failing := term.until("the gate to turn", func(s string) bool {
				return strings.Contains(s, "FAIL  errors < 1%") && strings.Contains(s, "by second") && whole(s, columns) == nil
			})
			if !strings.Contains(failing, "店舗の開店日 → http") || !regexp.MustCompile(`(?m)^errors +\d+ \(2\d[.\d]*%\)   status \d+`).MatchString(failing) {
				t.Errorf("%s", failing)
			}
			// Twenty redraws in turn, each a whole view in its place.
			seen := map[string]bool{}
			term.until("redraws", func(s string) bool {
				if err := whole(s, columns); err != nil {
					t.Fatalf("%v:\n%s", err, s)
				}
				seen[s] = true
				return len(seen) >= 6
			})
			term.tmux("send-keys", "C-c")
			ended := term.until("the end", func(s string) bool { return strings.Contains(s, "ended 130\n") && prompt.MatchString(s) })
			if !regexp.MustCompile(`^.*\nloadx: interrupted: [^:]*\nloadx attack  店舗`).MatchString(ended) || strings.Contains(ended, "━") || strings.Contains(ended, "last 5s") {
				t.Errorf("%s", ended)
			}
			if x := term.tmux("display-message", "-p", "#{cursor_x} #{cursor_flag} #{wrap_flag}"); x != "2 1 1\n" {
				t.Errorf("the cursor's column and whether it is shown, and whether lines wrap: %q", x)
			}
		})
	}
}

// The view goes through changes of the terminal's size. What a narrower terminal has broken into more rows may scroll away,
// so that only what is on the screen is looked at.
func TestResizedTerminal(t *testing.T) {
	web := serve(t, slowly)
	term := newTerminal(t, 100, 30)
	term.enter("loadx attack " + scenarioFile(t, web.url) + "; echo ended $?")
	view := func(columns int) func(string) bool {
		return func(string) bool {
			// The first row may be that of the command.
			visible := strings.TrimRight(term.tmux("capture-pane", "-p"), "\n")
			_, visible, _ = strings.Cut("\n"+visible, "loadx attack  ")
			return whole("\nloadx attack  "+visible, columns) == nil
		}
	}
	term.until("the view", func(s string) bool { return strings.Contains(s, "by second") && view(100)(s) })
	for _, columns := range []int{60, 110, 79, 100} {
		term.tmux("resize-window", "-x", fmt.Sprint(columns), "-y", "30")
		term.until(fmt.Sprintf("the view in %d columns", columns), view(columns))
	}
	term.tmux("send-keys", "C-c")
	term.until("the end", func(s string) bool { return strings.Contains(s, "ended 130\n") })
}

// A low terminal shows what fits; the view's end leaves what was there before.
func TestLowTerminal(t *testing.T) {
	web := serve(t, slowly)
	term := newTerminal(t, 40, 7)
	term.enter("echo before; loadx attack " + web.url + " --pv 3000 --rate 1000/s --report json=/dev/null --report csv >/dev/null; echo ended $?")
	term.until("the view", func(s string) bool {
		return strings.Contains(s, "rate ") && strings.Contains(s, "sent ") && strings.Count(s, " in flight") <= 1
	})
	ended := term.until("the end", func(s string) bool { return regexp.MustCompile(`ended \d\n[$#]$`).MatchString(s) })
	if _, after, _ := strings.Cut(ended, "\nbefore\n"); !regexp.MustCompile(`^(loadx: invalid: |ended \d)`).MatchString(after) || regexp.MustCompile(`(?m)━|^rate |^sent |in flight`).MatchString(after) {
		t.Errorf("%q", ended)
	}
}
