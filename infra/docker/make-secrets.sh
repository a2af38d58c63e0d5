#!/bin/sh
# Makes the secrets of compose's profile "full", each once: what is there stays.
#   sh infra/docker/make-secrets.sh [FOLDER]
set -eu
folder=${1:-"$(dirname "$0")/secrets"}
mkdir -p "$folder"
# Nobody else gets into the folder. The files themselves are mounted into containers, whose users
# are not this one, and so anybody who sees them may read them.
chmod 700 "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# keep NAME: what comes in becomes that file, unless it is there already.
keep() {
  if [ -s "$folder/$1" ]; then return 0; fi
  cat >"$folder/$1.new"
  chmod 444 "$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

printf 'ats' | keep minio-user
random | keep minio-password
random | keep influxdb-password
random | keep influxdb-token
random | keep master-key
printf 'influxdb://influxdb:8086/ats/ticks?token=%s' "$(cat "$folder/influxdb-token")" |
  keep tick-store-url
# MinIO's own, and DynamoDB Local takes any.
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
  "$(cat "$folder/minio-user")" "$(cat "$folder/minio-password")" | keep aws-credentials
