//go:build !linux

package ipvs

func thisProcess() process { return process{} }
