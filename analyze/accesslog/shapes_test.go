package accesslog

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// sameAsFresh holds what a parser that has read other lines makes of a line
// against what a new one does.
func sameAsFresh(t *testing.T, f *Format, used *Parser, line []byte) {
	t.Helper()
	var got, want Record
	err, wantErr := used.Parse(line, &got), f.NewParser().Parse(line, &want)
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		t.Fatalf("%s: %q: %v, and %v by a new parser", f.Name(), line, err, wantErr)
	}
	if err == nil {
		sameRecord(t, line, f.Name(), &got, &want)
	}
}

func jsonSamples() (formats []*Format) {
	for _, f := range Formats() {
		if _, ok := f.codec.(jsonCodec); ok {
			for _, name := range []string{"request.headers.Accept", "ServiceURL.Host", "a", "a.b", "x"} {
				f.Slot(name)
			}
			formats = append(formats, f)
		}
	}
	return formats
}

func TestShapesChangeNothing(t *testing.T) {
	for _, f := range jsonSamples() {
		sample := []byte(samples[f.Name()])
		used := f.NewParser()
		sameAsFresh(t, f, used, sample)
		var r Record
		if used.plain = false; !f.fast(used, sample, quoted{}, &r) {
			t.Errorf("%s: the sample's shape is not known when it comes again", f.Name())
		}
		near(sample, func(line []byte) {
			sameAsFresh(t, f, used, line)
			sameAsFresh(t, f, used, line)
		})
	}
}

// TestShapesOfLists has lists of wanted texts: joined where there are several,
// which no piece of another line may hide.
func TestShapesOfLists(t *testing.T) {
	lines := []string{`["a"]`, `["a","b"]`, `[5,"a"]`, `["a",5]`, `["a",5,"b"]`, `[{"x":1},"a"]`, `["a",{"x":1}]`, `["a",{"x":1},"b"]`, `[]`, `[null]`, `["a",[]]`,
		`["a",[],"b"]`, `[["a"],"b"]`, `"a"`, `{"b":"x"}`, `{"b":["x"]}`, `{"b":["x","y"]}`, `null`, `true`, `-1.5e3`, `01`, `"\u0041\"b"`, `"\\"`, `["\"","\""]`, `{}`, `[{}]`, `nul`, `"`}
	for _, f := range jsonSamples() {
		used := f.NewParser()
		for range 3 {
			for _, name := range []string{"a", "user_agent", "request_uri", "status", "request"} {
				for _, v := range lines {
					for _, tail := range []string{"", " ", `,"x":"y"`, `,"status":200,"uri":"/"`} {
						sameAsFresh(t, f, used, []byte(`{"uri":"/","`+name+`":`+v+tail+`}`))
						sameAsFresh(t, f, used, []byte(`{"`+name+`":`+v+tail+`,"uri":"/b","status":404}`))
					}
				}
			}
		}
	}
}

// TestShapesAreBounded gives a parser lines that are all of another shape.
func TestShapesAreBounded(t *testing.T) {
	f := mustParse(t, "json")
	p := f.NewParser()
	for i := range 3 * maxPieces {
		line := fmt.Sprintf(`{"status":200,"uri":"/%d","%s":%d,"n%d":{"m%d":["x"]}}`, i, strings.Repeat("long", i%50), i, i, i)
		sameAsFresh(t, f, p, []byte(line))
	}
	if s := &p.shapes; !s.full || s.pieces > maxPieces || s.size > maxPieceBytes || len(s.places) > maxPlaces || cap(s.trail) > 2*maxLeaves {
		t.Errorf("%d pieces of %d bytes at %d places, full: %v", s.pieces, s.size, len(s.places), s.full)
	}
	deep := `{"status":200,"uri":"/","d":` + strings.Repeat(`[`, maxDepth-2) + `1` + strings.Repeat(`]`, maxDepth-2) + `}`
	wide := `{"status":200,"uri":"/","w":[1` + strings.Repeat(`,1`, 2*maxLeaves) + `]}`
	for range 2 {
		sameAsFresh(t, f, p, []byte(deep))
		sameAsFresh(t, f, p, []byte(wide))
	}
}

// TestShapesOfConstants has values that are the same in many lines and then are
// not.
func TestShapesOfConstants(t *testing.T) {
	f := mustParse(t, "json")
	p := f.NewParser()
	for i := range 40 * sameValues {
		level, last := "info", "x"
		if i%(3*sameValues) == 0 {
			level = "warn"
		}
		if i%(5*sameValues) == 0 {
			last = `in\"fo`
		}
		line := fmt.Sprintf(`{"level":"%s","uri":"/%d","v":2,"n":null,"tls":{"proto":"h2","resumed":false},"status":200,"last":"%s"}`, level, i, last)
		sameAsFresh(t, f, p, []byte(line))
	}
	longer := 0
	for _, at := range p.shapes.places {
		for _, known := range at.pieces {
			for ; known.longer != nil; known = known.longer {
				longer++
			}
		}
	}
	if longer < 6 {
		t.Errorf("%d longer pieces of six constants", longer)
	}
	near([]byte(`{"level":"info","uri":"/a","v":2,"n":null,"tls":{"proto":"h2","resumed":false},"status":200,"last":"x"}`), func(line []byte) {
		sameAsFresh(t, f, p, line)
	})
}

// TestShapesOfAnotherPlan asks for a name between two lines, and so for another
// reading of the same shape.
func TestShapesOfAnotherPlan(t *testing.T) {
	k := newKeyed(&keyed{aliases: []alias{{"uri", kindURI, 0}}})
	f := &Format{name: "json", syntax: syntaxNamed, schema: k.schema(), codec: jsonCodec{k}, fast: jsonCodec{k}.fast}
	p := f.NewParser()
	line := []byte(`{"uri":"/","late":"value"}`)
	for range 2 {
		sameAsFresh(t, f, p, line)
	}
	slot, _ := f.Slot("late")
	for range 2 {
		var r Record
		if err := p.Parse(line, &r); err != nil || !bytes.Equal(r.Slot(slot), []byte("value")) {
			t.Fatalf("%v, %q", err, r.Slot(slot))
		}
	}
}

func FuzzShapesChangeNothing(f *testing.F) {
	formats := jsonSamples()
	for _, format := range formats {
		line := samples[format.Name()]
		f.Add([]byte(line), []byte(line[:len(line)-1]+`,"a":["b"]}`), []byte(`{"uri":"/","a":["b","c"]}`))
	}
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		for _, format := range formats {
			used := format.NewParser()
			var r Record
			for range 2 * sameValues { // until what is the same is part of longer pieces
				_ = used.Parse(a, &r)
			}
			for _, line := range [][]byte{a, b, c, a, c, b, b, a} {
				sameAsFresh(t, format, used, line)
			}
		}
	})
}
