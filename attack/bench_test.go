//go:build unix

package attack_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/loadx/loadx/attack"
	"github.com/loadx/loadx/profile"
	"github.com/loadx/loadx/scenarios"
)

// maxRate is a closed loop with a cookie for each of a number of users.
func maxRate(b testing.TB, target string, inFlight, pv, uv uint64) *profile.Profile {
	b.Helper()
	return run(b, attack.Options{Plan: plan(b, scenarios.Scenario{
		MaxRate: true, MaxInFlight: inFlight, Traffic: scenarios.Traffic{PV: pv, UV: uv}}, target)})
}

// BenchmarkMaxRate is a hit through the whole engine against a server in the same process that does next to nothing.
func BenchmarkMaxRate(b *testing.B) {
	target := answerServer(b, nil)
	for _, inFlight := range []uint64{1, 10, 64, 1024} {
		b.Run(fmt.Sprint("inflight=", inFlight), func(b *testing.B) {
			b.ReportAllocs()
			n := uint64(b.N)
			p := maxRate(b, target, inFlight, n, max(n/4, 1))
			b.ReportMetric(float64(p.Sent)/p.Elapsed.Seconds(), "hits/s")
		})
	}
}

// BenchmarkPaced reports how far behind their due times hits leave at 10,000 a second.
func BenchmarkPaced(b *testing.B) {
	target := answerServer(b, nil)
	for b.Loop() {
		p := run(b, attack.Options{Plan: plan(b, scenarios.Scenario{
			Traffic: scenarios.Traffic{Rate: 10_000, Duration: 5 * time.Second}}, target)})
		reportLag(b, p)
	}
}

func reportLag(b *testing.B, p *profile.Profile) {
	for _, q := range []float64{0.5, 0.99, 0.999} {
		lag, _ := p.Lag.Quantile(q)
		b.ReportMetric(float64(lag)/1e3, fmt.Sprintf("lag-p%g-µs", 100*q))
	}
	b.ReportMetric(float64(p.Sent)/p.Elapsed.Seconds()/10_000, "achieved/plan")
	b.ReportMetric(float64(p.LateFree), "late-free")
}

// nginx starts a real nginx with a file of 1 KB and returns its base URL; without the program the benchmark is skipped.
func nginx(b *testing.B) string {
	program, err := exec.LookPath("nginx")
	if err != nil {
		b.Skip("nginx is not installed")
	}
	dir := b.TempDir()
	port := regexp.MustCompile(`\d+$`).FindString(refusing(b))
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2;
 fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
 server { listen 127.0.0.1:%[2]s backlog=4096; root %[1]s/www; } }`, dir, port)
	if err := os.MkdirAll(filepath.Join(dir, "www"), 0o755); err != nil {
		b.Fatal(err)
	}
	for name, content := range map[string][]byte{"conf": []byte(conf), "www/index.html": make([]byte, 1024)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-p", dir, "-c", filepath.Join(dir, "conf"))
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	url := "http://127.0.0.1:" + port
	for range 100 {
		if p := maxRate(b, url, 1, 1, 1); p.Status.Count(200) == 1 {
			return url
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatal("nginx does not answer")
	return ""
}

// other runs another tool and returns the requests a second that it prints and the processor time a request took it,
// user and system.
func other(b *testing.B, pattern, program string, args ...string) (rate float64, cpu time.Duration) {
	if _, err := exec.LookPath(program); err != nil {
		return 0, 0
	}
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	before := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(before)
	found := regexp.MustCompile(pattern).FindSubmatch(out)
	if err != nil || found == nil {
		b.Fatalf("%s: %v\n%s", program, err, out)
	}
	if rate, err = strconv.ParseFloat(string(found[1]), 64); err != nil {
		b.Fatal(err)
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return rate, time.Duration(float64(used) / (rate * took.Seconds()))
}

// BenchmarkNginx sends as fast as one nginx worker answers, beside wrk and ab, with as many connections, in turn. The
// processor time a hit says what the tool itself takes, whatever else the machine does.
func BenchmarkNginx(b *testing.B) {
	url := nginx(b)
	const inFlight, seconds = 64, 4
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		cpu := processorTime(b)
		p := run(b, attack.Options{Plan: plan(b, scenarios.Scenario{MaxRate: true, MaxInFlight: inFlight,
			Traffic: scenarios.Traffic{Duration: seconds * time.Second, UV: 250_000}}, url)})
		cpu = processorTime(b) - cpu
		runtime.ReadMemStats(&after)
		if p.Failures.Total() > 0 {
			b.Fatalf("failures: %v", classCounts(p))
		}
		ours, cost := float64(p.Sent)/p.Elapsed.Seconds(), float64(cpu.Nanoseconds())/1e3/float64(p.Sent)
		b.ReportMetric(ours, "hits/s")
		b.ReportMetric(cost, "cpu-µs/hit")
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(p.Sent), "allocs/hit")
		connections, duration := strconv.Itoa(inFlight), strconv.Itoa(seconds)
		for _, tool := range []struct {
			name, pattern string
			args          []string
		}{
			{"wrk", `Requests/sec:\s+([\d.]+)`, []string{"-t1", "-c" + connections, "-d" + duration, url + "/"}},
			{"ab", `Requests per second:\s+([\d.]+)`, []string{"-k", "-q", "-c", connections, "-t", duration, "-n", "100000000", url + "/"}},
		} {
			if rate, theirs := other(b, tool.pattern, tool.name, tool.args...); rate > 0 {
				b.ReportMetric(ours/rate, "of-"+tool.name)
				b.ReportMetric(float64(theirs.Nanoseconds())/1e3, tool.name+"-cpu-µs/hit")
			}
		}
	}
}

// processorTime is what the process has used so far, user and system.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
