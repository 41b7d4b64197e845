// Package browser shows the service with real peers: the real binary as a process, pages in real headless Chromium, and
// Pion. Chromium is /usr/bin/chromium or what CHROMIUM names; `make deps` installs it and the npm packages here.
package browser
