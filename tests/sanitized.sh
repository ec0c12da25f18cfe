#!/usr/bin/env bash
# The tests of the native kernels, on a build that watches every access to memory and stops at what
# C leaves undefined. Needs gcc and the headers of the Python that runs; arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r pyproject.toml dedup tests benchmarks fixtures "$copy"
cd "$copy"
rm -f dedup/kernels/_native*

built=dedup/kernels/_native.abi3.so
include=$(python -c "import sysconfig; print(sysconfig.get_path('include'))")
# Choosing code by the CPU comes before the sanitizers are up, so there is the plain code alone.
gcc -shared -fPIC -O1 -g -std=gnu11 -Wall -Wextra -Werror -DDEDUP_PLAIN -ffp-contract=off \
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
    -I"$include" dedup/kernels/*.c -o "$built"

export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
export ASAN_OPTIONS=detect_leaks=0  # Python keeps what it has until it ends
export UBSAN_OPTIONS=print_stacktrace=1
unset DEDUP_KERNELS
used=$(python -c "from dedup.kernels import native; print(native._native.__file__)")
if [ "$used" != "$copy/$built" ]; then
    echo "the tests would run on $used, not on the build that is watched" >&2
    exit 1
fi
python -m pytest -q -p no:cacheprovider tests/test_kernels_{door,outside,forms,sets,search,pairs}.py "$@"
