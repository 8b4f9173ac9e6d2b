"""Writes two files under ../resources/io/kindling/nn with PyTorch 2.10:

module-print-goldens.txt: the text PyTorch prints for a module. Each case is a line `=== KEY`,
then the text up to the next such line or the end of the file.

module-state-goldens.txt: what its state_dict holds. Each case is a line `=== KEY`, then a line
`NAME DTYPE SIZE SIZE …` for each entry in order, with no size for a 0-D one. Cases without an
entry are left out.
"""

from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn


class MyNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.relu = nn.ReLU()
        self.block = nn.Sequential(nn.Linear(128, 64), nn.Tanh(), nn.Linear(64, 10, bias=False))


class Empty(nn.Module):
    pass


class OneChild(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Flatten()


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = MyNet()
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
        self.blocks = nn.ModuleList(
            [nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(2)] + [nn.Identity()]
        )
        self.empty = Empty()


def repeated(count, make):
    return nn.ModuleList([make() for _ in range(count)])


CASES = {
    "Linear(784,512)": nn.Linear(784, 512),
    "Linear(3,4,bias=False)": nn.Linear(3, 4, bias=False),
    "Conv2d(1,6,5)": nn.Conv2d(1, 6, 5),
    "Conv2d(3,8,(3,5),stride=(2,1),padding=(1,2),dilation=2,groups=1,bias=False)": nn.Conv2d(
        3, 8, (3, 5), stride=(2, 1), padding=(1, 2), dilation=2, groups=1, bias=False
    ),
    "Conv2d(3,8,3,padding=2)": nn.Conv2d(3, 8, 3, padding=2),
    "Conv2d(4,8,3,groups=2)": nn.Conv2d(4, 8, 3, groups=2),
    "Conv2d(4,8,3,stride=2)": nn.Conv2d(4, 8, 3, stride=2),
    "Conv2d(4,8,3,dilation=(1,3))": nn.Conv2d(4, 8, 3, dilation=(1, 3)),
    "Conv2d(4,4,1,bias=False)": nn.Conv2d(4, 4, 1, bias=False),
    "Conv2d(4,4,3,padding=1,groups=4,bias=False)": nn.Conv2d(
        4, 4, 3, padding=1, groups=4, bias=False
    ),
    "Conv2d(3,8,3,padding=same)": nn.Conv2d(3, 8, 3, padding="same"),
    "Conv2d(3,8,3,padding=1,padding_mode=reflect)": nn.Conv2d(
        3, 8, 3, padding=1, padding_mode="reflect"
    ),
    "MaxPool2d(2)": nn.MaxPool2d(2),
    "MaxPool2d(3,stride=2,padding=1)": nn.MaxPool2d(3, stride=2, padding=1),
    "MaxPool2d((2,3))": nn.MaxPool2d((2, 3)),
    "MaxPool2d((2,3),stride=(2,1),dilation=2,ceil_mode=True)": nn.MaxPool2d(
        (2, 3), stride=(2, 1), dilation=2, ceil_mode=True
    ),
    "AvgPool2d(2)": nn.AvgPool2d(2),
    "AvgPool2d(3,stride=2,padding=1)": nn.AvgPool2d(3, stride=2, padding=1),
    "AdaptiveAvgPool2d((1,1))": nn.AdaptiveAvgPool2d((1, 1)),
    "AdaptiveAvgPool2d(7)": nn.AdaptiveAvgPool2d(7),
    "BatchNorm1d(8)": nn.BatchNorm1d(8),
    "BatchNorm2d(16)": nn.BatchNorm2d(16),
    "BatchNorm2d(16,eps=1e-3,momentum=0.01,affine=False)": nn.BatchNorm2d(
        16, eps=1e-3, momentum=0.01, affine=False
    ),
    "LayerNorm(8)": nn.LayerNorm(8),
    "LayerNorm((4,8),eps=1e-6)": nn.LayerNorm((4, 8), eps=1e-6),
    "GroupNorm(2,8)": nn.GroupNorm(2, 8),
    "Flatten()": nn.Flatten(),
    "Flatten(0,2)": nn.Flatten(0, 2),
    "Unflatten(1,(2,3))": nn.Unflatten(1, (2, 3)),
    "Identity()": nn.Identity(),
    "ReLU()": nn.ReLU(),
    "ReLU(inplace=True)": nn.ReLU(inplace=True),
    "LeakyReLU()": nn.LeakyReLU(),
    "LeakyReLU(0.2)": nn.LeakyReLU(0.2),
    "ELU()": nn.ELU(),
    "GELU()": nn.GELU(),
    "GELU(tanh)": nn.GELU(approximate="tanh"),
    "SiLU()": nn.SiLU(),
    "PReLU()": nn.PReLU(),
    "Softplus()": nn.Softplus(),
    "Sigmoid()": nn.Sigmoid(),
    "Tanh()": nn.Tanh(),
    "Softmax(dim=1)": nn.Softmax(dim=1),
    "Softmax()": nn.Softmax(),
    "LogSoftmax(dim=-1)": nn.LogSoftmax(dim=-1),
    "Dropout(0.25)": nn.Dropout(0.25),
    "Dropout()": nn.Dropout(),
    "Dropout(0)": nn.Dropout(0.0),
    "Dropout2d(0.25)": nn.Dropout2d(0.25),
    "Embedding(10,3)": nn.Embedding(10, 3),
    "Embedding(10,3,padding_idx=0)": nn.Embedding(10, 3, padding_idx=0),
    "MSELoss()": nn.MSELoss(),
    "L1Loss()": nn.L1Loss(),
    "CrossEntropyLoss()": nn.CrossEntropyLoss(),
    "CrossEntropyLoss(weight)": nn.CrossEntropyLoss(weight=torch.ones(3)),
    "NLLLoss()": nn.NLLLoss(),
    "BCELoss()": nn.BCELoss(),
    "BCEWithLogitsLoss()": nn.BCEWithLogitsLoss(),
    "Sequential()": nn.Sequential(),
    "Sequential(one)": nn.Sequential(nn.Linear(1, 1)),
    "Sequential(several)": nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 10)
    ),
    "Sequential(equal neighbours)": nn.Sequential(nn.ReLU(), nn.ReLU(), nn.ReLU()),
    "Sequential(nested)": nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.Sequential(nn.ReLU(), nn.Sequential(nn.MaxPool2d(2), nn.Sequential())),
        nn.Flatten(),
    ),
    "Sequential(named)": nn.Sequential(
        OrderedDict(
            [
                ("conv1", nn.Conv2d(1, 20, 5)),
                ("relu1", nn.ReLU()),
                ("conv2", nn.Conv2d(20, 64, 5)),
                ("relu2", nn.ReLU()),
            ]
        )
    ),
    "Sequential(more than ten)": nn.Sequential(*[nn.Linear(n, n + 1) for n in range(1, 13)]),
    "MyNet": MyNet(),
    "Empty": Empty(),
    "OneChild": OneChild(),
    "LeNet": LeNet(),
    "Deep": Deep(),
    "ModuleList()": nn.ModuleList(),
    "ModuleList(one)": repeated(1, lambda: nn.Linear(2, 3)),
    "ModuleList(three equal)": repeated(3, lambda: nn.Linear(2, 3)),
    "ModuleList(two runs)": nn.ModuleList(
        [*repeated(2, lambda: nn.Linear(2, 3)), nn.ReLU(), *repeated(3, nn.Tanh)]
    ),
    "ModuleList(different)": nn.ModuleList([nn.Linear(2, 3), nn.Linear(3, 2)]),
    "ModuleList(equal blocks)": repeated(4, lambda: nn.Sequential(nn.Linear(2, 2), nn.ReLU())),
    "ModuleList(equal lists)": repeated(2, lambda: repeated(2, lambda: nn.Linear(2, 2))),
}


def header(out):
    version = torch.__version__.split("+")[0]
    print(f"# Made by {Path(__file__).name} with PyTorch {version}.", file=out)


def main():
    folder = Path(__file__).parent.parent / "resources" / "io" / "kindling" / "nn"
    with open(folder / "module-print-goldens.txt", "w") as out:
        header(out)
        for key, module in CASES.items():
            print(f"=== {key}\n{module!r}", file=out)
    with open(folder / "module-state-goldens.txt", "w") as out:
        header(out)
        for key, module in CASES.items():
            state = module.state_dict()
            if state:
                print("===", key, file=out)
            for name, value in state.items():
                dtype = str(value.dtype).removeprefix("torch.")
                print(name, dtype, *value.shape, file=out)


main()
