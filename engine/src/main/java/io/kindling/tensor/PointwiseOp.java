package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DTypeException;
import io.kindling.core.KindlingException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import io.kindling.device.PointwiseKernel;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An elementwise operator: its kernel, its type rule and the derivative by each input.
 * Broadcasting, promotion, in-place and {@code out=} forms are the same for all and stand here.
 */
final class PointwiseOp {
  /** What a derivative reads: inputs by position, and the output. */
  static final int NONE = 0;

  static final int IN0 = 1;
  static final int IN1 = 2;
  static final int IN2 = 4;
  static final int OUT = 8;

  private static final double[] NO_SCALARS = {};

  /** The number, on the right, by which PyTorch multiplies or divides halves is not rounded. */
  private static final Set<String> UNROUNDED = Set.of("mul", "div", "floor_divide");

  /** PyTorch's names of the arguments, where they are not these. */
  private static final Map<String, String[]> NAMES =
      Map.of(
          "pow", new String[] {"input", "exponent"},
          "where", new String[] {"condition", "input", "other"},
          "clamp", new String[] {"input", "min", "max"},
          "add_scaled", new String[] {"input", "other", "alpha"});

  private static final String[] INPUT_AND_OTHER = {"input", "other"};

  /** The derivative by one input; {@code in} and {@code out} hold only what was saved. */
  @FunctionalInterface
  interface Derivative {
    Tensor apply(Tensor[] in, Tensor out, Tensor g, double[] s);
  }

  /** A derivative and the mask of what it reads. */
  record Grad(int saves, Derivative by) {}

  final PointwiseKernel kernel;
  private final String gradName;
  private final TypeRule types;
  private final Grad[] grads;
  private final Consumer<Tensor[]> check;

  PointwiseOp(String gradName, TypeRule types, PointwiseKernel kernel, Grad... grads) {
    this.kernel = kernel;
    this.gradName = gradName;
    this.types = types;
    this.grads = grads;
    this.check = in -> {};
  }

  private PointwiseOp(PointwiseOp op, Consumer<Tensor[]> check) {
    this.kernel = op.kernel;
    this.gradName = op.gradName;
    this.types = op.types;
    this.grads = op.grads;
    this.check = check;
  }

  /** The same operator, which looks at its operands first and refuses some. */
  PointwiseOp checking(Consumer<Tensor[]> operands) {
    return new PointwiseOp(this, operands);
  }

  String name() {
    return kernel.name();
  }

  boolean differentiable() {
    return grads.length > 0;
  }

  Tensor apply(Tensor... in) {
    return apply(NO_SCALARS, in);
  }

  Tensor apply(double[] s, Tensor... in) {
    DType common = common(in);
    Device device = Dispatch.pointwiseDevice(name(), in);
    Tensor out = Tensor.allocate(device, types.result(common), resultLayout(in), name());
    Dispatch.pointwise(kernel, common.computeType(), new Tensor[] {out}, wrapped(common, in), s);
    if (differentiable() && Autograd.records(in)) {
      out.setHistory(node(out, in, in, s), 0);
    }
    return out;
  }

  /** Writes the result over {@code in[0]}. */
  Tensor applyInPlace(double[] s, Tensor... in) {
    Tensor self = in[0];
    DType common = checkOutput(self, in);
    boolean record = differentiable() && Autograd.records(in);
    self.checkInPlace(record);
    Tensor[] read = wrapped(common, Dispatch.unalias(self, in));
    Tensor[] before = record ? valuesBefore(self, in) : in;
    Dispatch.update(kernel, common.computeType(), new Tensor[] {self}, read, s);
    if (record) {
      self.rebase(out -> node(out, before, in, s));
    }
    return self;
  }

  /** Operands whose values a derivative reads and the write overwrites are saved as copies. */
  private Tensor[] valuesBefore(Tensor self, Tensor[] in) {
    int mask = savedMask(in);
    Tensor[] values = in.clone();
    for (int i = 0; i < in.length; i++) {
      boolean saves = (mask & (1 << i)) != 0 && !in[i].isWrappedNumber();
      boolean written = saves && in[i].strided().storage() == self.strided().storage();
      values[i] = written ? in[i].clone_() : in[i];
    }
    return values;
  }

  /** PyTorch's {@code out=}: writes the result into a tensor of the right shape. */
  Tensor applyOut(Tensor out, Tensor... in) {
    Arguments.given(name(), "out", out, "operands", in);
    int takes = kernel.formula().inputs();
    if (in.length != takes) {
      throw new KindlingException(name() + " takes " + takes + " tensors, got " + in.length);
    }
    DType common = checkOutput(out, in);
    out.checkInPlace(false);
    if (differentiable() && (Autograd.records(in) || Autograd.records(out))) {
      throw new AutogradException(
          name()
              + "(): functions with out=... arguments don't support automatic differentiation, but"
              + " one of the arguments requires grad.");
    }
    Tensor[] read = wrapped(common, Dispatch.unalias(out, in));
    DType type = types.result(common);
    boolean sole = in.length == 1 && (types == TypeRule.PROMOTE || types == TypeRule.NUMBER);
    if (sole && out.dtype() != type) {
      throw new DTypeException(
          name()
              + ": Found dtype "
              + Tensor.typeWord(out.dtype())
              + " but expected "
              + Tensor.typeWord(type));
    }
    Tensor result = out.dtype() == type ? out : Tensors.emptyLike(out, type);
    Dispatch.update(kernel, common.computeType(), new Tensor[] {result}, read, NO_SCALARS);
    if (result != out) {
      out.detach().copy_(result);
    }
    return out;
  }

  private DType common(Tensor[] in) {
    for (int i = 0; i < in.length; i++) {
      if (in[i] == null) {
        Arguments.notNull(in[i], name(), NAMES.getOrDefault(name(), INPUT_AND_OTHER)[i]);
      }
    }
    check.accept(in);
    DType common = types.common(in);
    boolean excluded = types == TypeRule.NUMBER && common == DType.BOOL;
    if (excluded || !kernel.runsIn(common.computeType())) {
      throw TypeRule.notImplemented(name(), common);
    }
    return common;
  }

  /**
   * Narrow types are computed in a wide one, so that an operand of another type must first be
   * wrapped or rounded to the common one.
   */
  private Tensor[] wrapped(DType common, Tensor[] in) {
    if (common == common.computeType() || common == DType.BOOL) {
      return in;
    }
    Tensor[] result = in;
    for (int i = 0; i < in.length; i++) {
      if (!comesAsItIs(in, i, common)) {
        result = result == in ? in.clone() : result;
        Number number = in[i].number();
        result[i] = number == null ? in[i].to(common) : Tensor.wrapped(common.cast(number));
      }
    }
    return result;
  }

  private boolean comesAsItIs(Tensor[] in, int i, DType common) {
    Tensor x = in[i];
    boolean within = common.isIntegral() && DType.promote(x.dtype(), common) == common;
    boolean factor =
        common.isFloatingPoint() && i == 1 && x.dim() == 0 && UNROUNDED.contains(name());
    return within || factor || x.dtype() == DType.BOOL || x.dtype() == common;
  }

  private DType checkOutput(Tensor out, Tensor[] in) {
    DType common = common(in);
    DType result = types.result(common);
    checkCast(name(), result, out.dtype());
    long[] shape = resultShape(in);
    if (!Arrays.equals(shape, out.shape())) {
      throw new ShapeException(
          name()
              + ": output with shape "
              + Shapes.text(out.shape())
              + " doesn't match the broadcast shape "
              + Shapes.text(shape));
    }
    return common;
  }

  /**
   * @throws DTypeException where a result would lose its category in the tensor that takes it
   */
  static void checkCast(String name, DType result, DType out) {
    if (result.category().compareTo(out.category()) > 0) {
      throw new DTypeException(
          name
              + ": result type "
              + Tensor.typeWord(result)
              + " can't be cast to the desired output type "
              + Tensor.typeWord(out));
    }
  }

  private long[] resultShape(Tensor[] in) {
    long[] shape = in[0].shape();
    for (int i = 1; i < in.length; i++) {
      shape = Shapes.broadcast(name(), shape, in[i].shape());
    }
    return shape;
  }

  /** The first operand of the result's shape, best one without repeats, hands on its order. */
  private Layout resultLayout(Tensor[] in) {
    long[] shape = resultShape(in);
    Layout repeated = null;
    for (Tensor t : in) {
      Layout l = t.layout();
      if (l.hasShape(shape) && !l.hasRepeats()) {
        return handedOn(l);
      }
      repeated = repeated == null && l.hasShape(shape) ? l : repeated;
    }
    return repeated == null ? Layout.contiguous(shape) : handedOn(repeated);
  }

  /** What is contiguous has PyTorch's plain strides, those of sizes of one too. */
  private static Layout handedOn(Layout l) {
    return l.isContiguous() ? Layout.contiguous(l.shape()) : l.likeDense();
  }

  private int savedMask(Tensor[] in) {
    int mask = 0;
    for (int i = 0; i < in.length; i++) {
      if (i < grads.length && in[i].requiresGrad()) {
        mask |= grads[i].saves();
      }
    }
    return mask;
  }

  private OpNode node(Tensor out, Tensor[] values, Tensor[] in, double[] s) {
    int mask = savedMask(in);
    int n = in.length;
    @Nullable Tensor[] saved = new Tensor[mask == 0 ? 0 : n + 1];
    for (int i = 0; i < n && mask != 0; i++) {
      saved[i] = (mask & (1 << i)) != 0 ? values[i] : null;
    }
    if ((mask & OUT) != 0) {
      saved[n] = out;
    }
    Layout[] layouts = new Layout[n];
    DType[] dtypes = new DType[n];
    for (int i = 0; i < n; i++) {
      layouts[i] = in[i].layout();
      dtypes[i] = in[i].dtype();
    }
    return new OpNode(
        gradName,
        Autograd.edges(in),
        out,
        (node, g) -> gradients(node, g, layouts, dtypes, s),
        saved);
  }

  @SuppressWarnings("NullAway") // a derivative only reads what its mask had saved
  private @Nullable Tensor[] gradients(
      OpNode node, Tensor g, Layout[] layouts, DType[] dtypes, double[] s) {
    int n = layouts.length;
    @Nullable Tensor[] result = new Tensor[n];
    for (int i = 0; i < n; i++) {
      if (!node.needs(i)) {
        continue;
      }
      int mask = grads[i].saves();
      Tensor[] in = new Tensor[n];
      for (int j = 0; j < n; j++) {
        in[j] = (mask & (1 << j)) != 0 ? node.saved(j) : null;
      }
      Tensor out = (mask & OUT) != 0 ? node.saved(n) : null;
      Tensor gi = grads[i].by().apply(in, out, g, s);
      if (!gi.layout().sameShape(layouts[i])) {
        gi = ViewOps.laidOutAs(Autograd.sumTo(gi, layouts[i].shape()), layouts[i]);
      }
      result[i] = gi.to(dtypes[i]);
    }
    return result;
  }

  @Override
  public String toString() {
    return name();
  }
}
