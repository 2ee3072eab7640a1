#!/usr/bin/env bash
# Installs a real Ceph object gateway and openssl, for certificates, from Debian's packages (no service is started). Needs root, Debian 12.
set -euo pipefail
if command -v radosgw >/dev/null && command -v ceph-mon >/dev/null && command -v ceph-osd >/dev/null && command -v openssl >/dev/null; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends radosgw ceph-mon ceph-osd ceph-common openssl >/dev/null
