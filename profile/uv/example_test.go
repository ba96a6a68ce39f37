package uv_test

import (
	"fmt"

	"github.com/loadx/loadx/profile/uv"
)

func ExampleCounter() {
	monday, tuesday := uv.NewCounter(1000, 14), uv.NewCounter(1000, 14)
	monday.Add(uv.HashString("ann"))
	monday.Add(uv.HashString("bob"))
	tuesday.Add(uv.HashString("bob"))
	tuesday.Add(uv.HashString("cid"))
	if err := monday.Merge(tuesday); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", monday.Estimate())
	// Output: {Value:3 Low:3 High:3 Exact:true}
}

func ExampleBuilder() {
	key, err := uv.ParseKey("ip+cookie:uid")
	if err != nil {
		fmt.Println(err)
		return
	}
	var b uv.Builder
	for _, part := range key.Parts() {
		switch part.Kind {
		case uv.PartIP:
			b.AddIP([]byte("[2001:db8:0:7::42]:51034"), uv.DefaultV6Prefix)
		case uv.PartCookie:
			b.AddString("u17")
		}
	}
	hash, ok := b.Hash()
	fmt.Printf("%q %016x %v\n", b.Bytes(), hash, ok)
	// Output: "2001:db8:0:7::\x00u17" 31335ec0690e1bb5 true
}

func ExampleUsers() {
	users := uv.NewUsers(1_000_000_000)
	fmt.Println(users.Add(999_999_999), users.Add(7), users.Add(7), users.Count())
	// Output: true true false 2
}
