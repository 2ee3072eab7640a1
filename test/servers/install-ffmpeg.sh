#!/usr/bin/env bash
# Installs Debian's ffmpeg and a recording of a real phone, for tests of media files. Needs root, Debian 12.
set -euo pipefail
if command -v ffmpeg >/dev/null && dpkg -s forensics-samples-files >/dev/null 2>&1; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends ffmpeg forensics-samples-files >/dev/null
