package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// Bounds of one question to a Redis.
const (
	infoTimeout = 5 * time.Second
	maxInfo     = 1 << 20 // bytes
)

// stores are the Redis servers, host:port, whose CPU time is measured.
type stores []string

// cpu returns the CPU seconds that all of them have used since they were started.
func (s stores) cpu(ctx context.Context) (sum float64, err error) {
	for _, addr := range s {
		one, err := redisCPU(ctx, addr)
		if err != nil {
			return 0, fmt.Errorf("redis: %s: %w", addr, err)
		}
		sum += one
	}
	return sum, nil
}

// redisCPU asks one server for the CPU seconds of its process, with one command on a connection of its own: this is
// all that is wanted of it, and no reason for a client library.
func redisCPU(ctx context.Context, addr string) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }() // nothing of interest is under way
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(conn, "*2\r\n$4\r\nINFO\r\n$3\r\ncpu\r\n"); err != nil {
		return 0, err
	}
	text, err := readBulk(bufio.NewReader(conn))
	if err != nil {
		return 0, err
	}
	return readCPU(text)
}

// readBulk reads an answer that is a bulk string, or an error (the Redis serialization protocol, version 2).
func readBulk(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	head := strings.TrimSpace(string(line))
	if said, failed := strings.CutPrefix(head, "-"); failed {
		return "", fmt.Errorf("it answers %s", said)
	}
	size, isBulk := strings.CutPrefix(head, "$")
	n, err := strconv.Atoi(size)
	if !isBulk || err != nil || n < 0 || n > maxInfo {
		return "", errors.New("it does not answer as Redis does")
	}
	text := make([]byte, n)
	_, err = io.ReadFull(r, text)
	return string(text), err
}

// readCPU reads the section cpu of INFO.
func readCPU(info string) (sum float64, err error) {
	missing := map[string]bool{"used_cpu_sys": true, "used_cpu_user": true}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if !missing[name] {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("%s is %q", name, value)
		}
		sum += v
		delete(missing, name)
	}
	if len(missing) > 0 {
		return 0, errors.New("it does not tell its CPU time")
	}
	return sum, nil
}
