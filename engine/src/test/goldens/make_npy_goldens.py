"""Writes ../resources/io/kindling/io/*.npz with NumPy 2.4.

arrays.npz holds every type that NumPy and the engine share, in shapes from 0-D to zero-size and in
Fortran order; NpyTest makes the same tensors and compares the bytes of each array. variants.npz is
compressed and holds what NumPy reads but does not write by itself: big-endian elements and the
headers of versions 2.0 and 3.0. foreign.npz holds types that the engine does not have.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

SHARED = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


def values(dtype):
    """0, 1, 2, 3, 100, 101."""
    return np.array([0, 1, 2, 3, 100, 101]).astype(dtype)


ARRAYS = {}
for name in SHARED:
    ARRAYS[name] = values(name)
    ARRAYS[name + " matrix"] = values(name).reshape(2, 3)
    ARRAYS[name + " fortran"] = np.asfortranarray(values(name).reshape(2, 3))
ARRAYS |= {
    "scalar": np.float32(2.5),
    "empty": np.zeros((0, 3), dtype=np.int16),
    "cube": np.arange(24, dtype=np.int32).reshape(2, 3, 4),
    "cube fortran": np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)),
    "extremes": np.array([-(2**63), 2**63 - 1]),
    "specials": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
    "halves": np.array([65504, 2.0**-24, -np.inf, 1 / 3], dtype=np.float16),
    "größe": np.ones(1),
}

FOREIGN = {
    "uint16": np.zeros(1, dtype=np.uint16),
    "uint32": np.zeros(1, dtype=np.uint32),
    "uint64": np.zeros(1, dtype=np.uint64),
    "complex64": np.zeros(1, dtype=np.complex64),
    "text": np.array(["ab"]),
    "bytes": np.array([b"abc"]),
    "time": np.array(["2026-01-01"], dtype="datetime64[s]"),
    "void": np.zeros(1, dtype="V2"),
    "object": np.array([None], dtype=object),
    "structured": np.zeros(1, dtype=[("x", "<f4"), ("y", "<i2")]),
}


def variants():
    """The arrays by name, each with the version of its header."""
    for name in SHARED:
        big = values(name).reshape(2, 3).astype(np.dtype(name).newbyteorder(">"))
        yield name + " big", big, (1, 0)
        yield name + " big fortran", np.asfortranarray(big), (1, 0)
    yield "version 2", values("float32"), (2, 0)
    yield "version 3", values("float32"), (3, 0)


def main():
    folder = Path(__file__).parent.parent / "resources" / "io" / "kindling" / "io"
    np.savez(folder / "arrays.npz", **ARRAYS)
    np.savez(folder / "foreign.npz", **FOREIGN)
    with zipfile.ZipFile(folder / "variants.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array, version in variants():
            file = io.BytesIO()
            np.lib.format.write_array(file, array, version)
            archive.writestr(zipfile.ZipInfo(name + ".npy"), file.getvalue(), zipfile.ZIP_DEFLATED)


main()
