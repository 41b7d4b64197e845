package native

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/aldis-rtc/aldis/pkg/wire"
)

func malformed(format string, args ...any) error {
	return &wire.Problem{Status: http.StatusBadRequest, Code: wire.CodeMalformed, Detail: fmt.Sprintf(format, args...)}
}

// parseQuery reads the whole query or refuses it: half a query must not choose an app.
func parseQuery(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, malformed("the query cannot be read: write it as ?app=NAME")
	}
	return q, nil
}
