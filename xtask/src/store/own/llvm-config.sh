#!/bin/sh
# Written by `cargo xtask setup`: answers for the trimmed set of LLVM and MLIR libraries beside it.
# The path is the one it was called by, links unresolved: when `.bering` is pointed elsewhere, cargo must notice.
here=$(CDPATH='' cd -L -- "$(dirname -- "$0")/.." && pwd -L) || exit 1

answered=no
say() {
    answered=yes
    printf '%s\n' "$1"
}

for argument; do
    case $argument in
    --link-static | --ignore-libllvm) ;;
    --version) say '@VERSION@' ;;
    --prefix) say "$here" ;;
    --libdir) say "$here/lib" ;;
    --includedir) say "$here/include" ;;
    --cflags | --cppflags | --cxxflags) say "-I$here/include" ;;
    --libnames) say '@LIBNAMES@' ;;
    --system-libs) say '' ;;
    --shared-mode) say 'static' ;;
    --link-shared)
        echo "llvm-config: only static libraries are here" >&2
        exit 1
        ;;
    *)
        echo "llvm-config: '$argument' is not supported by the trimmed LLVM of this project" >&2
        exit 1
        ;;
    esac
done

if [ "$answered" = no ]; then
    echo "llvm-config: no question asked" >&2
    exit 1
fi
