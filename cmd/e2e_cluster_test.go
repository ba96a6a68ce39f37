package cmd_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"os/exec"
	"testing"
)

// A cluster is a real one, of Node's, whose workers are replaced during the attack.
type cluster struct {
	url string
	end func() clusterCount
}

// A clusterCount is what the cluster has counted by itself.
type clusterCount struct {
	Hits, Users, Moved uint64
	Replaced           int
	Workers            map[string]struct{ Hits, Users uint64 }
}

func startCluster(t *testing.T, restartEvery string) cluster {
	t.Helper()
	node := needProgram(t, "node", "nodejs")
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, "testdata/cluster.js", port, restartEvery)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait() //nolint:errcheck // how it ends is of no interest
	})
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the cluster says %q: %s", lines.Text(), &stderr)
	}
	return cluster{url: "http://" + address, end: func() (count clusterCount) {
		stdin.Close()
		if !lines.Scan() {
			t.Fatalf("the cluster does not tell what it has counted: %s", &stderr)
		}
		if err := json.Unmarshal(lines.Bytes(), &count); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		return count
	}}
}

// A balanceReport is the balance in a report.
type balanceReport struct {
	Profile struct {
		Sent, Retries uint64
		FailedUV      uint64 `json:"failed_uv"`
		Dropped       uint64
		Status        map[string]uint64
		Errors        map[string]uint64
		Balance       struct {
			Upstreams []struct {
				Name string
				PV   uint64
				UV   struct{ Estimate uint64 }
			}
			Without struct{ Hits, PV uint64 }
			UV      struct{ Estimate uint64 }
			Moved   struct {
				Estimate uint64
				Exact    bool
			} `json:"uv_moved"`
		}
		Connections struct{ Opened, Reused uint64 }
	}
}

// While a cluster's workers are replaced one by one, every hit is accounted for, and the report says how PV and UV were
// shared and how many users noticed: as the cluster has counted itself.
func TestE2ECluster(t *testing.T) {
	const pv, uv = 3000, 60
	for _, mode := range []string{"per-user", "shared", "fresh"} {
		t.Run(mode, func(t *testing.T) {
			c := startCluster(t, "600")
			cmd := exec.Command("loadx", "attack", c.url+"/", "--pv", "3000", "--uv", "60", "--duration", "3s", "--timeout", "3s", "--connections", mode,
				"--balance-by", "header X-Worker", "--report", "json")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Run(); exitCode(err) != 0 && exitCode(err) != 3 { // 3: the machine is busy
				t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
			}
			var r balanceReport
			if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			count, p := c.end(), r.Profile
			var errors uint64
			for class, n := range p.Errors {
				if class != "retried" { // those are hits of their own
					errors += n
				}
			}
			if p.Sent != pv || p.Dropped != 0 || p.Status["200"]+errors != pv || count.Replaced != 3 {
				t.Fatalf("%d sent, %d dropped, status %v, errors %v; %d workers were replaced", p.Sent, p.Dropped, p.Status, p.Errors, count.Replaced)
			}
			if p.FailedUV > errors || p.FailedUV > uv || (p.FailedUV == 0) != (errors == 0) {
				t.Errorf("%d users noticed, by %d errors", p.FailedUV, errors)
			}
			// A request that the cluster has counted may have no answer, and then it is a retry or an error here.
			unsure := p.Retries + errors
			if count.Hits < p.Status["200"] || count.Hits > p.Status["200"]+unsure || count.Users != uv {
				t.Errorf("the cluster counted %d hits of %d users; %d answers, %d retries, %d errors", count.Hits, count.Users, p.Status["200"], p.Retries, errors)
			}
			b := p.Balance
			var missing, views uint64
			for _, row := range b.Upstreams {
				own := count.Workers[row.Name]
				if row.PV > own.Hits || row.UV.Estimate > own.Users || own.Users-row.UV.Estimate > unsure {
					t.Errorf("%s: %d views of %d users, and the cluster counted %d of %d", row.Name, row.PV, row.UV.Estimate, own.Hits, own.Users)
				}
				missing += own.Hits - row.PV
				views += row.PV
			}
			answered := 4 // of the six at least
			if mode == "shared" {
				answered = 2 // all go where the connection used last goes, until it breaks
			}
			if len(b.Upstreams) < answered || len(count.Workers) != 6 || missing > unsure || views+b.Without.PV != pv {
				t.Errorf("%d workers with %d views, %d missing, %d without a worker; %d retries and errors", len(b.Upstreams), views, missing, b.Without.PV, unsure)
			}
			if !b.Moved.Exact || b.Moved.Estimate > count.Moved || count.Moved-b.Moved.Estimate > unsure || b.Moved.Estimate == 0 {
				t.Errorf("%+v users moved, and the cluster counted %d", b.Moved, count.Moved)
			}
			if mode == "per-user" && p.Connections.Opened < uv || mode == "fresh" && p.Connections.Opened < pv {
				t.Errorf("%+v connections", p.Connections)
			}
		})
	}
}
