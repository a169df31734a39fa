package ipvs

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// Netlink attributes (linux/netlink.h, struct nlattr): a length and a number of 16
// bits each in the byte order of the host, then the payload, filled up to four
// bytes. They are written and read here and not by a library because a table of
// thousands of servers is made of them: this needs no memory for each.

const (
	attributeHeader = 4
	attributeNested = 0x8000 // NLA_F_NESTED; the kernel asks for it nowhere in IPVS
	attributeType   = 0x3fff // without the flags
)

// errShort is an answer that ends too early to be one of the kernel's.
var errShort = errors.New("answer of the kernel is cut short")

// attributeWriter appends attributes to a buffer.
type attributeWriter struct{ b []byte }

// open starts an attribute; close, given what open gave, ends it.
func (w *attributeWriter) open(number uint16) (mark int) {
	w.b = append(w.b, 0, 0)
	w.b = binary.NativeEndian.AppendUint16(w.b, number)
	return len(w.b) - attributeHeader
}

func (w *attributeWriter) close(mark int) {
	binary.NativeEndian.PutUint16(w.b[mark:], uint16(len(w.b)-mark))
	for len(w.b)%4 != 0 {
		w.b = append(w.b, 0)
	}
}

func (w *attributeWriter) nest(number uint16) (mark int) { return w.open(number | attributeNested) }

// text writes a string with the zero byte that ends it.
func (w *attributeWriter) text(number uint16, s string) {
	mark := w.open(number)
	w.b = append(append(w.b, s...), 0)
	w.close(mark)
}

func (w *attributeWriter) uint8(number uint16, n uint8) {
	mark := w.open(number)
	w.b = append(w.b, n)
	w.close(mark)
}

func (w *attributeWriter) uint16(number, n uint16) {
	mark := w.open(number)
	w.b = binary.NativeEndian.AppendUint16(w.b, n)
	w.close(mark)
}

func (w *attributeWriter) uint32(number uint16, n uint32) {
	mark := w.open(number)
	w.b = binary.NativeEndian.AppendUint32(w.b, n)
	w.close(mark)
}

// networkOrder writes a port.
func (w *attributeWriter) networkOrder(number, n uint16) {
	mark := w.open(number)
	w.b = binary.BigEndian.AppendUint16(w.b, n)
	w.close(mark)
}

// address writes 4 or 16 bytes. A v4-mapped IPv6 address keeps its 16: it is
// another address.
func (w *attributeWriter) address(number uint16, a netip.Addr) {
	mark := w.open(number)
	if a.Is4() {
		b := a.As4()
		w.b = append(w.b, b[:]...)
	} else {
		b := a.As16()
		w.b = append(w.b, b[:]...)
	}
	w.close(mark)
}

// attributeReader walks over attributes. Payloads that are too short for what they
// should be make it fail; err tells at the end.
type attributeReader struct {
	rest   []byte
	number uint16
	data   []byte // payload of the present attribute, valid as long as the datagram
	failed bool
}

// next goes to the next attribute and tells whether there is one.
func (r *attributeReader) next() bool {
	if r.failed || len(r.rest) == 0 {
		return false
	}
	if len(r.rest) < attributeHeader {
		r.failed = true
		return false
	}
	length := int(binary.NativeEndian.Uint16(r.rest))
	if length < attributeHeader || length > len(r.rest) {
		r.failed = true
		return false
	}
	r.number = binary.NativeEndian.Uint16(r.rest[2:]) & attributeType
	r.data = r.rest[attributeHeader:length]
	r.rest = r.rest[min((length+3)&^3, len(r.rest)):]
	return true
}

func (r *attributeReader) err() error {
	if r.failed {
		return errShort
	}
	return nil
}

// fixed is the payload if it has n bytes, else n zeroes.
func (r *attributeReader) fixed(n int) []byte {
	if len(r.data) != n {
		r.failed = true
		return make([]byte, n)
	}
	return r.data
}

func (r *attributeReader) uint8() uint8         { return r.fixed(1)[0] }
func (r *attributeReader) uint16() uint16       { return binary.NativeEndian.Uint16(r.fixed(2)) }
func (r *attributeReader) uint32() uint32       { return binary.NativeEndian.Uint32(r.fixed(4)) }
func (r *attributeReader) uint64() uint64       { return binary.NativeEndian.Uint64(r.fixed(8)) }
func (r *attributeReader) networkOrder() uint16 { return binary.BigEndian.Uint16(r.fixed(2)) }

// text is the payload without the zero byte that ends it.
func (r *attributeReader) text() string {
	if n := len(r.data); n > 0 && r.data[n-1] == 0 {
		return string(r.data[:n-1])
	}
	return string(r.data)
}
