package config

import (
	"net/netip"
	"strings"
)

// CheckKind names a kind of health check.
type CheckKind string

// Kinds of health check.
const (
	CheckTCP   CheckKind = "tcp"   // TCP_CHECK
	CheckHTTP  CheckKind = "http"  // HTTP_GET
	CheckHTTPS CheckKind = "https" // SSL_GET
	CheckSMTP  CheckKind = "smtp"  // SMTP_CHECK
	CheckDNS   CheckKind = "dns"   // DNS_CHECK
	CheckExec  CheckKind = "exec"  // MISC_CHECK
	CheckUDP   CheckKind = "udp"   // UDP_CHECK
	CheckPing  CheckKind = "ping"  // PING_CHECK
	CheckBFD   CheckKind = "bfd"   // BFD_CHECK
	CheckFile  CheckKind = "file"  // FILE_CHECK

	// CheckUnknown never passes: it stands for a check whose name is not known, or
	// that lacks what it needs. Without it the real server would count as up.
	CheckUnknown CheckKind = "unknown"
)

// Name is what keepalived calls the kind.
func (k CheckKind) Name() string {
	switch k {
	case CheckHTTP:
		return "HTTP_GET"
	case CheckHTTPS:
		return "SSL_GET"
	case CheckExec:
		return "MISC_CHECK"
	default:
		return strings.ToUpper(string(k)) + "_CHECK"
	}
}

// Retries is how often a failed check is tried again if nothing else is said.
func (k CheckKind) Retries() uint32 {
	switch k {
	case CheckDNS:
		return 3
	case CheckExec:
		return 0
	default:
		return 1
	}
}

// connects tells that there is a target to connect to.
func (k CheckKind) connects() bool {
	switch k {
	case CheckExec, CheckBFD, CheckFile, CheckUnknown:
		return false
	default:
		return true
	}
}

// runs tells that the check runs again and again.
func (k CheckKind) runs() bool { return k == CheckExec || k.connects() }

// Check is one health check of a real server.
type Check struct {
	Kind           Value[CheckKind]  `yaml:"kind" doc:"what is checked" enum:"tcp|http|https|smtp|dns|exec|udp|ping|bfd|file|unknown"`
	Unknown        Text              `yaml:"unknown" doc:"name of a check that is not known or not complete: it never passes"`
	Address        Value[netip.Addr] `yaml:"address" keepalived:"connect_ip" doc:"address to connect to" default:"that of the real server"`
	Port           Value[uint16]     `yaml:"port" keepalived:"connect_port" doc:"port to connect to" min:"1" default:"that of the real server"`
	Times          CheckTimes        `yaml:",inline"`
	Alpha          Flag              `yaml:"alpha" keepalived:"alpha" doc:"counts as failed until it passes" default:"that of the real server" idle:"a server that is not in the table must pass its first check anyway"`
	LogAllFailures Flag              `yaml:"log_all_failures" keepalived:"log_all_failures" doc:"log each failure, not only the last of a row" default:"global.ipvs.log_all_failures" idle:""`
	Source         *CheckSource      `yaml:"source" doc:"where the check comes from"`
	HTTP           *HTTPCheck        `yaml:"http" doc:"of http and https checks"`
	SMTP           *SMTPCheck        `yaml:"smtp" doc:"of smtp checks"`
	DNS            *DNSCheck         `yaml:"dns" doc:"of dns checks"`
	Exec           *ExecCheck        `yaml:"exec" doc:"of exec checks"`
	UDP            *UDPCheck         `yaml:"udp" doc:"of udp checks"`
	BFD            *BFDCheck         `yaml:"bfd" doc:"of bfd checks"`
	File           *FileCheck        `yaml:"file" doc:"of file checks"`
	Where          Position          `yaml:"-"`
}

// CheckSource is where a check comes from.
type CheckSource struct {
	Address   Value[netip.Addr] `yaml:"address" keepalived:"bindto" doc:"source address" idle:"the kernel chooses where the check comes from"`
	Port      Value[uint16]     `yaml:"port" keepalived:"bind_port" doc:"source port" min:"1" idle:"the kernel chooses where the check comes from"`
	Interface Text              `yaml:"interface" keepalived:"bind_if" doc:"interface" idle:"the kernel chooses where the check comes from"`
	FWMark    Value[uint32]     `yaml:"fwmark" keepalived:"fwmark" doc:"firewall mark of its packets" idle:"packets of the check carry no mark"`
}

// HTTPCheck asks a web server (HTTP_GET, SSL_GET).
type HTTPCheck struct {
	URLs         []URL `yaml:"urls" keepalived:"url" doc:"all must be as expected"`
	Version      Text  `yaml:"version" keepalived:"http_protocol" doc:"version of the request" enum:"1.0|1.0C|1.1" default:"1.0"`
	VirtualHost  Text  `yaml:"virtual_host" keepalived:"virtualhost" doc:"Host" default:"that of the real server"`
	SNI          Flag  `yaml:"sni" keepalived:"enable_sni" doc:"tell the host in the TLS greeting"`
	SNIName      Text  `yaml:"sni_name" keepalived:"sni_name" doc:"another name there"`
	FastRecovery Flag  `yaml:"fast_recovery" keepalived:"fast_recovery" doc:"no wait between URLs while it comes back"`
	TLSCompliant Flag  `yaml:"tls_compliant" keepalived:"tls_compliant" doc:"a connection must be closed as TLS says"`
}

// URL is one request and what is expected.
type URL struct {
	Path           Text             `yaml:"path" keepalived:"path" doc:"what is asked for"`
	Status         Value[StatusSet] `yaml:"status" keepalived:"status_code" doc:"status codes that are good, such as 200,204,300-399" default:"200-299"`
	Digest         Text             `yaml:"digest" keepalived:"digest" doc:"MD5 of the body, 32 hexadecimal digits"`
	VirtualHost    Text             `yaml:"virtual_host" keepalived:"virtualhost" doc:"Host"`
	Regex          Text             `yaml:"regex" keepalived:"regex" doc:"the body must match"`
	RegexNoMatch   Flag             `yaml:"regex_no_match" keepalived:"regex_no_match" doc:"the body must not match"`
	RegexOptions   Value[[]string]  `yaml:"regex_options" keepalived:"regex_options" doc:"options of PCRE2"`
	RegexStack     Text             `yaml:"regex_stack" keepalived:"regex_stack" doc:"stack sizes of PCRE2, start and limit"`
	RegexMinOffset Value[uint32]    `yaml:"regex_min_offset" keepalived:"regex_min_offset" doc:"the match begins here or later"`
	RegexMaxOffset Value[uint32]    `yaml:"regex_max_offset" keepalived:"regex_max_offset" doc:"the match begins here or earlier"`
	TLSCompliant   Flag             `yaml:"tls_compliant" keepalived:"tls_compliant" doc:"a connection must be closed as TLS says"`
	Where          Position         `yaml:"-"`
}

// SMTPCheck greets a mail server (SMTP_CHECK).
type SMTPCheck struct {
	Helo Text `yaml:"helo" keepalived:"helo_name" doc:"name to greet with" default:"smtpchecker.keepalived.org"`
}

// DNSCheck asks a name server (DNS_CHECK).
type DNSCheck struct {
	Type Text `yaml:"type" keepalived:"type" doc:"kind of record" enum:"A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY" default:"SOA"`
	Name Text `yaml:"name" keepalived:"name" doc:"name that is asked for" default:"."`
}

// ExecCheck runs a program (MISC_CHECK).
type ExecCheck struct {
	Run     Value[CommandLine] `yaml:"run" keepalived:"misc_path" doc:"program and arguments; exit status 0 is success"`
	User    Text               `yaml:"user" keepalived:"user" doc:"who runs it"`
	Group   Text               `yaml:"group" doc:"group that runs it"`
	Timeout Span               `yaml:"kill_after" keepalived:"misc_timeout" doc:"killed after so long" default:"interval"`
	Dynamic Flag               `yaml:"dynamic" keepalived:"misc_dynamic" doc:"exit status 2 to 255 sets the weight, less 2"`
}

// UDPCheck sends a datagram (UDP_CHECK).
type UDPCheck struct {
	Payload      Text          `yaml:"payload" keepalived:"payload" doc:"what is sent, hexadecimal" default:"random"`
	RequireReply Text          `yaml:"require_reply" keepalived:"require_reply" doc:"an answer must come, and match these digits; X is any"`
	NeedsReply   Flag          `yaml:"needs_reply" keepalived:"require_reply" doc:"an answer must come"`
	MinLength    Value[uint16] `yaml:"min_reply_length" keepalived:"min_reply_length" doc:"shortest answer, bytes" default:"0"`
	MaxLength    Value[uint16] `yaml:"max_reply_length" keepalived:"max_reply_length" doc:"longest answer, bytes" default:"255"`
}

// BFDCheck follows a BFD session (BFD_CHECK).
type BFDCheck struct {
	Name Text `yaml:"name" keepalived:"name" doc:"BFD session by name"`
}

// FileCheck follows a track file (FILE_CHECK).
type FileCheck struct {
	Name    Text         `yaml:"track_file" keepalived:"track_file" doc:"track file by name"`
	Weight  Value[int32] `yaml:"file_weight" keepalived:"weight" doc:"the number is multiplied with it"`
	Reverse Flag         `yaml:"reverse" doc:"the other sign"`
}
