#!/bin/sh
# build.sh JARS FOLDER: compile the functions of this bundle and write creditor_reference.jar into FOLDER. It needs a JDK, 17 or newer.
# JARS is a folder with Flink's own jars: `lib` of a distribution, or `.data/artifacts` of this project.
set -eu
here=$(dirname "$0") jars=$1 folder=$2
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
path=$(find -L "$jars" -name 'flink-*.jar' | sort | tr '\n' ':')
# Flink 2.1 and 2.2 run on Java 11 and newer. Without debugging tables the class is the same from one JDK to the next.
javac -nowarn --release 11 -g:none -classpath "$path" -d "$classes" "$here"/*.java
# The source is in the jar beside its class: what the jar was made of can be read. One date for all, so that the same source is the same jar.
mkdir -p "$classes/orders" && cp "$here"/*.java "$classes/orders/"
jar --create --no-compress --no-manifest --date=2026-01-01T00:00:00Z --file "$folder/creditor_reference.jar" -C "$classes" orders
