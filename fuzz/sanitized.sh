#!/usr/bin/env bash
# A target on the compiled core built with AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own:
#   fuzz/sanitized.sh [TARGET] [SECONDS]      PYTHON names the interpreter that has the dependencies and Cython
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(realpath -s "${PYTHON:-.venv/bin/python}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -r dlmskit ext devices setup.py pyproject.toml README.md LICENSE "$place"
mkdir "$place/fuzz" "$place/tests"
cp fuzz/*.py "$place/fuzz"
cp -r tests/vectors "$place/tests"
cd "$place"
rm -f dlmskit/_speedups/*.so
flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g"
CFLAGS=$flags LDFLAGS="-fsanitize=address,undefined" DLMSKIT_REQUIRE_EXTENSIONS=1 "$python" setup.py -q build_ext --inplace
nm -D dlmskit/_speedups/_axdr.*.so | grep __asan_report > /dev/null
# the interpreter itself leaks by design and has no redzones
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc PYTHONPATH=$place
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" \
  "$python" -m fuzz "${1:-differential}" --plain --seconds "${2:-60}"
