#!/bin/sh
# Builds fwproof_VERSION_ARCH.deb from an installed tree: deb.sh VERSION. The same tree gives the
# same bytes.
set -eu
umask 022
version=$1
cd "$(dirname "$0")/.."
arch=$(dpkg --print-architecture)
tree=build/deb
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
export SOURCE_DATE_EPOCH

rm -rf "$tree"
${MAKE:-make} -s install DESTDIR="$tree" PREFIX=/usr
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/fwproof"
mkdir -p "$tree/DEBIAN" "$tree/usr/share/doc/fwproof"
mv "$tree/usr/share/zsh/site-functions" "$tree/usr/share/zsh/vendor-completions"
multiarch=$(${CC:-cc} -print-multiarch)
if [ -n "$multiarch" ]; then
    mkdir -p "$tree/usr/lib/$multiarch"
    mv "$tree/usr/lib/pkgconfig" "$tree/usr/lib/$multiarch/pkgconfig"
fi
gzip -9n "$tree"/usr/share/man/man?/*
find "$tree/usr/share" -type f -exec chmod 644 {} +

{
    echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
    echo 'Upstream-Name: fwproof'
    echo
    echo 'Files: *'
    sed -n 's/^Copyright (c) /Copyright: /p' LICENSE | head -n 1
    echo 'License: Expat'
    sed -n '/^Permission/,$p' LICENSE | sed 's/^$/./; s/^/ /'
} >"$tree/usr/share/doc/fwproof/copyright"
printf 'fwproof (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- fwproof <fwproof@example.com>  %s\n' \
    "$version" "$version" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")" |
    gzip -9n >"$tree/usr/share/doc/fwproof/changelog.gz"

# What the program is linked with, as packages.
depends=
for library in $(objdump -p "$tree/usr/bin/fwproof" | awk '/NEEDED/ { print $2 }'); do
    package=$(dpkg -S "*/$library" | sed -n 's/^\([^:,]*\):.*/\1/p' | sort -u | head -n 1)
    case ", $depends, " in *", $package, "*) ;; *) depends=${depends:+$depends, }$package ;; esac
done

# In KiB, as Debian's own tools count them: the same on every file system.
installed_size() {
    find "$tree/usr" \( -type f -printf '%s\n' \) -o -printf '1\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }'
}

cat >"$tree/DEBIAN/control" <<END
Package: fwproof
Version: $version
Architecture: $arch
Maintainer: fwproof <fwproof@example.com>
Installed-Size: $(installed_size)
Depends: $depends
Section: net
Priority: optional
Description: audit exported firewall configurations offline
 Reads the output of iptables-save, Cisco ASA configurations and rule lists
 as CSV, computes with exact sets of packets, and holds the result against
 rule packs. What it finds it proves; what it cannot know it says.
END
(cd "$tree" && find usr -type f | LC_ALL=C sort | xargs md5sum >DEBIAN/md5sums)
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
chmod -R u+rwX,go=rX "$tree"
dpkg-deb --root-owner-group --threads-max=1 --build "$tree" "fwproof_${version}_$arch.deb"
