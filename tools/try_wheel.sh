#!/bin/sh
# Build the wheel, install it with the locked run-time dependencies only, and run help and the demo from elsewhere.
#   sh tools/try_wheel.sh PYTHON      PYTHON has hatchling
set -eu
python=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w "$work/dist" "$root"
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$root/requirements.lock"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps "$work"/dist/*.whl
cd "$work"
export HOME="$work/home" XDG_CACHE_HOME= XDG_CONFIG_HOME= XDG_DATA_HOME= LC_ALL=C.UTF-8
mkdir -p "$HOME"
"$work/venv/bin/shopcare" --help >"$work/help.txt"
"$work/venv/bin/shopcare" demo >"$work/demo.txt"
for file in share/bash-completion/completions/shopcare share/zsh/site-functions/_shopcare \
	share/fish/vendor_completions.d/shopcare.fish share/man/man1/shopcare.1; do
	test -s "$work/venv/$file" || { echo "the wheel lacks $file" >&2; exit 1; }
done
for file in "$work"/venv/lib/python3*/site-packages/shopcare/locale/zh_CN/LC_MESSAGES/shopcare.mo \
	"$work"/venv/lib/python3*/site-packages/shopcare/_shipped/config/shopcare.toml; do
	test -s "$file" || { echo "the wheel lacks $file" >&2; exit 1; }
done
echo "wheel: help and demo work"
