#!/bin/sh
# Installs the Debian packages that the tests, the demo and the bench run with,
# if one of their programs is missing.
set -eu
PATH=$PATH:/usr/sbin:/sbin
missing=
need() { # PACKAGE PROGRAM
	command -v "$2" >/dev/null 2>&1 || missing="$missing $1"
}
need user-mode-linux linux.uml
need kmod modprobe
need iproute2 ip
need procps ps
need ipvsadm ipvsadm
need ldirectord ldirectord
need keepalived keepalived
need tcpdump tcpdump
need tshark tshark
[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing the Debian packages that the tests run with:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
$sudo env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing" >/dev/null
