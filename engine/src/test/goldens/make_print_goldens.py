"""Writes ../resources/io/kindling/tensor/print-goldens.txt with PyTorch 2.10: tensors and the text
PyTorch prints for them.

Each case is a block of lines, closed by a blank line:

    case NAME
    dtype float16|bfloat16|float32|float64|uint8|int8|int16|int32|int64|bool
    shape 2 3               nothing after the word for 0-D
    values bits 3f800000 …  floats: the IEEE bits in hexadecimal, row-major; halves as float32
    values ints 1 2 …       the other types
    values made A C M B S   element i is ((A * i + C) mod M - B) * 2^S
    requires_grad           only if it does
    grad_fn NAME            only if there is one
    device cuda:0           only if it is not the CPU
    |tensor(…               the text, each line behind a bar
"""

import contextlib
import math
import random
import struct
from pathlib import Path

import torch

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "bool": torch.bool,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}
INF = math.inf
NAN = math.nan


def single(value):
    """The nearest float32."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def bits(value, dtype):
    code = "d" if dtype == "float64" else "f"
    return struct.pack(">" + code, value).hex()


@contextlib.contextmanager
def pretending(device):
    """Printing only asks a tensor for its device, so no such device is needed."""
    if device is None:
        yield
        return
    torch.Tensor.device = property(lambda self: torch.device(device))
    try:
        yield
    finally:
        del torch.Tensor.device


names = set()


def emit(name, dtype, shape, values_line, tensor, device=None):
    assert name not in names, name
    names.add(name)
    print("case", name)
    print("dtype", dtype)
    print(" ".join(["shape", *map(str, shape)]))
    print(values_line)
    if tensor.grad_fn is not None:
        print("grad_fn", tensor.grad_fn.name())
    elif tensor.requires_grad:
        print("requires_grad")
    if device is not None:
        print("device", device)
    with pretending(device):
        text = repr(tensor)
    for line in text.split("\n"):
        print("|" + line)
    print()


def given(name, dtype, shape, values, requires_grad=False, op=None, device=None):
    """A case with its values spelled out; `op` makes the printed tensor from the leaf."""
    tensor = torch.tensor(values, dtype=DTYPES[dtype]).reshape(shape)
    if requires_grad:
        tensor.requires_grad_()
    if op is not None:
        tensor = op(tensor)
    out = tensor.detach().reshape(-1).tolist()
    if tensor.is_floating_point():
        line = ["values bits", *(bits(v, dtype) for v in out)]
    else:
        line = ["values ints", *(str(int(v)) for v in out)]
    emit(name, dtype, tuple(tensor.shape), " ".join(line), tensor, device)


def made(name, dtype, shape, a, c, m, b, s, requires_grad=False, op=None, device=None):
    """A case with values by formula, for large tensors."""
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    values = (a * i + c) % m - b
    if "float" in dtype:
        values = (values.double() * 2.0**s).to(DTYPES[dtype])
    else:
        assert s == 0
        values = values.to(DTYPES[dtype])
    tensor = values.reshape(shape)
    if requires_grad:
        tensor.requires_grad_()
    if op is not None:
        tensor = op(tensor)
        assert torch.equal(tensor.detach(), values.reshape(shape))
    emit(name, dtype, shape, f"values made {a} {c} {m} {b} {s}", tensor, device)


def scalars():
    for name, value in {
        "zero": 0.0,
        "negative zero": -0.0,
        "one": 1.0,
        "fraction": 0.1,
        "negative": -2.5,
        "large": 123456.789,
        "huge": 1e10,
        "tiny": 1e-8,
        "inf": INF,
        "negative inf": -INF,
        "nan": NAN,
    }.items():
        for dtype in ("float32", "float64"):
            given(f"scalar {name} {dtype}", dtype, (), value)
    given("scalar int64", "int64", (), -42)
    given("scalar int64 extreme", "int64", (), -(2**63))
    given("scalar uint8", "uint8", (), 200)
    given("scalar true", "bool", (), True)
    given("scalar false", "bool", (), False)
    given("scalar requires_grad", "float32", (), 1.5, requires_grad=True)


def vectors():
    cases = {
        "whole": [1.0, 2.0, 3.0],
        "whole and negative zero": [0.0, -0.0, 1.0],
        "zeros": [0.0] * 5,
        "negative zeros": [-0.0] * 3,
        "rounds to negative zero": [-0.00049, 0.4, -0.00011],
        "fractions": [0.1, 0.25, -0.5],
        "ties": [0.00005, 0.00015, 0.12345, 1.00005, 0.03125, 0.09375, 2.5],
        "exact ties": [1.03125, 1.09375, 0.15625, 0.000030517578125 * 5],
        "ratio 1000": [1.0, 1000.0],
        "ratio above 1000": [1.0, 1001.0],
        "ratio above 1000 with fraction": [0.5, 1001.0],
        "ratio of thousandths": [0.001, 0.999],
        "whole at 1e8": [1e8, 1e8],
        "whole above 1e8": [100000008.0, 1e8],
        "smallest plain": [1e-4, 2e-4],
        "below 1e-4": [9e-5, 5e-4],
        "1e-8 to 1e10": [10.0**e for e in range(-8, 11)],
        "negative 1e-8 to 1e10": [-(10.0**e) for e in range(-8, 11)],
        "only 1e10": [1e10, 2e10],
        "only 1e-8": [1e-8, 3e-8],
        "scientific with zero": [0.0, 1e-6, -0.0],
        "scientific carry": [9.99996e-7, 9.99994e-7, 9.99995e9],
        "scientific with inf and nan": [1e-6, INF, -INF, NAN, 2.0],
        "whole with inf": [1.0, INF, 2.0],
        "whole with minus inf": [100.0, -INF, 2.0],
        "whole with nan": [NAN, 1.0],
        "fraction with inf and nan": [0.5, INF, -INF, NAN],
        "wide fraction with nan": [-123.456, NAN, INF],
        "only nan": [NAN, NAN],
        "only inf": [INF, -INF, INF],
        "inf nan zero": [INF, NAN, 0.0, -0.0, -INF],
        "one element": [3.14159],
        "thousands": [1234.5678, 9876.5432],
        "largest float": [3.4028234663852886e38, 1.0],
        "subnormal": [1e-45, 1e-40],
        "different widths": [1.5, -10.25, 100.125, -999.0625],
    }
    for name, values in cases.items():
        for dtype in ("float32", "float64"):
            given(f"{name} {dtype}", dtype, (len(values),), values)
    given("beyond float", "float64", (3,), [1e300, -1e-300, 5e-324])
    given("extreme exponents", "float64", (2,), [1.7976931348623157e308, 1e100])
    given("int64", "int64", (4,), [1, -20, 300, 0])
    given("int64 extremes", "int64", (2,), [2**63 - 1, -(2**63)])
    given("uint8", "uint8", (4,), [0, 1, 127, 255])
    given("bool", "bool", (3,), [True, False, True])
    given("all true", "bool", (2,), [True, True])
    given("all false", "bool", (2, 2), [False] * 4)


def wraps():
    for n in (23, 24, 25, 48, 49):
        made(f"zeros {n}", "float32", (n,), 0, 0, 1, 0, 0)
        made(f"fractions {n}", "float32", (n,), 37, 5, 101, 50, -5)
    for n in (7, 11, 50, 100):
        made(f"int64 arange {n}", "int64", (n,), 1, 0, 1 << 40, 0, 0)
        made(f"float arange {n}", "float32", (n,), 1, 0, 1 << 40, 0, 0)
        made(f"bool {n}", "bool", (n,), 7, 1, 2, 0, 0)
        made(f"uint8 {n}", "uint8", (n,), 77, 1, 256, 0, 0)
        made(f"scientific {n}", "float64", (n,), 1, 0, 1 << 40, 0, -30)
    made("1000 elements", "float32", (1000,), 1103, 12345, 1 << 16, 1 << 15, -12)
    made("1000 integers", "int64", (1000,), 1, 0, 1 << 40, 500, 0)
    made("1000 in rows", "float32", (10, 100), 1103, 12345, 1 << 16, 1 << 15, -14)
    made("rows that wrap", "float32", (3, 20), 1103, 12345, 1 << 16, 1 << 15, -14)
    made("rows that wrap deeper", "int64", (2, 2, 40), 1, 0, 1 << 40, 0, 0)
    made("one element a line", "float32", (1,) * 75 + (2,), 1, 0, 1 << 40, 0, 0)


def shapes():
    for shape in [
        (1, 1),
        (2, 3),
        (3, 1),
        (1, 4),
        (2, 2, 2),
        (1, 2, 3),
        (3, 1, 1),
        (2, 2, 2, 2),
        (1, 1, 1, 1),
        (2, 1, 3, 2),
        (2, 1, 2, 1, 2),
    ]:
        size = "x".join(map(str, shape))
        made(f"fractions {size}", "float32", shape, 37, 5, 101, 50, -4)
        made(f"integers {size}", "int64", shape, 37, 5, 101, 50, 0)
        made(f"doubles {size}", "float64", shape, 37, 5, 101, 50, -5)
        made(f"bools {size}", "bool", shape, 3, 1, 2, 0, 0)


def empties():
    for shape in [(0,), (0, 3), (3, 0), (2, 0, 4), (0, 0)]:
        for dtype in DTYPES:
            size = "x".join(map(str, shape))
            given(f"empty {size} {dtype}", dtype, shape, [])
    given("empty requires_grad", "float32", (0,), [], requires_grad=True)
    given("empty matrix requires_grad", "float64", (0, 2), [], requires_grad=True)
    given("empty grad_fn", "float32", (0, 2), [], requires_grad=True, op=lambda x: x * 2)
    given("empty elsewhere", "int64", (2, 0), [], device="cuda:0")


def summaries():
    arange = (1, 0, 1 << 40, 0, 0)
    noise = (1103515245, 12345, 1 << 20, 1 << 19, -17)
    for shape in [
        (1001,),
        (100000,),
        (10000000,),
        (2, 501),
        (501, 2),
        (6, 200),
        (7, 200),
        (200, 6),
        (200, 7),
        (1, 1001),
        (1001, 1),
        (28, 60),
        (1000, 1000),
        (11, 10, 10),
        (2, 3, 400),
        (400, 2, 3),
        (3, 400, 2),
        (6, 6, 30),
        (7, 7, 30),
        (6, 7, 8, 9),
        (2, 3, 32, 32),
        (10, 1, 1, 101),
        (3, 3, 3, 3, 13),
    ]:
        size = "x".join(map(str, shape))
        made(f"summary integers {size}", "int64", shape, *arange)
        made(f"summary whole {size}", "float32", shape, *arange)
        made(f"summary fractions {size}", "float32", shape, *noise)
    made("summary scientific", "float64", (40, 40), 1103515245, 12345, 1 << 30, 1 << 29, -40)
    made("summary bool", "bool", (50, 50), 7, 1, 2, 0, 0)
    made("summary uint8", "uint8", (3, 224, 224), 77, 1, 256, 0, 0)
    made("summary requires_grad", "float32", (784, 512), *noise, requires_grad=True)
    made("summary double requires_grad", "float64", (64, 64), *noise, requires_grad=True)
    made("summary grad_fn", "float32", (64, 100), *noise, requires_grad=True, op=lambda x: x * 1)
    made("summary elsewhere", "float32", (64, 100), *noise, device="cuda:0")


def suffixes():
    for n in range(1, 14):
        values = [single(0.37 * (i + 1)) for i in range(n)]
        given(f"suffix after {n} float32", "float32", (n,), values, requires_grad=True)
        given(f"suffix after {n} float64", "float64", (n,), values, requires_grad=True)
        given(f"operator after {n}", "float64", (n,), values, True, lambda x: x + 1)
    given("uint8 wraps its suffix", "uint8", (14,), range(100, 114))
    given("uint8 fits its suffix", "uint8", (10,), range(100, 110))
    operators = {
        "add": lambda x: x + 1,
        "mul": lambda x: x * x,
        "pow": lambda x: x**2,
        "sum": lambda x: x.sum(),
        "mean": lambda x: x.mean(),
        "mm": lambda x: x @ x,
        "t": lambda x: x.t(),
        "view": lambda x: x.view(4),
        "relu": lambda x: x.relu(),
        "log_softmax": lambda x: torch.log_softmax(x, 1),
        "unsqueeze": lambda x: x.unsqueeze(0),
        "mse_loss": lambda x: torch.nn.functional.mse_loss(x, torch.zeros(2, 2)),
        "cross_entropy": lambda x: torch.nn.functional.cross_entropy(x, torch.tensor([0, 1])),
    }
    for name, op in operators.items():
        given(f"operator {name}", "float32", (2, 2), [0.5, -1.25, 3.0, 0.0], True, op)
    for device in ("cuda:0", "cuda:11"):
        given(f"on {device}", "float32", (3,), [1.0, 2.5, 3.0], device=device)
        given(f"on {device} int64", "int64", (3,), [1, 2, 3], device=device)
        given(f"on {device} float64 with gradient", "float64", (3,), [1.0, 2.5, 3.0], True, None, device)
        given(f"on {device} operator", "float64", (5,), [1.0, 2.5, 3.0, -1.0, 7.0], True, lambda x: x * 2, device)
        given(f"on {device} scalar", "bool", (), True, device=device)


def narrow_integers():
    noise = (1103515245, 12345, 1 << 20, 1 << 19, 0)
    for dtype in ("int8", "int16", "int32"):
        info = torch.iinfo(DTYPES[dtype])
        given(f"scalar {dtype}", dtype, (), -42)
        given(f"scalar {dtype} extreme", dtype, (), info.min)
        given(f"{dtype} extremes", dtype, (3,), [info.max, info.min, 0])
        given(f"{dtype} on cuda", dtype, (3,), [1, -2, 3], device="cuda:0")
        given(f"{dtype} wraps its suffix", dtype, (14,), range(100, 114))
        small = (37, 5, 101, 50, 0)
        for shape in [(1, 1), (2, 3), (3, 1, 2), (40,), (2, 2, 30), (3, 0)]:
            size = "x".join(map(str, shape))
            made(f"{dtype} {size}", dtype, shape, *small)
        for shape in [(1001,), (40, 50), (3, 4, 200)]:
            size = "x".join(map(str, shape))
            made(f"summary {dtype} {size}", dtype, shape, *(noise if dtype == "int32" else small))


def halves():
    lists = {
        "whole": [1.0, 2.0, -3.0],
        "whole and negative zero": [0.0, -0.0, 1.0],
        "fractions": [0.1, 0.25, -0.5],
        "thirds": [1 / 3, -2 / 3, 4 / 3],
        "ratio 1000": [1.0, 1000.0],
        "ratio above 1000": [1.0, 1001.0],
        "ratio above 1000 with fraction": [0.5, 1001.0],
        "smallest plain": [1.5e-4, 2e-4],
        "below 1e-4": [9e-5, 5e-4],
        "powers of ten": [10.0**e for e in range(-4, 5)],
        "largest float16": [65504.0, -65504.0],
        "subnormal float16": [2.0**-24, 3 * 2.0**-24],
        "scientific with inf and nan": [1e-6, INF, -INF, NAN, 2.0],
        "whole with inf": [1.0, INF, 2.0],
        "fraction with inf and nan": [0.5, INF, -INF, NAN],
        "only nan": [NAN, NAN],
        "different widths": [1.5, -10.25, 100.125, -999.5],
        "fifteen": [0.37 * (i + 1) for i in range(15)],
    }
    noise = (1103, 12345, 1 << 10, 1 << 9, -7)
    for dtype in ("float16", "bfloat16"):
        for name, value in {"fraction": 0.1, "huge": 5e4, "tiny": 1e-6, "inf": INF, "nan": NAN}.items():
            given(f"scalar {name} {dtype}", dtype, (), value)
        for name, values in lists.items():
            given(f"{name} {dtype}", dtype, (len(values),), values)
        given(f"matrix {dtype}", dtype, (2, 3), [0.1, -2.5, 3, 0, 100.25, 7])
        given(f"requires_grad {dtype}", dtype, (3,), [1.0, 2.5, 3.0], requires_grad=True)
        given(f"operator {dtype}", dtype, (3,), [1.0, 2.5, 3.0], True, lambda x: x * 2)
        given(f"on cuda {dtype}", dtype, (3,), [1.0, 2.5, 3.0], device="cuda:0")
        for shape in [(2, 2, 2), (3, 20), (1001,), (40, 50), (3, 4, 200)]:
            size = "x".join(map(str, shape))
            made(f"{dtype} {size}", dtype, shape, *noise)
    given("beyond float16", "bfloat16", (3,), [3.3895e38, 1e-38, 1e-40])


def random_cases(count):
    rng = random.Random(20240229)
    for case in range(count):
        dtype = rng.choice(["float32", "float32", "float64"])
        shape = tuple(rng.choice([1, 2, 3, 4, 5, 9]) for _ in range(rng.randint(1, 3)))
        low = rng.uniform(-8, 10)
        high = low + rng.choice([0.5, 2.9, 3.1, 6, 18])
        whole = rng.random() < 0.3
        special = rng.choice([0, 0, 0.1, 0.5])
        values = []
        for _ in range(math.prod(shape)):
            if rng.random() < special:
                values.append(rng.choice([INF, -INF, NAN, 0.0, -0.0]))
                continue
            value = rng.choice([-1, 1]) * 10 ** min(10.0, rng.uniform(low, high))
            value = float(round(value)) if whole else value
            values.append(single(value) if dtype == "float32" else value)
        given(f"random {case}", dtype, shape, values, requires_grad=rng.random() < 0.2)


def write_all():
    version = torch.__version__.split("+")[0]
    print(f"# Made by {Path(__file__).name} with PyTorch {version}.\n")
    scalars()
    vectors()
    wraps()
    shapes()
    empties()
    summaries()
    suffixes()
    narrow_integers()
    halves()
    random_cases(120)


def main():
    folder = Path(__file__).parent.parent / "resources" / "io" / "kindling" / "tensor"
    with open(folder / "print-goldens.txt", "w") as out, contextlib.redirect_stdout(out):
        write_all()


main()
