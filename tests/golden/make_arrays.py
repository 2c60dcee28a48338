#!/usr/bin/python3
"""Files of arrays as NumPy and h5py write them, for tests/data/arrays_test.cpp.

    /usr/bin/python3 tests/golden/make_arrays.py        (Debian: python3-numpy 1.24, python3-h5py 3.7)

Element i of each array is 37 i mod 101, in the order of its axes.
"""
import pathlib

import h5py
import numpy

folder = pathlib.Path(__file__).parent.parent / "data" / "arrays"
folder.mkdir(exist_ok=True)


def numbers(shape, dtype):
    n = int(numpy.prod(shape))
    return (numpy.arange(n) * 37 % 101).reshape(shape).astype(dtype)


for name in ["f4", "f8", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "?", "f2", "c8"]:
    numpy.save(folder / (name.replace("?", "bool") + ".npy"), numbers((3, 4), name) if name != "?" else
               numbers((3, 4), "i4") % 2 == 1)
numpy.save(folder / "fortran.npy", numpy.asfortranarray(numbers((2, 3, 4), "f4")))
numpy.save(folder / "big_endian.npy", numbers((3, 4), ">f4"))
numpy.save(folder / "scalar.npy", numpy.float32(37))
numpy.save(folder / "empty.npy", numpy.zeros((0, 3), "f4"))
numpy.save(folder / "object.npy", numpy.array([{}, 1], dtype=object))
for version in [(2, 0), (3, 0)]:
    with open(folder / f"version_{version[0]}.npy", "wb") as f:
        numpy.lib.format.write_array(f, numbers((3, 4), "f4"), version=version)
numpy.savez(folder / "plain.npz", x=numbers((5, 4, 4), "u1"), y=numbers((5,), "i8") % 3)
numpy.savez_compressed(folder / "packed.npz", x=numpy.zeros((100, 50), "f4"), y=numbers((100,), "i4"))
with h5py.File(folder / "arrays.h5", "w") as f:
    f["x"] = numbers((5, 4, 4), "u1")
    f["y"] = numbers((5,), "i2") % 3
    f["half"] = numbers((3, 4), "f2")
    f["group/packed"] = h5py.Empty("f4")
    del f["group/packed"]
    f.create_dataset("group/packed", data=numbers((30, 40), "f4"), chunks=(7, 9), compression="gzip", shuffle=True)
    f.create_dataset("big", data=numbers((3, 4), ">f8"))
    f["text"] = "words"
    f["elsewhere"] = h5py.ExternalLink("other.h5", "x")
