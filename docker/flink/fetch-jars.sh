#!/bin/sh
# fetch-jars.sh LINE LOCK FOLDER: fetch the jars `extensions-LINE` of the lock file by their Maven coordinates, and verify each of them.
# A line of the lock: <set> <group>:<artifact>:<version> <bytes> sha256=<hex> sha1=<hex>
set -eu
line=$1 lock=$2 folder=$3
sums=$(mktemp)
mkdir -p "$folder"
while read -r set coordinate _ sha256 _; do
    [ "$set" = "extensions-$line" ] || continue
    rest=${coordinate#*:}
    echo "fetching $coordinate"
    # Later versions of the plugin ask for the POMs of a jar's parents too, which not every repository holds; the jar alone is wanted.
    # Maven would read the rest of the lock from standard input.
    mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:2.10:copy \
        "-Dartifact=$coordinate" "-DoutputDirectory=$folder" </dev/null
    echo "${sha256#sha256=}  $folder/${rest%%:*}-${rest##*:}.jar" >>"$sums"
done <"$lock"
[ -s "$sums" ] || { echo "$lock has no jars for the Flink line '$line'" >&2; exit 1; }
sha256sum --check "$sums"
chmod 644 "$folder"/*.jar
