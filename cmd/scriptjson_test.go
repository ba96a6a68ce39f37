package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// json FILE PATH OP VALUE looks at one value of a JSON file; FILE may be stdout. PATH is keys and indexes between dots, OP
// one of == != <= >= (numbers compared as numbers, text as it is), or `has TEXT`, or `absent` without a value, or `len N`.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: json file path ==|!=|<=|>=|has|len value, json file path absent")
	}
	var doc any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	dec.UseNumber()
	ts.Check(dec.Decode(&doc))
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("%s holds more than one JSON value", args[0])
	}
	got, ok := lookup(doc, strings.Split(args[1], "."))
	if args[2] == "absent" {
		if ok {
			ts.Fatalf("%s is there: %v", args[1], got)
		}
		return
	}
	if !ok {
		ts.Fatalf("%s is missing", args[1])
	}
	if len(args) != 4 {
		ts.Fatalf("%s needs a value", args[2])
	}
	if !holds(ts, got, args[2], args[3]) {
		ts.Fatalf("%s is %v, want %s %s", args[1], got, args[2], args[3])
	}
}

func lookup(doc any, path []string) (any, bool) {
	for _, key := range path {
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[key]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

func holds(ts *testscript.TestScript, got any, op, want string) bool {
	switch op {
	case "len":
		switch v := got.(type) {
		case []any:
			return len(v) == number(ts, want)
		case map[string]any:
			return len(v) == number(ts, want)
		}
		return false
	case "has":
		text, ok := got.(string)
		return ok && strings.Contains(text, want)
	}
	n, isNumber := got.(json.Number)
	if !isNumber {
		text, err := json.Marshal(got)
		ts.Check(err)
		equal := got == want || string(text) == want
		return op == "==" && equal || op == "!=" && !equal
	}
	a, err := n.Float64()
	ts.Check(err)
	b, err := strconv.ParseFloat(want, 64)
	ts.Check(err)
	switch op {
	case "==":
		return a == b
	case "!=":
		return a != b
	case "<=":
		return a <= b
	case ">=":
		return a >= b
	}
	ts.Fatalf("no such comparison: %s", op)
	return false
}

// reportSchema is the JSON layout that scripts and other programs rely on.
var reportSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := os.ReadFile("testdata/report.schema.json")
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("report.schema.json")
})

// schema FILE wants a report in the layout loadx.report/1; `! schema FILE` wants one that is not.
func cmdSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: schema file")
	}
	schema, err := reportSchema()
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	if err := schema.Validate(doc); (err != nil) != neg {
		ts.Fatalf("the layout of %s: %v", args[0], err)
	}
}

// vegeta FILE HITS CODE wants that many results of that status in a file, as vegeta's own library reads it: sequence
// numbers without a gap from 0, timestamps that grow with them, no negative latency.
func cmdVegeta(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: vegeta file hits code")
	}
	f, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	decode := vegeta.DecoderFor(f)
	if decode == nil {
		ts.Fatalf("%s: vegeta knows no decoder for it", args[0])
	}
	results := map[uint64]vegeta.Result{}
	var metrics vegeta.Metrics
	for {
		var r vegeta.Result
		if err := decode(&r); errors.Is(err, io.EOF) {
			break
		} else {
			ts.Check(err)
		}
		results[r.Seq] = r
		metrics.Add(&r)
	}
	metrics.Close()
	want := number(ts, args[1])
	if metrics.Requests != uint64(want) || metrics.StatusCodes[args[2]] != want {
		ts.Fatalf("%d results, status %v, want %d of %s", metrics.Requests, metrics.StatusCodes, want, args[2])
	}
	for i := range uint64(want) {
		r, ok := results[i]
		if !ok {
			ts.Fatalf("no result has the sequence number %d", i)
		}
		if r.Latency < 0 || i > 0 && r.Timestamp.Before(results[i-1].Timestamp) {
			ts.Fatalf("result %d: sent %v, latency %v; the one before was sent %v", i, r.Timestamp, r.Latency, results[i-1].Timestamp)
		}
	}
}
