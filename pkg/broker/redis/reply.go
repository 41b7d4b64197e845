package redis

import "strconv"

// What scripts answer, taken apart without a fault whatever it is: what is not there is zero.

func at(list any, i int) any {
	if l, ok := list.([]any); ok && i < len(l) {
		return l[i]
	}
	return nil
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

func texts(v any) []string {
	list, _ := v.([]any)
	all := make([]string, len(list))
	for i, e := range list {
		all[i] = text(e)
	}
	return all
}

// pairs is a list of fields and values as a map.
func pairs(v any) map[string]string {
	list, _ := v.([]any)
	all := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		all[text(list[i])] = text(list[i+1])
	}
	return all
}
