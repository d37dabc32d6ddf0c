package harness

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
)

// Proxy is a network between a program and a server, which a test can break. It
// listens on 127.0.0.1 and forwards each connection to its target.
type Proxy struct {
	Address  string // host:port
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex // guards the rest
	target string     // host:port
	mode   proxyMode
	links  map[*link]struct{}
	opened int
}

type proxyMode int

const (
	passing    proxyMode = iota
	dropping             // what is sent is lost, and nobody is told
	deafening            // what the server sends is lost
	refusing             // each new connection is reset
	terminated           // the proxy is closed
)

// link is a connection of a client and the one that the proxy has to the server.
type link struct {
	client, server net.Conn
	lossy          bool // it has lost something and passes nothing any more
}

// NewProxy starts a proxy to a server, as host:port, which ends with the test.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := StartProxy(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// StartProxy is [NewProxy] outside of a test; [Proxy.Close] ends it.
func StartProxy(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Address: listener.Addr().String(), listener: listener, target: target, links: map[*link]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

// Through returns the URL of the target with the proxy in the place of it.
func (p *Proxy) Through(url string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Replace(url, p.target, p.Address, 1)
}

// Pass forwards everything, as at the beginning. A connection that has lost
// something stays silent.
func (p *Proxy) Pass() { p.become(passing) }

// Drop loses everything that either side sends, and forwards no end of a
// connection: as a firewall that has forgotten the connections, or a cable that was
// pulled. New connections are accepted and stay silent.
func (p *Proxy) Drop() { p.become(dropping) }

// DropAnswers loses what the server sends: what the client asks for is done, and the
// client does not learn it.
func (p *Proxy) DropAnswers() { p.become(deafening) }

// Forget makes all connections that are open silent, without an end, as a firewall
// does with those that were idle. New ones pass.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.lossy = true
	}
}

// Refuse resets all connections and each new one, as a server that is not there.
func (p *Proxy) Refuse() { p.become(refusing); p.Cut() }

// Cut resets all connections. New ones are possible.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.reset()
		delete(p.links, l)
	}
}

// Retarget forwards new connections to another server, as a name that gets another
// address does. Those that are open stay where they are.
func (p *Proxy) Retarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// Opened returns how many connections clients have opened so far.
func (p *Proxy) Opened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// Close resets all connections and ends the proxy.
func (p *Proxy) Close() {
	p.become(terminated)
	_ = p.listener.Close() // it listens no more, whatever the error
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) become(mode proxyMode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.running.Go(func() { p.forward(client) })
		}
	}
}

// forward opens the connection to the server, also while everything is lost: what
// counts is what arrives.
func (p *Proxy) forward(client net.Conn) {
	p.mu.Lock()
	p.opened++
	target := p.target
	p.mu.Unlock()
	server, err := net.Dial("tcp", target)
	if err != nil {
		reset(client)
		return
	}
	l := &link{client: client, server: server}
	if !p.add(l) {
		l.reset()
		return
	}
	p.running.Go(func() { p.pump(l, server, client) })
	p.pump(l, client, server)
}

func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode == refusing || p.mode == terminated {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

// pump forwards one direction until it ends.
func (p *Proxy) pump(l *link, from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		passes := p.passes(l, from)
		if passes && n > 0 {
			_, _ = to.Write(buffer[:n]) // an error ends the other direction
		}
		if err != nil {
			if passes {
				p.end(l)
			}
			return
		}
	}
}

// passes reports whether what came from one side goes on to the other. Where it does
// not, nothing on this connection does any more.
func (p *Proxy) passes(l *link, from net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := from == l.server
	if p.mode == dropping || p.mode == deafening && answer {
		l.lossy = true
	}
	return !l.lossy || p.mode == deafening && !answer
}

func (p *Proxy) end(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
	_, _ = l.client.Close(), l.server.Close()
}

func (l *link) reset() {
	reset(l.client)
	reset(l.server)
}

func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0) // closing sends RST
	_ = conn.Close()
}
