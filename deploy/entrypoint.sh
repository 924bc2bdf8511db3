#!/bin/sh
# Puts secrets into the environment, then becomes the command. Each file in the folder SECRETS (/run/secrets, where
# Compose, Swarm and Kubernetes lay them) whose name is that of an environment variable becomes that variable.
set -eu
for file in "${SECRETS:-/run/secrets}"/*; do
  name=${file##*/}
  case $name in
    *[!A-Z0-9_]* | [0-9]*) ;;
    *) [ ! -f "$file" ] || export "$name=$(cat "$file")" ;;
  esac
done
exec "$@"
