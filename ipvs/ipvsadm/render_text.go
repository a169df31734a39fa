package ipvsadm

import "strconv"

// spaces are as many as the widest column has.
const spaces = "                                 "

func (r *renderer) text(s string)   { r.out = append(r.out, s...) }
func (r *renderer) line(s string)   { r.out = append(append(r.out, s...), '\n') }
func (r *renderer) number(n uint64) { r.out = strconv.AppendUint(r.out, n, 10) }

// signed writes what the kernel holds without sign as ipvsadm does.
func (r *renderer) signed(n uint32) { r.out = strconv.AppendInt(r.out, int64(int32(n)), 10) }

// pad fills up with blanks what was written since start.
func (r *renderer) pad(start, width int) {
	if n := start + width - len(r.out); n > 0 {
		r.out = append(r.out, spaces[:n]...)
	}
}

// cut drops what was written since start beyond width.
func (r *renderer) cut(start, width int) { r.out = r.out[:min(len(r.out), start+width)] }

// left writes a blank and s, filled up at its end.
func (r *renderer) left(s string, width int) {
	r.text(" ")
	start := len(r.out)
	r.text(s)
	r.pad(start, width)
}

// leftNumber writes a blank and n, filled up at its end.
func (r *renderer) leftNumber(n uint32, width int) {
	r.text(" ")
	start := len(r.out)
	r.number(uint64(n))
	r.pad(start, width)
}

// right writes n with blanks before it.
func (r *renderer) right(n uint64, width int) {
	var buffer [20]byte
	digits := strconv.AppendUint(buffer[:0], n, 10)
	r.pad(len(r.out), width-len(digits))
	r.out = append(r.out, digits...)
}

// counter writes a counter with all digits, or in thousands, millions and so on
// as soon as it has more than eight, without rounding. What is too long for its
// column moves the rest of the line.
func (r *renderer) counter(n uint64) {
	if r.listing.Exact {
		r.text(" ")
		r.right(n, 8)
		return
	}
	switch {
	case n < 1e8:
		r.right(n, 9)
	case n < 1e9:
		r.right(n/1e3, 8)
		r.text("K")
	case n < 1e11:
		r.right(n/1e6, 8)
		r.text("M")
	case n < 1e14:
		r.right(n/1e9, 8)
		r.text("G")
	default:
		r.right(n/1e12, 8)
		r.text("T")
	}
}
