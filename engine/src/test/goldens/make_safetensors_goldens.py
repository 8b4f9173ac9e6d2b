"""Writes ../resources/io/kindling/io/*.safetensors with PyTorch 2.10 and safetensors 0.8.

state.safetensors holds every type that the engine has, and names whose order or spelling is hard;
SafeTensorsTest writes the same tensors and compares the bytes. foreign.safetensors holds types that
the engine does not have. There is one metadata entry because the library writes several in the
order of a hash table, which changes from run to run.
"""

from pathlib import Path

import torch
from safetensors.torch import save_file

METADATA = {"format": "pt"}

STATE = {
    "fc1.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4 - 0.5,
    "fc1.bias": torch.tensor([float("nan"), float("-inf"), -0.0]),
    "fc1.weight.t": (torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4 - 0.5).t().contiguous(),
    "every.other": torch.tensor([0, 2, 4], dtype=torch.int64),
    "steps": torch.tensor(2**62 + 1),
    "mean": torch.tensor([[0.1], [1e300]], dtype=torch.float64),
    "scalar": torch.tensor(1.5, dtype=torch.float64),
    "mask": torch.tensor([True, False, True]),
    "image": torch.tensor([[0, 127], [128, 255]], dtype=torch.uint8),
    "int8": torch.tensor([-128, 0, 127], dtype=torch.int8),
    "int16": torch.tensor([-32768, 0, 32767], dtype=torch.int16),
    "int32": torch.tensor([-(2**31), 0, 2**31 - 1], dtype=torch.int32),
    "half": torch.tensor([1 / 3, 65504, float("-inf"), float("nan"), -0.0], dtype=torch.float16),
    "bfloat16": torch.tensor([1 / 3, 3e38, float("-inf"), float("nan"), -0.0], dtype=torch.bfloat16),
    "empty": torch.empty(0, 3),
    "\U0001F600": torch.tensor([1.0]),
    "\uFF21": torch.tensor([2.0]),
    'quote " slash / back \\ \b\f\n\r\t\u0001\u007f\u2028 größe': torch.tensor([3.0]),
    "": torch.tensor([4.0]),
}

FOREIGN = {
    "b": torch.zeros(2, 3, dtype=torch.bfloat16),
    "h": torch.zeros(4, dtype=torch.float16),
    "i8": torch.zeros(1, dtype=torch.int8),
    "i16": torch.zeros(1, dtype=torch.int16),
    "i32": torch.zeros(3, dtype=torch.int32),
    "u16": torch.zeros(1, dtype=torch.uint16),
    "u32": torch.zeros(1, dtype=torch.uint32),
    "u64": torch.zeros(1, dtype=torch.uint64),
    "c": torch.zeros(1, dtype=torch.complex64),
    "f8a": torch.zeros(5, dtype=torch.float8_e4m3fn),
    "f8b": torch.zeros(5, dtype=torch.float8_e5m2),
    "f": torch.zeros((), dtype=torch.float32),
}


def main():
    folder = Path(__file__).parent / "../resources/io/kindling/io"
    folder.mkdir(parents=True, exist_ok=True)
    save_file(STATE, folder / "state.safetensors", METADATA)
    save_file(FOREIGN, folder / "foreign.safetensors")


if __name__ == "__main__":
    main()
