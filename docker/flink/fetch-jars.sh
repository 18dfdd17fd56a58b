#!/bin/sh
# fetch-jars.sh SET LOCK FOLDER: fetch the jars of a set of the lock file by their Maven coordinates, and verify each of them.
# A line of the lock: <set> <group>:<artifact>[:<classifier>]:<version> <bytes> sha256=<hex> sha1=<hex>
set -eu
wanted=$1 lock=$2 folder=$3
sums=$(mktemp)
mkdir -p "$folder"
while read -r set coordinate _ sha256 _; do
    [ "$set" = "$wanted" ] || continue
    group=${coordinate%%:*} rest=${coordinate#*:} version=${coordinate##*:}
    artifact=${rest%%:*} middle=${rest#*:}
    classifier=${middle%"$version"} && classifier=${classifier%:}
    echo "fetching $coordinate"
    # Later versions of the plugin ask for the POMs of a jar's parents too, which not every repository holds; the jar alone is wanted.
    # Maven would read the rest of the lock from standard input.
    mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:2.10:copy \
        "-Dartifact=$group:$artifact:$version${classifier:+:jar:$classifier}" "-DoutputDirectory=$folder" </dev/null
    echo "${sha256#sha256=}  $folder/$artifact-$version${classifier:+-$classifier}.jar" >>"$sums"
done <"$lock"
[ -s "$sums" ] || { echo "$lock has no jars '$wanted'" >&2; exit 1; }
sha256sum --check "$sums"
chmod 644 "$folder"/*.jar
