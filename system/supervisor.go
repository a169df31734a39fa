package system

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Supervisor is who started a daemon and wants to hear how it fares: systemd, by
// the datagrams of sd_notify(3). The zero Supervisor is nobody; telling it
// anything does nothing.
type Supervisor struct {
	socket   string
	watchdog time.Duration
}

// SupervisorOf reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of an
// environment; pid is the process that asks.
func SupervisorOf(getenv func(string) string, pid int) Supervisor {
	s := Supervisor{socket: getenv("NOTIFY_SOCKET")}
	if of := getenv("WATCHDOG_PID"); of != "" && of != strconv.Itoa(pid) {
		return s
	}
	if usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 {
		s.watchdog = time.Duration(usec) * time.Microsecond
	}
	return s
}

// Ready says that the daemon does its work now, and how it stands.
func (s Supervisor) Ready(status string) error { return s.tell("READY=1", "STATUS="+status) }

// Status says how the daemon stands, in one line.
func (s Supervisor) Status(status string) error { return s.tell("STATUS=" + status) }

// Stopping says that the end has begun.
func (s Supervisor) Stopping() error { return s.tell("STOPPING=1") }

// Guard tells the supervisor that the daemon lives, twice in each watchdog
// interval as long as alive succeeds, until ctx ends. Without a watchdog it
// returns at once. What alive returns beyond the interval comes too late anyway.
func (s Supervisor) Guard(ctx context.Context, alive func(context.Context) error) {
	if s.socket == "" || s.watchdog == 0 {
		return
	}
	tick := time.NewTicker(s.watchdog / 2)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, s.watchdog)
		if alive(limited) == nil {
			_ = s.tell("WATCHDOG=1") // who does not hear it restarts the daemon, as it should
		}
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s Supervisor) tell(lines ...string) error {
	if s.socket == "" {
		return nil
	}
	name := s.socket
	if strings.HasPrefix(name, "@") {
		name = "\x00" + name[1:] // an abstract socket, unix(7)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("tell the supervisor: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte(strings.Join(lines, "\n"))); err != nil {
		return fmt.Errorf("tell the supervisor: %w", err)
	}
	return nil
}
