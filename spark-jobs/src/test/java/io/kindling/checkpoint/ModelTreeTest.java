package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.kindling.core.RandomStream;
import io.kindling.nn.Dropout;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a model is known by")
class ModelTreeTest {
  private record Scale(double factor, int[] places) {}

  private static class Net extends Module {
    private static final long serialVersionUID = 1L;

    Linear fc = new Linear(3, 2);
    final Dropout dropout;
    final List<String> words;
    final transient Scale scale;
    transient long cache = System.nanoTime();

    Net(double p, String word) {
      this.dropout = new Dropout(p);
      this.words = List.of(word);
      this.scale = new Scale(1, new int[] {1});
    }

    @Override
    public Tensor forward(Tensor x) {
      return dropout.forward(fc.forward(x));
    }
  }

  /** The same fields in another class. */
  private static final class Other extends Net {
    private static final long serialVersionUID = 1L;

    Other(double p, String word) {
      super(p, word);
    }
  }

  private static String sha256(long seed, Supplier<Module> factory) {
    try (Generator.Guard guard = Generator.use(RandomStream.of(seed))) {
      return ModelTree.sha256(factory.get());
    }
  }

  @Test
  @DisplayName(
      "is the same for the same model, and another for another rate, field, class or value")
  void differs() {
    String net = sha256(1, () -> new Net(0.5, "a"));
    assertEquals(net, sha256(1, () -> new Net(0.5, "a")));
    assertNotEquals(net, sha256(1, () -> new Net(0.9, "a")));
    assertNotEquals(net, sha256(1, () -> new Net(0.5, "b")));
    assertNotEquals(net, sha256(1, () -> new Other(0.5, "a")));
    assertNotEquals(net, sha256(2, () -> new Net(0.5, "a")));
    assertNotEquals(
        net,
        sha256(
            1,
            () -> {
              Net frozen = new Net(0.5, "a");
              frozen.fc.bias.requiresGrad_(false);
              return frozen;
            }));
  }

  @Test
  @DisplayName("names modules, plain fields, parameters and their shapes")
  void described() {
    String path = Net.class.getName();
    assertEquals(
        ": "
            + path
            + "[words=[a]]\n"
            + "fc: io.kindling.nn.Linear[inFeatures=3, outFeatures=2]\n"
            + "dropout: io.kindling.nn.Dropout[p=0.5]\n"
            + "fc.weight torch.float32 [2, 3] trained\n"
            + "fc.bias torch.float32 [2] trained\n",
        ModelTree.describe(new Net(0.5, "a")));
  }
}
