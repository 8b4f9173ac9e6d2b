package io.kindling.fuzz;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Programs from seeds. */
final class Programs {
  private Programs() {}

  /** An odd seed gives a chain of calls, an even one a single call; both end with gradients. */
  static Program of(long seed) {
    try (PointerScope native_ = Comparison.scope()) {
      boolean single = seed % 2 == 0;
      Draw d = new Draw(seed, single);
      List<Op> ops = Ops.all();
      List<Op> chained = ops.stream().filter(op -> isLink(op)).toList();
      int calls = single ? 1 : (int) d.between(5, 15);
      for (int i = 0; i < calls; i++) {
        List<Op> among = single || d.chance(0.3) ? ops : chained;
        d.call(among.get(d.random.nextInt(among.size())));
      }
      gradients(d);
      return new Program(List.copyOf(d.steps));
    }
  }

  /** What chains are mostly made of: arithmetic, views and writes. */
  private static boolean isLink(Op op) {
    return op.writes() || op.strides() != Op.Strides.FREE;
  }

  private static void gradients(Draw d) {
    List<Integer> roots = new ArrayList<>();
    d.oracle.variables.forEach(
        (v, x) -> {
          if (x.requires_grad() && !x.is_leaf() && d.chance(0.6)) {
            roots.add(v);
          }
        });
    int last = d.existing(Tensor::requires_grad);
    if (roots.isEmpty() && last >= 0) {
      roots.add(last);
    }
    if (!roots.isEmpty()) {
      d.add(new Step.Grads(roots, d.of(Step.Mode.values()), d.random.nextInt(1000)));
    }
  }
}
