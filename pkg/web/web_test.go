package web

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

var sdk = fstest.MapFS{
	"aldis.js":         {Data: []byte("export {};\n")},
	"embed.go":         {Data: []byte("package js\n")},
	"types/aldis.d.ts": {Data: []byte("export {};\n")},
	"test/aldis.js":    {Data: []byte("// a test\n")},
}

func ask(t *testing.T, h http.Handler, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatIsServed(t *testing.T) {
	h := Handler(sdk)
	for path, mediaType := range map[string]string{
		"/":               "text/html; charset=utf-8",
		"/?x=1":           "text/html; charset=utf-8",
		"/demo/main.js":   "text/javascript; charset=utf-8",
		"/demo/base.css":  "text/css; charset=utf-8",
		"/sdk/aldis.js":   "text/javascript; charset=utf-8",
		"/sdk/aldis.js?x": "text/javascript; charset=utf-8",
	} {
		get := ask(t, h, http.MethodGet, path)
		if get.StatusCode != http.StatusOK || get.Header.Get("Content-Type") != mediaType {
			t.Errorf("GET %s: %d %q, want 200 %q", path, get.StatusCode, get.Header.Get("Content-Type"), mediaType)
		}
		if get.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("GET %s: Cache-Control %q", path, get.Header.Get("Cache-Control"))
		}
		text := body(t, get)
		head := ask(t, h, http.MethodHead, path)
		if head.StatusCode != http.StatusOK || head.ContentLength != int64(len(text)) || text == "" {
			t.Errorf("HEAD %s: %d with length %d, GET gave %d bytes", path, head.StatusCode, head.ContentLength, len(text))
		}
		if rest := body(t, head); rest != "" {
			t.Errorf("HEAD %s has a body of %d bytes", path, len(rest))
		}
	}
}

func TestWhatIsNotServed(t *testing.T) {
	h := Handler(sdk)
	for _, path := range []string{
		"/index.html", "/demo", "/demo/", "/demo/index.html", "/demo/none.js", "/sdk", "/sdk/", "/sdk/embed.go",
		"/sdk/types/aldis.d.ts", "/sdk/test/aldis.js", "/sdk/../web.go", "//", "/v1/connect", "/favicon.ico", "/demo/main.js/",
	} {
		checkProblem(t, ask(t, h, http.MethodGet, path), path, http.StatusNotFound, "not_found")
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodConnect} {
		r := ask(t, h, method, "/")
		if allow := r.Header.Get("Allow"); allow != "GET, HEAD" {
			t.Errorf("%s: Allow %q", method, allow)
		}
		checkProblem(t, r, method+" /", http.StatusMethodNotAllowed, "method_not_allowed")
	}
}

func checkProblem(t *testing.T, r *http.Response, what string, status int, code string) {
	t.Helper()
	var problem struct {
		Type, Title, Detail, Code string
		Status                    int
	}
	if err := json.Unmarshal([]byte(body(t, r)), &problem); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	if r.StatusCode != status || problem.Status != status || problem.Code != code || problem.Type != "about:blank" ||
		problem.Title != http.StatusText(status) || problem.Detail == "" {
		t.Errorf("%s: %d %+v, want %d %s", what, r.StatusCode, problem, status, code)
	}
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("%s: Content-Type %q", what, got)
	}
}

func TestEveryAnswerIsStrict(t *testing.T) {
	h := Handler(sdk)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws: wss:; " +
			"img-src 'self' data:; media-src 'self' blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Permissions-Policy":           "camera=(self), microphone=(self)",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	for _, r := range []*http.Response{
		ask(t, h, http.MethodGet, "/"), ask(t, h, http.MethodGet, "/demo/main.js"), ask(t, h, http.MethodGet, "/none"),
		ask(t, h, http.MethodPost, "/"), ask(t, h, http.MethodGet, "/", "If-None-Match", "*"),
	} {
		for name, value := range want {
			if got := r.Header.Get(name); got != value {
				t.Errorf("status %d: %s is %q, want %q", r.StatusCode, name, got, value)
			}
		}
	}
}

func TestTagsFollowTheContent(t *testing.T) {
	h := Handler(sdk)
	tag := ask(t, h, http.MethodGet, "/sdk/aldis.js").Header.Get("ETag")
	if !regexp.MustCompile(`^"[A-Za-z0-9_-]{24}"$`).MatchString(tag) {
		t.Fatalf("ETag %q", tag)
	}
	r := ask(t, h, http.MethodGet, "/sdk/aldis.js", "If-None-Match", tag)
	if text := body(t, r); r.StatusCode != http.StatusNotModified || text != "" || r.Header.Get("ETag") != tag {
		t.Errorf("known: %d, ETag %q, %d bytes; want 304 and none", r.StatusCode, r.Header.Get("ETag"), len(text))
	}
	if r := ask(t, h, http.MethodGet, "/", "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("another file's tag: %d, want 200", r.StatusCode)
	}
	changed := Handler(fstest.MapFS{"aldis.js": {Data: []byte("export default 1;\n")}})
	if r := ask(t, changed, http.MethodGet, "/sdk/aldis.js", "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("changed: %d, want 200", r.StatusCode)
	}
}

// broken is a file system that lists a file which cannot be read.
type broken struct{ fstest.MapFS }

func (broken) ReadFile(string) ([]byte, error) { return nil, errors.New("broken") }

func TestUnreadableFilesAreSaidToBe(t *testing.T) {
	var files fs.FS = broken{sdk}
	h := Handler(files)
	checkProblem(t, ask(t, h, http.MethodGet, "/sdk/aldis.js"), "unreadable", http.StatusInternalServerError, "unreadable")
	if r := ask(t, h, http.MethodGet, "/"); r.StatusCode != http.StatusOK {
		t.Errorf("the page: %d, want 200", r.StatusCode)
	}
}

// TestThePageLoadsOnlyWhatIsServed holds every reference of the page's files against the handler, and that nothing
// inline is in the page, which its policy would refuse.
func TestThePageLoadsOnlyWhatIsServed(t *testing.T) {
	h := Handler(sdk)
	imports := regexp.MustCompile(`(?m)^(?:import|export) [^;]*?from '([^']+)';`)
	refs := regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	index := body(t, ask(t, h, http.MethodGet, "/"))
	var wanted []string
	for _, ref := range refs.FindAllStringSubmatch(index, -1) {
		if !strings.HasPrefix(ref[1], "data:") {
			wanted = append(wanted, ref[1])
		}
	}
	names, err := fs.Glob(page, "demo/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		for _, ref := range imports.FindAllStringSubmatch(string(read(page, name).body), -1) {
			wanted = append(wanted, strings.Replace(ref[1], "./", "/demo/", 1))
		}
	}
	if len(wanted) < len(names) {
		t.Fatalf("only %d references found in index.html and %d modules", len(wanted), len(names))
	}
	for _, ref := range wanted {
		if r := ask(t, h, http.MethodGet, ref); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", ref, r.StatusCode)
		}
	}
	if inline := regexp.MustCompile(`<style|<script>|\sstyle=|\son[a-z]+=|https?://`).FindString(
		strings.ReplaceAll(index, "xmlns='http://www.w3.org/2000/svg'", "")); inline != "" {
		t.Errorf("index.html has %q", inline)
	}
}

// TestThePageHasItsElements holds every id that a module looks up against index.html: byId throws where it is missing.
func TestThePageHasItsElements(t *testing.T) {
	index := string(read(page, "demo/index.html").body)
	names, err := fs.Glob(page, "demo/*.js")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		for _, id := range regexp.MustCompile(`byId\('([a-z0-9-]+)'\)`).FindAllStringSubmatch(string(read(page, name).body), -1) {
			found++
			if !strings.Contains(index, `id="`+id[1]+`"`) {
				t.Errorf("%s looks up #%s, which index.html does not have", name, id[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d lookups found: the pattern is wrong", found)
	}
}

// TestPagesOfOthersMayLoadTheSDK but nothing else.
func TestPagesOfOthersMayLoadTheSDK(t *testing.T) {
	h := Handler(sdk)
	for path, want := range map[string]string{"/sdk/aldis.js": "*", "/demo/main.js": "", "/": ""} {
		r := ask(t, h, http.MethodGet, path)
		if got := r.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: %q", path, got)
		}
		if corp := r.Header.Get("Cross-Origin-Resource-Policy"); (corp == "cross-origin") != (want == "*") {
			t.Errorf("%s: %q", path, corp)
		}
	}
}
