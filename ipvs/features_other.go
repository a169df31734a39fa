//go:build !linux

package ipvs

func kernelFeatures() features { return features{} }
