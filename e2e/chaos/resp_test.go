package chaos

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// maxBulk bounds one string of the Redis protocol, in bytes.
const maxBulk = 64 << 20

// readCommand reads one command, an array of bulk strings, and returns its bytes and its first string.
func readCommand(in *bufio.Reader) (raw []byte, name string, err error) {
	raw, err = in.ReadBytes('\n')
	if err != nil {
		return nil, "", err
	}
	n, err := count(raw)
	if err != nil || raw[0] != '*' {
		return nil, "", fmt.Errorf("no command: %q: %w", raw, err)
	}
	for i := range n {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return nil, "", err
		}
		raw = append(raw, line...)
		at := len(raw)
		if raw, err = bulk(in, raw, line); err != nil {
			return nil, "", err
		}
		if i == 0 {
			name = string(raw[at : len(raw)-2])
		}
	}
	return raw, name, nil
}

// readReply reads one reply of version 2 or 3 of the protocol, whole, and says whether it is one that no command asked for.
func readReply(in *bufio.Reader) (raw []byte, push bool, err error) {
	raw, err = appendReply(in, nil)
	return raw, err == nil && raw[0] == '>', err
}

func appendReply(in *bufio.Reader, raw []byte) ([]byte, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	raw = append(raw, line...)
	nested := 0
	switch line[0] {
	case '$', '=', '!':
		return bulk(in, raw, line)
	case '*', '~', '>':
		nested, err = count(line)
	case '%':
		nested, err = count(line)
		nested *= 2
	case '|': // attributes, and then what they belong to
		nested, err = count(line)
		nested = 2*nested + 1
	}
	for ; err == nil && nested > 0; nested-- {
		raw, err = appendReply(in, raw)
	}
	return raw, err
}

// bulk appends the string that line announces, and what ends it. A length of -1 is none.
func bulk(in *bufio.Reader, raw, line []byte) ([]byte, error) {
	n, err := count(line)
	if err != nil || n < 0 {
		return raw, err
	}
	if n > maxBulk {
		return nil, fmt.Errorf("a string of %d bytes", n)
	}
	at := len(raw)
	raw = append(raw, make([]byte, n+2)...)
	_, err = io.ReadFull(in, raw[at:])
	return raw, err
}

// count reads the number of a line: its type, the number, CR LF.
func count(line []byte) (int, error) {
	if len(line) < 4 {
		return 0, fmt.Errorf("no number: %q", line)
	}
	return strconv.Atoi(string(line[1 : len(line)-2]))
}
