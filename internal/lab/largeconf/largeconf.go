// Package largeconf writes keepalived.conf files of any size, to measure with.
package largeconf

import (
	"bufio"
	"errors"
	"fmt"
	"os"
)

// Write writes virtual servers to a file, each with so many real servers, all of
// which have a TCP check. There is nothing wrong with any of them, up to 65536 services of 50.
func Write(path string, services, servers int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for v := range services {
		_, _ = fmt.Fprintf(w, `virtual_server 10.1.%d.%d 80 {
    delay_loop 6
    lb_algo wlc
    lb_kind NAT
    persistence_timeout 50
    protocol TCP

`, v>>8, v&255)
		for r := range servers {
			_, _ = fmt.Fprintf(w, `    real_server 10.%d.%d.%d 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
            delay_before_retry 3
            connect_port 80
            retry 3
        }
    }
`, 2+r, v>>8, v&255)
		}
		_, _ = w.WriteString("}\n")
	}
	return errors.Join(w.Flush(), f.Close())
}
