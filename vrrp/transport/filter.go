package transport

import "golang.org/x/net/bpf"

const (
	words    = 8 // of the set of identifiers
	wordBits = 32
	idAt     = 1 // in a message
	ahLen    = 24
	accept   = 0xffff // bytes of a packet to deliver: all
)

// Filter is the program for SO_ATTACH_FILTER: it lets through what looks like an
// advertisement of VRRPv2 or VRRPv3 with an identifier of interest. The version of
// a router is not compared, so that a wrong one is found and told. Fragments need
// no rule: the kernel delivers packets when they are whole.
//
// A raw socket for IPv4 sees the packet with its header, one for IPv6 without.
func Filter(k Kind, in Interest) []bpf.Instruction {
	load := func(at uint32) bpf.Instruction { return bpf.LoadAbsolute{Off: at, Size: 1} }
	var program []bpf.Instruction
	if k != VRRP6 {
		var message uint32
		if k == AH4 {
			message = ahLen
		}
		load = func(at uint32) bpf.Instruction { return bpf.LoadIndirect{Off: message + at, Size: 1} }
		program = append(program, bpf.LoadMemShift{Off: 0}) // X is the length of the header
	}
	program = append(program,
		load(0), bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4}, // the version
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 2, SkipTrue: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 3, SkipTrue: 1},
		bpf.RetConstant{Val: 0},
		load(idAt),
	)
	if in.EveryID {
		return append(program, bpf.RetConstant{Val: accept})
	}
	return append(program, member(in.IDs)...)
}

// member lets a packet through if the set has the number in A. The set is 8 words of
// 32 bits; the word is chosen, then its bit shifted out.
func member(set [256]bool) []bpf.Instruction {
	program := []bpf.Instruction{
		bpf.StoreScratch{Src: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: wordBits - 1},
		bpf.TAX{},
		bpf.LoadScratch{Dst: bpf.RegA, N: 0},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 5},
	}
	for w := range words {
		// If it is not this word, go on with the next one.
		program = append(program,
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(w), SkipTrue: 2},
			bpf.LoadConstant{Dst: bpf.RegA, Val: word(set, w)},
			bpf.Jump{Skip: uint32(3*(words-1-w)) + 1},
		)
	}
	return append(program,
		bpf.RetConstant{Val: 0},
		bpf.ALUOpX{Op: bpf.ALUOpShiftRight},
		bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 1, SkipFalse: 1},
		bpf.RetConstant{Val: accept},
		bpf.RetConstant{Val: 0},
	)
}

func word(set [256]bool, w int) (bits uint32) {
	for bit := range wordBits {
		if set[w*wordBits+bit] {
			bits |= 1 << bit
		}
	}
	return bits
}
