package io.kindling.tensor;

import io.kindling.core.Arguments;
import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.IndexException;
import io.kindling.core.Layout;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Device;
import io.kindling.device.HostMemory;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import io.kindling.device.Strided;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An n-dimensional array with automatic differentiation. Names, defaults, shapes, type promotion
 * and errors are PyTorch's; a trailing underscore means "in place". Make tensors with {@link
 * Tensors}. Shape notation below: {@code x: [M, K] -> [M, N]}.
 *
 * <p>A tensor is a view of a storage in native memory; see {@link Scope} for when it is released.
 * Not safe for use by several threads while one of them writes.
 */
public class Tensor implements Serializable {
  private static final long serialVersionUID = 1L;

  private transient Strided data;
  private transient boolean requiresGrad;

  /** A number that stands where a tensor is expected; its memory is filled where it is read. */
  private transient @Nullable Number number;

  private transient @Nullable Node gradFn;
  private transient int outputNr;
  private transient @Nullable Tensor grad;
  private transient @Nullable AccumulateGrad accumulator;
  private transient boolean retainsGrad;

  /** The tensor whose storage a view shares, and how much of its history the view has seen. */
  private transient @Nullable Tensor base;

  /** Whether an operator gave several views at once, of which this is one or a view of one. */
  private transient boolean oneOfMany;

  private transient int history;
  private transient int seenHistory;

  Tensor(Strided data) {
    this.data = data;
  }

  /** A new leaf that shares {@code other}'s storage; for subclasses such as parameters. */
  protected Tensor(Tensor other, boolean requiresGrad) {
    this.data = other.data;
    requiresGrad_(requiresGrad);
  }

  static Tensor allocate(Device device, DType dtype, Layout layout, String asker) {
    return new Tensor(Strided.allocate(Backends.memory(device), dtype, layout, asker));
  }

  /** Where the memory of numbers would be; never read. */
  private static final Storage NO_MEMORY = noMemory();

  private static Storage noMemory() {
    try (Scope lasting = Scope.none()) {
      return Storage.allocate(HostMemory.INSTANCE, Long.BYTES, "a number");
    }
  }

  /** A 0-D operand that counts as a number in type promotion: float64 or int64. */
  static Tensor wrapped(Number value) {
    Arguments.given("an operator with a number", "other", value);
    DType dtype = isIntegral(value) ? DType.INT64 : DType.FLOAT64;
    Tensor t = new Tensor(new Strided(NO_MEMORY, dtype, Layout.contiguous()));
    t.number = value;
    return t;
  }

  static boolean isIntegral(Number value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte
        || value instanceof java.math.BigInteger;
  }

  // ---- what it is

  /** The memory and layout under this tensor; for kernels and input-output code. */
  public Strided strided() {
    if (number != null && data.storage() == NO_MEMORY) {
      try (Scope lasting = Scope.none()) { // the graph may have saved this number
        data = Tensors.empty(dtype(), Device.CPU).fill_(number).data;
      }
    }
    layout();
    return data;
  }

  /** What this tensor stands for, if it is a number. */
  @Nullable Number number() {
    return number;
  }

  public Layout layout() {
    Layout layout = data.layout();
    if (layout.isProvisional() && data.storage().isSettled()) {
      layout = Layout.contiguous(layout.shape());
      data = data.with(layout);
    }
    return layout;
  }

  /** The sizes; a copy. */
  public long[] shape() {
    return data.layout().shape();
  }

  public long size(int dim) {
    if (dim() == 0) {
      throw new IndexException("Dimension specified as " + dim + " but tensor has no dimensions");
    }
    return data.layout().size(Shapes.wrapDim(dim, dim()));
  }

  /** The number of dimensions. */
  public int dim() {
    return data.layout().rank();
  }

  public long numel() {
    return data.layout().numel();
  }

  public DType dtype() {
    return data.dtype();
  }

  public Device device() {
    return data.storage().device();
  }

  /** Distances between neighbours in each dimension, in elements; a copy. */
  public long[] stride() {
    return Activations.settled(this).strides();
  }

  public boolean isContiguous() {
    return Activations.settled(this).isContiguous();
  }

  public boolean isFloatingPoint() {
    return dtype().isFloatingPoint();
  }

  boolean isWrappedNumber() {
    return number != null;
  }

  // ---- autograd

  public boolean requiresGrad() {
    catchUp();
    return requiresGrad;
  }

  /**
   * Asks for gradients of a leaf, or stops asking.
   *
   * @throws AutogradException for a type that is not floating point, or on a result
   */
  public Tensor requiresGrad_(boolean value) {
    if (value && !isFloatingPoint()) {
      throw new AutogradException("only Tensors of floating point dtype can require gradients");
    }
    if (!value && gradFn() != null) {
      throw new AutogradException(
          "you can only change requires_grad flags of leaf variables. If you want to use a computed"
              + " variable in a subgraph that doesn't require differentiation use var_no_grad ="
              + " var.detach().");
    }
    requiresGrad = value;
    return this;
  }

  public Tensor requiresGrad_() {
    return requiresGrad_(true);
  }

  /** The operator that made this tensor; null for a leaf. */
  public @Nullable Node gradFn() {
    catchUp();
    return gradFn;
  }

  public boolean isLeaf() {
    return gradFn() == null;
  }

  /** The gradient accumulated by {@code backward}; null before the first. */
  public @Nullable Tensor grad() {
    return grad;
  }

  public void setGrad(@Nullable Tensor value) {
    if (value != null && !value.layout().sameShape(layout())) {
      throw new AutogradException(
          "assigned grad has data of a different size: "
              + Shapes.text(value.shape())
              + " for a tensor of "
              + Shapes.text(shape()));
    }
    if (value != null && !value.device().equals(device())) {
      throw new AutogradException(
          "assigned grad has data located on a different device: "
              + value.device()
              + " for a tensor on "
              + device());
    }
    grad = value;
  }

  public void backward() {
    Autograd.backward(this, null, false, false);
  }

  /** The vector-Jacobian product with {@code gradient}, of this tensor's shape. */
  public void backward(Tensor gradient) {
    Autograd.backward(this, gradient, false, false);
  }

  public void backward(@Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Autograd.backward(this, gradient, retainGraph || createGraph, createGraph);
  }

  /** Keeps the gradient of a result that is not a leaf. */
  public void retainGrad() {
    Node fn = gradFn();
    if (!requiresGrad) {
      throw new AutogradException("can't retain_grad on Tensor that has requires_grad=False");
    }
    if (fn != null && !retainsGrad) {
      retainsGrad = true;
      fn.addPreHook(
          outputNr,
          g -> {
            grad = grad == null ? g.clone_() : grad.add(g);
            return g;
          });
    }
  }

  /**
   * Calls {@code hook} with the gradient of this tensor in each backward; what it returns goes on,
   * or with null the gradient as it was.
   *
   * @return removes the hook when closed
   */
  public AutoCloseable registerHook(UnaryOperator<Tensor> hook) {
    Node.Edge e = edge();
    if (e == null) {
      throw new AutogradException(
          "cannot register a hook on a tensor that doesn't require gradient");
    }
    e.node().addPreHook(e.nr(), hook);
    return () -> e.node().removePreHook(hook);
  }

  /** The same values outside the graph; shares the storage. */
  public Tensor detach() {
    return number == null ? new Tensor(data) : new Tensor(strided());
  }

  /** As {@link #detach()}: the values, for use where nothing is to be recorded. */
  public Tensor data() {
    return detach();
  }

  Node.@Nullable Edge edge() {
    Node fn = gradFn();
    if (fn != null) {
      return new Node.Edge(fn, outputNr);
    }
    if (!requiresGrad) {
      return null;
    }
    if (accumulator == null) {
      accumulator = new AccumulateGrad(this);
    }
    return new Node.Edge(accumulator, 0);
  }

  void setHistory(Node node, int nr) {
    gradFn = node;
    outputNr = nr;
    requiresGrad = true;
  }

  /** A view takes up what was written into its base through other views. */
  private void catchUp() {
    Tensor b = base;
    if (b != null && seenHistory != b.history) {
      seenHistory = b.history;
      if (b.requiresGrad) {
        CopySlices.asStrided(b, this);
      }
    }
  }

  /** After an in-place write: this tensor is now the result of another operator. */
  void rebase(Function<Tensor, ? extends Node> makeNode) {
    Node node = makeNode.apply(this);
    if (base == null) {
      setHistory(node, 0);
      history++;
    } else {
      base.setHistory(new CopySlices(base, layout(), node), 0);
      base.history++;
    }
  }

  /**
   * @throws AutogradException where elements share memory, or as {@link #checkRebase}
   */
  void checkInPlace(boolean records) {
    if (layout().hasRepeats()) {
      throw new AutogradException(
          "unsupported operation: more than one element of the written-to tensor refers to a"
              + " single memory location. Please clone() the tensor before performing the"
              + " operation.");
    }
    checkRebase(records);
  }

  /**
   * @throws AutogradException on a leaf that requires a gradient, or a view of one
   */
  void checkRebase(boolean records) {
    if (GradMode.isEnabled() && records) {
      if (oneOfMany) {
        throw viewOfMany();
      }
      if (requiresGrad() && isLeaf()) {
        throw new AutogradException(
            "a leaf Variable that requires grad is being used in an in-place operation.");
      }
      if (base != null && base.requiresGrad && base.isLeaf()) {
        throw new AutogradException(
            "a view of a leaf Variable that requires grad is being used in an in-place operation.");
      }
    }
  }

  private AutogradException viewOfMany() {
    Node fn = gradFn();
    String which =
        fn == null
            ? "A view was created in no_grad mode and is being modified inplace with grad mode"
                + " enabled."
            : "Output "
                + outputNr
                + " of "
                + fn.name()
                + " is a view and is being modified inplace.";
    return new AutogradException(
        which
            + " This view is the output of a function that returns multiple views. Such functions"
            + " do not allow the output views to be modified inplace. You should replace the"
            + " inplace operation by an out-of-place one.");
  }

  void markOneOfMany() {
    oneOfMany = true;
  }

  /** How often the storage was written in place. */
  public int version() {
    return data.storage().version();
  }

  void bumpVersion() {
    data.storage().bumpVersion();
  }

  /** An untracked view of the same storage. */
  Tensor viewOf(Layout layout) {
    Tensor t = new Tensor(strided().with(layout));
    Tensor root = base == null ? this : base;
    t.base = root;
    t.oneOfMany = oneOfMany;
    t.seenHistory = root.history;
    return t;
  }

  /** In-place change of shape: the same storage under another layout. */
  void setLayout(Layout layout) {
    data = data.with(layout);
  }

  // ---- memory

  /** Lets this tensor outlive {@code scope}; returns it. */
  public Tensor keep(Scope scope) {
    scope.keep(data.storage());
    return this;
  }

  /**
   * Moves the values to another storage, such as a slice of one flat run of parameters; their type
   * becomes {@code other}'s.
   */
  public void setData(Tensor other) {
    if (!other.layout().sameShape(layout())) {
      throw new ShapeException(
          "setData: expected " + Shapes.text(shape()) + ", got " + Shapes.text(other.shape()));
    }
    data = other.data;
  }

  // ---- values

  /**
   * The only element as a Java number.
   *
   * @throws ShapeException where there is not exactly one
   */
  public double item() {
    return TensorValues.item(this);
  }

  /** The only element of an integral tensor, exactly. */
  public long itemLong() {
    return TensorValues.itemLong(this);
  }

  /** Nested lists of {@code Double}, {@code Long} or {@code Boolean}; one of these for 0-D. */
  public Object tolist() {
    return TensorValues.tolist(this);
  }

  /** The elements in row-major order, converted to float. */
  public float[] toFloatArray() {
    return TensorValues.array(this, DType.FLOAT32, float[]::new);
  }

  /** The elements in row-major order, converted to double. */
  public double[] toDoubleArray() {
    return TensorValues.array(this, DType.FLOAT64, double[]::new);
  }

  /** The elements in row-major order, converted to long. */
  public long[] toLongArray() {
    return TensorValues.array(this, DType.INT64, long[]::new);
  }

  /** The elements in row-major order, converted to int. */
  public int[] toIntArray() {
    return TensorValues.array(this, DType.INT32, int[]::new);
  }

  /** The elements in row-major order, converted to short. */
  public short[] toShortArray() {
    return TensorValues.array(this, DType.INT16, short[]::new);
  }

  /** The elements in row-major order, converted to byte; those of uint8 from 128 on wrap around. */
  public byte[] toByteArray() {
    return TensorValues.array(this, DType.INT8, byte[]::new);
  }

  /** Whether the elements, in row-major order, are not zero. */
  public boolean[] toBooleanArray() {
    return TensorValues.array(this, DType.BOOL, boolean[]::new);
  }

  /** Overwrites the elements, in row-major order. */
  public Tensor copyFrom(float[] values, int offset) {
    TensorValues.put(this, values, offset);
    return this;
  }

  /** Writes the elements, in row-major order, to {@code values} from {@code offset}. */
  public void copyTo(float[] values, int offset) {
    TensorValues.get(this, values, offset);
  }

  @Override
  public String toString() {
    return TensorFormat.format(this);
  }

  /** PyTorch's type name in its messages: {@code torch.FloatTensor}. */
  String typeName() {
    return "torch." + typeWord(dtype()) + "Tensor";
  }

  /** {@code Float}, {@code Double}, {@code Long}, {@code Byte}, {@code Bool}. */
  static String typeWord(DType dtype) {
    return switch (dtype) {
      case BOOL -> "Bool";
      case UINT8 -> "Byte";
      case INT8 -> "Char";
      case INT16 -> "Short";
      case INT32 -> "Int";
      case INT64 -> "Long";
      case FLOAT16 -> "Half";
      case BFLOAT16 -> "BFloat16";
      case FLOAT32 -> "Float";
      case FLOAT64 -> "Double";
    };
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    DataOutputStream bytes = new DataOutputStream(out);
    TensorValues.write(this, bytes);
    bytes.flush();
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    Tensor t = TensorValues.read(new DataInputStream(in));
    data = t.data;
    requiresGrad = t.requiresGrad;
  }

  // ---- types and devices

  /** This tensor if it has the type, else a copy; differentiable. */
  public Tensor to(DType dtype) {
    return to(device(), dtype);
  }

  /**
   * This tensor if it is there, else a copy there; differentiable.
   *
   * @throws io.kindling.core.DeviceException if there is no such device
   */
  public Tensor to(Device device) {
    return to(device, dtype());
  }

  /** As {@link #to(Device)}, by name: {@code x.to("cuda:1")}. */
  public Tensor to(String device) {
    return to(Device.of(device));
  }

  public Tensor to(Device device, DType dtype) {
    boolean fits = dtype == dtype() && device.equals(device());
    return fits ? this : ViewOps.toCopy(this, device, dtype);
  }

  public Tensor cpu() {
    return to(Device.CPU);
  }

  /** On the first GPU. */
  public Tensor cuda() {
    return cuda(0);
  }

  public Tensor cuda(int index) {
    return to(Device.cuda(index));
  }

  /** Uninitialised, of this tensor's type and on its device, in another shape. */
  public Tensor newEmpty(long... shape) {
    return newEmpty(dtype(), shape);
  }

  public Tensor newEmpty(DType dtype, long... shape) {
    return allocate(device(), dtype, Layout.contiguous(shape), "new_empty");
  }

  /** Zeros of this tensor's type and on its device, in another shape. */
  public Tensor newZeros(long... shape) {
    return newZeros(dtype(), shape);
  }

  public Tensor newZeros(DType dtype, long... shape) {
    return newEmpty(dtype, shape).zero_();
  }

  /** Ones of this tensor's type and on its device, in another shape. */
  public Tensor newOnes(long... shape) {
    return newOnes(dtype(), shape);
  }

  public Tensor newOnes(DType dtype, long... shape) {
    return newFull(1, dtype, shape);
  }

  /** {@code value} in this tensor's type and on its device, in another shape. */
  public Tensor newFull(Number value, long... shape) {
    return newFull(value, dtype(), shape);
  }

  public Tensor newFull(Number value, DType dtype, long... shape) {
    return newEmpty(dtype, shape).fill_(value);
  }

  /** float16. */
  public Tensor toHalf() {
    return to(DType.FLOAT16);
  }

  public Tensor toBfloat16() {
    return to(DType.BFLOAT16);
  }

  /** float32. */
  public Tensor toFloat() {
    return to(DType.FLOAT32);
  }

  /** float64. */
  public Tensor toDouble() {
    return to(DType.FLOAT64);
  }

  /** uint8, as PyTorch's {@code byte()}. */
  public Tensor toByte() {
    return to(DType.UINT8);
  }

  /** int8, as PyTorch's {@code char()}. */
  public Tensor toChar() {
    return to(DType.INT8);
  }

  /** int16. */
  public Tensor toShort() {
    return to(DType.INT16);
  }

  /** int32. */
  public Tensor toInt() {
    return to(DType.INT32);
  }

  /** int64. */
  public Tensor toLong() {
    return to(DType.INT64);
  }

  public Tensor toBool() {
    return to(DType.BOOL);
  }

  // ---- shape: views share storage

  /** The same elements under other sizes; one may be -1. Never copies. */
  public Tensor view(long... sizes) {
    return ViewOps.view(this, sizes);
  }

  /** A view where the strides allow it, a copy otherwise. */
  public Tensor reshape(long... sizes) {
    return ViewOps.reshape(this, sizes);
  }

  /** Merges the dimensions from {@code startDim} to {@code endDim} into one. */
  public Tensor flatten(int startDim, int endDim) {
    return ViewOps.flatten(this, startDim, endDim);
  }

  public Tensor flatten(int startDim) {
    return flatten(startDim, -1);
  }

  public Tensor flatten() {
    return flatten(0, -1);
  }

  public Tensor transpose(int dim0, int dim1) {
    return ViewOps.transpose(this, dim0, dim1);
  }

  /** The transpose of a matrix. {@code [M, N] -> [N, M]}; 0-D and 1-D stay. */
  public Tensor t() {
    return ViewOps.t(this);
  }

  /** All dimensions reversed; of a matrix its transpose. PyTorch's {@code .T}. */
  public Tensor T() {
    int[] reversed = new int[dim()];
    for (int d = 0; d < reversed.length; d++) {
      reversed[d] = reversed.length - 1 - d;
    }
    return permute(reversed);
  }

  /** The last two dimensions exchanged: {@code [..., M, N] -> [..., N, M]}. */
  public Tensor mT() {
    return transpose(-2, -1);
  }

  public Tensor permute(int... dims) {
    return ViewOps.permute(this, dims);
  }

  public Tensor squeeze(int dim) {
    return ViewOps.squeeze(this, dim);
  }

  public Tensor squeeze() {
    return ViewOps.squeeze(this);
  }

  public Tensor unsqueeze(int dim) {
    return ViewOps.unsqueeze(this, dim);
  }

  /** Repeats sizes of one without copying; -1 keeps a size. */
  public Tensor expand(long... sizes) {
    return ViewOps.expand(this, sizes);
  }

  public Tensor expandAs(Tensor other) {
    return expand(other.shape());
  }

  /** Tiles: {@code [2, 3].repeat(2, 2) -> [4, 6]}. */
  public Tensor repeat(long... times) {
    return Autograd.composed(() -> ViewOps.repeat(this, times));
  }

  /** This tensor if it is row-major, a row-major copy otherwise. */
  public Tensor contiguous() {
    return isContiguous() ? this : ViewOps.contiguous(this);
  }

  public Tensor narrow(int dim, long start, long length) {
    return ViewOps.narrow(this, dim, start, length);
  }

  /** The sub-tensor at {@code index} of {@code dim}, which disappears. */
  public Tensor select(int dim, long index) {
    return ViewOps.select(this, dim, index);
  }

  /** The slices along {@code dim}, which disappears: views. */
  public List<Tensor> unbind(int dim) {
    return JoinOps.unbind(this, dim);
  }

  public List<Tensor> unbind() {
    return unbind(0);
  }

  /** Pieces of {@code size} along {@code dim}, the last one perhaps smaller: views. */
  public List<Tensor> split(long size, int dim) {
    return JoinOps.split(this, size, dim);
  }

  /** Pieces of these sizes along {@code dim}, which must add up to it: views. */
  public List<Tensor> split(long[] sizes, int dim) {
    return JoinOps.split(this, sizes, dim);
  }

  /** At most so many pieces of one size along {@code dim}, the last perhaps smaller: views. */
  public List<Tensor> chunk(int chunks, int dim) {
    return JoinOps.chunk(this, chunks, dim);
  }

  /** A copy with a storage of its own; differentiable. Named so because Object has clone(). */
  public Tensor clone_() {
    return ViewOps.copyOf(this);
  }

  // ---- indexing

  /** {@code x.get(1, -1)}: one integer a dimension from the left; a view. */
  public Tensor get(long... index) {
    return IndexOps.get(this, Index.of(index));
  }

  /** {@code x.get(Index.range(1, 3), Index.ALL)}: a view unless a tensor index is among them. */
  public Tensor get(Index... index) {
    return IndexOps.get(this, List.of(index));
  }

  /** {@code x.get("1:3, ..., None, -1")}: PyTorch's notation. */
  public Tensor get(String index) {
    return IndexOps.get(this, Index.parse(index));
  }

  /** The elements where a bool mask is true, or the rows named by an int64 tensor. */
  public Tensor get(Tensor index) {
    return IndexOps.get(this, List.of(Index.by(index)));
  }

  /** {@code x[index] = value}, broadcast. */
  public Tensor set(List<Index> index, Tensor value) {
    return IndexOps.set(this, index, value);
  }

  public Tensor set(String index, Tensor value) {
    return set(Index.parse(index), value);
  }

  public Tensor set(String index, Number value) {
    return IndexOps.set(this, Index.parse(index), value);
  }

  public Tensor set(Tensor index, Tensor value) {
    return set(List.of(Index.by(index)), value);
  }

  public Tensor set(Tensor index, Number value) {
    return IndexOps.set(this, List.of(Index.by(index)), value);
  }

  /** {@code out[i][j] = this[index[i][j]][j]} for {@code dim} 0. */
  public Tensor gather(int dim, Tensor index) {
    return GatherOps.gather(this, dim, index);
  }

  /** The rows (of {@code dim}) named by a 1-D int64 tensor. */
  public Tensor indexSelect(int dim, Tensor index) {
    return GatherOps.indexSelect(this, dim, index);
  }

  public Tensor scatter(int dim, Tensor index, Tensor src) {
    return GatherOps.scatter(this, dim, index, src, false);
  }

  public Tensor scatterAdd(int dim, Tensor index, Tensor src) {
    return GatherOps.scatter(this, dim, index, src, true);
  }

  /** In place: {@code this[index[i][j]][j] = value} for {@code dim} 0; makes one-hot rows. */
  public Tensor scatter_(int dim, Tensor index, Number value) {
    return GatherOps.scatter_(this, dim, index, value);
  }

  /** In place: {@code this[index[i][j]][j] = src[i][j]} for {@code dim} 0. */
  public Tensor scatter_(int dim, Tensor index, Tensor src) {
    return GatherOps.scatter_(this, dim, index, src, false);
  }

  /** In place: {@code this[index[i][j]][j] += src[i][j]} for {@code dim} 0. */
  public Tensor scatterAdd_(int dim, Tensor index, Tensor src) {
    return GatherOps.scatter_(this, dim, index, src, true);
  }

  /** The elements at positions of the flattened tensor, in the shape of {@code index}. */
  public Tensor take(Tensor index) {
    return GatherOps.take(this, index);
  }

  /** {@code [K, dim()]} positions of the elements that are not zero. */
  public Tensor nonzero() {
    return GatherOps.nonzero(this);
  }

  /** {@code [K]} elements where a bool mask is true; mask and tensor broadcast. */
  public Tensor maskedSelect(Tensor mask) {
    return Masks.select(this, mask);
  }

  /** {@code value} where a bool mask is true; mask and tensor broadcast, the type stays. */
  public Tensor maskedFill(Tensor mask, Number value) {
    return Masks.fill(this, mask, value);
  }

  /** As {@link #maskedFill(Tensor, Number)}, of a 0-D tensor. */
  public Tensor maskedFill(Tensor mask, Tensor value) {
    return Masks.fill(this, mask, value);
  }

  /** In place, {@link #maskedFill(Tensor, Number)}. */
  public Tensor maskedFill_(Tensor mask, Number value) {
    return Masks.fill_(this, mask, value);
  }

  /** In place, {@link #maskedFill(Tensor, Tensor)}. */
  public Tensor maskedFill_(Tensor mask, Tensor value) {
    return Masks.fill_(this, mask, value);
  }

  // ---- arithmetic: operands broadcast, types promote

  public Tensor add(Tensor other) {
    return ArithmeticOps.ADD.apply(this, other);
  }

  public Tensor add(Number other) {
    return add(wrapped(other));
  }

  /** {@code this + alpha * other}. */
  public Tensor add(Tensor other, Number alpha) {
    return ArithmeticForms.add(this, other, alpha);
  }

  public Tensor sub(Tensor other) {
    return ArithmeticOps.SUB.apply(this, other);
  }

  public Tensor sub(Number other) {
    return sub(wrapped(other));
  }

  /** {@code other - this}. */
  public Tensor rsub(Number other) {
    return wrapped(other).sub(this);
  }

  public Tensor mul(Tensor other) {
    return ArithmeticOps.MUL.apply(this, other);
  }

  public Tensor mul(Number other) {
    return mul(wrapped(other));
  }

  /** True division: integral operands give float32. */
  public Tensor div(Tensor other) {
    return ArithmeticOps.DIV.apply(this, other);
  }

  public Tensor div(Number other) {
    return div(wrapped(other));
  }

  public Tensor floorDivide(Tensor other) {
    return ArithmeticOps.FLOOR_DIVIDE.apply(this, other);
  }

  public Tensor floorDivide(Number other) {
    return floorDivide(wrapped(other));
  }

  /** Python's modulus: the sign of the divisor. */
  public Tensor remainder(Tensor other) {
    return ArithmeticOps.REMAINDER.apply(this, other);
  }

  public Tensor remainder(Number other) {
    return remainder(wrapped(other));
  }

  public Tensor pow(Tensor exponent) {
    return ArithmeticForms.pow(this, exponent);
  }

  public Tensor pow(Number exponent) {
    return ArithmeticForms.pow(this, exponent);
  }

  public Tensor square() {
    return pow(2);
  }

  public Tensor neg() {
    return ArithmeticOps.NEG.apply(this);
  }

  public Tensor abs() {
    return ArithmeticOps.ABS.apply(this);
  }

  public Tensor sign() {
    return ArithmeticOps.SIGN.apply(this);
  }

  public Tensor reciprocal() {
    return ArithmeticOps.RECIPROCAL.apply(this);
  }

  public Tensor maximum(Tensor other) {
    return ArithmeticOps.MAXIMUM.apply(this, other);
  }

  public Tensor minimum(Tensor other) {
    return ArithmeticOps.MINIMUM.apply(this, other);
  }

  /** Limits to {@code [min, max]}; null leaves a side open. NaN stays. */
  public Tensor clamp(@Nullable Number min, @Nullable Number max) {
    return ArithmeticForms.clamp(this, min, max);
  }

  public Tensor exp() {
    return MathOps.EXP.apply(this);
  }

  public Tensor log() {
    return MathOps.LOG.apply(this);
  }

  public Tensor log1p() {
    return MathOps.LOG1P.apply(this);
  }

  public Tensor sqrt() {
    return MathOps.SQRT.apply(this);
  }

  public Tensor rsqrt() {
    return MathOps.RSQRT.apply(this);
  }

  public Tensor sin() {
    return MathOps.SIN.apply(this);
  }

  public Tensor cos() {
    return MathOps.COS.apply(this);
  }

  public Tensor tanh() {
    return MathOps.TANH.apply(this);
  }

  public Tensor sigmoid() {
    return MathOps.SIGMOID.apply(this);
  }

  public Tensor erf() {
    return MathOps.ERF.apply(this);
  }

  public Tensor relu() {
    return MathOps.RELU.apply(this);
  }

  // ---- comparison and logic: the result is bool

  public Tensor eq(Tensor other) {
    return CompareOps.EQ.apply(this, other);
  }

  public Tensor eq(Number other) {
    return eq(wrapped(other));
  }

  public Tensor ne(Tensor other) {
    return CompareOps.NE.apply(this, other);
  }

  public Tensor ne(Number other) {
    return ne(wrapped(other));
  }

  public Tensor lt(Tensor other) {
    return CompareOps.LT.apply(this, other);
  }

  public Tensor lt(Number other) {
    return lt(wrapped(other));
  }

  public Tensor le(Tensor other) {
    return CompareOps.LE.apply(this, other);
  }

  public Tensor le(Number other) {
    return le(wrapped(other));
  }

  public Tensor gt(Tensor other) {
    return CompareOps.GT.apply(this, other);
  }

  public Tensor gt(Number other) {
    return gt(wrapped(other));
  }

  public Tensor ge(Tensor other) {
    return CompareOps.GE.apply(this, other);
  }

  public Tensor ge(Number other) {
    return ge(wrapped(other));
  }

  public Tensor logicalAnd(Tensor other) {
    return CompareOps.LOGICAL_AND.apply(this, other);
  }

  public Tensor logicalOr(Tensor other) {
    return CompareOps.LOGICAL_OR.apply(this, other);
  }

  public Tensor logicalXor(Tensor other) {
    return CompareOps.LOGICAL_XOR.apply(this, other);
  }

  public Tensor logicalNot() {
    return CompareOps.LOGICAL_NOT.apply(this);
  }

  public Tensor isnan() {
    return CompareOps.ISNAN.apply(this);
  }

  /** {@code condition ? this : other}, elementwise; the condition is bool. */
  public Tensor where(Tensor condition, Tensor other) {
    return ArithmeticForms.where(condition, this, other);
  }

  /** Whether shape and all elements are the same. */
  public boolean equal(Tensor other) {
    return layout().sameShape(other.layout()) && eq(other).all().itemLong() == 1;
  }

  // ---- in place

  public Tensor add_(Tensor other) {
    return ArithmeticOps.ADD.applyInPlace(NO_SCALARS, this, other);
  }

  public Tensor add_(Number other) {
    return add_(wrapped(other));
  }

  /** {@code this += alpha * other}. */
  public Tensor add_(Tensor other, Number alpha) {
    return ArithmeticForms.add_(this, other, alpha);
  }

  public Tensor sub_(Tensor other) {
    return ArithmeticOps.SUB.applyInPlace(NO_SCALARS, this, other);
  }

  public Tensor sub_(Number other) {
    return sub_(wrapped(other));
  }

  public Tensor mul_(Tensor other) {
    return ArithmeticOps.MUL.applyInPlace(NO_SCALARS, this, other);
  }

  public Tensor mul_(Number other) {
    return mul_(wrapped(other));
  }

  public Tensor div_(Tensor other) {
    return ArithmeticOps.DIV.applyInPlace(NO_SCALARS, this, other);
  }

  public Tensor div_(Number other) {
    return div_(wrapped(other));
  }

  public Tensor pow_(Number exponent) {
    return ArithmeticForms.pow_(this, exponent);
  }

  public Tensor neg_() {
    return ArithmeticOps.NEG.applyInPlace(NO_SCALARS, this);
  }

  public Tensor abs_() {
    return ArithmeticOps.ABS.applyInPlace(NO_SCALARS, this);
  }

  public Tensor clamp_(@Nullable Number min, @Nullable Number max) {
    return ArithmeticForms.clamp_(this, min, max);
  }

  public Tensor exp_() {
    return MathOps.EXP.applyInPlace(NO_SCALARS, this);
  }

  public Tensor log_() {
    return MathOps.LOG.applyInPlace(NO_SCALARS, this);
  }

  public Tensor sqrt_() {
    return MathOps.SQRT.applyInPlace(NO_SCALARS, this);
  }

  public Tensor tanh_() {
    return MathOps.TANH.applyInPlace(NO_SCALARS, this);
  }

  public Tensor sigmoid_() {
    return MathOps.SIGMOID.applyInPlace(NO_SCALARS, this);
  }

  public Tensor relu_() {
    return MathOps.RELU.applyInPlace(NO_SCALARS, this);
  }

  /** Overwrites with {@code source}, broadcast and converted. */
  public Tensor copy_(Tensor source) {
    return ViewOps.copy_(this, source);
  }

  public Tensor fill_(Number value) {
    return ViewOps.fill_(this, value);
  }

  public Tensor zero_() {
    return fill_(0);
  }

  /** Transposes this matrix itself. */
  public Tensor t_() {
    return ViewOps.t_(this);
  }

  /** Fills with samples from {@code [from, to)}. */
  public Tensor uniform_(double from, double to) {
    return RandomOps.uniform_(this, from, to);
  }

  public Tensor normal_(double mean, double std) {
    return RandomOps.normal_(this, mean, std);
  }

  /** Fills with ones with probability {@code p}, zeros otherwise. */
  public Tensor bernoulli_(double p) {
    return RandomOps.bernoulli_(this, p);
  }

  static final double[] NO_SCALARS = {};

  // ---- reductions: without dims the whole; keepdim leaves sizes of one

  public Tensor sum() {
    return ReduceOps.sum(this, false);
  }

  public Tensor sum(int... dims) {
    return ReduceOps.sum(this, false, dims);
  }

  public Tensor sum(boolean keepdim, int... dims) {
    return ReduceOps.sum(this, keepdim, dims);
  }

  public Tensor mean() {
    return ReduceOps.mean(this, false);
  }

  public Tensor mean(int... dims) {
    return ReduceOps.mean(this, false, dims);
  }

  public Tensor mean(boolean keepdim, int... dims) {
    return ReduceOps.mean(this, keepdim, dims);
  }

  /** The variance; {@code correction} 1 divides by n - 1 (the default), 0 by n. */
  public Tensor var(int correction, boolean keepdim, int... dims) {
    return Autograd.composed(() -> ReduceOps.var(this, correction, keepdim, dims));
  }

  public Tensor var(int... dims) {
    return var(1, false, dims);
  }

  public Tensor std(int correction, boolean keepdim, int... dims) {
    return Autograd.composed(() -> ReduceOps.std(this, correction, keepdim, dims));
  }

  public Tensor std(int... dims) {
    return std(1, false, dims);
  }

  public Tensor prod() {
    return ReduceOps.prod(this);
  }

  public Tensor prod(int dim, boolean keepdim) {
    return ReduceOps.prod(this, dim, keepdim);
  }

  public Tensor max() {
    return ReduceOps.max(this);
  }

  public Tensor min() {
    return ReduceOps.min(this);
  }

  /** The largest of each row and where it stands. */
  public Extremum max(int dim, boolean keepdim) {
    return ReduceOps.max(this, dim, keepdim);
  }

  public Extremum max(int dim) {
    return max(dim, false);
  }

  public Extremum min(int dim, boolean keepdim) {
    return ReduceOps.min(this, dim, keepdim);
  }

  public Extremum min(int dim) {
    return min(dim, false);
  }

  public Tensor amax(boolean keepdim, int... dims) {
    return ReduceOps.amax(this, keepdim, dims);
  }

  public Tensor amin(boolean keepdim, int... dims) {
    return ReduceOps.amin(this, keepdim, dims);
  }

  /** The position of the largest element of the flattened tensor. */
  public Tensor argmax() {
    return Autograd.composed(() -> ReduceOps.argmax(this));
  }

  public Tensor argmax(int dim, boolean keepdim) {
    return Autograd.composed(() -> ReduceOps.argmax(this, dim, keepdim));
  }

  public Tensor argmax(int dim) {
    return argmax(dim, false);
  }

  public Tensor argmin() {
    return Autograd.composed(() -> ReduceOps.argmin(this));
  }

  public Tensor argmin(int dim, boolean keepdim) {
    return Autograd.composed(() -> ReduceOps.argmin(this, dim, keepdim));
  }

  public Tensor argmin(int dim) {
    return argmin(dim, false);
  }

  public Tensor any() {
    return Autograd.composed(() -> ReduceOps.any(this, false));
  }

  public Tensor any(int dim, boolean keepdim) {
    return Autograd.composed(() -> ReduceOps.any(this, keepdim, dim));
  }

  public Tensor all() {
    return Autograd.composed(() -> ReduceOps.all(this, false));
  }

  public Tensor all(int dim, boolean keepdim) {
    return Autograd.composed(() -> ReduceOps.all(this, keepdim, dim));
  }

  public Tensor cumsum(int dim) {
    return RowOps.cumsum(this, dim);
  }

  /** The p-norm of all elements, or over {@code dims}. */
  public Tensor norm(double p, boolean keepdim, int... dims) {
    return Autograd.composed(() -> VectorNorms.norm(this, p, keepdim, dims));
  }

  public Tensor norm() {
    return norm(2, false);
  }

  public Tensor logsumexp(boolean keepdim, int... dims) {
    return Autograd.composed(() -> ReduceOps.logsumexp(this, keepdim, dims));
  }

  public Tensor softmax(int dim) {
    return RowOps.softmax(this, dim);
  }

  public Tensor logSoftmax(int dim) {
    return RowOps.logSoftmax(this, dim);
  }

  // ---- products

  /** {@code [M, K] x [K, N] -> [M, N]}. */
  public Tensor mm(Tensor other) {
    return MatmulOps.mm(this, other);
  }

  /** {@code [B, M, K] x [B, K, N] -> [B, M, N]}. */
  public Tensor bmm(Tensor other) {
    return MatmulOps.bmm(this, other);
  }

  /** Vectors, matrices and batches of them by PyTorch's rules; batch dimensions broadcast. */
  public Tensor matmul(Tensor other) {
    return MatmulOps.matmul(this, other);
  }

  /** {@code [M, N] x [N] -> [M]}. */
  public Tensor mv(Tensor vector) {
    return MatmulOps.mv(this, vector);
  }

  /** {@code [N] x [N] -> []}. */
  public Tensor dot(Tensor other) {
    return MatmulOps.dot(this, other);
  }

  /** {@code [M] x [N] -> [M, N]}. */
  public Tensor outer(Tensor other) {
    return MatmulOps.outer(this, other);
  }

  /** {@code beta this + alpha (a b)}: {@code a [M, K], b [K, N] -> [M, N]}. */
  public Tensor addmm(Tensor a, Tensor b, Number beta, Number alpha) {
    return MatmulOps.addmm(this, a, b, beta, alpha);
  }

  public Tensor addmm(Tensor a, Tensor b) {
    return addmm(a, b, 1, 1);
  }
}
