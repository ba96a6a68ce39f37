package traffic

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// worst returns the largest relative difference of got from want over samples
// of draw.
func worst(draw func(*rand.Rand) float64, got, want func(float64) float64) (diff, at float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		x := draw(r)
		g, w := got(x), want(x)
		if d := math.Abs(g-w) / math.Abs(w); g != w && !(d <= diff) {
			diff, at = d, x
		}
	}
	return diff, at
}

func uniform(low, high float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return low + r.Float64()*(high-low) }
}

func logUniform(low, high float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		return math.Exp(math.Log(low) + r.Float64()*math.Log(high/low))
	}
}

func negative(f func(*rand.Rand) float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return -f(r) }
}

func TestElementaryAgainstMath(t *testing.T) {
	const ulp = 0x1p-52
	// The assembly of math.Log takes denormals for normal numbers.
	mathLogDenormal := func(x float64) float64 { return math.Log(x*0x1p54) - 54*math.Ln2 }
	mathLogRatio := func(x float64) float64 { return math.Log1p(x) / x }
	mathExpRatio := func(x float64) float64 { return math.Expm1(x) / x }
	mathSinPi := func(x float64) float64 { return math.Sin(math.Pi * min(x, 1-x)) }
	mathCosPi := func(x float64) float64 { return math.Sin(math.Pi * (0.5 - x)) }
	for _, tt := range []struct {
		name      string
		draw      func(*rand.Rand) float64
		got, want func(float64) float64
		limit     float64
	}{
		{"log", logUniform(1e-300, 1e300), log, math.Log, ulp},
		{"log near 1", uniform(0.5, 2), log, math.Log, 2 * ulp},
		{"log of denormals", logUniform(1e-320, 1e-308), log, mathLogDenormal, ulp},
		{"exp", uniform(-708, 709), exp, math.Exp, 2 * ulp},
		{"exp near 0", uniform(-1, 1), exp, math.Exp, 2 * ulp},
		{"logRatio", logUniform(1e-18, 1e18), logRatio, mathLogRatio, 4 * ulp},
		{"logRatio below 0", negative(logUniform(1e-18, 0.999)), logRatio, mathLogRatio, 4 * ulp},
		{"expRatio", logUniform(1e-18, 700), expRatio, mathExpRatio, 6 * ulp},
		{"expRatio below 0", negative(logUniform(1e-18, 700)), expRatio, mathExpRatio, 6 * ulp},
		{"sinPi", uniform(0, 1), sinPi, mathSinPi, 4 * ulp},
		{"sinPi near 0", logUniform(1e-300, 0.01), sinPi, mathSinPi, 4 * ulp},
		{"cosPi", uniform(0, 1), cosPi, mathCosPi, 4 * ulp},
	} {
		if diff, at := worst(tt.draw, tt.got, tt.want); diff > tt.limit {
			t.Errorf("%s(%v): relative error %.2f ulp, limit %.0f", tt.name, at, diff/ulp, tt.limit/ulp)
		}
	}
}

func TestElementaryAtTheEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"log 0", log(0), -inf}, {"log 1", log(1), 0},
		{"exp 0", exp(0), 1}, {"exp 710", exp(710), inf}, {"exp −∞", exp(-inf), 0},
		{"logRatio 0", logRatio(0), 1}, {"logRatio −1", logRatio(-1), inf},
		{"expRatio 0", expRatio(0), 1}, {"expRatio −1000", expRatio(-1000), 1.0 / 1000},
		{"sinPi 0", sinPi(0), 0}, {"sinPi 1/2", sinPi(0.5), 1}, {"sinPi 1", sinPi(1), 0},
		{"cosPi 0", cosPi(0), 1}, {"cosPi 1/2", cosPi(0.5), 0}, {"cosPi 1", cosPi(1), -1},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	if !math.IsNaN(exp(math.NaN())) {
		t.Error("exp NaN is a number")
	}
}

// TestNothingToFuse keeps results the same on architectures whose compiler
// fuses x·y + z, across statements and inlined calls: every float product that is
// not itself a factor must be converted to float64 where it stands, and package
// math may only be asked for what IEEE 754 defines exactly.
func TestNothingToFuse(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(fset, e.Name(), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	if _, err := conf.Check("traffic", fset, files, info); err != nil {
		t.Fatal(err)
	}
	products := 0
	for _, f := range files {
		var above []ast.Node
		ast.Inspect(f, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.MUL && isFloat(info, n) {
					products++
					if !rounded(above) {
						t.Errorf("%s: a product that may be fused", fset.Position(n.Pos()))
					}
				}
			case *ast.AssignStmt:
				if n.Tok == token.MUL_ASSIGN && isFloat(info, n.Lhs[0]) {
					t.Errorf("%s: a product that may be fused", fset.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "math" && !exactInMath[n.Sel.Name] {
					t.Errorf("%s: math.%s is not the same everywhere", fset.Position(n.Pos()), n.Sel.Name)
				}
			}
			above = append(above, n)
			return true
		})
	}
	if products < 50 {
		t.Errorf("only %d float products found: the test looks at the wrong files", products)
	}
}

var exactInMath = map[string]bool{
	"Sqrt": true, "Floor": true, "Round": true, "Abs": true, "Inf": true, "Float64bits": true, "Float64frombits": true,
	"Pi": true, "Ln2": true, "Sqrt2": true, "MaxInt64": true, "MaxUint64": true,
}

func isFloat(info *types.Info, e ast.Expr) bool {
	tv := info.Types[e]
	b, ok := tv.Type.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsFloat != 0 && tv.Value == nil
}

// rounded reports whether a product below these nodes is rounded by itself: it is
// converted, or it is a factor, a dividend or a divisor.
func rounded(above []ast.Node) bool {
	for i := len(above) - 1; i >= 0; i-- {
		switch n := above[i].(type) {
		case *ast.ParenExpr, *ast.UnaryExpr:
		case *ast.BinaryExpr:
			return n.Op == token.MUL || n.Op == token.QUO
		case *ast.CallExpr:
			f, ok := n.Fun.(*ast.Ident)
			return ok && f.Name == "float64"
		default:
			return false
		}
	}
	return false
}
