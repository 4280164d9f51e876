#!/usr/bin/env bash
# The compiled core built with AddressSanitizer and UndefinedBehaviorSanitizer, in a folder of its own, and on it
#   fuzz/sanitized.sh [TARGET] [SECONDS]      a target (differential, 60)
#   fuzz/sanitized.sh pytest [ARGUMENTS]      tests
# PYTHON names the interpreter that has the dependencies and Cython.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(realpath -s "${PYTHON:-.venv/bin/python}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cp -r dlmskit ext devices tests setup.py pyproject.toml README.md LICENSE "$place"
mkdir "$place/fuzz"
cp fuzz/*.py "$place/fuzz"
cd "$place"
rm -f dlmskit/_speedups/*.so
flags="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1 -g"
CFLAGS=$flags LDFLAGS="-fsanitize=address,undefined" DLMSKIT_REQUIRE_EXTENSIONS=1 "$python" setup.py -q build_ext --inplace
# the interpreter itself leaks by design and has no redzones
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 PYTHONMALLOC=malloc PYTHONPATH=$place
unset DLMSKIT_PURE
run() { LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" "$python" "$@"; }
# a kernel that trusts its arguments, given false ones: what does not notice this would notice nothing
overread="from dlmskit._speedups._strides import gather; gather(bytes(8), 1, 1 << 16, (), [(0, 1, False)])"
run -c "$overread" > overread.log 2>&1 || true
grep -q heap-buffer-overflow overread.log || { cat overread.log; echo "the sanitizer does not watch"; exit 2; }
if [ "${1:-}" = pytest ]; then
  DLMSKIT_REQUIRE_EXTENSIONS=1 run -m pytest -p no:cacheprovider "${@:2}"
else
  run -m fuzz "${1:-differential}" --plain --seconds "${2:-60}"
fi
