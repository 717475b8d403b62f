#!/bin/sh
# Programs the tests drive tvd with: real players, a real browser, independent validators. Installs what is missing on
# Debian and its kin when run by root; otherwise says what is missing and fails. Nothing is skipped in silence.
set -eu

# program that must be there | Debian package that brings it
needed='
ffmpeg ffmpeg
chromium chromium
mpv mpv
cvlc vlc-bin
gst-launch-1.0 gstreamer1.0-tools
promtool prometheus
bwrap bubblewrap
nginx nginx-light
tv_validate_file xmltv-util
setpriv util-linux
'
# Packages that bring no program but are needed on Debian: plug-ins and a font.
plugins='vlc-plugin-base gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
gstreamer1.0-libav fonts-dejavu-core'

PATH=$PATH:/usr/sbin:/sbin
missing_programs=
missing_packages=
while read -r program package; do
    [ -n "$program" ] || continue
    if ! command -v "$program" >/dev/null 2>&1; then
        missing_programs="$missing_programs $program"
        missing_packages="$missing_packages $package"
    fi
done <<END
$needed
END

if command -v dpkg-query >/dev/null 2>&1; then
    for package in $plugins; do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
        [ "$status" = 'install ok installed' ] || missing_packages="$missing_packages $package"
    done
else
    # Elsewhere the plug-ins show in what GStreamer can do.
    if command -v gst-inspect-1.0 >/dev/null 2>&1 && ! gst-inspect-1.0 avdec_h264 >/dev/null 2>&1; then
        missing_programs="$missing_programs gstreamer-plugin-libav"
    fi
fi

[ -n "$missing_programs$missing_packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need programs that are not here:$missing_programs" >&2
    echo "Install them with your system's packages and run make test again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The tests need Debian packages that are not installed. As root, once:" >&2
    echo "    apt-get install --no-install-recommends$missing_packages" >&2
    exit 1
fi

echo "Installing what the tests need:$missing_packages"
# Two of the packages (prometheus, nginx) bring services that we only want the programs of.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT INT TERM
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
apt-get install -y -qq --no-install-recommends $missing_packages >/dev/null
if [ -d /run/systemd/system ]; then
    for service in prometheus nginx; do
        case " $missing_packages " in *" $service"*) systemctl disable --quiet --now $service || true ;; esac
    done
fi
