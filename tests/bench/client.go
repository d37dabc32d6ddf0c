package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

const (
	answerTimeout = 30 * time.Second
)

// client is one keep-alive connection with the cookies it was given. It does
// just enough HTTP for Go's own server: net/http's client would cost more than
// the servers it shares the cores with.
type client struct {
	conn    net.Conn
	read    *bufio.Reader
	request []byte // buffer
	body    []byte // of the last answer
	cookies map[string]string
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, read: bufio.NewReader(conn), cookies: map[string]string{}}, nil
}

// send sends a request with these cookies and reads the answer, which must be
// 2xx.
func (c *client) send(method, path, body string, cookies ...string) error {
	r := append(c.request[:0], method+" "+path+" HTTP/1.1\r\nHost: localhost\r\nUser-Agent: "+agent+"\r\n"...)
	separator := "Cookie: "
	for _, name := range cookies {
		r = append(r, separator+name+"="+c.cookies[name]...)
		separator = "; "
	}
	if len(cookies) > 0 {
		r = append(r, "\r\n"...)
	}
	if body != "" {
		r = append(r, "Content-Type: application/json\r\n"...)
	}
	if method != "GET" {
		r = append(r, "Content-Length: "+strconv.Itoa(len(body))+"\r\n"...)
	}
	c.request = append(append(r, "\r\n"...), body...)

	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	status, err := c.receive()
	if err == nil && status/100 != 2 {
		err = statusError{status, fmt.Sprintf("%s %s answered %d: %s", method, path, status, c.body)}
	}
	return err
}

// statusError is an answer other than 2xx.
type statusError struct {
	status  int
	message string
}

func (e statusError) Error() string { return e.message }

// receive reads one answer whose length is in its header.
func (c *client) receive() (status int, err error) {
	line, err := c.line()
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("no status line: %q", line)
	}
	if status, err = strconv.Atoi(line[9:12]); err != nil {
		return 0, err
	}
	length := -1
	for {
		if line, err = c.line(); err != nil {
			return 0, err
		}
		if line == "" {
			break
		}
		switch name, value, _ := strings.Cut(line, ": "); name {
		case "Content-Length":
			if length, err = strconv.Atoi(value); err != nil {
				return 0, err
			}
		case "Set-Cookie":
			pair, _, _ := strings.Cut(value, ";")
			cookie, token, _ := strings.Cut(pair, "=")
			c.cookies[cookie] = token
		}
	}
	if length < 0 {
		return 0, fmt.Errorf("answer %d without Content-Length", status)
	}
	c.body = append(c.body[:0], make([]byte, length)...)
	_, err = io.ReadFull(c.read, c.body)
	return status, err
}

func (c *client) line() (string, error) {
	line, err := c.read.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n"), err
}
