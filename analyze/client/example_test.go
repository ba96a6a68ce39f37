package client_test

import (
	"fmt"
	"net/netip"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/analyze/client"
)

func Example() {
	resolver, err := client.New(client.Options{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	// The client has sent a header of its own; our proxy has appended the address it saw.
	r := accesslog.Record{Addr: []byte("10.0.0.1"), ForwardedFor: []byte("198.51.100.1, 203.0.113.9")}
	fmt.Printf("%s\n", resolver.Address(&r))
	// Without a proxy of ours in between, the header is the client's word.
	r.Addr = []byte("203.0.113.9")
	fmt.Printf("%s\n", resolver.Address(&r))
	// Output:
	// 203.0.113.9
	// 203.0.113.9
}
