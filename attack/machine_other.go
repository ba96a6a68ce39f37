//go:build !linux

package attack

// ThisMachine knows nothing of this system.
func ThisMachine() Machine { return Machine{} }
