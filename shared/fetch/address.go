package fetch

import (
	"context"
	"net/netip"
	"syscall"

	"github.com/deskhand/deskhand/shared/fault"
)

// closed are the IPv4 networks that are not the public Internet (IANA, "IPv4
// Special-Purpose Address Registry").
var closed = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4")

// Of IPv6 only global unicast is public, without documentation and without what leads
// into IPv4 by a way of its own (Teredo, 6to4).
var (
	open6   = netip.MustParsePrefix("2000::/3")
	closed6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Public tells whether an address is on the public Internet.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	list := closed
	if a.Is6() {
		if !open6.Contains(a) {
			return false
		}
		list = closed6
	}
	for _, p := range list {
		if p.Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

// control is called with the address that a name has led to, before the connection.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fault.Named(fault.Unprocessable, "address_refused", "the address cannot be read")
	}
	allow := c.Allow
	if allow == nil {
		allow = Public
	}
	if !allow(to.Addr().Unmap()) {
		return fault.Named(fault.Unprocessable, "address_refused", "the host is at %s, which is not a public address: only the public Internet can be called", to.Addr())
	}
	return nil
}
