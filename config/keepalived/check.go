package keepalived

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/lvsctl/lvsctl/config"
)

// Defaults of health checks. Retries and their delay are TCP_CHECK's own.
const (
	defaultTimeout    = 5 * time.Second
	defaultInterval   = 60 * time.Second
	defaultRetries    = uint(1)
	defaultRetryDelay = time.Second
)

// checkTimes are the settings that a check takes from its real server, and that
// from its virtual server. Nil is not set.
type checkTimes struct {
	interval   *time.Duration
	timeout    *time.Duration
	retryDelay *time.Duration
	retries    *uint
}

// timeRows are the rows of the keywords that fill checkTimes. fewestRetries is 1
// for servers and 0 for checks.
func timeRows[T any](times func(*T) *checkTimes, fewestRetries uint64) []row[T] {
	timer := func(field func(*checkTimes) **time.Duration, low, high time.Duration) func(*reader, *statement, *T) {
		return func(r *reader, s *statement, to *T) {
			if d, ok := r.duration(s.words[1], low, high, "ignored"); ok {
				*field(times(to)) = &d
			}
		}
	}
	return []row[T]{
		{names: "delay_loop", args: 1, read: timer(func(t *checkTimes) **time.Duration { return &t.interval }, time.Microsecond, maxDelay)},
		{names: "connect_timeout", args: 1, read: timer(func(t *checkTimes) **time.Duration { return &t.timeout }, time.Microsecond, maxTimer)},
		{names: "delay_before_retry", args: 1, read: timer(func(t *checkTimes) **time.Duration { return &t.retryDelay }, 0, maxDelay)},
		{names: "retry", args: 1, read: func(r *reader, s *statement, to *T) {
			if n, ok := r.number(s.words[1], fewestRetries, 1<<32-1, exact, "ignored, as keepalived does"); ok {
				times(to).retries = new(uint(n))
			}
		}},
	}
}

// tcpCheck is a TCP_CHECK while it is read.
type tcpCheck struct {
	at    config.Position
	ip    netip.Addr // connect_ip; zero: the real server
	port  uint16     // connect_port; 0: that of the real server
	times checkTimes

	oldRetry []word // nb_get_retry and its value
}

// tcpCheckTable is TCP_CHECK.
var tcpCheckTable = sync.OnceValue(func() table[tcpCheck] {
	return newTable("TCP_CHECK",
		[]row[tcpCheck]{
			{names: "connect_ip", args: 1, read: readConnectIP},
			{names: "connect_port", args: 1, read: readConnectPort},

			{names: "nb_get_retry", foreign: "both ignore it", more: true, read: readOldRetry},

			{names: "bindto bind_port bind_if", note: "the kernel chooses where the check comes from"},
			{names: "fwmark", note: "packets of the check carry no mark"},
			{names: "warmup", note: "the first check is not delayed"},
			{names: "alpha", note: "the real server counts as up until the check has failed"},
			{names: "log_all_failures"},
		},
		timeRows(func(c *tcpCheck) *checkTimes { return &c.times }, 0),
	)
})

func readTCPCheck(r *reader, s *statement, m *member) {
	c := tcpCheck{at: s.at()}
	readBlock(r, tcpCheckTable(), s.block, &c)
	m.checks = append(m.checks, c)
}

func readConnectIP(r *reader, s *statement, c *tcpCheck) {
	w := s.words[1]
	ip, err := netip.ParseAddr(w.text)
	if err != nil || ip.Zone() != "" {
		r.warn(w.at, "", "%s is no address: ignored, as keepalived does", quote(w.text))
		return
	}
	c.ip = ip
}

func readConnectPort(r *reader, s *statement, c *tcpCheck) {
	if n, ok := r.number(s.words[1], 1, 65535, exact, "ignored, as keepalived does"); ok {
		c.port = uint16(n)
	}
}

func readOldRetry(_ *reader, s *statement, c *tcpCheck) { c.oldRetry = s.words }

// warnOldRetry tells how many tries there are in spite of nb_get_retry, which
// only HTTP_GET and SSL_GET know. Two of three files with TCP_CHECK have it.
func (c *tcpCheck) warnOldRetry(r *reader, retries uint) {
	if len(c.oldRetry) == 0 {
		return
	}
	hint := `write "retry" if more tries are meant`
	if len(c.oldRetry) > 1 {
		hint = fmt.Sprintf(`write "retry %[1]s" if %[1]s more tries are meant`, c.oldRetry[1].text)
	}
	times := "once more"
	if retries != 1 {
		times = fmt.Sprintf("%d times more", retries)
	}
	r.warn(c.oldRetry[0].at, hint, "TCP_CHECK does not know %s: keepalived ignores it and tries %s (retry %d), and so does lvsctl",
		quote(c.oldRetry[0].text), times, retries)
}

// finish fills in what the check takes from its real server and virtual server.
// It connects to the real server as it is written: the port of the check does
// not follow when DR or TUN resets the port of the real server.
func (c *tcpCheck) finish(r *reader, v *service, m *member) config.Check {
	server, service := m.times, v.defaults
	retries := firstSet(defaultRetries, c.times.retries, server.retries, service.retries)
	c.warnOldRetry(r, retries)
	return config.Check{
		Kind:       config.CheckTCP,
		Target:     c.target(r, m.server.Address, v.server.Address.Port()),
		Timeout:    firstSet(defaultTimeout, c.times.timeout, server.timeout, service.timeout),
		Interval:   firstSet(defaultInterval, c.times.interval, server.interval, service.interval),
		Retries:    retries,
		RetryDelay: firstSet(defaultRetryDelay, c.times.retryDelay, server.retryDelay, service.retryDelay),
		Where:      c.at,
	}
}

// target is where the check connects to.
func (c *tcpCheck) target(r *reader, server netip.AddrPort, servicePort uint16) netip.AddrPort {
	ip, port := server.Addr(), server.Port()
	if c.ip.IsValid() {
		ip = c.ip
	}
	if c.port != 0 {
		port = c.port
	}
	switch {
	case port != 0:
	case servicePort != 0:
		r.warn(c.at, `write the port after real_server, or add "connect_port"`,
			"TCP_CHECK connects to port %d of the virtual server; keepalived would connect to port 0 and always fail", servicePort)
		port = servicePort
	default:
		r.warn(c.at, `add "connect_port"`, "TCP_CHECK has no port to connect to: it always fails, as in keepalived")
	}
	return netip.AddrPortFrom(ip, port)
}

// firstSet is the first value that is set, else the default.
func firstSet[T any](otherwise T, values ...*T) T {
	for _, v := range values {
		if v != nil {
			return *v
		}
	}
	return otherwise
}
