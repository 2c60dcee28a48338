"""Writes model files with h5py in many ways, and for each a list of what is in it.

python3 h5py_files.py FOLDER          good/NAME.h5 with good/NAME.txt, and bad/NAME.h5, which have to be refused
python3 h5py_files.py --list FILE     the list of a file: section, name, type, shape, SHA-256 of the bytes, a line for each tensor
"""
import hashlib
import os
import sys

import h5py
import numpy as np

TYPES = ["<f4", "<f8", "<i8", "u1"]
SHAPES = [(), (1,), (3,), (0,), (0, 3), (2, 0, 4), (5, 7), (1, 1, 1, 1), (2, 1, 3, 2, 1, 2, 1, 2), (40, 50)]


def digest(values):
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def listing(path):
    lines = []
    with h5py.File(path, "r") as file:
        for section in file:
            def add(name, item):
                if isinstance(item, h5py.Dataset):
                    values = item[()]
                    shape = str(tuple(item.shape))
                    lines.append(f"{section} {name.replace('/', '.')} {item.dtype} {shape} {digest(values)}")
            file[section].visititems(add)
    return "".join(line + "\n" for line in sorted(lines))


TEXT = {
    "fixed": lambda text: np.bytes_(text),  # as long as the text, without a terminator
    "varying": lambda text: text,
    "terminated": lambda text: np.array(text.encode(), dtype=f"S{len(text) + 1}"),
    "array of one": lambda text: np.array([text.encode()]),
}
NUMBER = {"int64": np.int64, "int32": np.int32, "uint8": np.uint8, "array of one": lambda n: np.array([n])}


def begin(path, text="fixed", number="int64", **options):
    file = h5py.File(path, "w", **options)
    file.attrs["format"] = TEXT[text]("hourglass")
    file.attrs["version"] = NUMBER[number](1)
    return file


def add(group, name, values, text="fixed", **options):
    data = group.create_dataset(name, data=values, **options)
    data.attrs["sha256"] = TEXT[text](digest(values))
    return data


def values_of(random, shape, dtype):
    return (random.standard_normal(shape) * 100).astype(dtype)


def write_good(folder):
    random = np.random.default_rng(1)

    def finish(file):
        path = file.filename
        file.close()
        with open(path[:-3] + ".txt", "w") as out:
            out.write(listing(path))

    def path(name):
        return os.path.join(folder, name.replace(" ", "_") + ".h5")

    for libver in ["earliest", "latest", "v108", "v110"]:
        for order in [False, True]:
            ways = {"libver": libver if libver == "earliest" else (libver, libver), "track_order": order}
            end = f"{libver}_{'ordered' if order else 'plain'}"
            for text in TEXT:  # every type in every shape
                file = begin(path(f"types_{text}_{end}"), text, **ways)
                for dtype in TYPES:
                    for i, shape in enumerate(SHAPES):
                        add(file, f"model/{np.dtype(dtype).name}/{i}", values_of(random, shape, dtype), text, track_order=order)
                finish(file)
            for number in NUMBER:
                file = begin(path(f"version_{number}_{end}"), number=number, **ways)
                add(file, "model/kernel", values_of(random, (2, 3), "<f4"))
                file.create_group("optimizer")
                finish(file)
            for count in [7, 8, 9, 40, 300, 1000]:  # names in one group, of many lengths
                file = begin(path(f"names_{count}_{end}"), **ways)
                group = file.create_group("model", track_order=order)
                for i in range(count):
                    add(group, "n" * (1 + i % 200) + str(i), values_of(random, (i % 4,), "<f4"), "varying" if i % 2 else "fixed")
                finish(file)
            file = begin(path(f"deep_{end}"), **ways)
            add(file, "model/" + "/".join(str(i) for i in range(60)), values_of(random, (2,), "<f8"))
            add(file, "model/" + "/".join(str(i) for i in range(1, 30)), values_of(random, (2,), "<f8"))
            finish(file)
            file = begin(path(f"changed_{end}"), **ways)  # things removed and added again
            for i in range(30):
                add(file, f"model/a{i}", values_of(random, (i,), "<f4"))
            for i in range(0, 30, 3):
                del file[f"model/a{i}"]
            for i in range(25):
                add(file, f"model/b/{'x' * i}{i}", values_of(random, (2, i), "<i8"))
            file["model/a1"][...] = 0
            file["model/a1"].attrs["sha256"] = TEXT["fixed"](digest(np.zeros(1, "<f4")))
            for i in range(5):
                file["model/a2"].attrs[f"note {i}"] = "of someone else"
            finish(file)
            for i in range(12):  # trees of random form
                file = begin(path(f"random_{i}_{end}"), **ways)
                for j in range(int(random.integers(1, 120))):
                    parts = [str(random.integers(0, 1 + j // 3)) for _ in range(random.integers(1, 4))]
                    shape = tuple(random.integers(0, 5, random.integers(0, 5)))
                    add(file, f"s{random.integers(0, 3)}/" + "/g".join(["t"] + parts) + f"/t{j}",
                        values_of(random, shape, random.choice(TYPES)))
                finish(file)


def write_bad(folder):
    kernel = np.arange(6, dtype="<f4").reshape(2, 3)

    def make(name, change, **options):
        file = begin(os.path.join(folder, name.replace(" ", "_") + ".h5"), **options)
        add(file, "model/kernel", kernel)
        change(file)
        file.close()

    def attribute(name, value):
        def change(file):
            (file["model/kernel"] if name == "sha256" else file).attrs[name] = value
        return change

    def replace(values, **options):
        def change(file):
            del file["model/kernel"]
            add(file, "model/kernel", values, **options)
        return change

    def soft(file):
        file["model/soft"] = h5py.SoftLink("/model/kernel")

    def external(file):
        file["model/external"] = h5py.ExternalLink("other.h5", "/model")

    def hard(file):
        file["model/again"] = file["model/kernel"]

    def shared_groups(file):  # 2^40 paths
        group = file.create_group("model/g")
        add(group, "t", kernel)
        for i in range(40):
            outer = file.create_group(f"model/h{i}")
            outer["a"] = group
            outer["b"] = group
            group = outer

    def cycle(file):
        file["model/cycle"] = file["model"]

    def named_type(file):
        file["type"] = np.dtype("<f4")

    def no_value(file):
        data = file["model"].create_dataset("null", data=h5py.Empty("f"))
        data.attrs["sha256"] = TEXT["fixed"](digest(b""))

    def too_deep(file):
        add(file, "model/" + "/".join("d" * 70), kernel)

    def empty_groups(where):
        def change(file):
            for i in range(5000):
                file.create_group(f"{where}{i}")
        return change

    for libver in ["earliest", "latest"]:
        for name, change in {
                "version array": attribute("version", np.arange(16)), "version text": attribute("version", "1"),
                "version float": attribute("version", 1.0), "version 3": attribute("version", 3),
                "version none": attribute("version", np.array([], "<i8")), "version big endian": attribute("version", np.array(1, ">i8")),
                "format array": attribute("format", np.array([b"hourglass"] * 9)), "format other": attribute("format", "keras"),
                "format number": attribute("format", 1), "format null": attribute("format", h5py.Empty("S9")),
                "sha array": attribute("sha256", np.array([digest(kernel).encode()] * 3)), "sha wrong": attribute("sha256", "0" * 64),
                "sha varying array": attribute("sha256", [digest(kernel), digest(kernel)]), "sha number": attribute("sha256", 7),
                "sha long": attribute("sha256", digest(kernel) + "0"), "sha short": attribute("sha256", digest(kernel)[:63]),
                "chunked": replace(kernel, chunks=(1, 3)), "compressed": replace(kernel, compression="gzip"),
                "growing": replace(kernel, maxshape=(None, 3)), "big endian": replace(kernel.astype(">f4")),
                "int32": replace(kernel.astype("<i4")), "bool": replace(kernel > 2), "complex": replace(kernel.astype("<c8")),
                "half": replace(kernel.astype("<f2")), "strings": replace(np.array([b"a", b"b"])),
                "nine axes": replace(np.zeros((1,) * 9, "<f4")), "soft": soft, "external": external, "hard": hard, "cycle": cycle,
                "shared groups": shared_groups, "named type": named_type, "no value": no_value, "too deep": too_deep,
                "empty group": lambda file: file.create_group("model/empty"), "empty groups": empty_groups("model/g"),
                "empty sections": empty_groups("g"), "dot": lambda file: add(file, "model/a.b", kernel),
                "long name": lambda file: add(file, "model/" + "n" * 600, kernel),
                "tensor at root": lambda file: add(file, "kernel", kernel)}.items():
            make(f"{name} {libver}", change, libver=libver)
        make(f"user block {libver}", lambda file: None, libver=libver, userblock_size=512)


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        sys.stdout.write(listing(sys.argv[2]))
    else:
        for kind, write in [("good", write_good), ("bad", write_bad)]:
            os.makedirs(os.path.join(sys.argv[1], kind))
            write(os.path.join(sys.argv[1], kind))
