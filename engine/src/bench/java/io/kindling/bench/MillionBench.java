package io.kindling.bench;

import static io.kindling.tensor.Functional.dropout;
import static io.kindling.tensor.Functional.leakyRelu;

import io.kindling.core.DType;
import io.kindling.device.Scope;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Operators on a million float32 elements, Kindling against libtorch in one process and one thread:
 * calls alternate, and the medians are
 * compared, after up to 300 calls or half a second to warm up. Arguments: the number of rounds.
 */
public final class MillionBench {
  private static final long N = 1_000_000;
  private static final int WARM_UP = 300;
  private static final long LONGEST_WARM_UP = 500_000_000;

  private record Row(
      String name, Supplier<Tensor> ours, Supplier<org.bytedeco.pytorch.Tensor> theirs) {}

  private final List<Row> rows = new ArrayList<>();

  // Values as an activation has them, positive ones, and a mask.
  private final Tensor a = Tensors.randn(N);
  private final Tensor b = Tensors.randn(N);
  private final Tensor p = Tensors.rand(N).add_(0.1);
  private final Tensor mask = a.gt(b);
  private final Tensor rowsOf = a.view(1000, 1000);
  private final org.bytedeco.pytorch.Tensor ta = torch(a);
  private final org.bytedeco.pytorch.Tensor tb = torch(b);
  private final org.bytedeco.pytorch.Tensor tp = torch(p);
  private final org.bytedeco.pytorch.Tensor tmask = ta.gt(tb);
  private final org.bytedeco.pytorch.Tensor trows = ta.view(1000, 1000);

  private MillionBench() {}

  private static org.bytedeco.pytorch.Tensor torch(Tensor x) {
    return org.bytedeco.pytorch.Tensor.create(x.toFloatArray(), x.numel());
  }

  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 150;
    Machine.requireOneThread();
    torch.set_num_threads(1);
    MillionBench bench = new MillionBench();
    bench.pointwise();
    bench.functions();
    bench.comparisons();
    bench.reductions();
    bench.random();
    bench.run(rounds);
  }

  private void row(
      String name, Supplier<Tensor> ours, Supplier<org.bytedeco.pytorch.Tensor> theirs) {
    rows.add(new Row(name, ours, theirs));
  }

  private void pointwise() {
    row("add", () -> a.add(b), () -> ta.add(tb));
    row("add 2", () -> a.add(2), () -> ta.add(new Scalar(2)));
    row("sub", () -> a.sub(b), () -> ta.sub(tb));
    row("mul", () -> a.mul(b), () -> ta.mul(tb));
    row("div", () -> a.div(b), () -> ta.div(tb));
    row("neg", a::neg, ta::neg);
    row("abs", a::abs, ta::abs);
    row("sign", a::sign, ta::sign);
    row("reciprocal", a::reciprocal, ta::reciprocal);
    row("maximum", () -> a.maximum(b), () -> torch.maximum(ta, tb));
    row("minimum", () -> a.minimum(b), () -> torch.minimum(ta, tb));
    row(
        "clamp",
        () -> a.clamp(-1, 1),
        () ->
            torch.clamp(
                ta, new ScalarOptional(new Scalar(-1.0)), new ScalarOptional(new Scalar(1.0))));
    row("floor_divide", () -> a.floorDivide(p), () -> ta.floor_divide(tp));
    row("remainder", () -> a.remainder(p), () -> ta.remainder(tp));
    row("pow 2", () -> a.pow(2), () -> ta.pow(new Scalar(2)));
    row("pow 2.5", () -> p.pow(2.5), () -> tp.pow(new Scalar(2.5)));
    row("pow", () -> p.pow(a), () -> tp.pow(ta));
    row("relu", a::relu, ta::relu);
    row("leaky_relu", () -> leakyRelu(a, 0.01), () -> torch.leaky_relu(ta));
    row("clone", a::clone_, ta::clone);
    row("to float64", a::toDouble, () -> ta.to(torch.ScalarType.Double));
    row("to int64", a::toLong, () -> ta.to(torch.ScalarType.Long));
    row("zeros", () -> Tensors.zeros(N), () -> torch.zeros(N));
  }

  private void functions() {
    row("exp", a::exp, ta::exp);
    row("log", p::log, tp::log);
    row("log1p", p::log1p, tp::log1p);
    row("sqrt", p::sqrt, tp::sqrt);
    row("rsqrt", p::rsqrt, tp::rsqrt);
    row("sin", a::sin, ta::sin);
    row("cos", a::cos, ta::cos);
    row("tanh", a::tanh, ta::tanh);
    row("sigmoid", a::sigmoid, ta::sigmoid);
    row("erf", a::erf, ta::erf);
  }

  private void comparisons() {
    row("eq", () -> a.eq(b), () -> ta.eq(tb));
    row("ne", () -> a.ne(b), () -> ta.ne(tb));
    row("lt", () -> a.lt(b), () -> ta.lt(tb));
    row("le", () -> a.le(b), () -> ta.le(tb));
    row("gt", () -> a.gt(b), () -> ta.gt(tb));
    row("ge", () -> a.ge(b), () -> ta.ge(tb));
    row("gt 0", () -> a.gt(0), () -> ta.gt(new Scalar(0)));
    row("isnan", a::isnan, ta::isnan);
    row("logical_and", () -> mask.logicalAnd(mask), () -> tmask.logical_and(tmask));
    row("logical_or", () -> mask.logicalOr(mask), () -> tmask.logical_or(tmask));
    row("logical_not", mask::logicalNot, tmask::logical_not);
    row("where", () -> a.where(mask, b), () -> ta.where(tmask, tb));
  }

  private void reductions() {
    ScalarTypeOptional same = new ScalarTypeOptional();
    row("sum", a::sum, ta::sum);
    row("sum dim 0", () -> rowsOf.sum(0), () -> trows.sum(new long[] {0}, false, same));
    row("sum dim 1", () -> rowsOf.sum(1), () -> trows.sum(new long[] {1}, false, same));
    row("mean", a::mean, ta::mean);
    row("var", a::var, ta::var);
    row("std", a::std, ta::std);
    row("prod", a::prod, ta::prod);
    row("max", a::max, ta::max);
    row("min", a::min, ta::min);
    row("max dim 1", () -> rowsOf.max(1).values(), () -> trows.max(1, false).get0());
    row("argmax", a::argmax, ta::argmax);
    row("any", mask::any, tmask::any);
    row("all", mask::all, tmask::all);
    row("norm", a::norm, ta::norm);
    row("cumsum", () -> a.cumsum(0), () -> ta.cumsum(0));
    row("logsumexp", () -> rowsOf.logsumexp(false, 1), () -> trows.logsumexp(1));
    row("softmax", () -> rowsOf.softmax(1), () -> trows.softmax(1));
    row("log_softmax", () -> rowsOf.logSoftmax(1), () -> trows.log_softmax(1));
  }

  private void random() {
    row("rand", () -> Tensors.rand(N), () -> torch.rand(N));
    row("randn", () -> Tensors.randn(N), () -> torch.randn(N));
    row("randint", () -> Tensors.randint(0, 10, N), () -> torch.randint(0, 10, new long[] {N}));
    row(
        "bernoulli_",
        () -> Tensors.emptyLike(a, DType.FLOAT32).bernoulli_(0.5),
        () -> torch.empty_like(ta).bernoulli_());
    row("dropout", () -> dropout(a, 0.5, true), () -> torch.dropout(ta, 0.5, true));
  }

  private void run(int rounds) {
    System.out.println("## A million float32 elements, Kindling against libtorch");
    System.out.println();
    System.out.println(Machine.description());
    System.out.printf("Milliseconds, medians of %d alternating calls.%n%n", rounds);
    System.out.println("| operator | Kindling | libtorch | ratio |");
    System.out.println("|---|---|---|---|");
    double logs = 0;
    for (Row row : rows) {
      double[] ours = new double[rounds];
      double[] theirs = new double[rounds];
      long end = System.nanoTime() + LONGEST_WARM_UP;
      for (int i = 0; i < WARM_UP && System.nanoTime() < end; i++) {
        time(row.ours());
        timeTorch(row.theirs());
      }
      for (int round = 0; round < rounds; round++) {
        ours[round] = time(row.ours());
        theirs[round] = timeTorch(row.theirs());
      }
      double x = new Samples(ours).median();
      double y = new Samples(theirs).median();
      logs += Math.log(x / y);
      System.out.printf(Locale.ROOT, "| %s | %.3f | %.3f | %.2f |%n", row.name(), x, y, x / y);
    }
    System.out.printf(
        Locale.ROOT, "| **geometric mean** | | | **%.2f** |%n", Math.exp(logs / rows.size()));
  }

  private static double time(Supplier<Tensor> call) {
    try (Scope scope = Scope.open()) {
      long start = System.nanoTime();
      var unused = call.get();
      return (System.nanoTime() - start) / 1e6;
    }
  }

  private static double timeTorch(Supplier<org.bytedeco.pytorch.Tensor> call) {
    try (PointerScope scope = new PointerScope()) {
      long start = System.nanoTime();
      var unused = call.get();
      return (System.nanoTime() - start) / 1e6;
    }
  }
}
