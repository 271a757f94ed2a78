"""Saved attributions that something befell: a mutation takes a file and a random generator, and gives another file."""

import io
import json
import struct
import zipfile

import numpy as np


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npy_claiming(shape, descr, content=b""):
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def described(members):
    text = np.load(io.BytesIO(members["kerasig.npy"]))
    return json.loads(str(text))


def cut(data, draw):
    return data[: draw.randrange(len(data))]


def overwritten(data, draw):
    start = draw.randrange(len(data))
    length = draw.choice([1, 1, 2, 4, 30])
    return data[:start] + draw.randbytes(length) + data[start + length :]


def spliced(data, draw):
    start, end = sorted(draw.randrange(len(data)) for _ in range(2))
    return data[:start] + data[end:] if draw.random() < 0.5 else data[:end] + data[start:]


def a_bit_flipped_in_the_directory(data, draw):
    start = data.index(b"PK\x01\x02")
    changed = bytearray(data)
    changed[draw.randrange(start, len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def with_a_member(change):
    def mutation(data, draw):
        members = members_of(data)
        name = draw.choice(list(members))
        members[name] = change(members, name, draw)
        if members[name] is None:
            del members[name]
        return zipped(members, draw.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2]))

    return mutation


def edited_header(members, name, draw):
    """The member with other numbers, kinds or signs in its header."""
    content = bytearray(members[name])
    at = draw.randrange(min(len(content), 100))
    content[at] = draw.choice(b"0123456789-()<>|,'fiuUSOVbFT \n\x00\xff")
    return bytes(content)


def claiming(members, name, draw):
    shape = draw.choice([(), (2,), (2, 2**40), (2**62, 4), (-1, 3), (2, 0), (10**30,), (2, 3), [2], "x", None])
    descr = draw.choice(["<f4", ">f8", "|O", "<U7", "|S0", "<U0", "|V8", "<c8", "<M8[s]", [("a", "<f4")], "nonsense"])
    return npy_claiming(shape, descr, draw.randbytes(draw.choice([0, 8, 24, 56])))


SOME_ARRAYS = [
    np.zeros((2, 3), np.float32),
    np.zeros((3, 2), np.float32),
    np.zeros(2),
    np.array(["a", "b"]),
    np.array(1),
    np.zeros((0, 3), np.float32),
    np.array([True, False]),
    np.zeros((2, 2, 2, 2), np.float16),
    np.array([1, -7]),
    np.array([1j, 2]),
]
JUNK = [None, True, -1, 2.5, float("nan"), "", "values", "array", [], {}, [[]], {"array": "score"}, {"value": {}}]
JUNK += [{"dict": [["a"]]}, {"list": 3}, {"dict": [[[], {"value": 1}]]}, {"strings": "score"}, 10**400, {"tuple": []}]


def edited_description(data, draw):
    members = members_of(data)
    document = described(members)

    def places(node):
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, item in items:
            yield node, key
            yield from places(item)

    for _ in range(draw.choice([1, 1, 2])):
        node, key = draw.choice(list(places(document)))
        if draw.random() < 0.3:
            del node[key]
        elif draw.random() < 0.2:
            node[key] = described(members)
        else:
            node[key] = draw.choice(JUNK)
    text = json.dumps(document) if draw.random() < 0.9 else "[" * draw.choice([3, 100_000])
    members["kerasig.npy"] = npy(np.array(text))
    return zipped(members)


MUTATIONS = {
    "cut": cut,
    "overwritten": overwritten,
    "spliced": spliced,
    "a bit of the directory": a_bit_flipped_in_the_directory,
    "a member left out": with_a_member(lambda members, name, draw: None),
    "a member of plain bytes": with_a_member(lambda members, name, draw: draw.randbytes(draw.choice([0, 5, 200]))),
    "a member cut": with_a_member(lambda members, name, draw: cut(members[name], draw)),
    "a member too long": with_a_member(lambda members, name, draw: members[name] + b"more"),
    "a member's header": with_a_member(edited_header),
    "a member that claims": with_a_member(claiming),
    "another array": with_a_member(lambda members, name, draw: npy(draw.choice(SOME_ARRAYS))),
    "another member's array": with_a_member(lambda members, name, draw: draw.choice(list(members.values()))),
    "the description": edited_description,
}
