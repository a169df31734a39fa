package ipvs

// Numbers of the generic netlink family "IPVS" (linux/ip_vs.h), of the controller
// that tells a family's number (linux/genetlink.h) and of netlink itself
// (linux/netlink.h). They are Linux's own on every system that this compiles on.

const (
	familyName    = "IPVS"
	familyVersion = 1
)

// noop is the kind of a netlink message that asks for nothing (NLMSG_NOOP).
const noop = 1

// Generic netlink controller.
const (
	controllerFamily  = 0x10 // GENL_ID_CTRL
	controllerVersion = 2
	ctrlGetFamily     = 3
	ctrlAttrFamilyID  = 1
	ctrlAttrName      = 2
)

// Netlink messages: types and flags.
const (
	messageHeader = 16
	genericHeader = 4 // struct genlmsghdr

	messageError = 2 // NLMSG_ERROR
	messageDone  = 3 // NLMSG_DONE

	flagRequest         = 0x1   // NLM_F_REQUEST
	flagAcknowledge     = 0x4   // NLM_F_ACK
	flagDumpInterrupted = 0x10  // NLM_F_DUMP_INTR
	flagDump            = 0x300 // NLM_F_DUMP
)

// Commands, IPVS_CMD_*.
const (
	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdGetService = 4
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetDest    = 8
	cmdNewDaemon  = 9
	cmdDelDaemon  = 10
	cmdGetDaemon  = 11
	cmdSetConfig  = 12
	cmdGetConfig  = 13
	cmdGetInfo    = 15
	cmdZero       = 16
	cmdFlush      = 17
)

// Attributes of a command, IPVS_CMD_ATTR_*.
const (
	attrService       = 1
	attrDest          = 2
	attrDaemon        = 3
	attrTimeoutTCP    = 4
	attrTimeoutTCPFin = 5
	attrTimeoutUDP    = 6
)

// Attributes of a service, IPVS_SVC_ATTR_*.
const (
	svcFamily    = 1
	svcProtocol  = 2
	svcAddress   = 3
	svcPort      = 4
	svcFWMark    = 5
	svcScheduler = 6
	svcFlags     = 7
	svcTimeout   = 8
	svcNetmask   = 9
	svcStats     = 10
	svcPE        = 11
	svcStats64   = 12
)

// Attributes of a destination, IPVS_DEST_ATTR_*.
const (
	dstAddress         = 1
	dstPort            = 2
	dstMethod          = 3
	dstWeight          = 4
	dstUpperThreshold  = 5
	dstLowerThreshold  = 6
	dstActiveConns     = 7
	dstInactiveConns   = 8
	dstPersistentConns = 9
	dstStats           = 10
	dstFamily          = 11
	dstStats64         = 12
	dstTunnelType      = 13
	dstTunnelPort      = 14
	dstTunnelFlags     = 15
)

// Attributes of a synchronisation daemon, IPVS_DAEMON_ATTR_*.
const (
	daemonState     = 1
	daemonInterface = 2
	daemonSyncID    = 3
	daemonMaxLength = 4
	daemonGroup     = 5
	daemonGroup6    = 6
	daemonPort      = 7
	daemonTTL       = 8
)

// Attributes of counters, IPVS_STATS_ATTR_*.
const (
	statsConnections = 1
	statsPacketsIn   = 2
	statsPacketsOut  = 3
	statsBytesIn     = 4
	statsBytesOut    = 5
	statsCPS         = 6
	statsPPSIn       = 7
	statsPPSOut      = 8
	statsBPSIn       = 9
	statsBPSOut      = 10
)

// Attributes of the answer to cmdGetInfo, IPVS_INFO_ATTR_*.
const (
	infoVersion   = 1
	infoTableSize = 2
)

// methodMask covers the forwarding method in the connection flags of a
// destination, IP_VS_CONN_F_FWD_MASK.
const methodMask = 7

// allFlags is the mask that makes the kernel take every flag of a service as sent.
const allFlags = 0xffffffff
