package agent_test

import (
	"fmt"

	"github.com/loadx/loadx/analyze/agent"
)

func ExampleClassify() {
	for _, ua := range []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"-",
	} {
		a := agent.Classify([]byte(ua))
		fmt.Printf("%v, browser %s, system %s, bot %q\n", a.Kind, a.Browser, a.System, a.Bot)
	}
	// Output:
	// person, browser Firefox, system Linux, bot ""
	// bot, browser Other, system Other, bot "Googlebot"
	// unknown, browser Other, system Other, bot ""
}
