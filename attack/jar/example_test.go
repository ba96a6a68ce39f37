package jar_test

import (
	"fmt"
	"time"

	"github.com/loadx/loadx/attack/jar"
)

func Example() {
	now := time.Now()
	j := jar.New(jar.Options{Start: now})
	shop := jar.Place{Host: "shop.test", Path: []byte("/cart")}
	j.Set(7, shop, []byte("session=abc; Path=/; HttpOnly"), now)
	fmt.Printf("%s\n", j.Append([]byte("uid=u7; "), 7, shop, now, nil))
	fmt.Printf("%q\n", j.Append(nil, 8, shop, now, nil))
	// Output:
	// uid=u7; session=abc
	// ""
}
