//go:build !unix

package wire

// rawSocket is nothing here: a stale connection shows when it is used.
type rawSocket struct{}

func (*rawSocket) init(*conn) {}

func (*conn) quiet() bool { return true }

func (*conn) canAsk() bool { return false }

func (*conn) ask(*Exchange) (sent int, err error) { panic("BUG: wire: asked what can't") }
