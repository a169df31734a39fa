package system

// Scheduling is how the kernel treats the threads of a daemon.
type Scheduling struct {
	Nice       int    // -20 to 19; 0 leaves it as it is
	Realtime   int    // SCHED_RR priority, 1 to 99; 0: none (sched(7))
	LockMemory bool   // no page of it is swapped out
	CPUs       []int  // processors to run on, nil: any
	RTLimit    uint64 // longest real-time run without a blocking call, microseconds; 0: no limit (RLIMIT_RTTIME)
}
