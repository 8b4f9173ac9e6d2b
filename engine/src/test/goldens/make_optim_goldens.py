"""Writes ../resources/io/kindling/optim/curves.txt with PyTorch 2.10: the losses of a small network
under each optimizer, from equal weights and equal batches.

The network, in float64: logits = tanh(x fc1.weight' + fc1.bias) fc2.weight' + fc2.bias with sizes
8-16-4; the loss is the mean cross-entropy. Step s (from 0) trains on the batch x<s mod 5>,
y<s mod 5>; its loss is the one before its update. The file holds pairs of lines:

    tensor NAME SIZE SIZE …         then its values, row-major
    curve KEY OPTIMIZER option=value …  then the losses of the 100 steps

Numbers have 17 significant digits, so they read back exactly.
"""

from pathlib import Path

import torch
from torch import nn

BATCHES = 5
STEPS = 100

CURVES = {
    "sgd": ("SGD", dict(lr=0.1)),
    "sgd-momentum": ("SGD", dict(lr=0.1, momentum=0.9)),
    "sgd-dampening": ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.3)),
    "sgd-nesterov": ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    "sgd-weight-decay": ("SGD", dict(lr=0.1, weight_decay=0.01)),
    "sgd-all": ("SGD", dict(lr=0.05, momentum=0.8, weight_decay=0.001, nesterov=True)),
    "adam": ("Adam", dict(lr=0.01)),
    "adam-betas": ("Adam", dict(lr=0.01, betas=(0.8, 0.95))),
    "adam-eps": ("Adam", dict(lr=0.01, eps=0.001)),
    "adam-weight-decay": ("Adam", dict(lr=0.01, weight_decay=0.01)),
    "adam-amsgrad": ("Adam", dict(lr=0.01, amsgrad=True)),
    "adam-all": (
        "Adam",
        dict(lr=0.02, betas=(0.7, 0.9), eps=1e-6, weight_decay=0.005, amsgrad=True),
    ),
    "adamw": ("AdamW", dict(lr=0.01)),
    "adamw-weight-decay": ("AdamW", dict(lr=0.01, weight_decay=0.1)),
    "adamw-amsgrad": ("AdamW", dict(lr=0.01, amsgrad=True)),
    "rmsprop": ("RMSprop", dict(lr=0.01)),
    "rmsprop-momentum": ("RMSprop", dict(lr=0.005, alpha=0.9, momentum=0.5)),
    "rmsprop-centered": ("RMSprop", dict(lr=0.005, eps=1e-6, weight_decay=0.01, centered=True)),
    "adagrad": ("Adagrad", dict(lr=0.1)),
    "adagrad-all": (
        "Adagrad",
        dict(lr=0.1, lr_decay=0.01, weight_decay=0.001, initial_accumulator_value=0.1, eps=1e-8),
    ),
    "adadelta": ("Adadelta", dict(lr=1.0)),
    "adadelta-all": ("Adadelta", dict(lr=0.5, rho=0.95, eps=1e-5, weight_decay=0.001)),
}


def make_data():
    """A task that can be learned but not in a few steps; inputs are multiples of 1/64."""
    generator = torch.Generator().manual_seed(7)

    def noise(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    weights = {
        "fc1.weight": noise(16, 8) * 0.3,
        "fc1.bias": noise(16) * 0.1,
        "fc2.weight": noise(4, 16) * 0.3,
        "fc2.bias": noise(4) * 0.1,
    }
    teacher = noise(8, 4)
    batches = []
    for _ in range(BATCHES):
        x = (noise(16, 8) * 64).round() / 64
        y = ((x @ teacher).square() + noise(16, 4)).argmax(1)
        batches.append((x, y))
    return weights, batches


def curve(optimizer, options, weights, batches):
    net = nn.Sequential()
    net.add_module("fc1", nn.Linear(8, 16, dtype=torch.float64))
    net.add_module("tanh", nn.Tanh())
    net.add_module("fc2", nn.Linear(16, 4, dtype=torch.float64))
    net.load_state_dict(weights)
    optim = getattr(torch.optim, optimizer)(net.parameters(), **options)
    losses = []
    for step in range(STEPS):
        x, y = batches[step % BATCHES]
        optim.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optim.step()
        losses.append(loss.item())
    return losses


def digits(values):
    return " ".join(f"{v:.17g}" for v in values)


def text(value):
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    torch.set_num_threads(1)
    weights, batches = make_data()
    tensors = dict(weights)
    for i, (x, y) in enumerate(batches):
        tensors[f"x{i}"] = x
        tensors[f"y{i}"] = y
    folder = Path(__file__).parent.parent / "resources" / "io" / "kindling" / "optim"
    with open(folder / "curves.txt", "w") as out:
        version = torch.__version__.split("+")[0]
        print(f"# Made by {Path(__file__).name} with PyTorch {version}.", file=out)
        for name, value in tensors.items():
            print("tensor", name, *value.shape, file=out)
            print(digits(value.reshape(-1).tolist()), file=out)
        for key, (optimizer, options) in CURVES.items():
            print("curve", key, optimizer, *(f"{k}={text(v)}" for k, v in options.items()), file=out)
            print(digits(curve(optimizer, options, weights, batches)), file=out)


main()
