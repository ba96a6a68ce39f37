package spelling_test

import (
	"fmt"
	"testing"

	"github.com/loadx/loadx/profile/spelling"
)

func TestNearest(t *testing.T) {
	known := []string{"pv", "uv", "rate", "duration", "user_agent", "arrivals"}
	for word, want := range map[string]string{
		"duraton":    "duration",
		"user-agent": "user_agent",
		"arrivlas":   "arrivals",
		"RATE":       "rate",
		"up":         "uv", // equally far from pv by a swap and a substitution
		"banana":     "",
		"ray":        "", // two of three letters
		"":           "",
		"rat":        "rate",
	} {
		if got := spelling.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func ExampleNearest() {
	fmt.Println(spelling.Nearest("respones", []string{"service", "response", "lag"}))
	// Output: response
}
