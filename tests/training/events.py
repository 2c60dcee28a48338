#!/usr/bin/env python3
"""Reads TensorBoard's events files with nothing but the standard library: framing, masked CRC-32C, protobuf's
wire format, PNG.

    events.py LOGDIR                 checks all files; prints a line for each figure of each step
    events.py LOGDIR --csv FILE      ... and that losses and rates are those of a CSVLogger's file
    events.py LOGDIR --same OTHER    ... and that both hold the same, but for the times

Whatever is wrong ends it with a message: a damaged record, a step that stands twice under one tag, times that
go back, a histogram whose bins do not add up, an image of another size than is said.
"""
import argparse
import csv
import pathlib
import struct
import sys
import zlib

CASTAGNOLI = 0x82F63B78


def crc32c(data):
    rest = 0xFFFFFFFF
    for byte in data:
        rest ^= byte
        for _ in range(8):
            rest = rest >> 1 ^ (CASTAGNOLI if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


assert crc32c(b"123456789") == 0xE3069283


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def expect(fact, *what):
    if not fact:
        sys.exit("events.py: " + " ".join(str(w) for w in what))


def records(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        expect(at + 12 <= len(data), path, "ends within a record's head at", at)
        length, crc = struct.unpack_from("<QI", data, at)
        expect(crc == masked(data[at:at + 8]), path, "has a damaged length at", at)
        expect(at + 16 + length <= len(data), path, "ends within a record at", at)
        body = data[at + 12:at + 12 + length]
        expect(struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body), path, "is damaged at", at)
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        expect(at < len(data) and shift < 64, "a number does not end")
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """Field number -> values, as integers, 8 or 4 bytes, or bytes."""
    out, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            expect(kind in (1, 2, 5), "wire type", kind, "is none of protobuf's")
            length = {1: 8, 5: 4}.get(kind)
            if length is None:
                length, at = varint(data, at)
            expect(at + length <= len(data), "a field is longer than its message")
            value, at = data[at:at + length], at + length
        out.setdefault(key >> 3, []).append(value)
    return out


def real(value):
    return struct.unpack("<d" if len(value) == 8 else "<f", value)[0]


def histogram(message, where):
    h = fields(message)
    low, high, count, total, squares = (real(h[i][0]) for i in range(1, 6))
    limits, counts = (struct.unpack(f"<{len(h[i][0]) // 8}d", h[i][0]) for i in (6, 7))
    expect(len(limits) == len(counts) > 0, where, "has", len(limits), "limits for", len(counts), "bins")
    expect(sum(counts) == count > 0, where, "has bins that do not add up to", count)
    expect(list(limits) == sorted(limits) and limits[-1] == high >= low, where, "has no rising limits")
    expect(counts[-1] > 0 and counts[0] > 0, where, "has ends beyond its numbers")
    expect(low * count <= total <= high * count or count == 1, where, "has a sum that cannot be")
    expect(squares * count >= total * total * (1 - 1e-9), where, "has squares that cannot be")
    return f"histogram of {count:g} in [{low!r}, {high!r}], sum {total!r}, " + " ".join(f"{c:g}" for c in counts)


def image(message, where):
    i = fields(message)
    height, width, channels, png = (i[n][0] for n in range(1, 5))
    expect(png[:8] == b"\x89PNG\r\n\x1a\n", where, "is no PNG")
    at, pixels, size = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8:at + 8 + length]
        expect(struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + body), where, "is damaged")
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8]) + ({0: 1, 2: 3}[body[9]],)
        pixels += body if kind == b"IDAT" else b""
        at += length + 12
    expect(size == (width, height, channels), where, "says", (width, height, channels), "and is", size)
    expect(len(zlib.decompress(pixels)) == height * (1 + width * channels), where, "lacks pixels")
    return f"image {height} x {width} x {channels}, crc {zlib.crc32(png):08x}"


def read(logdir):
    """(run, tag, step) -> what stands there, as text; scalars as numbers."""
    out = {}
    for path in sorted(logdir.rglob("*tfevents*")):
        before = 0.0
        for number, record in enumerate(records(path)):
            event = fields(record)
            time = real(event[1][0])
            expect(time >= before, path, "goes back in time at event", number)
            before = time
            if number == 0:
                expect(event.get(3) == [b"brain.Event:2"], path, "does not begin with its version")
                continue
            step = event[2][0]
            for value in fields(event[5][0])[1] if 5 in event else []:
                v = fields(value)
                tag = v[1][0].decode()
                key = (path.parent.name, tag, step)
                expect(key not in out, path, "has", tag, "twice at step", step)
                where = f"{path}: {tag} at step {step}"
                out[key] = real(v[2][0]) if 2 in v else histogram(v[5][0], where) if 5 in v else image(v[4][0], where)
    expect(out, "there are no events in", logdir)
    return out


def check_csv(events, path):
    def single(text):
        return struct.unpack("<f", struct.pack("<f", float(text)))[0]

    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        epoch = int(row["epoch"])
        for column, key in (("loss", ("train", "epoch_loss", epoch)),
                            ("val_loss", ("validation", "epoch_loss", epoch)),
                            ("learning_rate", ("train", "epoch_learning_rate", epoch))):
            expect(events[key] == single(row[column]), "epoch", epoch, column, "is", row[column], "and", events[key])
    count = sum(run == "train" and tag == "epoch_loss" for run, tag, _ in events)
    expect(count == len(rows) > 0, path, "has", len(rows), "epochs, the events", count)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("logdir", type=pathlib.Path)
    parser.add_argument("--csv", type=pathlib.Path)
    parser.add_argument("--same", type=pathlib.Path)
    arguments = parser.parse_args()
    events = read(arguments.logdir)
    for key, value in sorted(events.items()):
        print(*key, value, sep="\t")
    if arguments.csv:
        check_csv(events, arguments.csv)
    if arguments.same:
        others = read(arguments.same)
        for key in sorted(events.keys() | others.keys()):
            expect(events.get(key) == others.get(key), *key, "is", events.get(key), "and", others.get(key))


if __name__ == "__main__":
    main()
