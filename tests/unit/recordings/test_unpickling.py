"""Reading `.npy` files: what NumPy wrote comes back, and nothing that a file names ever runs."""

import collections
import copyreg
import datetime
import decimal
import fractions
import io
import os
import pathlib
import pickle
import pickletools
import re
import struct
import subprocess
import sys
import time
import tracemalloc
import types
import uuid
from collections import OrderedDict

import numpy as np
import pandas as pd
import pytest

from nma.io.errors import InputError
from nma.recordings.npy_files import read_npy
from nma.recordings.stand_ins import Unread
from nma.recordings.unpickling import Unpickler

# A small assembler of pickles: each function returns the opcodes that leave one item on the stack.


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def data(value):
    return b"B" + struct.pack("<I", len(value)) + value


def integer(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tup(*items):
    return b"(" + b"".join(items) + b"t"


def a_list(*items):
    return b"(" + b"".join(items) + b"l"


def a_dict(**items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


def call(function, *arguments):
    return function + tup(*arguments) + b"R"


def build(target, state):
    return target + state + b"b"


def an_array(*, shape, dtype, content):
    empty = call(
        name("numpy._core.multiarray", "_reconstruct"),
        name("numpy", "ndarray"),
        tup(integer(0)),
        data(b"b"),
    )
    return build(empty, tup(integer(1), tup(*map(integer, shape)), dtype, b"\x89", content))


def a_dtype(code, order="<", size=-1, names=b"N", fields=b"N", subarray=b"N"):
    new = call(name("numpy", "dtype"), text(code), b"\x89", b"\x88")
    order_and_fields = (text(order), subarray, names, fields)
    return build(new, tup(integer(3), *order_and_fields, integer(size), integer(-1), integer(0)))


OBJECTS = a_dtype("O8", "|")
NUMBERS = an_array(shape=(4,), dtype=a_dtype("u1", "|"), content=data(b"abcd"))


def touch(path):
    return text(f"touch '{path}'")


def write(path):
    return text(f"open({str(path)!r}, 'w').close()")


def imported(module):
    return call(name("importlib", "import_module"), text(module))


def inner_pickle(path):
    return b"\x80\x04" + call(name("os", "system"), touch(path)) + b"."


def inner_npy(path):
    inside = path.with_name(f"{path.name}_inside.npy")
    save(inside, call(name("os", "system"), touch(path)))
    return text(str(inside))


def save(path, content, shape=(), end=b"."):
    """A `.npy` file of objects whose pickle is `content`."""
    header = io.BytesIO()
    fields = {"descr": "|O", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, fields)
    path.write_bytes(header.getvalue() + b"\x80\x05" + content + end)
    return path


ATTACKS = {  # name: (the pickle, given the canary's path; what the error must name)
    "os.system": (lambda c: call(name("os", "system"), touch(c)), "os.system"),
    "posix.system": (lambda c: call(name("posix", "system"), touch(c)), "posix.system"),
    "GLOBAL opcode": (lambda c: b"cos\nsystem\n" + tup(touch(c)) + b"R", "os.system"),
    "INST opcode": (lambda c: b"(" + touch(c) + b"ios\nsystem\n", "opcode INST"),
    "OBJ opcode": (lambda c: b"(" + name("os", "system") + touch(c) + b"o", "os.system"),
    "EXT opcode": (lambda c: b"\x82\xf0" + tup(touch(c)) + b"R", "opcode EXT1"),
    "NEWOBJ opcode": (
        lambda c: (
            name("numpy", "memmap")
            + tup(text(str(c)), text("u1"), text("w+"), integer(0), tup(integer(1)))
            + b"\x81"
        ),
        "numpy.memmap",
    ),
    "NEWOBJ of an admitted class": (
        lambda c: name("numpy", "ndarray") + tup(tup(integer(4))) + b"\x81",
        "opcode NEWOBJ",
    ),
    "NEWOBJ_EX opcode": (
        lambda c: name("numpy", "ndarray") + tup() + a_dict(shape=tup(integer(4))) + b"\x92",
        "opcode NEWOBJ of numpy.ndarray",
    ),
    "persistent id": (lambda c: b"Pos.system\n", "opcode PERSID"),
    "binary persistent id": (lambda c: text("os.system") + b"Q", "opcode BINPERSID"),
    "subprocess.Popen": (
        lambda c: call(name("subprocess", "Popen"), a_list(text("touch"), text(str(c)))),
        "subprocess.Popen",
    ),
    "subprocess.run": (
        lambda c: call(name("subprocess", "run"), a_list(text("touch"), text(str(c)))),
        "subprocess.run",
    ),
    "eval": (lambda c: call(name("builtins", "eval"), write(c)), "builtins.eval"),
    "exec": (lambda c: call(name("builtins", "exec"), write(c)), "builtins.exec"),
    "eval of Python 2": (
        lambda c: b"\x80\x02c__builtin__\neval\n" + tup(write(c)) + b"R",
        "__builtin__.eval",
    ),
    "open": (lambda c: call(name("builtins", "open"), text(str(c)), text("w")), "builtins.open"),
    "__import__ and getattr": (
        lambda c: call(
            call(
                name("builtins", "getattr"),
                call(name("builtins", "__import__"), text("os")),
                text("system"),
            ),
            touch(c),
        ),
        "builtins.getattr",
    ),
    "importlib": (
        lambda c: call(call(name("operator", "attrgetter"), text("system")), imported("os")),
        "operator.attrgetter",
    ),
    "importlib first": (
        lambda c: a_list(imported("os"), call(name("os", "system"), touch(c))),
        "importlib.import_module",
    ),
    "attrgetter": (
        lambda c: call(
            call(call(name("operator", "attrgetter"), text("system")), imported("os")), touch(c)
        ),
        "operator.attrgetter",
    ),
    "methodcaller": (
        lambda c: call(
            call(name("operator", "methodcaller"), text("system"), touch(c)), imported("os")
        ),
        "operator.methodcaller",
    ),
    "functools.partial": (
        lambda c: call(call(name("functools", "partial"), name("os", "system"), touch(c))),
        "functools.partial",
    ),
    "pathlib, a dotted name": (
        lambda c: call(name("pathlib", "Path.touch"), call(name("pathlib", "Path"), text(str(c)))),
        "pathlib.Path.touch",
    ),
    "pickle in a pickle": (
        lambda c: call(name("pickle", "loads"), data(inner_pickle(c))),
        "pickle.loads",
    ),
    "numpy.load": (
        lambda c: call(name("numpy", "load"), inner_npy(c), b"N", b"\x88"),
        "numpy.load",
    ),
    "numpy.savetxt": (
        lambda c: call(name("numpy", "savetxt"), text(str(c)), a_list(integer(1))),
        "numpy.savetxt",
    ),
    "numpy.memmap": (
        lambda c: call(
            name("numpy", "memmap"),
            *(text(str(c)), text("u1"), text("w+"), integer(0), tup(integer(1))),
        ),
        "numpy.memmap",
    ),
    "numpy.fromfile": (
        lambda c: call(name("numpy", "fromfile"), text("/etc/hostname"), text("u1")),
        "numpy.fromfile",
    ),
    "numpy.f2py": (
        lambda c: call(name("numpy.f2py.crackfortran", "myeval"), text(f"open({str(c)!r}, 'w')")),
        "numpy.f2py.crackfortran.myeval",
    ),
    "numpy.testing": (
        lambda c: call(name("numpy.testing._private.utils", "runstring"), write(c), b"}"),
        "numpy.testing._private.utils.runstring",
    ),
    "ndarray.tofile, a dotted name": (
        lambda c: call(name("numpy", "ndarray.tofile"), NUMBERS, text(str(c))),
        "numpy.ndarray.tofile",
    ),
    "scalar of objects": (
        lambda c: call(name("numpy.core.multiarray", "scalar"), OBJECTS, data(inner_pickle(c))),
        "an array of numbers without its bytes",
    ),
    "scalar of objects, a call inside": (
        lambda c: call(
            name("numpy._core.multiarray", "scalar"),
            OBJECTS,
            call(name("os", "system"), touch(c)),
        ),
        "os.system",
    ),
    "_reconstruct of another class": (
        lambda c: call(
            name("numpy.core.multiarray", "_reconstruct"),
            name("numpy", "ufunc"),
            tup(integer(0)),
            data(b"b"),
        ),
        "numpy.ufunc",
    ),
    "_reconstruct of a larger memmap": (
        lambda c: call(
            name("numpy.core.multiarray", "_reconstruct"),
            name("numpy", "memmap"),
            tup(text(str(c)), text("u1"), text("w+")),
            data(b"b"),
        ),
        "_reconstruct of 'numpy.memmap'",
    ),
    "_reconstruct of a text": (
        lambda c: call(
            name("numpy.core.multiarray", "_reconstruct"),
            text("numpy.memmap"),
            tup(integer(0)),
            data(b"b"),
        ),
        "_reconstruct of 'numpy.memmap'",
    ),
    "_reconstruct of a larger array": (
        lambda c: call(
            name("numpy.core.multiarray", "_reconstruct"),
            name("numpy", "ndarray"),
            tup(integer(2**40)),
            data(b"b"),
        ),
        "_reconstruct of 'numpy.ndarray' of shape (1099511627776,)",
    ),
    "ndarray called": (
        lambda c: call(name("numpy", "ndarray"), tup(integer(3))),
        "a call of numpy.ndarray",
    ),
    "a list called": (lambda c: call(b"]", integer(3)), "a call of list"),
    "dtype of a dict": (
        lambda c: call(name("numpy", "dtype"), a_dict(names=a_list(text("a")))),
        "dtype {'names': ['a']}",
    ),
    "dtype of a long text": (lambda c: call(name("numpy", "dtype"), text("f8," * 99)), "dtype 'f8"),
    "another codec": (
        lambda c: call(name("_codecs", "encode"), text("abc"), text("zip")),
        "_codecs.encode with 'zip'",
    ),
    "a default codec": (lambda c: call(name("_codecs", "encode"), text("abc")), "_encode"),
    "BUILD on an admitted class": (
        lambda c: build(name("numpy", "ndarray"), a_dict(tofile=name("os", "system"))),
        "os.system",
    ),
    "BUILD on an admitted name": (
        lambda c: build(name("numpy", "ndarray"), a_dict(tofile=integer(1))),
        "a state for ArrayClass",
    ),
    "BUILD on a function": (
        lambda c: build(
            name("_codecs", "encode"), tup(b"N", a_dict(__defaults__=tup(text("latin1"))))
        ),
        "a state for _encode",
    ),
    "BUILD on a dict": (lambda c: build(b"}", a_dict(items=integer(1))), "a state for dict"),
    "BUILD on a scalar": (
        lambda c: build(
            call(
                name("numpy._core.multiarray", "scalar"), a_dtype("f8"), data(struct.pack("<d", 1))
            ),
            a_dict(real=integer(1)),
        ),
        "a state for float64",
    ),
    "BUILD twice": (
        lambda c: build(NUMBERS, tup(integer(1), tup(integer(4)), OBJECTS, b"\x89", data(b"abcd"))),
        "a second state for an array",
    ),
    "numbers taken for objects": (
        lambda c: an_array(shape=(8,), dtype=OBJECTS, content=data(struct.pack("<q", 4096))),
        "an array of 8 objects without its list",
    ),
    "objects hidden in a structure": (
        lambda c: an_array(
            shape=(1,),
            dtype=a_dtype(
                "V8",
                "|",
                8,
                names=tup(text("a")),
                fields=a_dict(a=tup(OBJECTS, integer(0))),
            ),
            content=data(struct.pack("<q", 4096)),
        ),
        "objects in a structured dtype",
    ),
    "a field outside its structure": (
        lambda c: an_array(
            shape=(1,),
            dtype=a_dtype(
                "V8",
                "|",
                8,
                names=tup(text("a")),
                fields=a_dict(a=tup(a_dtype("f8"), integer(2**20))),
            ),
            content=data(b"12345678"),
        ),
        "cannot override to smaller itemsize of 8",
    ),
    "ctypes": (lambda c: call(name("ctypes", "CDLL"), text("libc.so.6")), "ctypes.CDLL"),
    "a subclass of ndarray": (
        lambda c: call(name("numpy.ma.core", "masked_array"), integer(1)),
        "numpy.ma.core.masked_array",
    ),
    "a mask of another size": (
        lambda c: build(
            call(
                name("numpy.ma.core", "_mareconstruct"),
                *(name("numpy.ma.core", "MaskedArray"), name("numpy", "ndarray")),
                *(tup(integer(0)), data(b"b")),
            ),
            tup(integer(1), tup(integer(4)), a_dtype("u1", "|"), b"\x89", data(b"abcd"), data(b"")),
        ),
        "a mask of other than the 4 elements",
    ),
    "a function of another package": (
        lambda c: call(name("lab.tools", "clean"), touch(c)),
        "a call of lab.tools.clean",
    ),
    "an object of a function": (
        lambda c: name("shutil", "rmtree") + tup(text(str(c))) + b"\x81",
        "shutil.rmtree",
    ),
    "a state of a class": (
        lambda c: build(name("lab", "Session"), a_dict(x=integer(1))),
        "a state for ClassName",
    ),
    "a method of a path": (
        lambda c: call(name("pathlib", "PosixPath.unlink"), text(str(c))),
        "pathlib.PosixPath.unlink",
    ),
    "eval of pandas": (
        lambda c: call(name("pandas.core.computation.eval", "eval"), write(c)),
        "a call of pandas.core.computation.eval.eval",
    ),
    "a name that would clear the screen": (
        lambda c: call(name("os\x1b[2J\n", "system"), touch(c)),
        "os?[2J?.system",
    ),
    "a class of this project": (
        lambda c: call(name("nma.recordings.npy_files", "read_npy"), text("x")),
        "nma.recordings.npy_files.read_npy",
    ),
}
LIVE = [  # the attacks that succeed on a plain pickle.load
    *("os.system", "posix.system", "GLOBAL opcode", "INST opcode", "OBJ opcode", "EXT opcode"),
    *("NEWOBJ opcode", "subprocess.Popen", "subprocess.run", "eval", "exec", "eval of Python 2"),
    *("open", "__import__ and getattr", "importlib first", "attrgetter", "methodcaller"),
    *("functools.partial", "pathlib, a dotted name", "pickle in a pickle", "numpy.load"),
    *("numpy.savetxt", "numpy.memmap", "numpy.f2py", "numpy.testing"),
    *("ndarray.tofile, a dotted name", "scalar of objects, a call inside"),
]
PLACES = {
    "alone": lambda attack: attack,
    "in an array of objects": lambda attack: an_array(
        shape=(), dtype=OBJECTS, content=a_list(attack)
    ),
    "in the place of sresp": lambda attack: an_array(
        shape=(), dtype=OBJECTS, content=a_list(a_dict(xyz=NUMBERS, sresp=attack))
    ),
}


@pytest.fixture
def extension():
    """An extension code that means os.system, as a program might have registered it."""
    copyreg.add_extension("os", "system", 0xF0)
    yield
    copyreg.remove_extension("os", "system", 0xF0)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_is_refused_by_name_and_does_not_run(tmp_path, extension, attack, place):
    content, named = ATTACKS[attack]
    canary = tmp_path / "canary"
    path = save(tmp_path / "bad.npy", PLACES[place](content(canary)))
    with pytest.raises(InputError, match=re.escape(named)) as refusal:
        read_npy(path)
    assert "bad.npy: pickle: found" in str(refusal.value)
    time.sleep(0.05 if "subprocess" in attack else 0)
    assert not canary.exists()


def test_the_same_attacks_run_where_pickle_load_reads_them(tmp_path):
    """Without this, the test above could pass on attacks that harm nobody."""
    canaries = {attack: tmp_path / f"canary{n}" for n, attack in enumerate(LIVE)}
    for attack, canary in canaries.items():
        save(tmp_path / f"{canary.name}.npy", ATTACKS[attack][0](canary))
    victim = """
import contextlib, copyreg, numpy, sys
copyreg.add_extension("os", "system", 0xF0)
for path in sys.argv[1:]:
    with contextlib.suppress(Exception):
        numpy.load(path, allow_pickle=True)
"""
    files = [f"{canary}.npy" for canary in canaries.values()]
    subprocess.run([sys.executable, "-c", victim, *files], check=True, capture_output=True)
    deadline = time.time() + 5
    while not all(canary.exists() for canary in canaries.values()) and time.time() < deadline:
        time.sleep(0.05)
    assert [attack for attack, canary in canaries.items() if not canary.exists()] == []


def test_only_these_opcodes_are_admitted():
    refused = {op.name for op in pickletools.opcodes if ord(op.code) not in Unpickler.dispatch}
    persistent = {"PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"}
    assert refused == persistent | {"INST", "OBJ", "EXT1", "EXT2", "EXT4"}


HUGE = 2**40
BOMBS = {  # name: (the pickle, what the error must say)
    "numbers": (
        an_array(shape=(HUGE,), dtype=a_dtype("f8"), content=data(b"12345678")),
        "8 bytes for 1099511627776 elements of float64",
    ),
    "numbers, overflowing": (
        an_array(shape=(2**62, 2**62), dtype=a_dtype("f8"), content=data(b"")),
        "0 bytes for 21267647932558653966460912964485513216 elements",
    ),
    "objects": (
        an_array(shape=(HUGE,), dtype=OBJECTS, content=a_list(b"N")),
        "1099511627776 objects without its list",
    ),
    "negative shape": (
        an_array(shape=(-1,), dtype=OBJECTS, content=a_list()),
        "shape (-1,)",
    ),
    "elements of no bytes": (
        an_array(shape=(HUGE,), dtype=a_dtype("V0", "|"), content=data(b"")),
        "0 bytes for 1099511627776 elements",
    ),
    "protocol 5": (
        call(
            name("numpy._core.numeric", "_frombuffer"),
            *(data(b"12345678"), a_dtype("f8"), tup(integer(HUGE)), text("C")),
        ),
        "8 bytes for 1099511627776 elements",
    ),
    "scalar": (
        call(name("numpy._core.multiarray", "scalar"), a_dtype("V999999999"), data(b"1")),
        "1 bytes for 1 elements",
    ),
    "sub-array": (
        an_array(
            shape=(1,),
            dtype=a_dtype("V8", subarray=tup(a_dtype("f8"), tup(integer(HUGE)))),
            content=data(b"12345678"),
        ),
        "a whole pickle of NumPy arrays",
    ),
    "bytes": (b"\x8e" + struct.pack("<Q", HUGE), "1099511627776 bytes ends after the file"),
    "bytearray": (b"\x96" + struct.pack("<Q", HUGE), "1099511627776 bytes ends after the file"),
    "text": (b"\x8d" + struct.pack("<Q", HUGE), "1099511627776 bytes ends after the file"),
    "frame": (b"\x95" + struct.pack("<Q", HUGE), "1099511627776 bytes ends after the file"),
    "integer": (b"\x8b" + struct.pack("<i", 2**31 - 1), "2147483647 bytes ends after the file"),
    "memo": (b"Nr" + struct.pack("<I", 2**31 - 1), "something else than the () array"),
    "bytes()": (call(name("builtins", "bytes"), integer(HUGE)), "_no_bytes"),
    "too many dimensions": (
        an_array(shape=(1,) * 999, dtype=a_dtype("u1"), content=data(b"1")),
        "a whole pickle of NumPy arrays",
    ),
    "deep nesting": (b")" + b"\x85" * 300_000, "something else than the () array"),
    "deep nesting in an argument": (
        call(name("numpy", "dtype"), b")" + b"\x85" * 300_000),
        "RecursionError",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb_is_refused_and_takes_no_memory(tmp_path, bomb):
    content, said = BOMBS[bomb]
    path = save(tmp_path / "bomb.npy", content)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=re.escape(said)):
            read_npy(path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def header(shape, descr="<f8", version=(1, 0)):
    content = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    length = struct.pack("<H" if version == (1, 0) else "<I", len(content))
    return b"\x93NUMPY" + bytes(version) + length + content


BROKEN = {  # name: (the bytes of the file, what the error must say)
    "empty file": (b"", "header: found an empty file"),
    "text": (b"neuron,bin\n1,2\n", "header: found a table in text (.csv or .tsv) that begins with"),
    "zip": (b"PK\x03\x04" + bytes(50), "header: found a zip archive (.zip)"),
    "noise": (b"\xffNUMPYS" + bytes(50), "header: found ValueError: the magic string"),
    "header cut off": (header((3,))[:30], "header: found ValueError: EOF"),
    "version 9": (header((3,), version=(9, 0)), "format version (9, 0)"),
    "data cut off": (header((3,)) + bytes(16), "found 16 bytes of data, expected 24 for float64"),
    "data too long": (header((3,)) + bytes(32), "found 32 bytes of data, expected 24"),
    "huge shape": (header((HUGE, HUGE)) + bytes(8), "found 8 bytes of data, expected 9671406556"),
    "huge shape, version 2": (header((HUGE,), version=(2, 0)), "expected 8796093022208 for"),
    "negative shape": (header((-3,)) + bytes(24), "header: found shape (-3,)"),
    "twice negative shape": (header((-3, -1)) + bytes(24), "header: found shape (-3, -1)"),
    "shape of nothing, but huge": (header((HUGE, HUGE, 0)), "header: found ValueError"),
    "too many dimensions": (header((1,) * 99) + bytes(8), "header: found ValueError"),
    "shape of floats": (header((3.0,)) + bytes(24), "shape is not valid"),
    "no such type": (header((3,), descr="<z9") + bytes(24), "descr is not a valid dtype"),
    "a call in the header": (header("__import__('os').system('true')"), "malformed node"),
    "nested header": (header("(" * 999 + ")" * 999), "header: found "),
    "long header": (header((1,) * 9999), "Header info length"),
    "no pickle": (header((), descr="|O"), "a whole pickle"),
    "pickle cut off": (header((), descr="|O") + b"\x80\x04}", "the file may have been cut off"),
    "pickle is noise": (header((), descr="|O") + b"\xff\xfe\xfd", "opcode 255"),
    "empty stack": (header((), descr="|O") + b"\x80\x04.", "a whole pickle"),
    "pickle of a number": (header((), descr="|O") + b"\x80\x04K\x01.", "the () array of objects"),
    "pickle of another shape": (
        header((2,), descr="|O") + pickle.dumps(np.array([None] * 3)),
        "something else than the (2,) array of objects",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_gives_a_clear_error(tmp_path, case):
    content, said = BROKEN[case]
    path = tmp_path / "broken.npy"
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(said)) as error:
        read_npy(path)
    assert "broken.npy: " in str(error.value)


def test_missing_file_and_folder_are_named(tmp_path):
    with pytest.raises(InputError, match="gone.npy: file: found no way to read it .No such file"):
        read_npy(tmp_path / "gone.npy")
    with pytest.raises(InputError, match="Is a directory"):
        read_npy(tmp_path)


def content():
    """One of each thing that a lab's file may hold."""
    rng = np.random.default_rng(0)
    cube = rng.normal(size=(3, 4, 5))
    structured = np.zeros(3, [("a", "<f4"), ("b", ">i2", (2,)), ("c", "U3")])
    structured["b"] = [[1, 2], [3, 4], [5, 6]]
    return {
        "float32": cube.astype("f4"),
        "big-endian": cube.astype(">f8"),
        "fortran": np.asfortranarray(cube[0]),
        "strided": cube[:, ::2, ::-1],
        "permuted": cube.transpose(2, 0, 1),
        "numbers": [1, -(2**70), 1.5, 1 + 2j, True, None],
        "empty": np.zeros((0, 3)),
        "0-d": np.array(3),
        "bool": cube[0] > 0,
        "complex": cube[0] * 1j,
        "texts": np.array(["L1", "schön", ""]),
        "bytes": np.array([b"ab", b"\xff"]),
        "text": "schön",
        "raw": b"\x00\xff",
        "no bytes": b"",
        "structured": structured,
        "scalars": (np.float32(1.5), np.int64(-3), np.bool(True), np.str_("abc"), np.str_("")),
        "stat": [{"ypix": np.arange(3), "lam": np.ones(3, "f4"), "med": [3.0, 4.0]}] * 2,
        "objects": np.array([{"x": np.arange(2)}, None, "a"], object),
        "ordered": OrderedDict(b=1, a=2),
        "set": {1, 2},
    }


def assert_same(found, expected):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, list | tuple):
        assert type(found) is type(expected) and len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray):
        assert type(found) is np.ndarray
        native = expected.dtype.newbyteorder("=")
        assert found.shape == expected.shape and found.dtype.newbyteorder("=") == native
        if expected.dtype == object:
            assert_same(found.tolist(), expected.tolist())
        else:
            assert found.astype(native).tobytes() == expected.astype(native).tobytes()
    else:
        assert type(found) is type(expected) and found == expected


@pytest.mark.parametrize("protocol", range(6))
def test_what_numpy_wrote_comes_back_whatever_the_protocol(tmp_path, protocol):
    stored = content()
    if protocol < 4:
        del stored["set"]  # before protocol 4, a set is a call of builtins.set
    raw = pickle.dumps(np.array(stored, object), protocol=protocol)
    path = tmp_path / "good.npy"
    path.write_bytes(header((), descr="|O") + raw)
    found, truth = read_npy(path), np.load(path, allow_pickle=True)[()]
    assert_same(found, {**stored, "ordered": dict(stored["ordered"])})
    assert_same(found, {**truth, "ordered": dict(truth["ordered"])})


def test_what_np_save_wrote_comes_back(tmp_path):
    path = tmp_path / "good.npy"
    np.save(path, content())
    assert_same(read_npy(path)["stat"], content()["stat"])
    np.save(path, np.array([{"a": 1}, None], object))
    assert_same(read_npy(path), np.array([{"a": 1}, None], object))
    np.save(path, np.array(None))
    assert read_npy(path).shape == ()


class Session:
    """A class of a lab's own."""

    def __init__(self):
        self.rates = np.arange(3)


class Animals(list):
    """The same, of a list."""


HARMLESS = {
    "date": datetime.datetime(2024, 3, 1, tzinfo=datetime.UTC),
    "day": datetime.date(2024, 3, 1),
    "time": datetime.time(12, 30),
    "delta": datetime.timedelta(hours=1),
    "path": pathlib.Path("/data/a.npy"),
    "windows path": pathlib.PureWindowsPath("C:/a.npy"),
    "slice": slice(1, 5, None),
    "range": range(10**12),
    "frozen": frozenset([1, 2]),
    "bytes": bytearray(b"abc"),
    "decimal": decimal.Decimal("0.5"),
    "fraction": fractions.Fraction(1, 3),
    "uuid": uuid.UUID(int=5),
    "namespace": types.SimpleNamespace(rate=30.0),
    "session": Session(),
    "animals": Animals(["a", "b"]),
    "type": np.float32,
    "masked": np.ma.masked,
    "table": pd.DataFrame({"trial": [1, 2], "side": ["left", "right"]}),
    "when": pd.Timestamp("2024-03-01"),
    "generator": np.random.default_rng(0),
    "ellipsis": ...,
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("key", HARMLESS)
def test_what_says_something_and_does_nothing_is_skipped(tmp_path, key, protocol):
    path = tmp_path / "good.npy"
    stored = np.array({"before": 1, key: [HARMLESS[key]], "after": np.arange(2)}, object)
    path.write_bytes(header((), descr="|O") + pickle.dumps(stored, protocol=protocol))
    found = read_npy(path)
    assert found["before"] == 1 and found["after"].tolist() == [0, 1]
    (skipped,) = found[key]
    kind = type(HARMLESS[key])
    named = type(skipped).__name__ if isinstance(skipped, Unread) else skipped
    assert isinstance(skipped, Unread | str) or kind in (frozenset, bytearray)
    if kind.__module__ in ("datetime", "uuid", __name__):
        assert named == f"{kind.__module__}.{kind.__name__}"


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_containers_and_arrays_of_other_classes_are_read_as_plain_ones(tmp_path):
    path, cube = tmp_path / "good.npy", np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "m.npy", cube)
    masked = np.ma.masked_array(cube.astype("i2").T, cube.T == 2)
    fields = np.rec.fromarrays([[1, 2], [0.5, 1.5]], names="a,b")
    np.save(
        path,
        {
            "mapped": np.load(tmp_path / "m.npy", mmap_mode="r"),
            "matrix": np.asmatrix(cube),
            "masked": masked,
            "unmasked": np.ma.masked_array(cube),
            "records": fields,
            "default": collections.defaultdict(list, a=[1]),
            "counter": collections.Counter("aab"),
            "deque": collections.deque([1, 2], maxlen=3),
            "times": np.array(["2024-03-01T12:00", "NaT"], "M8[10ms]"),
            "moment": np.datetime64("2024-03-01"),
            "delay": np.timedelta64(5, "us"),
        },
    )
    found = read_npy(path)
    for key in ("mapped", "matrix", "unmasked"):
        assert type(found[key]) is np.ndarray and found[key].tolist() == cube.tolist()
    assert found["masked"].dtype == np.float32
    np.testing.assert_array_equal(found["masked"], masked.astype("f4").filled(np.nan))
    assert found["records"]["b"].tolist() == [0.5, 1.5]
    assert found["default"] == {"a": [1]} and found["counter"] == {"a": 2, "b": 1}
    assert found["deque"] == [1, 2]
    assert (
        found["times"].dtype == "M8[10ms]" and str(found["times"][0]) == "2024-03-01T12:00:00.000"
    )
    assert found["moment"] == np.datetime64("2024-03-01")
    assert found["delay"] == np.timedelta64(5, "us")


def test_instances_of_old_protocols_are_skipped(tmp_path):
    path = tmp_path / "old.npy"
    raw = pickle.dumps(np.array({"session": Session(), "sresp": np.ones(2)}, object), protocol=1)
    path.write_bytes(header((), descr="|O") + raw)
    found = read_npy(path)
    assert found["sresp"].tolist() == [1, 1]
    assert type(found["session"]).__name__ == f"{__name__}.Session"


@pytest.mark.parametrize("package", ["numpy.core", "numpy._core"])
def test_file_that_python_2_wrote_comes_back(tmp_path, package):
    """Python 2 wrote bytes as STRING opcodes, and names without `_core`."""

    def string(value):
        return b"U" + bytes([len(value)]) + value

    new = f"c{package}.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R".encode(
        "latin1"
    )
    f8 = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNN"
    f8 += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    o8 = f8.replace(b"f8", b"O8").replace(b"U\x01<", b"U\x01|")
    values = np.array([1.5, -2.0])
    array = new + b"(K\x01K\x02\x85" + f8 + b"\x89" + string(values.tobytes()) + b"tb"
    scalar = f"c{package}.multiarray\nscalar\n".encode() + f8 + string(b"\0" * 8) + b"\x86R"
    inside = b"}(" + string(b"sresp") + array + string(b"caf\xe9") + scalar + b"u"
    path = save(tmp_path / "old.npy", new + b"(K\x01)" + o8 + b"\x89](" + inside + b"etb")
    found = read_npy(path)
    assert list(found) == ["sresp", "café"]
    assert found["sresp"].tolist() == [1.5, -2.0] and found["café"] == 0.0


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("code", ["<f4", ">f8", "|u1", "<c8", "<U2"])
def test_plain_arrays_are_mapped_and_equal(tmp_path, code, order):
    array = np.asarray(np.arange(12).reshape(3, 4), code, order=order)
    np.save(tmp_path / "plain.npy", array)
    found = read_npy(tmp_path / "plain.npy")
    assert isinstance(found, np.memmap) and found.dtype == array.dtype
    assert found.tolist() == array.tolist()


@pytest.mark.parametrize("shape", [(), (0,), (0, 3)])
def test_arrays_of_one_or_no_number_are_read(tmp_path, shape):
    np.save(tmp_path / "plain.npy", np.ones(shape))
    assert read_npy(tmp_path / "plain.npy").tolist() == np.ones(shape).tolist()


def test_large_array_in_a_pickle_is_held_once(tmp_path):
    np.save(tmp_path / "large.npy", {"sresp": np.ones((1000, 5000), "f4")})
    size = os.path.getsize(tmp_path / "large.npy")  # noqa: PTH202
    tracemalloc.start()
    found = read_npy(tmp_path / "large.npy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["sresp"].shape == (1000, 5000) and peak < 1.1 * size
