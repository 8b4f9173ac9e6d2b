package io.kindling.nn;

import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/** The modules of {@code make_module_print_goldens.py}, by its keys. */
final class ModuleGoldens {
  /** Cases of layers and options that do not exist here. */
  static final Set<String> ABSENT =
      Set.of(
          "Conv2d(3,8,3,padding=same)",
          "Conv2d(3,8,3,padding=1,padding_mode=reflect)",
          "MaxPool2d((2,3),stride=(2,1),dilation=2,ceil_mode=True)",
          "AdaptiveAvgPool2d((1,1))",
          "AdaptiveAvgPool2d(7)",
          "GroupNorm(2,8)",
          "Unflatten(1,(2,3))",
          "ELU()",
          "GELU()",
          "GELU(tanh)",
          "SiLU()",
          "PReLU()",
          "Softplus()",
          "Softmax()",
          "Dropout2d(0.25)",
          "Embedding(10,3)",
          "Embedding(10,3,padding_idx=0)",
          "L1Loss()",
          "BCELoss()",
          "BCEWithLogitsLoss()");

  private ModuleGoldens() {}

  abstract static class Holder extends Module {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      throw new UnsupportedOperationException();
    }
  }

  static class MyNet extends Holder {
    private static final long serialVersionUID = 1L;
    Linear fc1 = new Linear(784, 128);
    ReLU relu = new ReLU();
    Sequential block = new Sequential(new Linear(128, 64), new Tanh(), new Linear(64, 10, false));
  }

  static class Empty extends Holder {
    private static final long serialVersionUID = 1L;
  }

  static class OneChild extends Holder {
    private static final long serialVersionUID = 1L;
    Flatten only = new Flatten();
  }

  static class LeNet extends Holder {
    private static final long serialVersionUID = 1L;
    Conv2d conv1 = new Conv2d(1, 6, 5);
    Conv2d conv2 = new Conv2d(6, 16, 5);
    Linear fc1 = new Linear(16 * 5 * 5, 120);
    Linear fc2 = new Linear(120, 84);
    Linear fc3 = new Linear(84, 10);
  }

  static class Deep extends Holder {
    private static final long serialVersionUID = 1L;
    MyNet net = new MyNet();
    ModuleList layers = repeated(3, () -> new Linear(3, 3));
    ModuleList blocks =
        repeated(2, () -> new Sequential(new Linear(2, 2), new ReLU())).append(new Identity());
    Empty empty = new Empty();
  }

  private static ModuleList repeated(int count, Supplier<Module> make) {
    ModuleList list = new ModuleList();
    for (int i = 0; i < count; i++) {
      list.append(make.get());
    }
    return list;
  }

  static Map<String, Module> modules() {
    Map<String, Module> out = new LinkedHashMap<>();
    layers(out);
    containers(out);
    return out;
  }

  private static void layers(Map<String, Module> out) {
    out.put("Linear(784,512)", new Linear(784, 512));
    out.put("Linear(3,4,bias=False)", new Linear(3, 4, false));
    out.put("Conv2d(1,6,5)", new Conv2d(1, 6, 5));
    out.put(
        "Conv2d(3,8,(3,5),stride=(2,1),padding=(1,2),dilation=2,groups=1,bias=False)",
        new Conv2d(3, 8, Conv2d.kernel(3, 5).stride(2, 1).padding(1, 2).dilation(2).bias(false)));
    out.put("Conv2d(3,8,3,padding=2)", new Conv2d(3, 8, Conv2d.kernel(3).padding(2)));
    out.put("Conv2d(4,8,3,groups=2)", new Conv2d(4, 8, Conv2d.kernel(3).groups(2)));
    out.put("Conv2d(4,8,3,stride=2)", new Conv2d(4, 8, Conv2d.kernel(3).stride(2)));
    out.put("Conv2d(4,8,3,dilation=(1,3))", new Conv2d(4, 8, Conv2d.kernel(3).dilation(1, 3)));
    out.put("Conv2d(4,4,1,bias=False)", new Conv2d(4, 4, Conv2d.kernel(1).bias(false)));
    out.put(
        "Conv2d(4,4,3,padding=1,groups=4,bias=False)",
        new Conv2d(4, 4, Conv2d.kernel(3).padding(1).groups(4).bias(false)));
    out.put("MaxPool2d(2)", new MaxPool2d(2));
    out.put("AvgPool2d(2)", new AvgPool2d(2));
    out.put(
        "AvgPool2d(3,stride=2,padding=1)", new AvgPool2d(AvgPool2d.kernel(3).stride(2).padding(1)));
    out.put("BatchNorm1d(8)", new BatchNorm1d(8));
    out.put("BatchNorm2d(16)", new BatchNorm2d(16));
    out.put(
        "BatchNorm2d(16,eps=1e-3,momentum=0.01,affine=False)",
        new BatchNorm2d(16, BatchNorm2d.eps(1e-3).momentum(0.01).affine(false)));
    out.put("LayerNorm(8)", new LayerNorm(8));
    out.put("LayerNorm((4,8),eps=1e-6)", new LayerNorm(new long[] {4, 8}, 1e-6, true, true));
    out.put(
        "MaxPool2d(3,stride=2,padding=1)", new MaxPool2d(MaxPool2d.kernel(3).stride(2).padding(1)));
    out.put("MaxPool2d((2,3))", new MaxPool2d(MaxPool2d.kernel(2, 3)));
    out.put("Flatten()", new Flatten());
    out.put("Flatten(0,2)", new Flatten(0, 2));
    out.put("Identity()", new Identity());
    out.put("ReLU()", new ReLU());
    out.put("ReLU(inplace=True)", new ReLU(true));
    out.put("LeakyReLU()", new LeakyReLU());
    out.put("LeakyReLU(0.2)", new LeakyReLU(0.2));
    out.put("Sigmoid()", new Sigmoid());
    out.put("Tanh()", new Tanh());
    out.put("Softmax(dim=1)", new Softmax(1));
    out.put("LogSoftmax(dim=-1)", new LogSoftmax(-1));
    out.put("Dropout(0.25)", new Dropout(0.25));
    out.put("Dropout()", new Dropout());
    out.put("Dropout(0)", new Dropout(0));
    out.put("MSELoss()", new MSELoss());
    out.put("CrossEntropyLoss()", new CrossEntropyLoss());
    out.put(
        "CrossEntropyLoss(weight)",
        new CrossEntropyLoss(CrossEntropyLoss.options().weight(Tensors.ones(3))));
    out.put("NLLLoss()", new NLLLoss());
  }

  private static void containers(Map<String, Module> out) {
    out.put("Sequential()", new Sequential());
    out.put("Sequential(one)", new Sequential(new Linear(1, 1)));
    out.put(
        "Sequential(several)",
        new Sequential(
            new Flatten(),
            new Linear(784, 512),
            new ReLU(),
            new Dropout(0.2),
            new Linear(512, 10)));
    out.put("Sequential(equal neighbours)", new Sequential(new ReLU(), new ReLU(), new ReLU()));
    out.put(
        "Sequential(nested)",
        new Sequential(
            new Conv2d(1, 6, 5),
            new Sequential(new ReLU(), new Sequential(new MaxPool2d(2), new Sequential())),
            new Flatten()));
    Map<String, Module> named = new LinkedHashMap<>();
    named.put("conv1", new Conv2d(1, 20, 5));
    named.put("relu1", new ReLU());
    named.put("conv2", new Conv2d(20, 64, 5));
    named.put("relu2", new ReLU());
    out.put("Sequential(named)", new Sequential(named));
    Sequential twelve = new Sequential();
    for (int i = 1; i <= 12; i++) {
      twelve.append(new Linear(i, i + 1));
    }
    out.put("Sequential(more than ten)", twelve);
    out.put("MyNet", new MyNet());
    out.put("Empty", new Empty());
    out.put("OneChild", new OneChild());
    out.put("LeNet", new LeNet());
    out.put("Deep", new Deep());
    out.put("ModuleList()", new ModuleList());
    out.put("ModuleList(one)", new ModuleList(new Linear(2, 3)));
    out.put("ModuleList(three equal)", repeated(3, () -> new Linear(2, 3)));
    out.put(
        "ModuleList(two runs)",
        repeated(2, () -> new Linear(2, 3))
            .append(new ReLU())
            .append(new Tanh())
            .append(new Tanh())
            .append(new Tanh()));
    out.put("ModuleList(different)", new ModuleList(new Linear(2, 3), new Linear(3, 2)));
    out.put(
        "ModuleList(equal blocks)",
        repeated(4, () -> new Sequential(new Linear(2, 2), new ReLU())));
    out.put("ModuleList(equal lists)", repeated(2, () -> repeated(2, () -> new Linear(2, 2))));
  }

  /** The text of each case of a golden file. */
  static Map<String, String> read(String file) throws IOException {
    Map<String, String> out = new LinkedHashMap<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(ModuleGoldens.class.getResourceAsStream(file), file),
                StandardCharsets.UTF_8))) {
      String key = "";
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("=== ")) {
          key = line.substring(4);
        } else if (!key.isEmpty()) {
          out.merge(key, line, (a, b) -> a + "\n" + b);
        }
      }
    }
    return out;
  }
}
