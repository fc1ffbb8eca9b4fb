#!/bin/sh
#
# Computes the golden hashes of sql/hashing.sql from doc/hashing.md, by a program
# that shares nothing with the extension. Needs python3, and no server.
exec python3 "$(dirname "$0")/hash_reference.py"
