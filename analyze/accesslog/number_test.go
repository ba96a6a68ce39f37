package accesslog

import "testing"

// What a format has is what the records of its sample have, inside of an envelope too.
func TestHas(t *testing.T) {
	numbers := []struct {
		name   string
		number Number
		in     func(r *Record) bool
	}{
		{"status", Status, func(r *Record) bool { return r.Status > 0 }},
		{"bytes", Bytes, func(r *Record) bool { return r.Bytes >= 0 }},
		{"time", Time, func(r *Record) bool { return r.HasTime }},
		{"server", Server, func(r *Record) bool { return r.HasServer }},
	}
	check := func(f *Format, line string, directives string) {
		t.Helper()
		p := f.NewParser()
		p.SetDirectives(f.ScanDirectives([]byte(directives), nil))
		var r Record
		if err := p.Parse([]byte(line), &r); err != nil {
			t.Fatalf("%s: %v", f.Name(), err)
		}
		for _, n := range numbers {
			if got := f.Has(n.number); got != n.in(&r) {
				t.Errorf("%s: has %s: %v", f.Name(), n.name, got)
			}
		}
	}
	for _, f := range Formats() {
		switch f.Name() {
		case "w3c", "cloudfront", "incapsula", "netscaler", "cloudflare", "json": // their lines may have more, or less, than the sample
			for _, n := range numbers {
				if !f.Has(n.number) {
					t.Errorf("%s: has no %s", f.Name(), n.name)
				}
			}
			continue
		}
		check(f, samples[f.Name()], sampleDirectives[f.Name()])
		for _, e := range envelopes {
			if !f.Stateful() {
				check(mustParse(t, e.name+"+"+f.Name()), wrapSample(e.name, samples[f.Name()]), "")
			}
		}
	}
	check(mustParse(t, "$remote_addr $request_time"), "192.0.2.1 0.5", "")
	check(mustParse(t, "goaccess:%h %d %t"), "192.0.2.1 10/Oct/2000 10:00:00", "")
}

// A format whose values have names has no place for a field that it knows no name of, and yet any value by its name.
func TestFieldsByNoName(t *testing.T) {
	f := mustParse(t, "caddy")
	if _, ok := f.Slot("upstream"); ok {
		t.Error("caddy has an upstream")
	}
	slot, ok := f.Slot("field:upstream")
	if !ok {
		t.Fatal("caddy has no value of the name upstream")
	}
	p := f.NewParser()
	var r Record
	line := samples["caddy"]
	if err := p.Parse([]byte(line[:len(line)-1]+`,"upstream":"a:80"}`), &r); err != nil {
		t.Fatal(err)
	}
	equal(t, "upstream", string(r.Slot(slot)), "a:80")
	inner, ok := mustParse(t, "docker+caddy").Slot("upstream")
	equal(t, "inside of an envelope", ok, false)
	equal(t, "slot", inner, 0)
}
