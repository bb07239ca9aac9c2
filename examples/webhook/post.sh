#!/bin/sh
# Says one line in a room: post.sh "the build is green"
#
# WR_URL (http://localhost:8080), ROOM and BOT_TOKEN say where and as whom. With sh, curl, sed, awk and od alone.
set -eu

: "${ROOM:?must be set}" "${BOT_TOKEN:?must be set}"
url="${WR_URL:-http://localhost:8080}/api/rooms/$ROOM/messages"

# Text as what stands in a JSON string. Control characters but line ends and tabs are left out.
json_text() {
  printf '%s' "$1" | tr -d '\000-\010\013-\037\177' | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' |
    awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# One key for all tries: however often it is sent, it is said once.
key=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
body=$(printf '{"key":"%s","text":"%s"}' "$key" "$(json_text "$1")")

# The token comes by standard input: arguments can be seen by others on the machine. Tried again for less than the 10 s in which
# a message may enter the log.
printf 'header = "Authorization: Bearer %s"\n' "$BOT_TOKEN" |
  curl --config - --silent --show-error --fail-with-body --retry 5 --retry-max-time 8 --max-time 8 \
    --header 'Content-Type: application/json' --data-binary "$body" "$url"
echo
