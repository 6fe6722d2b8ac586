#!/usr/bin/env bash
# rootfs.sh FOLDER PROGRAM…: lays out all that programs need to run, as the image has it:
# the programs, the libraries they load, the authorities that vouch for sites, how names are looked
# up, folders to write to (/data, and /shared for what nodes share) and one for what is temporary.
set -euo pipefail
root=$1
shift

owner=10001
mkdir -p "$root/etc/ssl/certs" "$root/data/vouchers" "$root/shared" "$root/tmp"
for program in "$@"; do
  install -m 0755 "$program" "$root/$(basename "$program")"
  # Lines of ldd: `libm.so.6 => /lib/…/libm.so.6 (0x…)`, and `/lib64/ld-linux… (0x…)`.
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    install -D -m 0755 "$library" "$root$library"
  done
done
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# glibc asks DNS by itself; it need only be told to.
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
# A volume takes over whose the folder is that it is mounted on.
chmod 0700 "$root/data" "$root/data/vouchers" "$root/shared"
chown "$owner:$owner" "$root/data" "$root/data/vouchers" "$root/shared"
