package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/loadx/loadx/attack/wire"
)

func Example() {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uid, _ := r.Cookie("uid")
		fmt.Fprintf(w, "hello %s", uid.Value)
	}))
	defer site.Close()

	t, err := wire.New(wire.Options{Timeout: 10 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close()
	x := &wire.Exchange{Addr: site.Listener.Addr().String(), Host: "shop.test", Keep: 64}
	for user := range 3 {
		x.Header = append(x.Header[:0], "Cookie: uid=u"...)
		x.Header = strconv.AppendInt(x.Header, int64(user), 10)
		x.Header = append(x.Header, "\r\n"...)
		if err := t.Do(context.Background(), x); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d %s, %d bytes, kept connection: %v\n", x.Status, x.Kept, x.BodyBytes, x.Reused)
	}
	// Output:
	// 200 hello u0, 8 bytes, kept connection: false
	// 200 hello u1, 8 bytes, kept connection: true
	// 200 hello u2, 8 bytes, kept connection: true
}

func ExampleError() {
	t, err := wire.New(wire.Options{DialTimeout: 10 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer t.Close()
	err = t.Do(context.Background(), &wire.Exchange{Addr: "unix:/no/such/socket"})
	var e *wire.Error
	if errors.As(err, &e) {
		fmt.Println(e.Phase, e.Class)
	}
	// Output: dial refused
}
