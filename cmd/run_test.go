package cmd_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/loadx/loadx/cmd"
)

// A world is what a command that runs inside the test sees and says.
type world struct {
	stdin          string
	environment    map[string]string
	stdoutWidth    int
	stderrSize     func() (columns, rows int)
	interrupts     chan os.Signal
	exits          chan int
	stdout, stderr output
}

func (w *world) run(args ...string) int {
	return cmd.Run(context.Background(), cmd.Env{
		Args: args, Stdin: strings.NewReader(w.stdin), Stdout: &w.stdout, Stderr: &w.stderr,
		Getenv:     func(name string) (string, bool) { v, ok := w.environment[name]; return v, ok },
		Interrupts: w.interrupts, Now: time.Now, StdoutWidth: w.stdoutWidth, StderrSize: w.stderrSize,
		Exit: func(code int) { w.exits <- code },
	})
}

// serve starts a target until the end of the test, which must leave no goroutine behind.
func serve(t *testing.T, answer func(*target, http.ResponseWriter, *http.Request) int) *target {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	web, err := startTarget(nil, "", answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		web.close()
		goleak.VerifyNone(t, ignore)
	})
	return web
}

func answerOK(_ *target, w http.ResponseWriter, _ *http.Request) int {
	return respond(w, http.StatusOK)
}

func answerNever(web *target, _ http.ResponseWriter, r *http.Request) int {
	select {
	case <-web.release:
	case <-r.Context().Done():
	}
	return 0
}

const oneLine = `10.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"` + "\n"

// Colours are for a terminal that wants them.
func TestColor(t *testing.T) {
	for _, c := range []struct {
		name        string
		width       int
		environment map[string]string
		want        bool
	}{
		{"a terminal", 80, nil, true},
		{"a pipe", 0, nil, false},
		{"NO_COLOR", 80, map[string]string{"NO_COLOR": "1"}, false},
		{"an empty NO_COLOR", 80, map[string]string{"NO_COLOR": ""}, true},
		{"continuous integration", 80, map[string]string{"CI": "true"}, false},
		{"a dumb terminal", 80, map[string]string{"TERM": "dumb"}, false},
		{"a pipe that is asked for colours", 0, map[string]string{"CLICOLOR_FORCE": "1"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "out.txt")
			w := world{stdin: oneLine, stdoutWidth: c.width, environment: c.environment}
			if code := w.run("analyze", "-", "--gate", "pv == 1", "--report", "table", "--report", "table="+file); code != 0 {
				t.Fatalf("exit code %d: %s", code, &w.stderr)
			}
			if got := strings.Contains(w.stdout.String(), "\x1b["); got != c.want {
				t.Errorf("colours: %v, want %v:\n%q", got, c.want, &w.stdout)
			}
			if !strings.Contains(w.stdout.String(), "verdict: ") || w.stderr.String() != "" {
				t.Errorf("%s%s", &w.stdout, &w.stderr)
			}
			if text, err := os.ReadFile(file); err != nil || bytes.Contains(text, []byte("\x1b")) || !bytes.Contains(text, []byte("verdict: pass")) {
				t.Errorf("the file: %v\n%q", err, text)
			}
		})
	}
}

// The live view is redrawn in place, never wider than the terminal, and gone at the end; without a terminal there is none.
func TestLiveView(t *testing.T) {
	web := serve(t, answerOK)
	const width = 60
	args := []string{"attack", web.url, "--pv", "340", "--rate", "200/s", "--uv", "9", "--gate", "p95 < 10s"}
	size := func() (int, int) { return width, 24 }
	// What loadx says of a machine that was too busy is not of this test.
	calm := func(size func() (int, int), environment map[string]string) *world {
		var w *world
		code := 3
		for attempt := 0; code == 3 && attempt < 20; attempt++ {
			w = &world{stderrSize: size, environment: environment}
			code = w.run(args...)
		}
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, &w.stderr)
		}
		return w
	}
	w := calm(size, nil)
	args[3] = "34"
	draws := strings.Split(w.stderr.String(), "\x1b[J")
	if len(draws) < 4 || draws[len(draws)-1] != "" || !strings.HasPrefix(draws[len(draws)-2], "\r\x1b[") {
		t.Fatalf("%q", &w.stderr)
	}
	last := draws[len(draws)-3]
	for _, line := range strings.Split(last, "\x1b[K\r\n") {
		plain := regexp.MustCompile(`\x1b\[\d*[mAK]|^\r`).ReplaceAllString(line, "")
		if utf8.RuneCountInString(plain) >= width || strings.ContainsAny(plain, "\r\n\x1b") {
			t.Errorf("%q", line)
		}
	}
	for _, want := range []string{"loadx attack", "PV ", "UV 9", "/s", "whole run", "p95 < 10s", "pass"} {
		if !strings.Contains(last, want) {
			t.Errorf("no %q in %q", want, last)
		}
	}
	for name, w := range map[string]*world{
		"a pipe": calm(nil, nil), "continuous integration": calm(size, map[string]string{"CI": "true"}),
		"no colour": calm(size, map[string]string{"NO_COLOR": "1"}), "a dumb terminal": calm(size, map[string]string{"TERM": "dumb"}),
	} {
		if w.stderr.String() != "" {
			t.Errorf("%s: %q", name, &w.stderr)
		}
	}
}

// Without a terminal there is a plain line every ten seconds, to the byte.
func TestPlainLines(t *testing.T) {
	web := serve(t, answerOK)
	var w world
	ran := cmd.Env{Args: []string{"attack", web.url, "--pv", "400", "--uv", "100", "--rate", "400/s", "--gate", "p95 < 10s"}, Stdin: strings.NewReader(""), Stdout: &w.stdout, Stderr: &w.stderr,
		Getenv: func(string) (string, bool) { return "", false }, Exit: func(int) {}}
	// A clock on which every look is ten seconds after the one before.
	var looks atomic.Int64
	start := time.Now()
	ran.Now = func() time.Time { return start.Add(time.Duration(looks.Add(1)) * 10 * time.Second) }
	code := cmd.Run(t.Context(), ran)
	said, busy, _ := strings.Cut(w.stderr.String(), "loadx: invalid: ")
	if code != 0 && (code != 3 || busy == "") {
		t.Fatalf("exit code %d: %s", code, &w.stderr)
	}
	line := regexp.MustCompile(`\Aloadx: \d[.\dms]*  PV \d+/400  UV \d+  \d+/s( of 400/s)?(  p50 \S+  p95 \S+  p99 \S+)?  errors 0  gates (1 pass 1|2) open(  left \ds)?\n\z`)
	n := 0
	for text := range strings.Lines(said) {
		if n++; !line.MatchString(text) {
			t.Errorf("%q", text)
		}
	}
	if n < 2 {
		t.Errorf("%d lines: %q", n, &w.stderr)
	}
}

// Everything fits into 80 columns, whatever the log and the scenario say.
func TestTableFits(t *testing.T) {
	web := serve(t, answerOK)
	long := strings.Repeat("a-long-name/", 40) + "end"
	log := ""
	for day := range 20 {
		log += fmt.Sprintf(`10.0.0.%d - - [%02d/Nov/2026:10:00:00 +0000] "GET /%s%d HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"`+"\n",
			day, day+1, long, day)
	}
	log += "one line is " + long + "\n"
	for _, args := range [][]string{
		{"analyze", "-"},
		{"analyze", "-", "--gate", `page "/` + long + `0".pv == 1`},
		{"attack", web.url + "/" + long, "--pv", "20", "--gate", `page "/` + long + `".p95 < 10s`},
		{"plan", web.url + "/" + long, "--pv", "20", "--rate", "10/s"},
		{"demo", "--scale-down", "1000"},
	} {
		w := world{stdin: log}
		if code := w.run(args...); code != 0 {
			t.Fatalf("%s: exit code %d: %s", args[0], code, &w.stderr)
		}
		if w.stdout.String() == "" {
			t.Errorf("%s says nothing", args[0])
		}
		for line := range strings.Lines(w.stdout.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := utf8.RuneCountInString(line); n > 80 || strings.TrimRight(line, " ") != line {
				t.Errorf("%s: %d columns: %q", args[0], n, line)
			}
		}
	}
}

// The first Ctrl-C stops the sending within 100 ms, at the cap on requests in flight and below it. A busy machine may hold
// up the signal or the request itself: one of some attempts has to keep the time.
func TestInterruptStopsWithin100ms(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*target, http.ResponseWriter, *http.Request) int
		args   []string
	}{
		{"by schedule", answerOK, []string{"--pv", "100000", "--rate", "500/s"}},
		{"at the cap", answerNever, []string{"--pv", "100000", "--rate", "5000/s", "--max-in-flight", "10", "--timeout", "200ms"}},
		{"at full speed", answerOK, []string{"--max-rate", "--duration", "1h", "--max-in-flight", "2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var took []time.Duration
			for range 10 {
				web := serve(t, c.answer)
				w := world{interrupts: make(chan os.Signal, 1)}
				ended := make(chan int)
				go func() { ended <- w.run(append([]string{"attack", web.url, "--report", "json"}, c.args...)...) }()
				waitUntil(t, "the attack", &w.stderr, func() bool { hits, _ := web.counts(); return hits >= 10 })
				start := time.Now()
				w.interrupts <- syscall.SIGINT
				if code := <-ended; code != 130 {
					t.Fatalf("exit code %d: %s", code, &w.stderr)
				}
				if !strings.Contains(w.stdout.String(), `"interrupted": true`) || !strings.Contains(w.stdout.String(), `"verdict": "invalid"`) {
					t.Fatalf("%s", &w.stdout)
				}
				last := web.lastArrival().Sub(start)
				if took = append(took, last); last < 100*time.Millisecond {
					return
				}
			}
			t.Errorf("the last request came %v after the interrupt", took)
		})
	}
}

// The second Ctrl-C leaves at once, without waiting for what is in flight.
func TestSecondInterruptLeaves(t *testing.T) {
	web := serve(t, answerNever)
	w := world{interrupts: make(chan os.Signal, 2), exits: make(chan int, 1)}
	ended := make(chan int)
	go func() {
		ended <- w.run("attack", web.url, "--pv", "1000", "--rate", "1000/s", "--max-in-flight", "3", "--timeout", "2s")
	}()
	waitUntil(t, "the attack", &w.stderr, func() bool { _, inFlight := web.counts(); return inFlight == 3 })
	w.interrupts <- syscall.SIGINT
	waitUntil(t, "the notice", &w.stderr, func() bool { return strings.Contains(w.stderr.String(), "loadx: interrupted: ") })
	w.interrupts <- syscall.SIGINT
	select {
	case code := <-w.exits:
		if code != 130 {
			t.Errorf("left with %d", code)
		}
	case <-ended:
		t.Error("the second interrupt was ignored")
		return
	}
	// Exit did not end this process, so that the run ends by its own means.
	if code := <-ended; code != 130 {
		t.Errorf("exit code %d", code)
	}
}

// Two command lines in one process do not meet.
func TestRunsSideBySide(t *testing.T) {
	web := serve(t, answerOK)
	codes := make(chan int, 2)
	worlds := []*world{{}, {}}
	for i, w := range worlds {
		go func() { codes <- w.run("attack", web.url, "--pv", "50", "--uv", fmt.Sprint(i+3), "--report", "json") }()
	}
	for range worlds {
		if code := <-codes; code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	for i, w := range worlds {
		if want := fmt.Sprintf(`"estimate": %d,`, i+3); !strings.Contains(w.stdout.String(), want) {
			t.Errorf("no %s in %s", want, &w.stdout)
		}
	}
}
